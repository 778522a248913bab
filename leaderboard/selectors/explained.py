"""The register of methods: what every metric, interval and order means, and the documentation behind it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

Kind = Literal["metric", "interval", "order"]
KINDS: tuple[Kind, ...] = ("metric", "interval", "order")
REGISTER = Path(__file__).resolve().parents[1] / "specs" / "methods.toml"


@dataclass(frozen=True)
class Method:
    """One entry; `name` is what the code and the answers of the API call it."""

    kind: Kind
    name: str
    title: str
    formula: str
    means: str
    assumes: str
    limits: str
    reference: str

    @property
    def anchor(self) -> str:
        return anchor_of(self.kind, self.name)

    @property
    def section(self) -> str:
        """The number of the section of the documentation that the reference names, "" for none."""
        named = re.search(r"docs/methods\.md, ([\d.]*\d)", self.reference)
        return named[1] if named else ""

    @property
    def section_anchor(self) -> str:
        return f"section-{self.section.replace('.', '-')}"

    @property
    def literature(self) -> str:
        """The reference without the section of our own documentation."""
        return re.sub(r"(; )?docs/methods\.md, [\d.]*\d", "", self.reference)


@dataclass(frozen=True)
class Chapter:
    """A heading of the documentation: its number is its anchor."""

    anchor: str
    title: str
    level: int


def anchor_of(kind: Kind, name: str) -> str:
    """metric-rougeL, metric-meds_bench.mcqa, interval-cluster-wilson: the name itself, blanks as hyphens."""
    return f"{kind}-{name.replace(' ', '-')}"


@cache
def methods() -> tuple[Method, ...]:
    written = tomllib.loads(REGISTER.read_text(encoding="utf-8"))
    return tuple(Method(kind=kind, **entry) for kind in KINDS for entry in written[kind])


@cache
def documentation() -> tuple[str, tuple[Chapter, ...]]:
    """docs/methods.md as HTML with an anchor a heading, and its headings; "" where it is not installed."""
    path = Path(settings.BASE_DIR) / "docs" / "methods.md"
    if not path.is_file():
        return "", ()
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(path.read_text(encoding="utf-8").partition("\n")[2])  # its title is the page's
    chapters = tuple(_anchored(tokens))
    return parser.renderer.render(tokens, parser.options, {}), chapters


def _anchored(tokens: list[Token]) -> Iterator[Chapter]:
    """Give headings their anchors, and put them one level down, below the page's own."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            title = tokens[at + 1].content
            number = re.match(r"[\d.]+", title)
            anchor = f"section-{(number[0].strip('.') if number else slugify(title)).replace('.', '-')}"
            token.attrSet("id", anchor)
            yield Chapter(anchor, title, int(token.tag[1]))
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        if token.type == "table_open":
            token.attrSet("class", "table")
