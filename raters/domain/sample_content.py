"""The content of sample studies as written: items with answers, wrong twins as swaps, spans as quotes.

Whoever writes content never counts characters: a wrong twin says which words become which, and an expected
span quotes the passage. Both must occur once, so that nobody has to guess which place was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from raters.domain.phantom import Phantom
from raters.domain.rubric.case import Case, ShownAnswer, Turn
from raters.domain.rubric.rubric import Payload


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Twin(_Frozen, frozen=True):
    """An answer made wrong: each pair is what stands there and what takes its place."""

    swap: tuple[tuple[str, str], ...]


class ContentItem(_Frozen, frozen=True):
    """A case with the answers of some systems. What the fields mean stands with SampleItem."""

    key: str
    case: Case
    answers: dict[str, ShownAnswer]
    twins: dict[str, Twin] = {}
    benchmark_item: str = ""
    specialty: str = ""
    language: str = "en"
    picture: Phantom | None = None


class Content(_Frozen, frozen=True):
    items: tuple[ContentItem, ...]


class Expectation(_Frozen, frozen=True):
    """What a study expects of one of its items, with spans as quotes."""

    item: str
    shown: tuple[str, ...]
    payload: Payload
    kind: Literal["training", "gold"] = "training"
    explanation: str = ""


def item_problems(item: ContentItem, systems: tuple[str, ...]) -> Iterator[str]:
    """What keeps an item from being shown with the answers of these systems."""
    yield from (f"{item.key} has no answer of {name}" for name in systems if name not in item.answers)
    for name, twin in item.twins.items():
        if name not in item.answers:
            yield f"{item.key} has a wrong twin of {name}, but no answer of it"
            continue
        for right, _ in twin.swap:
            if "\n".join(texts(item.answers[name])).count(right) != 1:
                yield f'{item.key}, wrong twin of {name}: "{right}" must occur once in the answer'


def quote_problems(expected: Expectation, item: ContentItem) -> Iterator[str]:
    """Quoted passages that do not tell one place of the text."""
    for span in _quoted(expected.payload):
        if _text_marked(span, expected, item).count(span["quote"]) != 1:
            yield f'{item.key}: "{span["quote"]}" must occur once in the text it is marked in'


def texts(answer: ShownAnswer) -> list[str]:
    return [answer.text, answer.twin_text, *(turn.text for turn in answer.dialogue)]


def stripped(answer: ShownAnswer) -> ShownAnswer:
    """Without the line breaks that the quotes of a TOML text leave."""
    return msgspec.structs.replace(answer, text=answer.text.strip(), twin_text=answer.twin_text.strip())


def swapped(answer: ShownAnswer, twin: Twin) -> ShownAnswer:
    """The wrong twin of an answer."""
    for right, wrong in twin.swap:
        answer = ShownAnswer(
            text=answer.text.replace(right, wrong),
            twin_text=answer.twin_text.replace(right, wrong),
            dialogue=tuple(
                Turn(speaker=turn.speaker, text=turn.text.replace(right, wrong)) for turn in answer.dialogue
            ),
        )
    return answer


def placed(expected: Expectation, item: ContentItem) -> Payload:
    """The payload with every quote as {start, end, text}, in code points of the text as shown."""
    return {
        axis: [_span(part, expected, item) for part in value] if isinstance(value, list) else value
        for axis, value in expected.payload.items()
    }


def _quoted(payload: Payload) -> Iterator[Mapping[str, Any]]:
    lists = [value for value in payload.values() if isinstance(value, list)]
    yield from (entry for value in lists for entry in value if isinstance(entry, dict) and "quote" in entry)


def _text_marked(span: Mapping[str, Any], expected: Expectation, item: ContentItem) -> str:
    return item.case.source if span.get("side") == "source" else item.answers[expected.shown[0]].text.strip()


def _span(part: Any, expected: Expectation, item: ContentItem) -> Any:
    if not isinstance(part, dict) or "quote" not in part:
        return part
    quote = part["quote"]
    start = _text_marked(part, expected, item).index(quote)
    kept = {name: value for name, value in part.items() if name != "quote"}
    return kept | {"start": start, "end": start + len(quote), "text": quote}
