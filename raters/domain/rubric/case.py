"""What one screen shows: a case and the answers to it, without a word about whose they are."""

from __future__ import annotations

from typing import Literal

import msgspec


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Turn(_Frozen, frozen=True):
    """One turn of a dialogue; turns are numbered from 1."""

    speaker: str
    text: str


class Criterion(_Frozen, frozen=True):
    """One thing to look for. Negative points stand for a fault; must-ask criteria come first."""

    id: str
    text: str
    points: float = 1.0
    must_ask: bool = False
    group: str = ""


class Case(_Frozen, frozen=True):
    """The case as stored with a study item. `image` is the name of a file kept with the study."""

    question: str = ""
    instruction: str = ""
    context: str = ""
    source: str = ""
    reference: str = ""
    dialogue: tuple[Turn, ...] = ()
    image: str = ""
    image_alt: str = ""
    twin_question: str = ""
    criteria: tuple[Criterion, ...] = ()


class ShownAnswer(_Frozen, frozen=True):
    """An answer as raters see it, masked. `twin_text` answers the twin question of a counterfactual.
    `dialogue` is the answer where a system's answer is a whole consultation."""

    text: str = ""
    twin_text: str = ""
    dialogue: tuple[Turn, ...] = ()


class Screen(_Frozen, frozen=True):
    """What is rated at once. `answers` stand as shown, the first on the left. `order` holds, by position,
    each answer's number among the canonical ones, from 0: (1, 0) says that the pair was turned. Two raters
    of the same answers agree in `unit`, whatever the order."""

    case: Case
    answers: tuple[ShownAnswer, ...]
    order: tuple[int, ...]


Met = Literal["met", "not_met", "cannot_judge"]
