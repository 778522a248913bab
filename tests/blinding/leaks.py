"""What no rater may learn from a response while a study is open."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tests.blinding.responses import PIXELS, Seen, chunks, words

KIND_WORDS = {
    "gold",
    "twinned",
    "is_twin",
    "repeat",
    "repeats",
    "overlap",
    "probability",
    "block",
    "extra",
    "live",
}
ALLOWED_KINDS = {"kind": {"live", "training"}}
KEYS = {
    "system", "systems", "system_id", "model", "author", "original", "masked", "answer_id", "answer_ids", "item",
    "item_id", "item_key", "order", "canonical", "expected", "is_twin", "twin_of", "repeats", "overlap", "probability",
    "block", "cluster", "left_out", "membership", "membership_id", "number_of_system", "latency", "latency_ms",
    "tokens", "tokens_out", "generated_at", "created_at", "updated_at",
}  # fmt: skip
TIMES = {
    "lease_until",
    "saved_at",
    "submitted_at",
    "expires_at",
    "session_expires_at",
}  # of the rater's own work
A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
DRAWN = b"Description\0Synthetic chest phantom, drawn by a program. No patient."  # the same in every drawn picture
A_NUMBER = re.compile(r"(?<![0-9a-f])7\d{6}(?![0-9a-f])")  # where the sequences of the tables begin


@dataclass(frozen=True)
class Leak:
    what: str
    person: str
    asked: str
    where: str

    def __str__(self) -> str:
        return f"{self.what}: {self.where!r} in {self.asked} as {self.person}"


@dataclass(frozen=True)
class Secrets:
    """Names of systems, keys of items, and the database's numbers of what would tie an answer to a system."""

    systems: tuple[str, ...]
    keys: tuple[str, ...]
    numbers: dict[str, str]  # number → of what


def leaks_of(seen: Seen, secrets: Secrets) -> list[Leak]:
    found = [*_anywhere(seen, secrets), *_in_json(seen), *_in_markup(seen), *_in_image(seen)]
    return [Leak(what, seen.person, seen.asked, where) for what, where in found]


def _anywhere(seen: Seen, secrets: Secrets) -> Iterator[tuple[str, str]]:
    letters = squashed(seen.text)
    for name in secrets.systems:
        if squashed(name) in letters:
            yield "the name of a system", name
    for key in secrets.keys:
        if key in seen.text:
            yield "the key of an item", key
    for number in A_NUMBER.findall(seen.text):
        if number in secrets.numbers:
            yield f"the number of {secrets.numbers[number]}", number


def squashed(text: str) -> str:
    """Letters and digits alone, however they were escaped, cased, spaced or widened."""
    plain = unicodedata.normalize("NFKC", unquote(html.unescape(text))).casefold()
    return re.sub(r"[\W_]+", "", plain)


def _in_json(seen: Seen) -> Iterator[tuple[str, str]]:
    pairs = list(seen.json_pairs())
    allowed = {"expected"} if ("kind", "training") in pairs else set()  # what training teaches
    for key, value in pairs:
        if key.lower() in KEYS - allowed:
            yield "a telling key", key
        if isinstance(value, str):
            if value in KIND_WORDS - ALLOWED_KINDS.get(key, set()):
                yield "the kind of a screen", f"{key}: {value}"
            if A_TIME.match(value) and key not in TIMES:
                yield "a time", f"{key}: {value}"


def _in_markup(seen: Seen) -> Iterator[tuple[str, str]]:
    for name, value in seen.attributes:
        if name.startswith(("data-", "id", "class", "name")) and (told := _kinds([name, value])):
            yield "the kind of a screen", f"{name}={value}: {told}"
        if name in {f"data-{key.replace('_', '-')}" for key in KEYS}:
            yield "a telling attribute", f"{name}={value}"
    for comment in seen.comments:
        yield "a comment", comment


def _kinds(texts: Iterable[str]) -> set[str]:
    return (KIND_WORDS - {"live"}) & set().union(*map(words, texts))


def _in_image(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.kind != "image/png" or not seen.body:
        return
    for name, content in chunks(seen.body):
        if name not in PIXELS and content != DRAWN:
            yield "metadata of an image", f"{name!r}: {content[:60]!r}"
    if "last-modified" in seen.headers:
        yield "when an image was made", seen.headers["last-modified"]
