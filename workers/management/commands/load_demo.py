"""`manage.py load_demo`: demo people, the sample benchmark with baselines, and a study of each protocol."""

from __future__ import annotations

import io
import json
import time
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts import services as accounts
from accounts.models import Role, User
from evaluation.models import Submission
from evaluation.selectors import benchmarks, runs
from evaluation.services import submissions
from leaderboard.selectors import boards, published
from raters.services import samples
from workers.backends.baseline import BASELINES, Baseline

PEOPLE = {
    "submitter": [Role.SUBMITTER],
    "rater1": [Role.RATER],
    "rater2": [Role.RATER],
    "rater3": [Role.RATER],
    "coordinator": [Role.COORDINATOR],
    "admin": [Role.ADMINISTRATOR],
}
PATIENCE = 120.0  # seconds for baselines of about a hundred items each


class Command(BaseCommand):
    help = "Create the demo people, load the sample benchmark and score the baselines on it. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo people have passwords that everybody knows. They are only made with DEBUG=true; "
                "on a real site use `manage.py createsuperuser`."
            )
        people = {name: accounts.ensure_person(name, password(name), roles) for name, roles in PEOPLE.items()}
        call_command("load_benchmark", "sample", stdout=self.stdout)
        self.run_baselines(people["submitter"])
        self.open_studies(people)
        self.stdout.write("\nDemo people (name / password):")
        for name, roles in PEOPLE.items():
            self.stdout.write(f"  {name:<12} {password(name):<24} {', '.join(roles)}")

    def open_studies(self, people: dict[str, User]) -> None:
        """One study of every protocol, open to the demo raters."""
        raters = [people[name] for name, roles in PEOPLE.items() if Role.RATER in roles]
        opened = samples.load_all(people["coordinator"], raters)
        if opened:
            self.stdout.write(f"Opened {len(opened)} sample studies, one of each protocol.")

    def run_baselines(self, submitter: User) -> None:
        waiting = [submit(submitter, name, baseline) for name, baseline in BASELINES.items()]
        deadline = time.monotonic() + PATIENCE
        while (
            any(runs.status_of(fresh(one)).is_active for one in waiting) or published.scored_but_unpublished()
        ):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The baselines were not scored within {PATIENCE:.0f} s: is a worker running?"
                )
            time.sleep(0.1)
        table = boards.table("sample", boards.Slice())
        assert table is not None
        self.stdout.write("Scored on the sample benchmark:")
        for row in table.rows:
            if row.average is not None:
                self.stdout.write(f"  {row.system:<28} {100 * row.average:5.1f}  ({row.n_items} items)")


def submit(submitter: User, name: str, baseline: Baseline) -> Submission:
    version = benchmarks.current_version("sample")
    assert version is not None
    lines = (json.loads(line) for line in benchmarks.items_as_lines(version))
    text = "".join(
        json.dumps({"id": line["id"], "output": baseline(line)}, ensure_ascii=False) + "\n" for line in lines
    )
    file = File(io.BytesIO(text.encode()), name="predictions.jsonl")
    submission, _ = submissions.submit(
        submitter, version, name, "", "predictions.jsonl", file, kind="baseline"
    )
    if submission.verdict == Submission.Verdict.REFUSED:
        raise CommandError(f"{name} was refused: {submission.findings['problems'][:3]}")
    return submission


def fresh(submission: Submission) -> Submission:
    return Submission.objects.select_related("run", "version").get(pk=submission.pk)


def password(name: str) -> str:
    return f"{name}-consilium-demo"
