"""Numbers, dates and durations in an answer. Nothing read is ever evaluated.

"1,234.5" and "1.234,5" are told apart by which mark comes last; a lone mark before exactly three digits is
a thousands mark only when it is a comma. Dates with slashes are month first, as in the United States,
unless the first number is above 12; with dots they are day first.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from typing import TypeVar

from evaluation.domain.answers.announcements import line_rest, strong
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import last_field

T = TypeVar("T")

_FIELDS = ("answer", "final_answer", "result", "value", "score", "prediction")
_LENGTH = 40_000  # characters of a reply that are looked at: its end
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-+\u2212])?(?P<digits>\d{1,3}(?:,\d{3}){1,6}(?:\.\d{1,20})?(?![\d,])"
    r"|\d{1,3}(?:\.\d{3}){1,6},\d{1,20}(?![\d.])|\d{1,20}(?:[.,]\d{1,20})?|\.\d{1,20})"
    r"(?:[ ]?[x×*·][ ]?10[ ]?\^?[ ]?(?:\{|\()?(?P<power>[-+\u2212]?\d{1,3})(?:\}|\))?"
    r"|[eE](?P<exponent>[-+\u2212]?\d{1,3}))?"
    r"(?!\d|[.,]\d)"
)
_EQUALS = re.compile(r"[=≈][ \t$*]{0,4}(?=[-+\u2212.\d])")
_BOXED = re.compile(r"\\boxed\{([^{}]{1,200})\}|<answer>([^<]{1,200})</answer>")
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january enero janvier gennaio januar",
            "feb february febrero février febbraio februar",
            "mar march marzo mars märz",
            "apr april abril avril aprile",
            "may mayo mai maggio",
            "jun june junio juin giugno juni",
            "jul july julio juillet luglio juli",
            "aug august agosto août",
            "sep sept september septiembre septembre settembre",
            "oct october octubre octobre ottobre oktober",
            "nov november noviembre novembre",
            "dec december diciembre décembre dicembre dezember",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<!\d)(?:(?P<iso>\d{4})(?P<mark>[-/.])(?P<iso_month>\d{1,2})(?P=mark)(?P<iso_day>\d{1,2})"
    r"|(?P<year_ja>\d{4})[ ]?年[ ]?(?P<month_ja>\d{1,2})[ ]?月[ ]?(?P<day_ja>\d{1,2})[ ]?日"
    r"|(?P<first>\d{1,2})(?P<between>[-/.])(?P<second>\d{1,2})(?P=between)(?P<year>\d{4})"
    rf"|(?P<month_us>{_NAME})\.?[ ](?P<day_us>\d{{1,2}})(?:st|nd|rd|th)?,?[ ](?P<year_us>\d{{4}})"
    rf"|(?P<day_eu>\d{{1,2}})(?:st|nd|rd|th|\.|er)?[ ](?:de[ ]|of[ ])?(?P<month_eu>{_NAME})\.?,?[ ]"
    r"(?:de[ ])?(?P<year_eu>\d{4}))"
    r"(?!\d)",
    re.IGNORECASE,
)
_WEEKS_DAYS = re.compile(
    r"(?<!\d)(?P<weeks>\d{1,3})['\"\s]{0,3}(?:weeks?|wks?|w|semanas?|semaines?|settimane|settimana|wochen|woche|周|週間?)"
    r"['\"\s,;+]{0,4}(?:(?:and|y|et|und|e|零)\s)?['\"\s]{0,2}(?P<days>\d)['\"\s]{0,3}"
    r"(?:days?|d|días?|jours?|giorn[oi]|tage?|天|日)",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"\W{0,3}(?:approximately|about|around|roughly|circa|etwa|environ|约|約)?\s{0,2}[-+\u2212]?[\d.]"
)
_PAIR = re.compile(
    r"[(\[]\s{0,3}['\"]?(\d{1,3})['\"]?\s{0,3},\s{0,3}['\"]?(\d)['\"]?\s{0,3}[)\]]|(?<!\d)(\d{1,3})\s?\+\s?(\d)(?!\d)"
)


def number(text: str) -> float | None:
    """The number the reply gives as its answer; None when several contend."""
    return _find(text, _numbers)


def date(text: str) -> str | None:
    """The date the reply gives as its answer, as "2024-05-01"."""
    return _find(text, _dates)


def weeks_days(text: str) -> tuple[int, int] | None:
    """The duration the reply gives as its answer: whole weeks and days over, days below 7."""
    return _find(text, _durations)


def _find(text: str, read: Callable[[str], list[T]]) -> T | None:
    """From the answer's field, box or announcement, its last equation, or the only one there is."""
    said = final_part(text, _LENGTH)
    if "{" in said and (field := last_field(said, _FIELDS)) is not None:
        return _first(read(str(field)))
    if boxed := list(_BOXED.finditer(said)):
        return _first(read(boxed[-1][1] or boxed[-1][2]))
    for places in strong(said):
        for place in places:
            if (found := _in_line(line_rest(said, place)[:400], read)) is not None:
                return found
    if (found := _in_line(said.rsplit("\n", 1)[-1], read, anywhere=False)) is not None:
        return found
    every = set(read(said))
    return every.pop() if len(every) == 1 else None


