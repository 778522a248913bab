"""What raters earn in a study: by the study's median time, never by their own clock.

Reading counts: a screen that was read and skipped is paid, by the median time of skipped screens. Work is
paid whether or not its ratings count in the results.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from raters.domain.pay import LedgerLine, median_minutes, median_pay, total
from raters.models import Assignment, HonorariumDispute, Membership, Study

LINES = ("rated", "training", "skipped")
COLUMNS = (
    "study",
    "rater",
    "name",
    "line",
    "screens",
    "median_minutes",
    "hourly_rate",
    "currency",
    "per_screen",
    "amount",
    "state",
    "dispute",
)
_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True)
class Line:
    """One line of a rater's honorarium. `is_planned`: nothing was timed, the rubric's minutes stand in."""

    kind: str
    paid: LedgerLine
    is_planned: bool
    dispute: HonorariumDispute | None


@dataclass(frozen=True)
class Account:
    """What one rater earns; `minutes_counted` is their own reading time, shown and not paid by."""

    membership: Membership
    lines: list[Line]
    minutes_counted: float

    @property
    def total(self) -> Decimal:
        return total(line.paid for line in self.lines)


@dataclass(frozen=True)
class Rates:
    """Median minutes by line, and whether they are only planned."""

    minutes: Mapping[str, Decimal]
    planned: frozenset[str]
    hourly: Decimal


def account_of(membership: Membership) -> Account:
    """One rater's own lines."""
    return _account(membership, rates(membership.study), *_done(membership.study, membership.pk))


def accounts(study: Study) -> list[Account]:
    """Everybody who has done something, by name; raters of imported studies are not paid here."""
    rows = study.memberships.exclude(rater=None).select_related("rater", "study__rubric").order_by("name")
    paid_by, done = rates(study), _done(study)
    found = [_account(member, paid_by, *done) for member in rows]
    return [account for account in found if account.lines]


def rates(study: Study) -> Rates:
    """The study's medians so far: they settle when it locks."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for kind, state, spent in _worked(study).filter(seconds__gt=0).values_list("kind", "state", "seconds"):
        seconds[_line_of(kind, state)].append(float(spent))
    planned = Decimal(str(study.rubric.content.get("minutes", 3.0)))
    known = {line: median_minutes(spent) for line, spent in seconds.items()}
    # nobody has timed a skip or a training screen yet: as long as planned for a rated one
    minutes = {line: known.get(line, planned.quantize(_THOUSANDTH, ROUND_HALF_EVEN)) for line in LINES}
    return Rates(minutes, frozenset(set(LINES) - set(known)), study.hourly_rate)


def line_name(kind: str) -> str:
    """A line in the reader's language."""
    return {
        "rated": _("Screens rated"),
        "training": _("Training screens"),
        "skipped": _("Screens read and skipped"),
    }[kind]


def as_csv(study: Study) -> str:
    """For payroll: a row a line. Text that a spreadsheet would run is defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    state = "final" if study.state == Study.State.LOCKED else "provisional"
    for account in accounts(study):
        person = account.membership.rater
        for line in account.lines:
            paid = line.paid
            dispute = (
                "" if line.dispute is None else "open" if line.dispute.resolved_at is None else "resolved"
            )
            cells = [study.slug, account.membership.name, person.get_full_name() if person else "", line.kind,
                     paid.items, paid.minutes, paid.hourly_rate, study.currency, paid.per_item, paid.amount,
                     state, dispute]  # fmt: skip
            writer.writerow([_defused(cell) for cell in cells])
    return out.getvalue()


def open_disputes(study: Study) -> QuerySet[HonorariumDispute]:
    rows = HonorariumDispute.objects.filter(membership__study=study, resolved_at=None)
    return rows.select_related("membership").order_by("pk")


def _account(
    membership: Membership,
    paid_by: Rates,
    counts: Mapping[int, Counter[str]],
    spent: Mapping[int, int],
    disputes: Mapping[tuple[int, str], HonorariumDispute],
) -> Account:
    done = counts.get(membership.pk, Counter())
    lines = [
        Line(
            kind,
            median_pay(line_name(kind), done[kind], paid_by.minutes[kind], paid_by.hourly),
            kind in paid_by.planned,
            disputes.get((membership.pk, kind)),
        )
        for kind in LINES
        if done[kind]
    ]
    return Account(membership, lines, spent.get(membership.pk, 0) / 60)


def _done(
    study: Study, member: int | None = None
) -> tuple[dict[int, Counter[str]], dict[int, int], dict[tuple[int, str], HonorariumDispute]]:
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    spent: dict[int, int] = defaultdict(int)
    rows, disputes = _worked(study), HonorariumDispute.objects.filter(membership__study=study)
    if member is not None:
        rows, disputes = rows.filter(membership=member), disputes.filter(membership=member)
    for one, kind, state, seconds in rows.values_list("membership", "kind", "state", "seconds"):
        counts[one][_line_of(kind, state)] += 1
        spent[one] += seconds
    return counts, spent, {(row.membership_id, row.line): row for row in disputes.order_by("pk")}


def _worked(study: Study) -> QuerySet[Assignment]:
    """Screens that were rated, or read and skipped. A skip that no clock counted was not read."""
    done = Q(state=Assignment.State.SUBMITTED) | Q(state=Assignment.State.SKIPPED, seconds__gt=0)
    return study.assignments.filter(done)


def _line_of(kind: str, state: str) -> str:
    if state == Assignment.State.SKIPPED:
        return "skipped"
    return "training" if kind == Assignment.Kind.TRAINING else "rated"


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
