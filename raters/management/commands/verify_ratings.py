"""`manage.py verify_ratings [STUDY]`: is every rating the one that was submitted?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from raters.models import Membership, Study
from raters.selectors import ledger


class Command(BaseCommand):
    help = "Verify the hash chain of every rater: no rating changed, lost, inserted or moved."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", nargs="?", help="address of one study; all of them without it")

    def handle(self, *args: Any, **options: Any) -> None:
        chains = Membership.objects.select_related("study").order_by("study__slug", "pk")
        if options["study"]:
            if not Study.objects.filter(slug=options["study"]).exists():
                raise CommandError(f'There is no study "{options["study"]}".')
            chains = chains.filter(study__slug=options["study"])
        broken = ratings = 0
        for membership in chains:
            report = ledger.verify(membership)
            ratings += report.n
            if not report.ok:
                broken += 1
                at = "" if report.first_break is None else f", link {report.first_break + 1}"
                self.stdout.write(f"{membership.study.slug}, {membership.name}{at}: {report.reason}")
        if broken:
            raise CommandError(f"{broken} of {len(chains)} chains are broken.")
        self.stdout.write(f"{len(chains)} chains with {ratings} ratings are whole.")
