"""Identifiers of patients are found; the numbers of medicine are not mistaken for them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.privacy import Finding, findings, is_chinese_id, is_nhs_number

# Every number below is made up; check digits are computed.
IDENTIFYING = [
    ("write to jane.roe@example.org please", "email", "jane.roe@example.org"),
    ("（a+b_c@mail.example.co.uk）", "email", "a+b_c@mail.example.co.uk"),
    ("call (212) 555-0187 after six", "phone", "(212) 555-0187"),
    ("212-555-0187", "phone", "212-555-0187"),
    ("her number is 212.555.0187.", "phone", "212.555.0187"),
    ("+44 20 7946 0958", "phone", "+44 20 7946 0958"),
    ("+8613912345678", "phone", "+8613912345678"),
    ("tel: 020 7946 0958", "phone", "020 7946 0958"),
    ("phone number is 7946 0958", "phone", "7946 0958"),
    ("联系电话：010-62345678", "phone", "010-62345678"),
    ("手机 13912345678", "phone", "13912345678"),
    ("家属13912345678", "phone", "13912345678"),
    ("SSN 219-09-9999 on file", "us_ssn", "219-09-9999"),
    ("MRN: 00481516", "record_number", "MRN: 00481516"),
    ("MRN is A-4815162", "record_number", "MRN is A-4815162"),
    ("medical record number 4815162", "record_number", "medical record number 4815162"),
    ("住院号：00481516", "record_number", "住院号:00481516"),
    ("DOB: 03/04/1958", "birth_date", "03/04/1958"),
    ("D.O.B. 1958-04-03", "birth_date", "1958-04-03"),
    ("born on 3 April 1958 in Leeds", "birth_date", "3 April 1958"),
    ("born April 3rd, 1958", "birth_date", "April 3rd, 1958"),
    ("date of birth 3.4.58", "birth_date", "3.4.58"),
    ("出生日期：1958年4月3日", "birth_date", "1958年4月3日"),
    ("生于1958年4月3日", "birth_date", "1958年4月3日"),
    ("née le 03/04/1958", "birth_date", "03/04/1958"),
    ("NHS 943 476 5919", "nhs_number", "943 476 5919"),
    ("943-476-5919", "nhs_number", "943-476-5919"),
    ("NHS number: 9434765919", "nhs_number", "9434765919"),
    ("身份证11010519491231002X", "chinese_id", "11010519491231002X"),
    ("ID １１０１０５１９４９１２３１００２Ｘ", "chinese_id", "11010519491231002X"),
    (
        "lives at 12 Elm Street, Springfield, IL 62704",
        "street_address",
        "12 Elm Street, Springfield, IL 62704",
    ),
    ("at 221 Baker Street, London NW1 6XE", "street_address", "221 Baker Street, London NW1 6XE"),
    ("as Mrs. Roe told us", "name", "Mrs. Roe"),
    ("Mr John de Souza-Roe was seen", "name", "Mr John de Souza-Roe"),
    ("Frau Müller klagt", "name", "Frau Müller"),
    ("la Sra. Muñoz refiere", "name", "Sra. Muñoz"),
    ("Patient name: Jane Roe", "name", "Jane Roe"),
    ("the patient called Jane Roe", "name", "Jane Roe"),
    ("nombre del paciente: José Pérez", "name", "José Pérez"),
    ("患者姓名：李小明", "name", "李小明"),
]
INNOCENT = """10 mg/kg every 6 hours; 120/80 mmHg, pulse 72; Na 140, K 4.1, Cl 102; ICD-10 E11.9 and I25.10; NCT01234567;
a trial from 1998 to 2004; PMID 31452104; doi 10.1001/jama.2020.1234; study MED-2024-0017; item 2024-11-03-17;
born in 1958; born at 38 weeks; newborn seen 01/02/2020; born 3 days ago; seen on 03/04/2020; admitted 2020-03-04;
a 58-year-old man; 1,000,000 IU; 5000000000 copies/ml; 100-200-300 mg; platelets 150 000 to 400 000; 3 x 10^9/L;
CAS 50-78-2; LOINC 2345-7; SNOMED 44054006; ORCID 0000-0002-1825-0097; ISBN 978-0-306-40615-7; 943 476 5918;
INR 2.0-3.0; p < 0.0001; HR 1.23 (1.01-1.50); call 911 at once; call at once; phone him tomorrow; twice @ 5 mg;
the patient's MRN is missing; MRN must be removed; record 12; chart number 3; 000-12-3456; 666-12-3456; 900-12-3456;
+10 points; +1000000 units; rs123456789; room 12 Street; 5 Minute Walk; T1 to T12; 1:80000000; 20 Elm trees;
Crohn disease; Parkinson and Alzheimer; the Glasgow Coma Scale; Ms of delay; the patient's name is missing;
patient named below; MR Angiography; Dr House; 姓名不详; MRI Brain; name of the patient; the Wells score;
110105194912310021; 每日3次，每次10毫克; 2020年4月3日入院; 门诊13次; version 1.2.3.4; 192.168.10.12; 0.123456789"""


@pytest.mark.parametrize(("text", "kind", "shown"), IDENTIFYING)
def test_an_identifier_is_found_where_it_stands(text: str, kind: str, shown: str) -> None:
    found = findings(text)
    narrow = text.translate({wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)})
    assert [(each.kind, narrow[each.start : each.end]) for each in found] == [(kind, shown)]


@pytest.mark.parametrize("text", [text.strip() for text in INNOCENT.split(";")])
def test_the_numbers_of_medicine_are_left_alone(text: str) -> None:
    assert findings(text) == []


def test_findings_come_in_the_order_of_the_text_without_overlaps() -> None:
    text = "MRN: 00481516, a@b.example, tel 212-555-0187"
    assert [each.kind for each in findings(text)] == ["record_number", "email", "phone"]


def test_check_digits_are_those_of_the_standards() -> None:
    # 9·10+4·9+3·8+4·7+7·6+6·5+5·4+9·3+1·2 = 299 = 27·11 + 2, and 11 - 2 = 9
    assert is_nhs_number("943 476 5919")
    assert not is_nhs_number("943 476 5910")
    assert not is_nhs_number("0000000000")
    assert is_chinese_id("11010519491231002X")
    assert not is_chinese_id("110105194912310020")
    assert not is_chinese_id("11010519491331002X")


@given(st.integers(100_000_000, 999_999_999))
def test_at_most_one_check_digit_fits_an_nhs_number(stem: int) -> None:
    assert sum(is_nhs_number(f"{stem}{digit}") for digit in range(10)) <= 1


@given(st.text(), st.sampled_from(IDENTIFYING))
def test_findings_lie_within_any_text_and_do_not_overlap(noise: str, example: tuple[str, str, str]) -> None:
    text = f"{noise} {example[0]} {noise}"
    found = findings(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    "unit",
    ["a", "1", "1 ", "+1", "a@", "a.", "born ", "(1", "1-", "12 Elm ", "MRN ", "号", "Mr A", "Mrs ", "姓名"],
)
def test_a_hostile_megabyte_is_read_to_its_end(unit: str) -> None:
    end = findings(unit * (1_000_000 // len(unit)) + " \n x@y.example")[-1]
    assert end == Finding("email", end.start, end.start + 11)
