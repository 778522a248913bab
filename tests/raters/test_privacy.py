"""A note that may name a patient is stored as written, and read by nobody else until somebody has looked."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, transaction
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from raters.domain.held_texts import HELD_BACK, Guard, digest, own_texts, redacted
from raters.domain.privacy import findings
from raters.domain.rubric import read_rubric, shipped
from raters.models import TextDecision
from raters.selectors import held_texts
from tests.signed_in import signed_in

ROOT = Path(__file__).resolve().parents[2]
PAGE = "/studies/first/quality/held/"
NAMING = "Her number is 212-555-0187."
SAFE = {"safe": "yes"}


def decide(by: Any, text: str, decision: str) -> Any:
    return signed_in(by).post(f"{PAGE}decide/", {"sha": digest(text), "decision": decision}, follow=True)


def test_a_note_that_may_name_a_patient_is_kept_and_held_back_until_it_is_cleared(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    pk = rater.take()
    assert rater.submit(pk, SAFE | {"note": NAMING}).status_code == 200
    payload = study.assignments.get(pk=pk).revisions.get().payload
    assert payload["note"] == NAMING
    rubric = held_texts.rubrics.rubric_of(study.rubric_id)
    assert held_texts.guard_of(study).payload(rubric, payload) == SAFE | {"note": HELD_BACK}
    page = signed_in(carla).get(PAGE).content.decode()
    assert "<mark>212-555-0187</mark>" in page
    decide(carla, NAMING, "redacted")
    assert held_texts.guard_of(study).text(NAMING) == "Her number is [phone removed]."
    decide(carla, NAMING, "cleared")
    decide(carla, NAMING, "cleared")  # a double click is one decision
    assert held_texts.guard_of(study).payload(rubric, payload) == payload
    assert [one.decision for one in TextDecision.objects.order_by("pk")] == ["redacted", "cleared"]
    with pytest.raises(Error, match="appended, never changed"), transaction.atomic():
        TextDecision.objects.all().delete()


def test_every_place_where_raters_write_is_looked_at(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    first = rater.take()
    numbers = [f"MRN: 0048151{n}" for n in range(5)]
    unsure = {"safe": {"cannot_judge": "ambiguous", "note": numbers[0]}}
    assert rater.submit(first, unsure | {"note": numbers[1]}).status_code == 200
    assert rater.submit(first, SAFE, reason=numbers[2]).status_code == 200
    rater.post(first, "flag", {"note": numbers[3]})
    second = rater.take()
    rater.post(second, "skip", {"reason": "technical", "note": numbers[4]})
    waiting, decided = held_texts.looked_at(study)
    assert {one.passages[0].text for one in waiting} == set(numbers)
    assert {one.where for one in waiting} == {"Safe", "Note", "reason", "flag", "skip"}
    assert decided == []
    assert signed_in(carla).get(PAGE).content.decode().count("<mark>") == 5


def test_an_innocent_note_is_nobodys_business(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE | {"note": "10 mg/kg every 6 hours, born at 38 weeks."})
    assert held_texts.looked_at(study) == ([], [])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"sha": "0" * 64, "decision": "cleared"}, 404),
        ({"sha": "'; drop", "decision": "cleared"}, 404),
        ({"sha": "\x00" * 64, "decision": "redacted"}, 404),
        ({}, 302),
        ({"sha": digest(NAMING), "decision": "forget"}, 302),
    ],
)
def test_only_a_text_of_the_study_is_decided_on(
    sent: dict[str, str], status: int, study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE | {"note": NAMING})
    assert signed_in(carla).post(f"{PAGE}decide/", sent).status_code == status
    assert not TextDecision.objects.exists()


def test_held_texts_are_the_coordinators_to_read(
    study: Any, ann: Any, ben: Any, eve: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE | {"note": NAMING})
    for person in (ann, ben, eve):
        assert signed_in(person).get(PAGE).status_code == 404
        assert decide(person, NAMING, "cleared").status_code == 404
    assert not TextDecision.objects.exists()


def test_a_passage_marked_in_an_answer_is_not_the_raters_own_text() -> None:
    rubric = read_rubric(shipped()["medval"])
    spans = next(axis.id for axis in rubric.axes if axis.type == "spans")
    marked = {
        "side": "output",
        "start": 0,
        "end": 9,
        "text": NAMING,
        "category": "x",
        "note": "MRN: 00481516",
    }
    assert list(own_texts(rubric, {spans: [marked]})) == [(spans, "MRN: 00481516")]
    guarded = Guard({}).payload(rubric, {spans: [marked]})
    assert guarded == {spans: [marked | {"note": HELD_BACK}]}


@given(st.text(), st.sampled_from([NAMING, "x@y.example", "DOB: 03/04/1958"]))
def test_redacting_takes_out_what_was_found_and_keeps_the_rest_in_its_order(noise: str, naming: str) -> None:
    text = f"{noise} {naming} end"
    kept, found = redacted(text), findings(text)
    edges = [0, *(place for one in found for place in (one.start, one.end)), len(text)]
    rest = [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    words = [f"[{one.kind.replace('_', ' ')} removed]" for one in found]
    assert found
    assert len(kept) == sum(map(len, rest)) + sum(map(len, words))
    for piece in rest:
        assert kept.startswith(piece)
        kept = kept[len(piece) :]
        kept = kept.removeprefix(words.pop(0)) if words else kept
    assert kept == ""


def examples() -> list[str]:
    """The texts that the domain's own tests read."""
    found = importlib.util.spec_from_file_location("_texts", ROOT / "tests" / "domain" / "test_privacy.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    naming = [text for text, _, _ in module.IDENTIFYING]
    innocent = [text.strip() for text in module.INNOCENT.split(";")]
    between = [f"😀 {one}，and {two}" for one, two in zip(naming, reversed(naming), strict=True)]
    spelt = [
        "(212) 555.0187",
        "212-555.0187",
        "+1 212.555.0187",
        "身份证110105190002300025",
        "NHS 943 476 5919 mg",
        "",
    ]
    return [*naming, *innocent, *between, *spelt, "1-" * 20_000, "a@" * 20_000]


def test_the_browser_warns_of_what_the_server_holds_back() -> None:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no browser: install Chromium to compare its warnings with the server's")
    source = (ROOT / "platform" / "static" / "rating" / "privacy.js").read_text(encoding="utf-8")
    texts = examples()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        said = browser.new_page().evaluate(
            """async ([source, texts]) => {
                const { warnings } = await import("data:text/javascript," + encodeURIComponent(source));
                const points = (text, end) => [...text.slice(0, end)].length;
                return texts.map((text) => warnings(text).map((one) =>
                    [one.kind, points(text, one.start), points(text, one.end)]));
            }""",
            [source, texts],
        )
        browser.close()
    assert sum(map(len, said)) > 60
    for text, warned in zip(texts, said, strict=True):
        assert [tuple(one) for one in warned] == [(f.kind, f.start, f.end) for f in findings(text)], text[:80]
