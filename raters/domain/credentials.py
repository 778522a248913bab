"""What a rater says about their own standing, as far as it can be checked without asking anybody.

A number that passes is well formed; whose it is, a person still has to check.
"""

from __future__ import annotations

import re

from raters.domain.countries import COUNTRIES, COUNTRY_CODES
from raters.domain.languages import LANGUAGE_CODES, LANGUAGES
from raters.domain.specialties import SPECIALTIES

__all__ = [
    "COUNTRIES",
    "COUNTRY_CODES",
    "LANGUAGES",
    "LANGUAGE_CODES",
    "SPECIALTIES",
    "licence_problem",
    "normal_orcid",
    "npi_problem",
    "orcid_problem",
]

_NPI_PREFIX = "80840"
_ORCID = re.compile(
    r"(?:https?://(?:www\.)?orcid\.org/|orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])/?",
    re.ASCII | re.IGNORECASE,
)
_LICENCE_LENGTH = (3, 40)


def npi_problem(text: str) -> str:
    """What is wrong with a US National Provider Identifier, "" if nothing.

    Ten digits, the last a Luhn check digit (ISO/IEC 7812) of the others after the prefix 80840, and the first
    a 1 or a 2, as the numbers are issued.
    """
    number = text.strip()
    if not re.fullmatch("[0-9]{10}", number):
        return "An NPI has ten digits and nothing else."
    if number[0] not in "12":
        return "An NPI begins with 1 or 2: compare it with your registration."
    if _luhn_sum(_NPI_PREFIX + number) % 10:
        return "The check digit does not fit this NPI: compare it with your registration."
    return ""


def normal_orcid(text: str) -> str:
    """The iD as 0000-0000-0000-000X, from itself, with or without hyphens, or from its address.

    ValueError, saying what is wrong, for what is no ORCID iD.
    """
    found = _ORCID.fullmatch(text.strip())
    if not found:
        raise ValueError("An ORCID iD has sixteen digits in fours, such as 0000-0002-1825-0097.")
    normal = "-".join(found.groups()).upper()
    if _mod_11_2(normal[:-1].replace("-", "")) != normal[-1]:
        raise ValueError("The last character does not fit this ORCID iD: copy it from your ORCID page.")
    return normal


def orcid_problem(text: str) -> str:
    """What is wrong with an ORCID iD, bare or as an address, "" if nothing."""
    try:
        normal_orcid(text)
    except ValueError as error:
        return str(error)
    return ""


def licence_problem(country: str, number: str) -> str:
    """What is wrong with a licence to practise, "" if nothing.

    `country` is an ISO 3166-1 alpha-2 code. In the US ten digits alone are read as an NPI; anything else
    there, and everything elsewhere, is text of 3 to 40 printable characters, one of them a digit or letter.
    """
    if country not in COUNTRY_CODES:
        return "Choose the country that issued the licence."
    number = number.strip()
    if country == "US" and re.fullmatch("[0-9]{10}", number):
        problem = npi_problem(number)
        return problem and f"{problem} For a state licence write the state before the number."
    shortest, longest = _LICENCE_LENGTH
    if not shortest <= len(number) <= longest:
        return f"A licence number has {shortest} to {longest} characters."
    if not number.isprintable() or not any(character.isalnum() for character in number):
        return "A licence number is made of letters, digits and signs that can be seen."
    return ""


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right counts twice, less 9 where that has two digits."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled)


def _mod_11_2(digits: str) -> str:
    """The ISO 7064 MOD 11-2 check character."""
    rest = 0
    for digit in digits:
        rest = (rest + int(digit)) * 2 % 11
    return "0123456789X"[(12 - rest) % 11]
