"""Every address, as every kind of person: what each may open, and that nobody reads a private reference."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import File
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver, reverse

from evaluation.services import submissions

pytestmark = pytest.mark.django_db

SECRET = "the-private-reference-nobody-may-read"

# Who may GET: everybody, the signed in, the owner of the submission (and administrators), administrators.
PUBLIC = "public"
SIGNED_IN = "signed in"
OWNER = "owner"
ADMINISTRATOR = "administrator"
POST_ONLY = "post only"
FROM_HERE = "programs on this machine, or who has the token"  # tests/operations/test_metrics.py
ONCE_KEPT = (
    "owner, once there is something"  # nobody on an unfinished run: tests/evaluation/test_artefacts.py
)
ONCE_SHOWN = "everybody, once it is on a board"  # tests/leaderboard/test_board_api.py

CLASSIFIED = {
    "leaderboard:boards": PUBLIC,
    "leaderboard:board": PUBLIC,
    "leaderboard:board_file": PUBLIC,
    "leaderboard:methods": PUBLIC,
    "leaderboard:charts": PUBLIC,
    "leaderboard:chart_page": PUBLIC,
    "leaderboard:chart": PUBLIC,
    "leaderboard:chart_csv": PUBLIC,
    "leaderboard:badge": ONCE_SHOWN,
    "leaderboard:task": PUBLIC,
    "leaderboard:case": PUBLIC,
    "leaderboard:compare": PUBLIC,
    "leaderboard:study": ONCE_SHOWN,  # tests/leaderboard/studies/test_study_boards.py
    "leaderboard:significance": PUBLIC,
    "leaderboard:system": ONCE_SHOWN,  # tests/leaderboard/test_behind_systems.py, receipts too
    "leaderboard:receipt": ONCE_SHOWN,
    "leaderboard:receipt_json": ONCE_SHOWN,
    "leaderboard:all_changes": PUBLIC,
    "leaderboard:all_changes_feed": PUBLIC,
    "leaderboard:changes": PUBLIC,
    "leaderboard:changes_feed": PUBLIC,
    "leaderboard:control": OWNER,
    "leaderboard:visibility": POST_ONLY,
    "leaderboard:withdraw": POST_ONLY,
    "leaderboard:flag": ONCE_SHOWN,  # tests/leaderboard/test_moderation_and_changes.py
    "leaderboard:hide": POST_ONLY,
    "leaderboard:show": POST_ONLY,
    "leaderboard:resolve": POST_ONLY,
    "leaderboard:moderation": ADMINISTRATOR,
    "evaluation:rescore": POST_ONLY,
    "evaluation:benchmarks": PUBLIC,
    "evaluation:benchmark": PUBLIC,
    "evaluation:benchmark_items": PUBLIC,
    "evaluation:template": PUBLIC,
    "evaluation:example": PUBLIC,
    "evaluation:queue": PUBLIC,
    "evaluation:keys": PUBLIC,
    "privileged-acts": ADMINISTRATOR,
    "privileged-acts-file": ADMINISTRATOR,
    "evaluation:submit": SIGNED_IN,
    "evaluation:submissions": SIGNED_IN,
    "evaluation:submission": OWNER,
    "evaluation:submission_file": OWNER,
    "evaluation:submit_model": SIGNED_IN,
    "evaluation:tasks_of_benchmark": SIGNED_IN,
    "evaluation:log": OWNER,
    "evaluation:answers": OWNER,
    "evaluation:receipt": OWNER,
    "evaluation:artefacts": OWNER,
    "evaluation:artefact": ONCE_KEPT,
    "evaluation:artefact_file": ONCE_KEPT,
    "evaluation:cancel": POST_ONLY,
    "evaluation:retry": POST_ONLY,
    "evaluation:close": POST_ONLY,
    "accounts:account": SIGNED_IN,
    "accounts:session": PUBLIC,
    "accounts:language": POST_ONLY,
    "accounts:create_token": POST_ONLY,
    "accounts:revoke_token": POST_ONLY,
    "api-benchmarks": PUBLIC,
    "api-benchmark": PUBLIC,
    "api-items": PUBLIC,
    "api-board": PUBLIC,
    "api-boards": PUBLIC,
    "api-changes": PUBLIC,
    "api-board-file": PUBLIC,
    "api-board-pairs": PUBLIC,
    "api-board-tasks": PUBLIC,
    "api-systems": PUBLIC,
    "api-system": ONCE_SHOWN,
    "api-receipt": ONCE_SHOWN,
    "api-submissions": SIGNED_IN,
    "api-submission": OWNER,
    "api-submission-file": OWNER,
    "api-artefact": ONCE_KEPT,
    "api-cancel": POST_ONLY,
    "api-retry": POST_ONLY,
    "schema": PUBLIC,
    "api-guide": PUBLIC,
    "guides": PUBLIC,
    "guide": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "metrics": FROM_HERE,
    "operations": ADMINISTRATOR,
}
# Django's admin and allauth classify their own; the studies are in tests/raters/test_study_access.py
OTHERS = ("admin:", "account_", "mfa_", "socialaccount_", "raters:", "api-stud", "api-assignment-")

PLACES = {
    **{f"leaderboard:{name}": ["guarded", "forest"] for name in ("chart", "chart_page", "chart_csv")},
    "guide": ["reading"],
    "leaderboard:task": ["guarded", "qa"],
    "leaderboard:case": ["guarded", "qa", "q0"],
}


def names() -> set[str]:
    found = set()

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
            elif pattern.name:
                found.add(prefix + pattern.name)

    walk(get_resolver().url_patterns, "")
    return {name for name in found if not name.startswith(OTHERS)}


@pytest.fixture
def unfinished(lab: Any, tmp_path: Path) -> Any:
    """A queued submission of Lab on a benchmark whose private references hold the secret."""
    spec = (
        'slug = "guarded"\nname = "Guarded"\ndescription = "d"\n[[files]]\nreader = "items"\npaths = ["i.jsonl"]\n'
        '[[tasks]]\nslug = "qa"\nname = "QA"\nfamily = "open_question"\nmetric = "rougeL"\n'
    )
    (tmp_path / "benchmark.toml").write_text(spec, encoding="utf-8")
    items = [
        {
            "task": "qa",
            "id": f"q{n}",
            "split": split,
            "input": {"question": "Why?"},
            "gold": {"references": [gold]},
        }
        for n, (split, gold) in enumerate([("public", "because"), ("private", SECRET)])
    ]
    (tmp_path / "i.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    call_command("load_benchmark", str(tmp_path), stdout=io.StringIO())
    from evaluation.selectors import benchmarks

    version = benchmarks.current_version("guarded")
    assert version is not None
    rows = b'{"id": "q0", "output": "x"}\n{"id": "q1", "output": "y"}\n'
    file = File(io.BytesIO(rows), name="p.jsonl")
    return submissions.submit(lab, version, "Guarded model", "", "p.jsonl", file)[0]


@pytest.fixture
def people(lab: Any, rival: Any, eve: Any, root_admin: Any) -> dict[str, Client]:
    clients = {"anonymous": Client()}
    for person in (lab, rival, eve, root_admin):
        clients[person.username] = Client()
        clients[person.username].force_login(person)
    return clients


def address(name: str, submission: Any) -> str:
    if name in PLACES:
        return reverse(name, args=PLACES[name])
    for arguments in (
        [],
        ["guarded"],
        ["guarded", "jsonl"],
        ["guarded", "json"],
        [submission.pk],
        [submission.pk, "log"],
        [1],
    ):
        try:
            return reverse(name, args=arguments)
        except Exception:  # the next shape of arguments is tried
            continue
    raise AssertionError(f"no arguments fit {name}")


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_every_address_is_classified() -> None:
    assert names() == set(CLASSIFIED)


MAY = {
    PUBLIC: {"anonymous", "lab", "rival", "eve", "root"},
    SIGNED_IN: {"lab", "rival", "eve", "root"},
    OWNER: {"lab", "root"},
    ADMINISTRATOR: {"root"},
    FROM_HERE: {"anonymous", "lab", "rival", "eve", "root", "rater", "other rater", "coordinator"},
    POST_ONLY: set(),
    ONCE_KEPT: set(),
    ONCE_SHOWN: set(),
}


@pytest.mark.parametrize("name", sorted(CLASSIFIED))
def test_who_may_open_it(name: str, people: dict[str, Client], unfinished: Any) -> None:
    where = address(name, unfinished)
    for person, client in people.items():
        response = client.get(where)
        if person in MAY[CLASSIFIED[name]]:
            assert response.status_code == 200, (person, response.status_code)
        else:
            assert response.status_code in {302, 401, 403, 404, 405}, (person, response.status_code)
        assert SECRET.encode() not in body(response), person


MOVES = [
    "evaluation:cancel",
    "evaluation:retry",
    "evaluation:rescore",
    "leaderboard:withdraw",
    "api-cancel",
    "api-retry",
]


@pytest.mark.parametrize("name", MOVES)
@pytest.mark.parametrize("person", ["anonymous", "rival", "eve"])
def test_nobody_moves_a_run_that_is_not_theirs(
    name: str, person: str, people: dict[str, Client], unfinished: Any
) -> None:
    response = people[person].post(address(name, unfinished))
    assert response.status_code in {302, 401, 403, 404}
    unfinished.run.refresh_from_db()
    assert unfinished.run.state == "queued"


@pytest.mark.parametrize("name", sorted(name for name, kind in CLASSIFIED.items() if kind == PUBLIC))
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_is_read_only_refuses_to_write(
    name: str, method: str, people: dict[str, Client], unfinished: Any
) -> None:
    for client in people.values():
        assert getattr(client, method)(address(name, unfinished)).status_code in {401, 403, 405}


def test_a_foreign_token_is_not_revoked(people: dict[str, Client], lab: Any) -> None:
    from accounts import services

    services.create_token(lab, "mine")
    token = lab.api_tokens.get()
    people["rival"].post(reverse("accounts:revoke_token", args=[token.pk]))
    assert lab.api_tokens.exists()


def test_a_page_forbids_inline_code_and_frames(people: dict[str, Client]) -> None:
    response = people["anonymous"].get("/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
