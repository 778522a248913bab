"""What a rubric is: axes with scales, conditions and groups. Pure data, read from TOML, never edited.

One rating is a payload, a mapping of axis id to value:

    binary, nominal, ordinal, pairwise   the option's value, as text
    interval, number                     a number
    multi_select                         a list of option values, in declared order; an empty list says "none"
    rank                                 positions as shown, best first: [2, 1, 3]
    spans                                a list of {side, start, end, text, category, severity, note}, offsets
                                         in code points of the text as shown; an empty list says "none"
    checklist                            {criterion id: {"met": "met" | "not_met" | "cannot_judge",
                                         "turn": number or absent, "note": text or absent}}
    text                                 text

Instead of a value any axis that allows it may hold {"cannot_judge": reason, "note": text}. The value of an
axis asked of every answer on the screen (`per = "answer"`) is a mapping of position to value: {"1": …}.
An axis that is absent was not answered; a hidden one (its condition does not hold) is never stored.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

AxisType = Literal[
    "binary",
    "nominal",
    "ordinal",
    "interval",
    "number",
    "multi_select",
    "pairwise",
    "rank",
    "spans",
    "checklist",
    "text",
]
Unit = Literal["answer", "pair", "set", "dialogue", "twins"]
Part = Literal["question", "context", "source", "dialogue", "image", "instruction", "reference", "criteria"]
Side = Literal["output", "source"]
Payload = dict[str, Any]

CANNOT_JUDGE_REASONS = (
    "outside_specialty",
    "missing_context",
    "ambiguous",
    "not_applicable",
    "unsafe_to_judge",
    "technical",
)
PAIRWISE_VALUES = ("first_much", "first", "tie", "second", "second_much", "neither")


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Option(_Frozen, frozen=True):
    """One answer of a choice, category of a span or severity, in the order of the scale.

    anchor   one line under the level;  family  a heading several options share
    top_bin  counted in the headline percentage
    """

    value: str
    label: str
    anchor: str = ""
    family: str = ""
    top_bin: bool = False


class ShownIf(_Frozen, frozen=True):
    """The axis is asked when `axis` has one of `values` (a multi-select: contains one of them)."""

    axis: str
    values: tuple[str, ...]


class Axis(_Frozen, frozen=True):
    """One thing a rater is asked.

    options         of choices, multi-selects and pairs; categories of spans; none for the other types
    low, high, step of an interval or number (None: no limit), with a label for either end
    selected_means  pairwise: does picking an answer mean it is the better or the worse one?
    sides           spans: texts that may be marked;  severities of a span, in their order
    evidence        checklist: a criterion that is met is pinned to the turn that shows it
    per             "answer": asked of each answer on the screen, not of the screen as a whole
    shown_if        hidden otherwise; hidden is not missing
    groups          rater groups that are asked (empty: all)
    """

    id: str
    label: str
    question: str
    type: AxisType
    help: str = ""
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    low_label: str = ""
    high_label: str = ""
    selected_means: Literal["better", "worse"] | None = None
    sides: tuple[Side, ...] = ()
    severities: tuple[Option, ...] = ()
    evidence: bool = False
    per: Literal["screen", "answer"] = "screen"
    required: bool = True
    cannot_judge: bool = True
    shown_if: ShownIf | None = None
    groups: tuple[str, ...] = ()


class Holds(_Frozen, frozen=True):
    """An axis has one of `values`; for spans the only value is "none" (an empty list) or "some"."""

    axis: str
    values: tuple[str, ...]


class CrossCheck(_Frozen, frozen=True):
    """Answers that rarely go together: when all of `when` hold the rater is asked, never stopped."""

    when: tuple[Holds, ...]
    ask: str


class Derived(_Frozen, frozen=True):
    """A yes/no variable computed from an axis: yes where its value is one of `values`."""

    id: str
    label: str
    axis: str
    values: tuple[str, ...]


class Rubric(_Frozen, frozen=True):
    """A published form. Other content is another version, told apart by its hash.

    unit      what is rated: an answer, a pair, a set, a dialogue, or counterfactual twins (two questions,
              each with its answer)
    answers   how many answers one screen shows: 1, 2 for a pair, k for a set
    shows     parts of the case that the rater sees, beside the answers
    minutes   planning assumption for one screen, reading included, until a study has measured its own
    source    the publication the protocol follows, and what of it is ours
    guidelines  Markdown, opened beside the item
    """

    id: str
    title: str
    description: str
    unit: Unit
    source: str
    guidelines: str
    axes: tuple[Axis, ...]
    shows: tuple[Part, ...] = ("question",)
    answers: int = 1
    minutes: float = 3.0
    checks: tuple[CrossCheck, ...] = ()
    derived: tuple[Derived, ...] = ()

    def axis(self, axis_id: str) -> Axis:
        """The axis of this id; KeyError where there is none."""
        for axis in self.axes:
            if axis.id == axis_id:
                return axis
        raise KeyError(axis_id)
