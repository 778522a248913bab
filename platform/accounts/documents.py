"""The documents of docs/ as pages: Markdown without raw HTML, anchored headings, pictures as static files."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

NAME = re.compile(r"[a-z][a-z-]*")
PICTURES = "pictures/"  # beside the documents; among the static files under the same name
INDEX = "README"


@dataclass(frozen=True)
class Chapter:
    """A heading; numbered ones are anchored by their number."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True)
class Document:
    title: str
    html: str  # below its title
    chapters: tuple[Chapter, ...]


@cache
def document(name: str, deeper: int = 0) -> Document | None:
    """docs/NAME.md as HTML, its headings so many levels deeper, for pages that have other chapters besides.

    None where there is none of this name, or the documents are not installed.
    """
    path = folder() / f"{name}.md"
    if not (NAME.fullmatch(name) or name == INDEX) or not path.is_file():
        return None
    title, _, text = path.read_text(encoding="utf-8").partition("\n")  # the page has a heading of its own
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        _linked(token.children or ())
    chapters = tuple(_anchored(tokens, deeper))
    html = str(parser.renderer.render(tokens, parser.options, {}))
    return Document(title.lstrip("# "), html, chapters)


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs"


def address(name: str) -> str:
    """Where a document is read: the methods have a page of their own."""
    if name == "methods":
        return reverse("leaderboard:methods")
    return reverse("guides") if name == INDEX else reverse("guide", args=[name])


def _anchored(tokens: Sequence[Token], deeper: int) -> Iterator[Chapter]:
    """Give headings their anchors and levels."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            title = tokens[at + 1].content
            number = re.match(r"[\d.]+", title)
            anchor = f"section-{(number[0].strip('.') if number else slugify(title)).replace('.', '-')}"
            token.attrSet("id", anchor)
            yield Chapter(anchor, title, int(token.tag[1]))
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + deeper, 6)}"
        if token.type == "table_open":
            token.attrSet("class", "table")


def _linked(tokens: Sequence[Token]) -> None:
    """Links between documents lead to their pages; what lies elsewhere in the checkout is no link here."""
    for token in tokens:
        if token.type == "link_open":
            _lead(token)
        if token.type == "image":
            _show(token)


def _lead(token: Token) -> None:
    where, _, anchor = str(token.attrs.get("href", "")).partition("#")
    if "://" in where or where.startswith("/"):
        return
    name, heading = where.removesuffix(".md"), f"#section-{anchor}" if anchor else ""
    if not where:
        token.attrSet("href", heading)
    elif (folder() / where).is_file() and (NAME.fullmatch(name) or name == INDEX):
        token.attrSet("href", address(name) + heading)
    else:
        del token.attrs["href"]


def _show(token: Token) -> None:
    source = str(token.attrs.get("src", ""))
    path = folder() / source
    if not source.startswith(PICTURES) or not path.is_file():
        return
    width, height = struct.unpack(">II", path.read_bytes()[16:24])  # of a PNG
    token.attrSet("src", static(source))
    token.attrSet("width", str(width))
    token.attrSet("height", str(height))
    token.attrSet("loading", "lazy")
