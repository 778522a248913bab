"""A guard on what raters and coordinators write: likely identifiers of patients, found before storing.

It errs towards silence: doses, laboratory values, study ids, codes and years are none of its business.
Numbers with a check digit count only where it holds. A name counts behind a form of address or behind what
says that it is the patient's; ages, places and names alone are not looked for.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "email", "phone", "us_ssn", "record_number", "birth_date", "nhs_number", "chinese_id", "street_address",
    "name",
]  # fmt: skip

# full-width digits, letters and signs as they are typed in East Asia, one character each so that offsets hold
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2011: 0x2D, 0x2013: 0x2D}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:18|19|20)\d\d"
_FULL_DATE = (
    rf"(?:{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{_YEAR}|\d\d)"
    rf"|{_YEAR} ?年 ?\d{{1,2}} ?月 ?\d{{1,2}} ?日"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH},? {_YEAR}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR})(?!\d)"
)
_BORN = (
    r"(?:\b(?:born|d\.?o\.?b\b\.?|date of birth|birth ?date|birthday|geboren|née?|nacid[oa]|nascid[oa]"
    r"|nat[oa])|出生(?:日期|于)?|生于|生年月日)"
)
_NO_DIGIT_BEFORE, _NO_DIGIT_AFTER = r"(?<![\d.\-/+])", r"(?![\d]|[.\-/]\d)"
_NO_UNIT = r"(?! ?(?:mg|mcg|g|ml|l|mmol|iu|u|units?|cells|copies|steps|patients)\b)"
_STREET = (
    r"(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Way|Place)"
)
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ'’-]{1,24}"
_NAMED = rf"{_CAPITALISED}(?: (?:de |van |von |al-)?{_CAPITALISED}){{0,2}}"


@dataclass(frozen=True)
class Finding:
    """Characters `start` to `end` (exclusive, code points) look like an identifier of this kind."""

    kind: Kind
    start: int
    end: int


def findings(text: str) -> list[Finding]:
    """Likely identifiers of a person in the text, in its order, without overlaps."""
    read = text.translate(_NARROW)
    found: list[Finding] = []
    taken: list[Finding] = []
    for kind, pattern, is_valid in _RULES:
        hits = (hit for hit in pattern.finditer(read) if is_valid(hit["it"]))
        found.extend(Finding(kind, *hit.span("it")) for hit in hits)
    for each in sorted(found, key=lambda finding: finding.start):
        if not taken or each.start >= taken[-1].end:
            taken.append(each)
    return taken


def is_nhs_number(text: str) -> bool:
    """Ten digits whose last is the modulus 11 check digit of the others, weighted 10 to 2."""
    digits = [int(each) for each in text if each.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return digits[9] == (0 if check == 11 else check)


def is_chinese_id(text: str) -> bool:
    """GB 11643: region, date of birth, serial number and the ISO 7064 MOD 11-2 check character."""
    try:
        datetime.date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    remainder = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17])) % 11
    return text[17].upper() == "10X98765432"[remainder]


def _always(_: str) -> bool:
    return True


def _has_phone_length(text: str) -> bool:
    return 7 <= sum(each.isdigit() for each in text) <= 15


def _compiled(pattern: str, *, exact_case: bool = False) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII if exact_case else re.ASCII | re.IGNORECASE)


_RULES: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        "email",
        _compiled(r"(?<![\w.+-])(?P<it>[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?![\w@])"),
        _always,
    ),
    (
        "us_ssn",
        _compiled(
            rf"{_NO_DIGIT_BEFORE}(?P<it>(?!000|666|9\d\d)\d{{3}}-(?!00)\d\d-(?!0000)\d{{4}}){_NO_DIGIT_AFTER}"
        ),
        _always,
    ),
    (
        "record_number",
        _compiled(
            r"(?P<it>(?:\b(?:MRN|medical record (?:number|no\.?|#)|(?:hospital|chart) (?:number|no\.))"
            r"|病历号|住院号|病案号|就诊号)[ :#=.]{0,4}(?:is |was |为 ?)?#?[A-Z]{0,3}-?\d[\d-]{3,14})(?![\w])"
        ),
        _always,
    ),
    (
        "birth_date",
        _compiled(rf"{_BORN}(?: on| le| am| el| em| il)?[ :(=,]{{0,4}}(?P<it>{_FULL_DATE})"),
        _always,
    ),
    (
        "nhs_number",
        _compiled(rf"{_NO_DIGIT_BEFORE}(?P<it>\d{{3}}([ -])\d{{3}}\2\d{{4}}){_NO_DIGIT_AFTER}{_NO_UNIT}"),
        is_nhs_number,
    ),
    (
        "nhs_number",
        _compiled(rf"\bNHS(?: (?:number|no\.?))?[ :#=.]{{0,4}}(?:is )?(?P<it>\d{{10}}){_NO_DIGIT_AFTER}"),
        is_nhs_number,
    ),
    ("chinese_id", _compiled(r"(?<![\w])(?P<it>[1-9]\d{16}[\dX])(?![\w])"), is_chinese_id),
    (
        "phone",
        _compiled(
            rf"{_NO_DIGIT_BEFORE}(?P<it>(?:\+?1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d([-.]))"
            rf"[2-9]\d\d(?(2)\2|[-. ])\d{{4}})"
            rf"{_NO_DIGIT_AFTER}{_NO_UNIT}"
        ),
        _always,
    ),
    (
        "phone",
        _compiled(r"(?<![\w^.])(?P<it>\+[1-9](?:[ .()-]{0,2}\d){8,14})(?![\d.]\d|\w)" + _NO_UNIT),
        _has_phone_length,
    ),
    (
        "phone",
        _compiled(
            r"(?:\b(?:tel|telephone|phone|mobile|cell ?phone|fax|whatsapp"
            r"|call (?:him|her|them|me|us)? ?(?:at|on))\b"
            r"|电话|手机|联系方式|電話)\.?(?: (?:number|no\.?))?[ :#号码=]{0,4}(?:is |was |为 ?|是 ?)?"
            r"(?P<it>\(?\d(?:[ .()-]{0,2}\d){6,14})(?!\w)" + _NO_UNIT
        ),
        _has_phone_length,
    ),
    (
        "phone",
        _compiled(r"(?<![\w.+-])(?P<it>1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4}))(?![\w]|[.-]\d)" + _NO_UNIT),
        _always,
    ),
    (
        "street_address",
        _compiled(
            rf"(?<![\w.])(?P<it>\d{{1,5}}[A-Za-z]? (?:[A-Z][A-Za-z']{{1,20}} ){{1,3}}{_STREET}"
            r"(?:,? (?:Apt|Unit|#) ?\w{1,6})?"
            r",? (?:[A-Z][A-Za-z.]{1,20},? ){1,3}"
            r"(?:[A-Z]{2},? \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}))(?!\w)",
            exact_case=True,
        ),
        _always,
    ),
    (
        "name",
        _compiled(
            rf"(?<![A-Za-z])(?P<it>(?:Mrs?|Ms|Mx|Señora?|Sra|Herr|Frau|Mme|Madame|Monsieur)\.? {_NAMED})",
            exact_case=True,
        ),
        _always,
    ),
    (
        "name",
        _compiled(
            r"(?:\b[Pp]atient(?:'s)? [Nn]ame|\b[Nn]ame of (?:the )?[Pp]atient|\b[Pp]atient (?:named|called)"
            r"|\b[Nn]ombre del paciente|\b[Pp]aciente llamad[oa])(?: is| was| es)?[ :=]{1,3}"
            rf"(?P<it>{_NAMED})",
            exact_case=True,
        ),
        _always,
    ),
    ("name", _compiled(r"(?:患者|病人)?姓名[ :=为是]{1,3}(?P<it>[\u4e00-\u9fff]{2,4})"), _always),
)
