"""What waits in each queue, as the ledger has it: messages of the broker say nothing about work."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

# a chunk waits that nobody holds, or whose holder fell silent; a run that was begun waits no longer
_WAITING = """
SELECT CASE WHEN chunk.kind = 'answer' THEN recipe.queue ELSE 'scoring' END AS queue,
       count(DISTINCT run.id), count(*),
       max(extract(epoch FROM now() - run.queued_at)) FILTER (WHERE run.state = 'queued')
FROM evaluation_chunk chunk
JOIN evaluation_run run ON run.id = chunk.run_id
LEFT JOIN evaluation_recipe recipe ON recipe.submission_id = run.submission_id
WHERE chunk.state <> 'done' AND run.state IN ('queued', 'running', 'scored')
  AND (chunk.state = 'free' OR chunk.state = 'leased' AND chunk.lease_until < now())
GROUP BY 1
UNION ALL
SELECT 'preflight ' || recipe.queue, count(*), count(*),
       max(extract(epoch FROM now() - submission.checking_since))
FROM evaluation_recipe recipe
JOIN evaluation_submission submission ON submission.id = recipe.submission_id
WHERE recipe.stage <> 'done' AND submission.verdict = 'checking'
  AND (recipe.lease_until IS NULL OR recipe.lease_until < now())
GROUP BY 1
ORDER BY 1
"""


class Line(NamedTuple):
    """`runs` wait, with `chunks` in them that nobody holds; the oldest not yet begun for `oldest` seconds."""

    queue: str
    runs: int
    chunks: int
    oldest: float | None


def lines() -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        rows = cursor.fetchall()
    return [
        Line(queue, runs, chunks, None if age is None else float(age)) for queue, runs, chunks, age in rows
    ]
