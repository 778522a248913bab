"""What a rater waits for while a draft or a rating is kept: one statement each."""

from __future__ import annotations

# Saves over the revision it was made from, or first; the screen stays reserved. No row: somebody else saved.
SAVE = """
WITH own AS (
    SELECT screen.id, screen.state
    FROM raters_assignment screen
    JOIN raters_membership member ON member.id = screen.membership_id
    JOIN raters_study study ON study.id = screen.study_id
    WHERE screen.id = %(screen)s AND member.rater_id = %(rater)s
      AND study.state = 'open' AND member.state <> 'withdrawn'
    FOR NO KEY UPDATE OF screen
), newer AS (
    UPDATE raters_draft draft
    SET payload = %(payload)s::jsonb, revision = draft.revision + 1, client = %(client)s::text,
        saved_at = now()
    FROM own WHERE draft.assignment_id = own.id AND draft.revision = %(revision)s::int
    RETURNING draft.revision, draft.saved_at
), first AS (
    INSERT INTO raters_draft (assignment_id, payload, revision, client, saved_at)
    SELECT own.id, %(payload)s::jsonb, 1, %(client)s::text, now() FROM own
    WHERE %(revision)s::int = 0 AND NOT EXISTS (SELECT FROM newer)
    ON CONFLICT (assignment_id) DO NOTHING
    RETURNING revision, saved_at
), reserved AS (
    UPDATE raters_assignment screen
    SET state = CASE WHEN own.state = 'planned' THEN 'open' ELSE own.state END,
        lease_until = CASE WHEN own.state IN ('planned', 'open') THEN now() + %(lease)s END,
        lease_token = COALESCE(lease_token, gen_random_uuid()),
        first_opened_at = COALESCE(first_opened_at, now()),
        seconds = GREATEST(seconds, %(seconds)s::int)
    FROM own WHERE screen.id = own.id
)
SELECT revision, saved_at FROM newer UNION ALL SELECT revision, saved_at FROM first
"""

# The chain, and the screen before its draft: a draft saved meanwhile is seen, or waits and is then stale.
LOCK = """
SELECT member.id, pg_advisory_xact_lock_shared(hashtextextended(screen.study_id::text, 0))
FROM raters_membership member JOIN raters_assignment screen ON screen.membership_id = member.id
WHERE screen.id = %(screen)s AND member.rater_id = %(rater)s FOR NO KEY UPDATE OF member, screen
"""

# A screen that somebody else was given meanwhile is kept as an extra one, behind all others.
APPEND = """
WITH revision AS (
    INSERT INTO raters_ratingrevision (assignment_id, membership_id, number, link, payload, reason, seconds,
                                       created_at, previous_sha, sha, counted)
    VALUES (%(screen)s, %(member)s, %(number)s::int, %(link)s::int, %(payload)s::jsonb, %(reason)s,
            %(seconds)s::int, %(now)s, %(previous)s, %(sha)s, false)
), head AS (
    UPDATE raters_membership SET chain_length = %(link)s::int, chain_head = %(sha)s WHERE id = %(member)s
), working_copy AS (
    INSERT INTO raters_draft (assignment_id, payload, revision, client, saved_at)
    VALUES (%(screen)s, %(payload)s::jsonb, 1, %(client)s::text, %(now)s)
    ON CONFLICT (assignment_id) DO UPDATE
    SET payload = excluded.payload, revision = raters_draft.revision + 1, client = excluded.client,
        saved_at = excluded.saved_at
), receipt AS (
    INSERT INTO raters_receipt (rater_id, key, assignment_id, answer, created_at)
    VALUES (%(rater)s, %(key)s, %(screen)s, %(answer)s, %(now)s)
)
UPDATE raters_assignment
SET state = 'submitted', lease_until = NULL, seconds = %(seconds)s::int,
    submitted_at = COALESCE(submitted_at, %(now)s), first_opened_at = COALESCE(first_opened_at, %(now)s),
    kind = CASE WHEN state = 'void' THEN 'extra' ELSE kind END,
    place = CASE WHEN state = 'void'
                 THEN (SELECT max(place) + 1 FROM raters_assignment WHERE membership_id = %(member)s)
                 ELSE place END
WHERE id = %(screen)s
"""
