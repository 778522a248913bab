"""A rubric followed by a newer version of itself while people rate with it: what differs, and what bars it.

Ratings of both versions are counted together where they can be, question by question. A question that was
added or taken away is counted by itself: only those who were asked it answered. One whose scale changed under
the same name would mix two scales in one figure, and bars the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from raters.domain.rubric.rubric import Axis, Derived, Option, Rubric

_SCALE = ("type", "low", "high", "step", "selected_means", "sides", "per", "evidence")
_WORDS = {
    "label": "its name",
    "question": "the question",
    "help": "the help below it",
    "low_label": "the name of its low end",
    "high_label": "the name of its high end",
    "options": "the words of its options",
    "severities": "the words of its severities",
    "required": "whether it must be answered",
    "cannot_judge": 'whether "cannot judge" is offered',
    "shown_if": "when it is asked",
    "groups": "which groups are asked",
}
_PARTS = {
    "title": "the title",
    "description": "the description",
    "source": "where it comes from",
    "guidelines": "the guidelines",
    "minutes": "the minutes planned for a screen",
    "checks": "which answers are asked about again",
}


@dataclass(frozen=True)
class ChangedAxis:
    """A question that stays, measured as before, and what else of it changed, in words."""

    axis: Axis
    what: tuple[str, ...]


@dataclass(frozen=True)
class Succession:
    """From one version to a newer one. `barriers` say, with the remedy, why ratings of both cannot stand
    together; empty where they can."""

    added: tuple[Axis, ...]
    removed: tuple[Axis, ...]
    changed: tuple[ChangedAxis, ...]
    other: tuple[str, ...]
    barriers: tuple[str, ...]


def succession(old: Rubric, new: Rubric, earlier: Sequence[Rubric] = ()) -> Succession:
    """`earlier` are versions before the old one that ratings were given with: their scales bar it, too."""
    before, after = _axes(old), _axes(new)
    both = [(before[name], after[name]) for name in after if name in before]
    changed = [ChangedAxis(now, what) for was, now in both if (what := tuple(_wording(was, now)))]
    other = tuple(text for name, text in _PARTS.items() if getattr(old, name) != getattr(new, name))
    if [name for name in before if name in after] != [name for name in after if name in before]:
        other += ("the order of the questions",)
    return Succession(
        added=tuple(after[name] for name in after if name not in before),
        removed=tuple(before[name] for name in before if name not in after),
        changed=tuple(changed),
        other=other,
        barriers=tuple(dict.fromkeys(_barriers((old, *earlier), new))),
    )


def joined(new: Rubric, earlier: Iterable[Rubric]) -> Rubric:
    """The rubric that results of all versions are read by: the new one, and behind it what only earlier
    ones asked. Nothing bars the versions from standing together."""
    axes, derived = list(new.axes), list(new.derived)
    names = {axis.id for axis in axes} | {made.id for made in derived}
    for rubric in earlier:
        axes += [axis for axis in rubric.axes if axis.id not in names]
        derived += [made for made in rubric.derived if made.id not in names]
        names.update([axis.id for axis in axes], [made.id for made in derived])
    return msgspec.structs.replace(new, axes=tuple(axes), derived=tuple(derived))


def shared(new: Rubric, earlier: Sequence[Rubric]) -> Rubric:
    """The new rubric with only those questions that every version asked."""
    axes = tuple(axis for axis in new.axes if all(axis.id in _axes(rubric) for rubric in earlier))
    kept = {axis.id for axis in axes}
    derived = tuple(each for each in new.derived if each.axis in kept)
    return msgspec.structs.replace(new, axes=axes, derived=derived)


def _axes(rubric: Rubric) -> dict[str, Axis]:
    return {axis.id: axis for axis in rubric.axes}


def _wording(was: Axis, now: Axis) -> Iterator[str]:
    if _scale(was) != _scale(now):
        yield "its scale"
    for name, text in _WORDS.items():
        if getattr(was, name) != getattr(now, name) and not (
            name in ("options", "severities") and _values(getattr(was, name)) != _values(getattr(now, name))
        ):
            yield text


def _barriers(versions: Sequence[Rubric], new: Rubric) -> Iterator[str]:
    for old in versions:
        if (old.unit, old.answers, set(old.shows)) != (new.unit, new.answers, set(new.shows)):
            yield (
                "A screen of the new version shows other parts or another number of answers than the study's "
                "items were made for: make a new study of it."
            )
        before = _axes(old)
        for axis in new.axes:
            if axis.id in before and _scale(before[axis.id]) != _scale(axis):
                yield (
                    f'"{axis.label}" ({axis.id}) is measured on another scale than before: ratings of both '
                    "would be counted together. Publish a version that gives the question a new id, and both "
                    "are counted apart."
                )
        yield from _barred_names(old, new)


def _barred_names(old: Rubric, new: Rubric) -> Iterator[str]:
    """What is computed from a question goes by a name, too."""
    computed = {made.id: _meaning(made) for made in old.derived}
    asked = {axis.id for axis in old.axes}
    clashing = [axis.id for axis in new.axes if axis.id in computed]
    clashing += [
        made.id
        for made in new.derived
        if made.id in asked or computed.get(made.id, _meaning(made)) != _meaning(made)
    ]
    for name in clashing:
        yield f'"{name}" meant something else before: publish a version that calls it by a new id.'


def _meaning(made: Derived) -> tuple[str, frozenset[str]]:
    return made.axis, frozenset(made.values)


def _scale(axis: Axis) -> tuple[object, ...]:
    """What makes two answers to a question comparable."""
    return (*(getattr(axis, name) for name in _SCALE), _values(axis.options), _values(axis.severities))


def _values(options: Sequence[Option]) -> tuple[tuple[str, bool], ...]:
    """A headline percentage counts the options of the top: they are a part of the scale."""
    return tuple((option.value, option.top_bin) for option in options)
