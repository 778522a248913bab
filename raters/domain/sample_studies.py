"""The sample studies: one for each shipped protocol, read from raters/specs/sample.

A study file says how the study is run and what is expected on its training items; the content it names holds
cases and answers, shared between studies that judge the same texts. The README beside the files gives the
format. Everything wrong with a study is said at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from raters.domain.phantom import Phantom
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Payload
from raters.domain.sample_content import (
    Content,
    ContentItem,
    Expectation,
    item_problems,
    placed,
    quote_problems,
    stripped,
    swapped,
)

SAMPLES = Path(__file__).parents[1] / "specs" / "sample"
Kind = Literal["live", "training", "gold"]
_Read = TypeVar("_Read")


class SampleError(ValueError):
    """A sample study that cannot be used; `problems` names everything that has to be mended."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class SampleGroup(_Frozen, frozen=True):
    """A group of raters; no specialty means any, and so with languages (two-letter codes)."""

    name: str
    specialties: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class SampleItem(_Frozen, frozen=True):
    """One item with the answer of every system.

    benchmark_item  id of the item of the sample benchmark that it was built on, or ""
    shown           training and gold: whose answers the screen shows, in canonical order
    expected        training and gold: the payload held against a rater's, with the answers in that order;
                    axes it leaves out are not judged
    explanation     training: what a rater is told afterwards
    wrong_twins     by system, a copy of its answer with one clinical fact made wrong
    picture         what to draw for `case.image` (raters.domain.phantom.png)
    """

    key: str
    kind: Kind
    case: Case
    specialty: str
    language: str
    answers: dict[str, ShownAnswer]
    wrong_twins: dict[str, ShownAnswer]
    benchmark_item: str
    shown: tuple[str, ...]
    expected: Payload | None
    explanation: str
    picture: Phantom | None


class SampleStudy(_Frozen, frozen=True):
    """One study, ready to be stored. `slug` and `rubric` are the same: one study a protocol.

    guidelines  "" where the rubric's own do;  design  what raters.domain.study_design.read_design takes
    """

    slug: str
    rubric: str
    title: str
    description: str
    consent_text: str
    guidelines: str
    design: dict[str, Any]
    groups: tuple[SampleGroup, ...]
    systems: tuple[str, ...]
    items: tuple[SampleItem, ...]


class _Study(_Frozen, frozen=True):
    title: str
    description: str
    content: str
    systems: tuple[str, ...]
    groups: tuple[SampleGroup, ...]
    design: dict[str, Any]
    expected: tuple[Expectation, ...] = ()
    guidelines: str = ""


def sample_studies(folder: Path = SAMPLES) -> list[SampleStudy]:
    """All sample studies by slug; SampleError names the problems of the first study that has any."""
    return [read_sample_study(path) for path in sorted(folder.glob("*.toml"))]


def read_sample_study(path: Path) -> SampleStudy:
    """The study a file describes, with its content and the consent text of its folder."""
    study = _decoded(path, _Study)
    content = _decoded(path.parent / "content" / f"{study.content}.toml", Content)
    problems = [f"{path.name}: {problem}" for problem in _problems(study, content.items)]
    if problems:
        raise SampleError(problems)
    expected = {entry.item: entry for entry in study.expected}
    return SampleStudy(
        slug=path.stem,
        rubric=path.stem,
        title=study.title,
        description=study.description.strip(),
        consent_text=_text(path.parent / "consent.md").strip(),
        guidelines=study.guidelines.strip(),
        design=study.design,
        groups=study.groups,
        systems=study.systems,
        items=tuple(_item(item, study.systems, expected.get(item.key)) for item in content.items),
    )


def _decoded(path: Path, shape: type[_Read]) -> _Read:
    try:
        return msgspec.toml.decode(_text(path), type=shape)
    except msgspec.DecodeError as fault:
        raise SampleError([f"{path.name}: {fault}"]) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SampleError(
            [f"{path.name} is missing from {path.parent.name}: add it or name another"]
        ) from None
    except UnicodeDecodeError:
        raise SampleError([f"{path.name} is not UTF-8: save it as UTF-8"]) from None


def _problems(study: _Study, items: tuple[ContentItem, ...]) -> Iterator[str]:
    yield from (f"{key} stands twice: give each item its own key" for key in _repeated(i.key for i in items))
    asked = _repeated(entry.item for entry in study.expected)
    yield from (f"{key} is expected twice: one screen of an item can be known" for key in asked)
    by_key = {item.key: item for item in items}
    for item in items:
        yield from item_problems(item, study.systems)
    for entry in study.expected:
        if entry.item not in by_key:
            yield f"something is expected of {entry.item}, which the content does not hold"
        elif not entry.shown or not {*entry.shown} <= {*by_key[entry.item].answers}:
            yield f"{entry.item}: shown must name systems that answered it"
        else:
            yield from quote_problems(entry, by_key[entry.item])


def _repeated(keys: Iterable[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]


def _item(item: ContentItem, systems: tuple[str, ...], expected: Expectation | None) -> SampleItem:
    answers = {name: stripped(item.answers[name]) for name in systems}
    return SampleItem(
        key=item.key,
        kind=expected.kind if expected else "live",
        case=msgspec.structs.replace(item.case, image=f"{item.key}.png") if item.picture else item.case,
        specialty=item.specialty,
        language=item.language,
        answers=answers,
        wrong_twins={
            name: swapped(answers[name], twin) for name, twin in item.twins.items() if name in answers
        },
        benchmark_item=item.benchmark_item,
        shown=expected.shown if expected else (),
        expected=placed(expected, item) if expected else None,
        explanation=expected.explanation.strip() if expected else "",
        picture=item.picture,
    )
