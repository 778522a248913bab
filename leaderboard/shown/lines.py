"""The lines of a board's table: systems, and headings above those that belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2s
from html import escape
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from leaderboard.domain.table import Row, Table
from leaderboard.shown import words
from leaderboard.shown.cells import Frame, cells

NO_CELLS = SafeString("")
_MARKUP = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Line:
    """A row of the table as it is written.

    title   of a heading, which has no row;  about  what a reader must know of the system, in words
    traits  what else is known of it: room permitting
    """

    key: str
    css: str = ""
    title: str = ""
    note: str = ""
    row: Row | None = None
    href: str = ""
    about: tuple[str, ...] = ()
    traits: str = ""
    picked: bool = False  # to be compared
    cells: SafeString = NO_CELLS

    @property
    def heading(self) -> SafeString:
        """The system's own cell: a box to pick it, its name, what is known of it. Written like the others."""
        key, name = escape(self.key), escape(self._name)
        box = (
            f'<input type="checkbox" form="compare" name="compare" value="{key}" id="pick-{key}"'
            f' aria-label="{escape(_("Compare"))} {name}"{" checked" if self.picked else ""}>'
        )
        named = f'<a href="{escape(self.href)}" id="to-{key}">{name}</a>' if self.href else name
        told = "".join(f"<small>{escape(word)}</small>" for word in self.about)
        traits = f'<small class="traits">{escape(self.traits)}</small>' if self.traits else ""
        return SafeString(f'<th scope="row">{box}<span>{named}{told}{traits}</span></th>')

    @property
    def digest(self) -> str:
        """Changes when anything in the line does, shades and pictures included."""
        return _digest(self.key, self.css, self._name, self.href, *self.about, self.traits, self.cells)

    @property
    def said(self) -> str:
        """Changes when a word or number in the line does: only then has something happened to the system."""
        return _digest(self._name, *self.about, _MARKUP.sub("\x1f", self.cells))

    @property
    def _name(self) -> str:
        return self.row.system if self.row else f"{self.title}\x1f{self.note}"


def _digest(*parts: str) -> str:
    return blake2s("\x1f".join(parts).encode(), digest_size=5).hexdigest()


def lines(table: Table, rows: Sequence[Row], of: Frame, address: Callable[[Row], str]) -> list[Line]:
    """`rows` in their order: those run here by band, then the unrankable, then what others reported."""
    modes = len({row.mode for row in rows}) > 1
    by_rank = of.ranks and table.slice.sort.removeprefix("-") == "rank"
    here = [row for row in rows if row.origin != "reported"]
    reported = [row for row in rows if row.origin == "reported"]
    found: list[Line] = []
    for section, those in (("", here), ("reported-", reported)):
        if section and here and those:
            found.append(_reported_heading(len(those)))
        for heading, members in _groups(those, section) if by_rank else [(None, those)]:
            found += [heading] if heading else []
            found += [_line(row, table, of, address, modes) for row in members]
    return found


def _groups(rows: Sequence[Row], section: str) -> Iterator[tuple[Line | None, list[Row]]]:
    """Runs of one band under a heading each; rows that nothing ranks need none where nobody is ranked."""
    ranked, proven = any(row.band for row in rows), any((row.band or 1) > 1 for row in rows)
    for band, those in groupby(rows, key=lambda row: row.band):
        members, key = list(those), f"group-{section}{band or 'unranked'}"
        if band is not None and len(rows) == 1:
            yield None, members  # nobody to be tied with
        elif band is not None:
            yield _band_heading(key, band, members, proven=proven), members
        elif ranked or any(row.missing for row in members):
            yield Line(key, "group", _("Not rankable yet"), _why_unranked(members)), members
        else:
            yield None, members


def _why_unranked(members: Sequence[Row]) -> str:
    if any(row.missing for row in members):
        return _("a rank needs a value in every task of this view")
    return _("no rank follows from what is known so far")


def _band_heading(key: str, band: int, members: list[Row], *, proven: bool) -> Line:
    n = len(members)
    low, high = min(row.rank_low or 0 for row in members), max(row.rank_high or 0 for row in members)
    ranks = _("ranks %(range)s") % {"range": words.ranks(low, high)}
    if not proven:
        return Line(key, "group", _("All tied"), _("no system is proven better than another"))
    if band == 1:
        return Line(key, "group lead", *_lead(n, high))
    title = _("%(n)d tied") % {"n": n} if n > 1 else _("Behind the group above")
    return Line(key, "group", title, ranks if low != high else "")


def _lead(n: int, high: int) -> tuple[str, str]:
    if n > 1:
        return _("Leading group: %(n)d tied") % {"n": n}, _("nobody in it is proven behind its best")
    if high == 1:
        return _("Proven best"), _("ahead of every other system")
    return _("In the lead"), _("not proven ahead of every other system")


def _reported_heading(n: int) -> Line:
    title = _("Reported, not run here")
    return Line("group-reported", "group reported", title, words.systems(n))


def _line(row: Row, table: Table, of: Frame, address: Callable[[Row], str], modes: bool) -> Line:
    return Line(
        key=row.key,
        css=" ".join(_classes(row, table)),
        row=row,
        href=address(row),
        about=tuple(_about(row, modes)),
        traits=" · ".join(_traits(row)),
        picked=row.key in table.slice.compare,
        cells=SafeString(cells(row, of)),
    )


def _classes(row: Row, table: Table) -> Iterator[str]:
    if row.band == 1 and table.has_bands:
        yield "lead"
    if row.starts_band:
        yield "starts"
    if row.origin == "reported":
        yield "reported"


def _about(row: Row, modes: bool) -> Iterator[str]:
    if row.origin == "reported":
        yield _("reported, not run here")
    if row.anonymous:
        yield _("anonymous")
    if modes and row.mode:
        yield row.mode.replace("_", " ")


def _traits(row: Row) -> Iterator[str]:
    size = row.attributes.get("size_b")
    if isinstance(size, int | float) and size:
        yield f"{size:g} B"
    domain = row.attributes.get("domain")
    if domain:
        yield str(domain)
