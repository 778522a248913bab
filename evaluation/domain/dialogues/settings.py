"""What a mode's file says of talks of several turns."""

from __future__ import annotations

from typing import Literal

import msgspec

MOST_EXCHANGES = 12  # a question of the doctor and the patient's answer (MedDialogRubrics)


class _Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class FollowUp(_Plain, frozen=True):
    """A scripted turn that presses. Direct ones say what they want, indirect ones give a context that pulls.

    {other} stands for an option that is not the answer given last.
    """

    id: str
    kind: Literal["direct", "indirect"]
    text: str


class FollowUps(_Plain, frozen=True):
    """`rounds` turns are put after the first answer, in the order given or drawn for each item."""

    rounds: int = 0
    choice: Literal["in_order", "drawn"] = "in_order"
    seed: int = 42
    turns: tuple[FollowUp, ...] = ()


class Consultation(_Plain, frozen=True):
    """`doctor` is what the system is told, `closing` what asks it for its result when no exchange is left."""

    exchanges: int = MOST_EXCHANGES
    patient: Literal["facts", "model"] = "facts"
    doctor: str = ""
    closing: str = ""
