"""What is private, or shown without its name, is told to nobody else: every address is asked for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from evaluation.domain.names import name_key
from evaluation.domain.publication import Publication
from evaluation.models import Receipt, Recipe, Submission, Worker
from evaluation.services import rescoring
from leaderboard.models import ScoreEvent
from leaderboard.selectors.control import control_of
from leaderboard.services import control, moderation
from tests.evaluation.test_work import hand_in
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
NAME, MODEL, OWNER = "Zanzibar Quetzal 7B", "quetzal/secret-weights", "hidden-submitter"
# signed in as others they are what everybody sees, and what a person's own pages are
LEFT_OUT = ("admin:", "account_", "socialaccount_", "mfa_")


@pytest.fixture
def owner(db: None) -> Any:
    from accounts.models import User

    return User.objects.create(username=OWNER, password="!", roles=["submitter"])


@pytest.fixture
def others(tiny: Any, lab: Any, answers_to: Answers) -> Any:
    """A public system beside it, so that boards have something to show."""
    submission = hand_in(lab, tiny, answers_to(wrong=("c0",)), "Ordinary System")
    tasks.serve_queue()
    return submission


@pytest.fixture
def secret(owner: Any, tiny: Any, answers_to: Answers, others: Any) -> Callable[[Publication], Submission]:
    def made(publication: Publication) -> Submission:
        import io

        from django.core.files.base import File

        from evaluation.services import submissions

        file = File(io.BytesIO(answers_to(wrong=("v0",))), name="predictions.jsonl")
        submission, _ = submissions.submit(
            owner, tiny, NAME, "", f"{OWNER}.jsonl", file, publication=publication
        )
        tasks.serve_queue()
        Recipe.objects.create(
            submission=submission,
            backend="transformers",
            model=MODEL,
            mode="direct",
            queue="cpu",
            stage="done",
        )
        now = timezone.now()
        Worker.objects.create(
            name="w@there/1", started_at=now, seen_at=now, model=MODEL, doing=str(submission)
        )
        return Submission.objects.get(pk=submission.pk)

    return made


def patterns(some: Any, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern in some:
        if hasattr(pattern, "url_patterns"):
            yield from patterns(
                pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            )
        elif pattern.name:
            yield prefix + pattern.name, pattern.pattern.converters


def addresses(submission: Submission) -> Iterator[str]:
    """Every named address with every argument that could lead to the secret."""
    receipt = Receipt.objects.filter(run=submission.run).first()
    words = {
        "slug": ["tiny"], "key": ["choice", name_key(NAME)], "case": ["c1", "c0"], "ending": ["csv", "json", "parquet", "tex"],
        "suffix": ["jsonl"], "kind": ["answers", "manifest"], "sha256": [receipt.sha256] if receipt else [],
        "name": ["forest", "profile", "heat", "size", "wins"], "token": ["1"],
    }  # fmt: skip
    for name, converters in patterns(get_resolver().url_patterns):
        if name.startswith(LEFT_OUT):
            continue
        choices = []
        for argument, converter in converters.items():
            kind = type(converter).__name__
            known = {"UUIDConverter": [submission.pk], "IntConverter": [submission.run.pk]}
            choices.append(known.get(kind) or words.get(argument) or ["1"])
        for chosen in itertools.product(*choices):
            yield reverse(name, kwargs=dict(zip(converters, chosen, strict=True)))


SLICED = (
    "/boards/tiny/", "/boards/tiny.csv", "/api/v1/boards/tiny/", "/boards/tiny/significance/",
    "/boards/tiny/badge.svg", "/api/v1/systems/", "/boards/tiny/compare/",
)  # fmt: skip
QUERIES = (
    "",
    "?q=quetzal",
    "?split=private",
    "?sort=system",
    "?compare=run-{run}&compare=run-{other}",
    "?row=run-{run}",
)


def asked(submission: Submission, other: Any) -> Iterator[str]:
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for address in addresses(submission):
        for query in (*QUERIES, f"?as_of={now}") if address in SLICED else ("",):
            yield address + query.format(run=submission.run.pk, other=other.run.pk)
    for event in ScoreEvent.objects.filter(run=submission.run):
        at = event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        yield f"/boards/tiny/?as_of={at}"
        yield f"/boards/tiny.csv?as_of={at}"


def told(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "".join(f"{name}: {value}" for name, value in response.headers.items())
    return (headers + body.decode("utf-8", "replace")).casefold()


def leaks(client: Client, submission: Submission, other: Any) -> list[str]:
    """Addresses whose answer holds anything that tells whose it is, other than what the address itself says."""
    found = []
    for address in asked(submission, other):
        body = told(client.get(address)).replace(address.casefold(), "")
        for word in (NAME, "quetzal", MODEL, OWNER, str(submission.pk), submission.sha256):
            if word.casefold() in body and word.casefold() not in address.casefold():
                found.append(f"{address}: {word}")
    return found


FUTURE = timezone.now().date() + timedelta(days=30)


@pytest.mark.parametrize(
    "publication",
    [
        Publication("private"),
        Publication("anonymous"),
        Publication("anonymous", named_on=FUTURE),
        Publication("public", relation="not_asked"),
    ],
    ids=["private", "anonymous", "named later", "owner not asked"],
)
def test_nobody_else_learns_who_it_is(publication: Publication, secret: Any, others: Any, rival: Any) -> None:
    submission = secret(publication)
    assert leaks(Client(), submission, others) == []
    client = Client()
    client.force_login(rival)
    assert leaks(client, submission, others) == []


def test_what_happened_to_it_does_not_tell_either(
    secret: Any, others: Any, owner: Any, rival: Any, root_admin: Any
) -> None:
    """Flagged, hidden, shown, scored again and withdrawn without a name, it is never named."""
    submission = secret(Publication("anonymous", named_on=FUTURE))
    flag = moderation.flag(submission.run, rival, "It looks too good to be true.")
    moderation.resolve(flag, root_admin, "Looked at: the answers are its own.")
    moderation.hide(submission.run, root_admin, "Until the key is checked.")
    moderation.show(submission.run, root_admin, "The key was right.")
    rescoring.ask_for_rescore(submission.run, root_admin, "Another version of the scorer.")
    tasks.serve_queue()
    client = Client()
    client.force_login(rival)
    assert leaks(client, submission, others) == []
    control.withdraw(submission, owner, "No longer wanted.")
    assert leaks(Client(), submission, others) == []
    assert control.name_those_due(FUTURE + timedelta(days=1)) == 0
    assert leaks(Client(), submission, others) == []


def test_the_walk_finds_what_is_public(secret: Any, others: Any) -> None:
    """The test above could not fail if it looked in the wrong places."""
    submission = secret(Publication())
    found = leaks(Client(), submission, others)
    for start in (
        "/boards/tiny/",
        "/boards/tiny.csv",
        "/api/v1/boards/tiny/",
        "/changes/",
        "/boards/tiny/changes/",
    ):
        assert any(line.startswith(start) for line in found), start


def test_its_submitter_and_administrators_see_it(secret: Any, owner: Any, root_admin: Any) -> None:
    submission = secret(Publication("private"))
    where = reverse("evaluation:submission", args=[submission.pk])
    for person in (owner, root_admin):
        client = Client()
        client.force_login(person)
        assert NAME in client.get(where).content.decode()
    assert Client().get(where).status_code == 404
    assert not ScoreEvent.objects.filter(run=submission.run).exists()
    assert control_of(submission).published is None
