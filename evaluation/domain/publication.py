"""Who may see a system's scores, and whose model it is: what a submitter chooses, and what must hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

PUBLIC, ANONYMOUS, PRIVATE = VISIBILITIES = ("public", "anonymous", "private")
OWN, AGREED, NOT_ASKED = RELATIONS = ("own", "agreed", "not_asked")
LONGEST_CONSENT = 500


class Fault(NamedTuple):
    """What of a choice cannot be, and what to do."""

    field: str
    code: str
    message: str


@dataclass(frozen=True)
class Publication:
    """What was chosen; the default is what was always so: public, and the submitter's own model.

    named_on  the day an anonymous system is named; None: when its submitter says so
    consent   how the model's owner agreed, or which licence allows it
    """

    visibility: str = PUBLIC
    named_on: date | None = None
    relation: str = OWN
    consent: str = ""

    @property
    def effective(self) -> str:
        """Nothing of a model whose owner was not asked is seen by others."""
        return PRIVATE if self.relation == NOT_ASKED else self.visibility

    def faults(self, today: date) -> Iterator[Fault]:
        if self.visibility not in VISIBILITIES:
            yield Fault("visibility", "unknown", f"Visibility is one of {', '.join(VISIBILITIES)}.")
        if self.relation not in RELATIONS:
            yield Fault("relation", "unknown", f"The relation to the model is one of {', '.join(RELATIONS)}.")
        yield from self._faults_of_day(today)
        yield from self._faults_of_consent()

    def _faults_of_day(self, today: date) -> Iterator[Fault]:
        if self.named_on is None:
            return
        if self.visibility != ANONYMOUS:
            message = "Only a system shown without its name can be named on a day. Leave the day out."
            yield Fault("named_on", "not_anonymous", message)
        elif self.named_on <= today:
            message = "The day it is named lies in the future. To name it now, choose public."
            yield Fault("named_on", "not_future", message)

    def _faults_of_consent(self) -> Iterator[Fault]:
        if self.relation == AGREED and not self.consent.strip():
            message = "Say how the owner agreed, or which licence allows it: a name, a date, an address."
            yield Fault("consent", "no_consent", message)
        if len(self.consent) > LONGEST_CONSENT:
            yield Fault("consent", "too_long", f"At most {LONGEST_CONSENT} characters.")