def _in_line(line: str, read: Callable[[str], list[T]], anywhere: bool = True) -> T | None:
    """The only value of a line, else what its last equation comes to, else the value it begins with."""
    found = read(line)
    if len(set(found)) == 1:
        return found[0]
    if equations := list(_EQUALS.finditer(line)):
        return _first(read(line[equations[-1].end() :]))
    return _first(found) if anywhere and _STARTS.match(line) else None


def _numbers(said: str) -> list[float]:
    found = [_value(hit) for hit in _NUMBER.finditer(said)]
    return [value for value in found if math.isfinite(value)]


def _value(hit: re.Match[str]) -> float:
    digits = hit["digits"]
    if (
        "," in digits
        and digits.rfind(",") > digits.rfind(".")
        and not re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits)
    ):
        digits = digits.replace(".", "").replace(",", ".")
    power = (hit["power"] or hit["exponent"] or "0").replace("\u2212", "-")
    size = float(f"{digits.replace(',', '')}e{power}")
    return -size if hit["sign"] in ("-", "\u2212") else size


def _dates(said: str) -> list[str]:
    found = (_calendar(*_parts(hit)) for hit in _DATE.finditer(said))
    return [day for day in found if day is not None]


def _parts(hit: re.Match[str]) -> tuple[int, int, int]:
    """Year, month and day of whichever form was written."""
    if hit["iso"]:
        return int(hit["iso"]), int(hit["iso_month"]), int(hit["iso_day"])
    if hit["year_ja"]:
        return int(hit["year_ja"]), int(hit["month_ja"]), int(hit["day_ja"])
    if hit["year_us"]:
        return int(hit["year_us"]), _MONTHS[hit["month_us"].casefold()], int(hit["day_us"])
    if hit["year_eu"]:
        return int(hit["year_eu"]), _MONTHS[hit["month_eu"].casefold()], int(hit["day_eu"])
    first, second = int(hit["first"]), int(hit["second"])
    day_first = first > 12 or (hit["between"] == "." and second <= 12)
    return int(hit["year"]), second if day_first else first, first if day_first else second


def _calendar(year: int, month: int, day: int) -> str | None:
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return None


def _durations(said: str) -> list[tuple[int, int]]:
    found = [(int(hit["weeks"]), int(hit["days"])) for hit in _WEEKS_DAYS.finditer(said)]
    if not found:
        pairs = ([part for part in hit.groups() if part] for hit in _PAIR.finditer(said))
        found = [(int(weeks), int(days)) for weeks, days in pairs]
    return [(weeks, days) for weeks, days in found if days < 7]


def _first(found: list[T]) -> T | None:
    return found[0] if found else None
