"""`manage.py evaluate`: run a model on a benchmark and score it, in one process, without a queue."""

from __future__ import annotations

import json
import secrets
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts import services as accounts
from accounts.acts import RecordedCommand
from accounts.models import Role, User
from evaluation.domain.backends import BACKENDS, is_kind
from evaluation.domain.prompts.modes import THINKING, modes
from evaluation.domain.publication import OWN, PUBLIC, RELATIONS, VISIBILITIES, Publication
from evaluation.models import Run, Submission, System
from evaluation.selectors import benchmarks, runs
from evaluation.services import preflight, recipes, submissions, work
from evaluation.services.admission import RefusedError
from workers import flight, serving, tasks, warm
from workers.abilities import abilities

OPERATOR = "operator"  # who evaluates from the command line, unless named


class Command(RecordedCommand):
    help = (
        "Run a model on a benchmark and score it, in this one process: prompts, answers and receipt are kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG")
        parser.add_argument("--system", required=True, metavar="NAME", help="the name readers will see")
        parser.add_argument("--backend", required=True, choices=list(BACKENDS))
        parser.add_argument("--model", default="", metavar="ID_OR_PATH")
        parser.add_argument("--revision", default="", help="commit of the weights")
        parser.add_argument("--base-url", default="", help="of an OpenAI-compatible endpoint")
        parser.add_argument("--key-file", metavar="FILE", help="holds the endpoint's key")
        parser.add_argument("--mode", default="direct", choices=[mode.id for mode in modes()])
        parser.add_argument("--thinking", default="unset", choices=THINKING)
        parser.add_argument("--task", action="append", default=[], metavar="SLUG", help="only this task")
        parser.add_argument(
            "--decoding", default="{}", metavar="JSON", help="such as '{\"max_new_tokens\": 64}'"
        )
        parser.add_argument(
            "--options", default="{}", metavar="JSON", help='such as \'{"dtype": "float32"}\''
        )
        parser.add_argument(
            "--companions", default="{}", metavar="JSON", help="who plays the patient, or judges"
        )
        parser.add_argument("--device", default="", choices=["cpu", "gpu"])
        parser.add_argument(
            "--visibility",
            default=PUBLIC,
            choices=VISIBILITIES,
            help="who sees it; anonymous: without its name",
        )
        parser.add_argument("--named-on", metavar="DAY", help="when an anonymous system is named: 2027-01-31")
        parser.add_argument("--relation", default=OWN, choices=RELATIONS, help="whose model it is")
        parser.add_argument("--consent", default="", help="how its owner agreed, or which licence allows it")
        parser.add_argument("--as", dest="person", default=OPERATOR, metavar="PERSON")
        parser.add_argument("--json", action="store_true", help="print the result as JSON and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        submission = self._asked_for(options)
        worker = tasks.worker_name()
        work.seen(worker)
        try:
            with tasks.alive(worker):
                self._fly(submission, worker)
                self._run(submission, worker, quiet=options["json"])
        finally:
            warm.drop()
        self._tell(Submission.objects.get(pk=submission.pk), options["json"])

    def _asked_for(self, options: dict[str, Any]) -> Submission:
        version = benchmarks.current_version(options["benchmark"])
        if version is None:
            known = ", ".join(benchmarks.slugs()) or "none is loaded yet: manage.py load_benchmark"
            raise CommandError(f"There is no benchmark {options['benchmark']!r}. Known: {known}.")
        wanted = recipes.Wanted(
            backend=options["backend"],
            model=options["model"] or options["system"],
            revision=options["revision"],
            base_url=options["base_url"],
            key=_key(options["key_file"]),
            mode=options["mode"],
            thinking=options["thinking"],
            decoding=_object(options["decoding"], "--decoding"),
            options=_object(options["options"], "--options"),
            task_slugs=options["task"],
            device=options["device"],
            companions=_object(options["companions"], "--companions"),
        )
        kind = System.Kind.BASELINE if is_kind(wanted.backend, "rule") else System.Kind.MODEL
        try:
            submission, _ = recipes.submit(
                _person(options["person"]), version, options["system"], wanted, kind, _publication(options)
            )
        except RefusedError as refusal:
            raise CommandError(refusal.message) from None
        return submission

    def _fly(self, submission: Submission, worker: str) -> None:
        """The pre-flight of this submission and no other; one that was passed before is not repeated."""
        while submission.verdict == Submission.Verdict.CHECKING:
            recipe = preflight.claim(worker, abilities(), submission)
            if recipe is not None:
                flight.fly(recipe, worker)
            elif preflight.is_waiting(submission):
                raise CommandError(_cannot_here(submission))
            else:
                time.sleep(0.5)  # a worker of the site was quicker: what it finds holds here too
            submission.refresh_from_db()
        if submission.verdict == Submission.Verdict.REFUSED:
            problems = submission.findings.get("problems", [])
            raise CommandError(" ".join(problem["message"] for problem in problems) or "It was refused.")

    def _run(self, submission: Submission, worker: str, *, quiet: bool) -> None:
        submissions.retry(submission)  # what an earlier try left open
        run = Run.objects.get(submission=submission)
        with _shown(run, quiet=quiet):
            while run.state in Run.ACTIVE:
                if not serving.serve_one(run, worker) and not serving.score_one(run, worker):
                    time.sleep(0.5)  # others hold what is left: wait for them
                run.refresh_from_db()
        tasks.publish_scored()
        tasks.keep_artefacts()

    def _tell(self, submission: Submission, as_json: bool) -> None:
        run = submission.run
        if run.state != Run.State.SCORED:
            raise CommandError(run.failure or f"The run was {run.get_state_display().lower()}.")
        scores = list(runs.scores_of(submission))
        if as_json:
            self.stdout.write(json.dumps(_as_json(submission, run, scores), ensure_ascii=False, indent=1))
            return
        for score in scores:
            value = "–" if score.value is None else f"{100 * score.value:5.1f}"
            interval = (
                "" if score.low is None else f"  [{100 * score.low:.1f}, {100 * (score.high or 0):.1f}]"
            )
            unread = f", {score.n_unparsed} not read" if score.n_unparsed else ""
            self.stdout.write(f"  {score.task.slug:<32} {value}{interval}  ({score.n_items} items{unread})")


@contextmanager
def _shown(run: Run, *, quiet: bool) -> Iterator[None]:
    """A progress bar that reads the ledger, as the page does."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    over = threading.Event()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("Answered", total=run.total)

        def follow() -> None:
            while not over.wait(0.5):
                progress.update(bar, completed=Run.objects.values_list("answered", flat=True).get(pk=run.pk))

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            progress.update(bar, completed=run.answered)


def _as_json(submission: Submission, run: Run, scores: list[Any]) -> dict[str, Any]:
    return {
        "submission": str(submission.pk),
        "system": submission.system_name,
        "benchmark": str(submission.version),
        "mode": submission.mode,
        "items": run.total,
        "scores": [
            {
                "task": score.task.slug, "metric": score.metric, "value": score.value, "low": score.low,
                "high": score.high, "n": score.n_items, "unparsed": score.n_unparsed, "status": score.status,
            }
            for score in scores
        ],
    }  # fmt: skip


def _person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is not None:
        return found
    if name != OPERATOR:
        raise CommandError(f"There is no person {name!r}.")
    return accounts.ensure_person(
        OPERATOR, secrets.token_urlsafe(), [Role.SUBMITTER]
    )  # nobody signs in as it


def _publication(options: dict[str, Any]) -> Publication:
    try:
        day = date.fromisoformat(options["named_on"]) if options["named_on"] else None
    except ValueError:
        raise CommandError(f"--named-on is a day such as 2027-01-31, not {options['named_on']!r}.") from None
    return Publication(options["visibility"], day, options["relation"], options["consent"])


def _key(path: str | None) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"The key cannot be read from {path}: {error.strerror}.") from None


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{name} is not JSON: {error}.") from None
    if not isinstance(found, dict):
        raise CommandError(f'{name} is a JSON object, such as {{"max_new_tokens": 64}}.')
    return found


def _cannot_here(submission: Submission) -> str:
    recipe, able = submission.recipe, abilities()
    if recipe.backend not in able.engines:
        return (
            f"The engine {recipe.backend} is not installed here; there are {', '.join(able.engines)}. "
            "README.md says how to add one."
        )
    return f"This machine serves {', '.join(able.queues)}; the model waits in queue {recipe.queue}."
