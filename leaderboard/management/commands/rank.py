"""`manage.py rank votes.csv …`: a ranking of a file of votes, without a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from leaderboard.domain.ranking import Columns, rank, read_votes

_CHOICES = ("ties", "covariance", "level", "seed")


class Command(BaseCommand):
    help = (
        "Rank systems by the pairwise votes of a CSV file: ratings, intervals, rank ranges and tie bands as "
        "JSON. Outcomes are left, right, tie; a, b, tie; 1, 0, 0.5; or the name of the better system; "
        "and both bad, which is no tie: it enters no rating and is reported apart."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("votes", type=Path, help="CSV file with a header line and a line for each vote")
        parser.add_argument("--left", required=True, help="column of the system shown first")
        parser.add_argument("--right", required=True, help="column of the system shown second")
        parser.add_argument("--outcome", required=True, help="column that says which was better")
        parser.add_argument("--rater", help="column of the rater")
        parser.add_argument("--item", help="column of the item judged")
        parser.add_argument("--ties", choices=["half-win", "davidson", "rao-kupper"], default="half-win")
        parser.add_argument(
            "--covariance",
            choices=["auto", "independent", "rater", "item", "two-way"],
            default="auto",
            help="which votes go together; auto takes raters and items where there are five or more",
        )
        parser.add_argument("--level", type=float, default=0.95, help="level of the intervals")
        parser.add_argument("--seed", type=int, default=0, help="seed of the simulated rank ranges")

    def handle(self, *args: Any, **options: Any) -> None:
        columns = Columns(*(options[name] for name in ("left", "right", "outcome", "rater", "item")))
        path: Path = options["votes"]
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                votes = read_votes(lines, columns)
            result = rank(votes, **{name: options[name] for name in _CHOICES})
        except OSError as fault:
            raise CommandError(f"{path} cannot be read ({fault.strerror}): check the path") from None
        except UnicodeDecodeError:
            raise CommandError(f"{path} is not UTF-8 text: save it as CSV in UTF-8") from None
        except ValueError as fault:
            raise CommandError(f"{path}: {fault}") from None
        self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
