"""A database of before, with rows in it, brought forward: what was kept is kept, and what is new holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from tests.faults.elsewhere import Elsewhere, elsewhere

OURS = ("accounts", "evaluation", "raters", "leaderboard", "telemetry")
BEFORE = [("evaluation", "0002"), ("raters", "0002"), ("leaderboard", "0002")]

# A person, a benchmark of two private items, a scored run with its answers, published; a rating and its chain.
ROWS = """
INSERT INTO accounts_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                           date_joined, roles)
VALUES (1, '!', false, 'lab', '', '', '', false, true, now(), '{submitter,rater,coordinator}');
INSERT INTO evaluation_benchmark (id, slug, created_at) VALUES (1, 'old', now());
INSERT INTO evaluation_benchmarkversion (id, benchmark_id, number, content_hash, name, description, source, licence,
    citation, synthetic, item_count, created_at) VALUES (1, 1, 1, 'h', 'Old', '', '', '', '', false, 2, now());
UPDATE evaluation_benchmark SET current_id = 1;
INSERT INTO evaluation_task (id, version_id, "order", slug, name, family, metric, language, specialty, document_type,
    stage, application, access, prompt, options, source, licence, first_position, item_count)
VALUES (1, 1, 0, 'choice', 'Choice', 'multiple_choice', 'accuracy', 'en', '{}', '', '', '', 'open', '', '{}', '', '',
    0, 2);
INSERT INTO evaluation_item (id, version_id, task_id, position, key, split, input, cluster)
SELECT n, 1, 1, n - 1, 'c' || n, 'private', '{"question": "?", "options": {"A": "a", "B": "b"}}', ''
FROM generate_series(1, 2) n;
INSERT INTO evaluation_reference (item_id, gold) SELECT n, '{"letters": ["A"]}' FROM generate_series(1, 2) n;
INSERT INTO evaluation_system (id, name, name_key, kind, owner_id, created_at)
VALUES (1, 'Old model', 'old model', 'model', 1, now());
INSERT INTO evaluation_submission (id, version_id, submitter_id, system_name, name_key, kind, system_id, mode, file,
    file_name, sha256, size, verdict, findings, created_at, checking_since)
SELECT gen_random_uuid(), 1, 1, 'Old model', 'old model', 'model', 1, mode, '', 'a.jsonl', 'sha', 1, 'accepted', '{}',
    now(), now() FROM unnest(ARRAY['', 'waiting']) mode;
INSERT INTO evaluation_run (id, submission_id, state, total, done, attempt, failure_code, failure, queued_at)
SELECT CASE mode WHEN '' THEN 1 ELSE 2 END, id, CASE mode WHEN '' THEN 'scored' ELSE 'queued' END, 2,
    CASE mode WHEN '' THEN 2 ELSE 0 END, 1, '', '', now() FROM evaluation_submission;
INSERT INTO evaluation_chunk (run_id, kind, task_id, first_position, item_count, state, worker, attempts)
VALUES (1, 'ingest', NULL, 0, 2, 'done', '', 1), (1, 'score', 1, 0, 2, 'done', '', 1),
       (2, 'ingest', NULL, 0, 2, 'free', '', 0);
INSERT INTO evaluation_answer (run_id, position, output) VALUES (1, 0, 'A'), (1, 1, 'B');
INSERT INTO evaluation_score (run_id, task_id, split, metric, value, low, high, status, interval, n_items, n_unparsed,
    parts, item_scores, influence)
