"""`manage.py load_demo`: demo people, the sample benchmark with baselines, and a study of each protocol."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts import services as accounts
from accounts.acts import RecordedCommand
from accounts.models import Role, User
from evaluation.models import Run, Submission, System
from evaluation.selectors import benchmarks, runs
from evaluation.services import recipes
from leaderboard.domain.specifications import specifications
from leaderboard.selectors import boards, published
from raters.services import samples
from workers import demo_study
from workers.backends import tiny_model
from workers.backends.baseline import BASELINES

PEOPLE = {
    "submitter": [Role.SUBMITTER],
    "rater1": [Role.RATER],
    "rater2": [Role.RATER],
    "rater3": [Role.RATER],
    "coordinator": [Role.COORDINATOR],
    "admin": [Role.ADMINISTRATOR],
}
BENCHMARKS = ("sample", "sample_judging")
PATIENCE = 300.0  # seconds for baselines of about a hundred items each, on a machine that does much else


class Command(RecordedCommand):
    help = "Create the demo people, load the sample benchmark and score the baselines on it. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo people have passwords that everybody knows. They are only made with DEBUG=true; "
                "on a real site use `manage.py createsuperuser`."
            )
        people = {name: accounts.ensure_person(name, password(name), roles) for name, roles in PEOPLE.items()}
        for slug in BENCHMARKS:
            call_command("load_benchmark", slug, stdout=self.stdout)
        printed = [spec.slug for spec in specifications().values() if spec.rows]
        call_command("import_results", spec=printed, stdout=self.stdout)
        self.run_systems(people["submitter"])
        self.open_studies(people)
        self.publish_study(people["coordinator"])
        self.stdout.write("\nDemo people (name / password):")
        for name, roles in PEOPLE.items():
            self.stdout.write(f"  {name:<12} {password(name):<24} {', '.join(roles)}")

    def open_studies(self, people: dict[str, User]) -> None:
        """One study of every protocol, open to the demo raters."""
        raters = [people[name] for name, roles in PEOPLE.items() if Role.RATER in roles]
        opened = samples.load_all(people["coordinator"], raters)
        if opened:
            self.stdout.write(f"Opened {len(opened)} sample studies, one of each protocol.")

    def publish_study(self, coordinator: User) -> None:
        """A study with made-up ratings, so that there is a physicians' board and a joint one."""
        study = demo_study.publish(coordinator)
        if study is not None:
            self.stdout.write(f"Published a study with made-up ratings: /boards/{study.slug}/")

    def run_systems(self, submitter: User) -> None:
        """The baselines, and with an engine a tiny model, through the queue as anybody's would go."""
        version = benchmarks.current_version("sample")
        assert version is not None
        waiting: list[Submission] = []
        for name, wanted, kind in systems():
            self.wait_while(lambda: recipes.as_many_as_may_wait(submitter))
            waiting.append(recipes.submit(submitter, version, name, wanted, kind)[0])
        self.wait_while(
            lambda: (
                any(runs.status_of(fresh(one)).is_active for one in waiting)
                or published.scored_but_unpublished()
            )
        )
        self.tell_scores([fresh(one) for one in waiting])

    def wait_while(self, holds: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while holds():
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The systems of the demo were not scored within {PATIENCE:.0f} s: is a worker running?"
                )
            time.sleep(0.1)

    def tell_scores(self, submitted: list[Submission]) -> None:
        for one in submitted:
            if runs.state_of(one) != Run.State.SCORED:
                said = one.run.failure if hasattr(one, "run") else one.findings.get("problems")
                raise CommandError(f"{one.system_name} was not scored: {said}")
        table = boards.table("sample", boards.Slice())
        assert table is not None
        self.stdout.write("Scored on the sample benchmark:")
        for row in table.rows:
            if row.average is not None:
                self.stdout.write(f"  {row.system:<28} {100 * row.average:5.1f}  ({row.n_items} items)")


def systems() -> Iterator[tuple[str, recipes.Wanted, str]]:
    """What the demo runs: name, model, kind."""
    for name in BASELINES:
        yield name, recipes.Wanted("baseline", name), System.Kind.BASELINE
    if os.environ.get("CONSILIUM_ENGINE") == "transformers":
        folder = Path(settings.MODEL_FOLDERS[0]) / "tiny-noise"
        tiny_model.make(folder)
        decoding = {"max_new_tokens": 24}
        wanted = recipes.Wanted("transformers", str(folder), decoding=decoding, device="cpu")
        yield "Tiny model (made here, says noise)", wanted, System.Kind.MODEL


def fresh(submission: Submission) -> Submission:
    return Submission.objects.select_related("run", "version").get(pk=submission.pk)


def password(name: str) -> str:
    return f"{name}-consilium-demo"
