"""What a response carries, visible or not: links, comments, attributes, JSON, headers, chunks of images."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

ADDRESSES = {"href", "src", "hx-get", "poster", "data-src"}
PIXELS = {b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS"}


@dataclass
class Seen:
    """One response, as one person got it."""

    person: str
    asked: str  # method and address
    status: int
    headers: dict[str, str]
    body: bytes
    attributes: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)  # JSON: the body, and what pages keep in scripts

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]

    @property
    def text(self) -> str:
        """Headers and body as text; of an image its words only."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.asked}\n{head}\n\n{self.body.decode('latin-1' if self.kind.startswith('image/') else 'utf-8', 'replace')}"

    def json_pairs(self) -> Iterator[tuple[str, Any]]:
        """Every key with its value, at any depth; list entries under the key of their list."""
        for value in self.values:
            yield from _pairs("", value)


def read(person: str, asked: str, response: Any) -> Seen:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = {name.lower(): value for name, value in response.headers.items()}
    headers |= {f"set-cookie {name}": morsel.key for name, morsel in response.cookies.items()}
    seen = Seen(person, asked, response.status_code, headers, body)
    if seen.kind == "text/html":
        _Page(seen).feed(body.decode("utf-8"))
    elif seen.kind == "application/json":
        seen.values.append(json.loads(body))
    for value in list(seen.values):
        seen.links += [
            text for _, text in _pairs("", value) if isinstance(text, str) and text.startswith("/")
        ]
    if "location" in headers:
        seen.links.append(headers["location"])
    here = seen.asked.split(" ", 1)[1]
    seen.links = [_of_this_site(urljoin(here, link)) for link in seen.links]
    return seen


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Names and contents of the chunks of a PNG; what follows its end is read as one, too."""
    found, place = [], 8
    while place < len(png):
        length = int.from_bytes(png[place : place + 4], "big")
        found.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + length]))
        place += 12 + length
    return found


def words(text: str) -> set[str]:
    return set(re.split(r"[^a-z]+", text.lower()))


def _of_this_site(link: str) -> str:
    parts = urlsplit(link)
    return parts._replace(fragment="").geturl() if not parts.netloc and parts.path.startswith("/") else ""


def _pairs(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, None
            yield from _pairs(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(key, inner)
    else:
        yield key, value


class _Page(HTMLParser):
    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen, self._script = seen, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._seen.attributes += given.items()
        self._script = given.get("type", "") if tag == "script" else ""
        self._seen.links += [
            value for name, value in given.items() if name in ADDRESSES or name.endswith("-url")
        ]
        if tag == "form" and given.get("method", "get").lower() == "get":
            self._seen.links.append(given.get("action", ""))

    def handle_endtag(self, tag: str) -> None:
        self._script = ""

    def handle_comment(self, data: str) -> None:
        self._seen.comments.append(data)

    def handle_data(self, data: str) -> None:
        if self._script == "application/json":
            self._seen.values.append(json.loads(data))
