"""What a reader sees or hears of a page, and what of it is neither marked for translation nor something stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.languages.made_catalogues import CLOSING, OPENING, is_said_by_others

SPOKEN = {"aria-label", "title", "alt", "placeholder", "data-confirm", "data-copied", "data-unanswered"}
NOT_READ = {"script", "style", "code", "pre", "kbd", "time", "svg", "bdi", "samp"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_MARKED = re.compile(rf"{OPENING}[^{OPENING}{CLOSING}]*{CLOSING}")
_BESIDE = re.compile(r"\s*·\s*")  # what stands beside each other, and what is joined to one
_JOINED = re.compile(r": |, |, p\b")
_WORD = re.compile(r"[A-Za-z]{2,}")
# names of formats, of parameters and of files, the same in every language
_NAME = re.compile(
    r"\b(JSON|CSV|LaTeX|Parquet|SHA-256|UTC|[MGk]B|top-[pk]|Consilium|PostgreSQL|transformers|openai_api|baseline|cpu|io|jsonl)\b"
    r"|\bbytes?\b"  # of Django's filesizeformat
    r"|[\w-]+\.(jsonl|json|csv|parquet)"
)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        stored = (
            (tag != "html" and "lang" in given)
            or given.get("dir") == "auto"
            or given.get("translate") == "no"
            or "data-word" in given
        )
        if tag not in VOID:
            self._inside.append((tag, tag in NOT_READ or (stored and "data-word" not in given)))
        if not any(skipped for _, skipped in self._inside):
            self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if any(open_tag == tag for open_tag, _ in self._inside):
            while self._inside.pop()[0] != tag:
                pass

    def handle_data(self, text: str) -> None:
        if text.strip() and not any(skipped for _, skipped in self._inside):
            self.found.append(text)


def visible(page: str) -> Iterator[str]:
    reader = _Page()
    reader.feed(page)
    for text in reader.found:
        yield " ".join(text.split())


def unmarked(page: str, stored: frozenset[str]) -> set[str]:
    """Words of a page that no catalogue holds and no table. A text may open marks that a later one closes."""
    left, open_marks = set(), 0
    for text in visible(page):
        rest = OPENING * open_marks + text
        while (inner := _MARKED.sub(" · ", rest)) != rest:
            rest = inner
        open_marks = rest.count(OPENING)
        rest = rest.partition(OPENING)[0]
        if not all(_is_whole(part, stored) for part in _BESIDE.split(rest)):
            left.add(text)
    return left


def _is_whole(part: str, stored: frozenset[str]) -> bool:
    """Known as it is, as joined of what is known, or as the beginning of something stored."""
    if part.endswith("…"):
        return any(text.startswith(part[:-1].strip()) for text in stored)
    plain = re.sub(r"\(?v\d+\)?$", "", part).strip()
    ways = ([plain], plain.split(", "), _JOINED.split(plain))
    return any(all(_is_known(each, stored) for each in parts) for parts in ways)


def _is_known(part: str, stored: frozenset[str]) -> bool:
    """Whether this is no word, something stored, or said by Django."""
    bare = part.strip(" :;,.()–—-…†/0123456789%|×#±<>=")
    worded = _WORD.search(_NAME.sub("", part))
    return not worded or bare in stored or part.strip() in stored or is_said_by_others(part.strip())
