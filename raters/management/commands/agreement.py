"""`manage.py agreement RATINGS.csv …`: every coefficient of agreement a file of ratings allows, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError, CommandParser

from raters.domain.agreement import all_coefficients
from raters.domain.agreement.scales import Level
from raters.domain.estimates import AgreementEstimate
from raters.domain.reliability.concordance import kendall_w, mean_tau_b
from raters.domain.reliability.icc import all_iccs
from raters.domain.reliability.ratings_csv import Columns, RatingsFile, read_ratings

SHOWN = ("value", "low", "high", "status", "reason", "n_items", "n_raters", "n_ratings", "interval")


class Command(BaseCommand):
    help = (
        "Agreement of raters from a CSV file with one rating a line. Prints JSON: each coefficient with its "
        "95 % interval, or the reason it has none. Lines with a blank value are left out. Needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="RATINGS.csv")
        parser.add_argument("--item", required=True, help="column that names what was rated")
        parser.add_argument("--rater", required=True, help="column that names who rated")
        parser.add_argument("--value", required=True, help="column with the rating")
        parser.add_argument("--scale", required=True, choices=get_args(Level))
        parser.add_argument(
            "--categories",
            help="all of the scale's, separated by commas, unused ones too and in their order; without them "
            "a nominal scale is taken to have those in the file, and a metric one to be of any number",
        )

    def handle(
        self,
        *args: Any,
        path: Path,
        item: str,
        rater: str,
        value: str,
        scale: Level,
        categories: str | None,
        **options: Any,
    ) -> None:
        declared = None if categories is None else [name.strip() for name in categories.split(",")]
        try:
            ratings = read_ratings(path, Columns(item, rater, value), scale, declared)
            found = coefficients(ratings)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if ratings.without_value:
            self.stderr.write(f"lines left out because they have no value: {ratings.without_value}")
        shown = {name: {key: getattr(one, key) for key in SHOWN} for name, one in found.items()}
        self.stdout.write(json.dumps(shown, indent=2, allow_nan=False))


def coefficients(ratings: RatingsFile) -> dict[str, AgreementEstimate]:
    """All that apply to the scale: corrected for chance always, of ranks from ordinal on, ICC of numbers."""
    found = all_coefficients(ratings.items, ratings.raters, ratings.values, ratings.scale)
    if ratings.scale.level == "nominal":
        return found
    table = ratings.table
    found |= {"kendall_w": kendall_w(table), "kendall_tau_b": mean_tau_b(table)}
    if ratings.scale.is_metric:
        found |= {str(form): estimate for form, estimate in all_iccs(table).items()}
    return found
