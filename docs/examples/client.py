"""Read Consilium's boards from a program: any slice, any date, nothing fetched twice. Standard library only.

    python docs/examples/client.py https://board.example sample --filter language=es --as-of 2026-05-01

Or in ten lines:

    from client import Consilium
    site = Consilium("https://board.example")
    for board in site.boards():
        print(board["slug"], board["systems"])
    board = site.board("sample", language=["es", "en"], sort="-average")
    for row in board.rows:
        print(row.system, row.ranks, row.average, row.low, row.high)
    for pair in site.pairs("sample", row=board.rows[0].key):
        print(pair["second"], pair["difference"], pair["p_adjusted"])
    site.download("sample", "parquet", "sample.parquet", as_of="2026-05-01")
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Wanted = str | int | Sequence[str]


class RefusedError(Exception):
    """The site did not understand; `problems` holds field → what to write instead."""

    def __init__(self, status: int, problems: Mapping[str, Any]) -> None:
        super().__init__(
            f"{status}: " + "; ".join(f"{name}: {_flat(text)}" for name, text in problems.items())
        )
        self.status, self.problems = status, problems


@dataclass(frozen=True)
class Row:
    """A system and mode. Numbers run from 0 to 1 where the column's scale is "share"; None is not known."""

    key: str
    system: str
    mode: str
    origin: str
    rank_low: int | None
    rank_high: int | None
    average: float | None
    low: float | None
    high: float | None
    scores: Mapping[str, Mapping[str, Any]]

    @property
    def ranks(self) -> str:
        if self.rank_low is None:
            return "not rankable"
        return f"{self.rank_low}" if self.rank_low == self.rank_high else f"{self.rank_low}-{self.rank_high}"


@dataclass(frozen=True)
class Board:
    """A slice: `page` is its citable address, `columns` what was measured."""

    slug: str
    revision: int
    page: str
    columns: Sequence[Mapping[str, Any]]
    rows: Sequence[Row]


@dataclass
class Consilium:
    """A site. Answers are kept by address and asked for again with their ETag."""

    site: str
    token: str = ""
    timeout: float = 30.0
    _kept: dict[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)

    def boards(self) -> Iterator[dict[str, Any]]:
        """Every public board."""
        yield from self._every("boards/", {})

    def board(self, slug: str, **chosen: Wanted) -> Board:
        """A board over a slice: filters by facet, split, mode, weight, sort, q, as_of. All rows."""
        address, rows, said = self._address(f"boards/{quote(slug)}/", chosen), [], {}
        while address:
            said = json.loads(self._get(address))
            rows += [_row(row) for row in said["rows"]]
            address = said["next"]
        return Board(slug, said["revision"], said["page"], said["columns"], rows)

    def pairs(self, slug: str, **chosen: Wanted) -> Iterator[dict[str, Any]]:
        """Differences of every pair of ranked rows, or of one `row`, with adjusted p."""
        yield from self._every(f"boards/{quote(slug)}/pairs/", chosen)

    def tasks(self, slug: str, **chosen: Wanted) -> Iterator[dict[str, Any]]:
        yield from self._every(f"boards/{quote(slug)}/tasks/", chosen)

    def systems(self, **chosen: Wanted) -> Iterator[dict[str, Any]]:
        """Every named system with its places on all boards; q= searches."""
        yield from self._every("systems/", chosen)

    def download(self, slug: str, ending: str, path: str | Path, **chosen: Wanted) -> Path:
        """A slice as csv, json, parquet or tex."""
        target = Path(path)
        target.write_bytes(self._get(self._address(f"boards/{quote(slug)}.{ending}", chosen)))
        return target

    def _every(self, path: str, chosen: Mapping[str, Wanted]) -> Iterator[dict[str, Any]]:
        address = self._address(path, chosen)
        while address:
            page = json.loads(self._get(address))
            yield from page["results"]
            address = page["next"]

    def _address(self, path: str, chosen: Mapping[str, Wanted]) -> str:
        query = f"?{urlencode(chosen, doseq=True)}" if chosen else ""
        return f"{self.site.rstrip('/')}/api/v1/{path}{query}"

    def _get(self, address: str) -> bytes:
        tag, content = self._kept.get(address, ("", b""))
        headers = {"If-None-Match": tag} if tag else {}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        try:
            with urlopen(Request(address, headers=headers), timeout=self.timeout) as answer:  # noqa: S310 - the reader's own site
                content = answer.read()
                self._kept[address] = (answer.headers.get("ETag", ""), content)
        except HTTPError as refusal:
            with refusal:
                if refusal.code != 304:
                    raise RefusedError(refusal.code, _problems(refusal)) from None
        return content


def _row(told: Mapping[str, Any]) -> Row:
    return Row(**{name: told[name] for name in Row.__dataclass_fields__})


def _problems(refusal: HTTPError) -> Mapping[str, Any]:
    try:
        told = json.loads(refusal.read())
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"detail": refusal.reason}


def _flat(text: Any) -> str:
    return " ".join(map(str, text)) if isinstance(text, list) else str(text)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Print a board.")
    parser.add_argument("site")
    parser.add_argument("board")
    parser.add_argument("--filter", action="append", default=[], metavar="FACET=VALUE")
    parser.add_argument("--as-of", default="")
    asked = parser.parse_args(arguments)
    chosen: dict[str, Any] = {}
    for pair in asked.filter:
        facet, _, value = pair.partition("=")
        chosen.setdefault(facet, []).append(value)
    board = Consilium(asked.site).board(
        asked.board, **chosen, **({"as_of": asked.as_of} if asked.as_of else {})
    )
    for row in board.rows:
        known = row.average is not None and row.low is not None and row.high is not None
        shown = (
            f"{row.average:.3f}  [{row.low:.3f}, {row.high:.3f}]" if known else "no average with an interval"
        )
        print(f"{row.ranks:>12}  {row.system} {row.mode}  {shown}")
    print(board.page)


if __name__ == "__main__":
    main()
