"""Numbers that identify a clinician are well formed or say what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.credentials import (
    COUNTRIES,
    LANGUAGES,
    SPECIALTIES,
    licence_problem,
    normal_orcid,
    npi_problem,
    orcid_problem,
)

ORCID = "0000-0002-1825-0097"


def test_the_registrys_own_examples_are_valid() -> None:
    # 80840 1234567893 from the right, every second doubled and less 9 where above 9:
    # 3+9+8+5+6+1+4+6+2+2+0+8+8+0+8 = 70, a multiple of ten
    assert npi_problem("1234567893") == ""
    assert orcid_problem(ORCID) == ""
    assert orcid_problem("0000-0002-1694-233X") == ""


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678931", "1234 567893", "１２３４５６７８９３", "abcdefghij"]
)
def test_an_npi_is_ten_digits(text: str) -> None:
    assert "ten digits" in npi_problem(text)


def test_an_npi_begins_with_one_or_two() -> None:
    assert "begins with" in npi_problem("3234567891")


@given(st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_npi_is_noticed(place: int, by: int) -> None:
    digits = [int(digit) for digit in "1234567893"]
    digits[place] = (digits[place] + by) % 10
    assert npi_problem("".join(map(str, digits)))


@given(st.integers(100_000_000, 299_999_999))
def test_exactly_one_check_digit_fits_an_npi(stem: int) -> None:
    assert sum(npi_problem(f"{stem}{digit}") == "" for digit in range(10)) == 1


@pytest.mark.parametrize(
    "text",
    [
        ORCID,
        f"https://orcid.org/{ORCID}",
        f"http://www.orcid.org/{ORCID}/",
        f"orcid.org/{ORCID}",
        " 0000000218250097 ",
    ],
)
def test_an_orcid_is_read_bare_or_as_an_address(text: str) -> None:
    assert normal_orcid(text) == ORCID


def test_the_check_character_of_an_orcid_may_be_a_small_x() -> None:
    assert normal_orcid("0000-0002-1694-233x") == "0000-0002-1694-233X"


@pytest.mark.parametrize(
    "text", ["", "0000-0002-1825", "https://example.org/0000-0002-1825-0097", "0000-0002-1825-009X0"]
)
def test_what_is_no_orcid_is_told_how_one_looks(text: str) -> None:
    assert "sixteen" in orcid_problem(text)


@given(st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_of_an_orcid_is_noticed(place: int, by: int) -> None:
    digits = [int(digit) for digit in ORCID.replace("-", "")]
    digits[place] = (digits[place] + by) % 10
    assert orcid_problem("".join(map(str, digits)))


@pytest.mark.parametrize(
    ("country", "number"),
    [("US", "1234567893"), ("US", "CA A123456"), ("GB", "GMC 7654321"), ("CN", "110110000012345")],
)
def test_a_licence_in_its_countrys_form_is_taken(country: str, number: str) -> None:
    assert licence_problem(country, number) == ""


@pytest.mark.parametrize(
    ("country", "number", "says"),
    [
        ("XX", "12345", "country"),
        ("", "12345", "country"),
        ("US", "1234567890", "state"),
        ("FR", "12", "3 to 40"),
        ("FR", "1" * 41, "3 to 40"),
        ("FR", "12\x0034", "seen"),
        ("FR", "12\u202e34", "seen"),
        ("FR", "- - -", "letters"),
    ],
)
def test_a_licence_that_cannot_be_one_says_why(country: str, number: str, says: str) -> None:
    assert says in licence_problem(country, number)


@pytest.mark.parametrize(("listed", "size"), [(COUNTRIES, 249), (LANGUAGES, 183)])
def test_the_lists_hold_each_code_of_the_standard_once(
    listed: tuple[tuple[str, str], ...], size: int
) -> None:
    assert len(listed) == len({code for code, _ in listed}) == len({name for _, name in listed}) == size
    assert all(code.isascii() and code.isalpha() and len(code) == 2 and name for code, name in listed)


def test_specialties_have_distinct_slugs_and_labels() -> None:
    assert len(SPECIALTIES) >= 45
    assert (
        len({slug for slug, _ in SPECIALTIES}) == len({label for _, label in SPECIALTIES}) == len(SPECIALTIES)
    )
