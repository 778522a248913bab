"""`manage.py panel`: several judges as one, scored and ranked beside them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from accounts.acts import RecordedCommand
from accounts.models import User
from evaluation.domain.judging.panel import RULES
from evaluation.models import Submission
from evaluation.services import panels
from evaluation.services.admission import RefusedError


class Command(RecordedCommand):
    help = "Hand in a panel: what the judges of several scored submissions amount to together."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "submissions", nargs="+", help="ids of scored submissions to a benchmark of judges"
        )
        parser.add_argument("--rule", choices=RULES, default="majority")
        parser.add_argument("--system", required=True, help="the panel's name on the board")
        parser.add_argument("--submitter", required=True, help="username of who hands it in")

    def handle(self, *args: Any, **options: Any) -> None:
        submitter = User.objects.filter(username=options["submitter"]).first()
        if submitter is None:
            raise CommandError(f"There is nobody called {options['submitter']}.")
        members = [_submission(text) for text in options["submissions"]]
        try:
            panel = panels.convene(submitter, options["system"], members, options["rule"])
        except (panels.NoPanelError, RefusedError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Handed in as /submissions/{panel.pk}/: {panel.get_verdict_display().lower()}.")


def _submission(text: str) -> Submission:
    try:
        return Submission.objects.select_related("version__benchmark", "run").get(pk=UUID(text))
    except (ValueError, Submission.DoesNotExist):
        raise CommandError(f"There is no submission {text}.") from None