SELECT 1, 1, split, 'accuracy', 0.5, 0.1, 0.9, 'ok', 'wilson', 2, 0, '{}', '\\x0000803f00000000', '\\x0000003f000000bf'
FROM unnest(ARRAY['all', 'private']) split;
INSERT INTO leaderboard_scoreevent (run_id, kind, at, reason) VALUES (1, 'published', now(), '');
"""
KEPT = (
    "SELECT username, roles::text FROM accounts_user",
    "SELECT slug, current_id FROM evaluation_benchmark",
    "SELECT key, position, split, input::text FROM evaluation_item ORDER BY position",
    "SELECT state, total, done FROM evaluation_run WHERE id = 1",
    "SELECT run_id, position, output FROM evaluation_answer ORDER BY position",
    "SELECT kind, state FROM evaluation_chunk WHERE run_id = 1 ORDER BY id",
    "SELECT split, value, low, high, item_scores, influence FROM evaluation_score ORDER BY split",
    "SELECT run_id, kind, at FROM leaderboard_scoreevent",
)


@pytest.fixture
def place(services: None, tmp_path: Path) -> Iterator[Elsewhere]:
    with elsewhere("consilium_of_before", tmp_path / "elsewhere") as place:
        yield place


def test_a_database_of_before_comes_forward_with_all_that_was_in_it(
    place: Elsewhere, record_figure: Callable[..., None]
) -> None:
    place.manage("shell", "-v0", "-c", MIGRATE.format(BEFORE))
    place.run(ROWS)
    before = {statement: place.rows(statement) for statement in KEPT}
    assert all(before.values())

    place.manage("shell", "-v0", "-c", FORWARD_AND_SERVE)  # what waited is looked at, and ends in words

    assert {statement: place.rows(statement) for statement in KEPT} == before
    assert place.rows("SELECT id, answered, scoring FROM evaluation_run ORDER BY id") == [
        (1, 2, 1),
        (2, 0, 1),
    ]
    assert place.rows("SELECT DISTINCT visibility, relation FROM evaluation_submission") == [
        ("public", "own")
    ]
    for refused, why in {
        "UPDATE leaderboard_scoreevent SET at = now()": "never edited",
        "INSERT INTO evaluation_answer (run_id, position, output) VALUES (1, 0, 'again')": "one_answer_per_item",
        "INSERT INTO evaluation_score SELECT * FROM evaluation_score LIMIT 1": "evaluation_score_pkey",
    }.items():
        with pytest.raises(psycopg.Error, match=why):
            place.run(refused)
    assert place.rows("SELECT state FROM evaluation_run WHERE id = 2") == [("failed",)]
    assert place.rows("SELECT count(*) FROM evaluation_receipt") == [(1,)]
    record_figure("rows kept by migrations of a database of before", f"{len(KEPT)} tables equal", "all", True)


MIGRATE = """
from django.core.management import call_command
for app, name in {!r}:
    call_command("migrate", app, name, verbosity=0)
"""
FORWARD_AND_SERVE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from workers import tasks
tasks.serve_queue()
tasks.publish_scored()
"""


def test_every_migration_goes_back_or_says_why_not() -> None:
    found = 0
    loader = MigrationLoader(None)
    for app, name in loader.disk_migrations:
        if app in OURS:
            found += 1
            for operation in loader.disk_migrations[app, name].operations:
                module = import_module(f"{apps.get_app_config(app).name}.migrations.{name}")
                said = re.search(r"cannot be (undone|taken back)|goes one way", module.__doc__ or "")
                assert operation.reversible or said, f"{app} {name}: {operation} has no way back"
    assert found >= 18


def test_an_empty_database_goes_all_the_way_back_and_forward_again(place: Elsewhere) -> None:
    place.manage("migrate", "-v0")
    tables = place.rows(TABLES)
    every = [app for app in ("telemetry", "leaderboard", "raters", "evaluation") if apps.is_installed(app)]
    place.manage("shell", "-v0", "-c", MIGRATE.format([(app, "zero") for app in every]))
    left = place.rows(TABLES)
    assert not [name for (name,) in left if name.startswith(("evaluation_", "raters_", "leaderboard_"))]
    functions = {
        name for (name,) in place.rows("SELECT proname FROM pg_proc WHERE proname LIKE 'consilium%%'")
    }
    people = import_module("accounts.migrations.0003_privileged_acts")  # of accounts, which stay
    assert functions == set(re.findall(r"CREATE FUNCTION (\w+)", people.CREATE))
    place.manage("migrate", "-v0")
    assert place.rows(TABLES) == tables


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
AGAIN = """
import io, json
from django.core.management import call_command
from django.db import connection, transaction
from consilium.backup.tables import table_sums

def sums():
    with transaction.atomic(), connection.cursor() as cursor:
        found = table_sums(cursor)
    print(json.dumps({name: [one.rows, one.sum] for name, one in sorted(found.items())}))

sums()
said = io.StringIO()
call_command("migrate", stdout=said)
print(" ".join(said.getvalue().split()))
sums()
"""


def test_migrating_a_site_full_of_data_again_changes_nothing(
    site: Any, tmp_path: Path, record_figure: Callable[..., None]
) -> None:
    """In a copy of the running site's database: nothing else writes there."""
    archive = tmp_path / "site.zip"
    site.manage("backup", str(archive))
    from consilium.embedded.addresses import DATABASE, PORT, ROLE, socket_folder

    copy = Elsewhere(str(socket_folder(site.state)), int(PORT), ROLE, f"{DATABASE}_copy", tmp_path / "copy")
    copy.make()
    try:
        copy.manage("restore", str(archive))
        before, said, after = copy.manage("shell", "-v0", "-c", AGAIN).splitlines()[-3:]
        assert "No migrations to apply" in said
        assert before == after
        rows = sum(int(number) for number in re.findall(r"\[(\d+),", before))
        assert rows > 1000
        record_figure("rows unchanged by migrating a full site again", f"{rows:,}", "all", True)
    finally:
        copy.remove()
