"""Adding items by a file, joining them with those that are there, pictures, leaving out."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import PrivilegedAct
from raters.domain.study_items_template import template_lines

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def png(size: tuple[int, int] = (40, 40)) -> bytes:
    written = io.BytesIO()
    Image.new("L", size, 90).save(written, "PNG")
    return written.getvalue()


def image_file(content: bytes, name: str = "x.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_the_template_can_be_downloaded_and_uploaded_as_it_is(desk: Any) -> None:
    from raters.selectors import rubrics

    answer = desk.get("items/template/")
    assert answer.content == template_lines(rubrics.rubric_of(desk.study.rubric_id))
    assert "attachment" in answer["Content-Disposition"]
    assert desk.upload(answer.content).status_code == 302
    assert list(desk.study.items.values_list("kind", flat=True)) == ["live", "training"]


def test_the_same_file_again_adds_nothing_and_says_so(desk: Any, item_lines: Callable[..., Any]) -> None:
    from raters.models import StudyAnswer

    desk.upload(item_lines(5))
    answer = desk.client.get(desk.upload(item_lines(5))["Location"])
    assert "5 items were there already" in answer.content.decode()
    assert desk.study.items.count() == 5
    assert StudyAnswer.objects.count() == 10


def test_a_file_with_another_system_adds_its_answers_to_the_items_that_are_there(
    desk: Any, item_lines: Callable[..., Any]
) -> None:
    desk.upload(item_lines(4, ("Ash",)))
    answer = desk.client.get(desk.upload(item_lines(6, ("Elm",)))["Location"])
    assert "2 items added. 4 answers joined" in answer.content.decode()
    assert [system.name for system in desk.study.systems.all()] == ["Ash", "Elm"]
    assert desk.study.items.get(key="q0").answers.count() == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"case": {"question": "Another?"}}, "key_taken"),
        ({"specialty": "cardiology"}, "key_taken"),
        ({"kind": "gold", "expected": {"systems": ["Ash"], "payload": {"safe": "yes"}}}, "key_taken"),
        ({"answers": {"Ash": "Something else."}}, "answer_taken"),
    ],
)
def test_what_contradicts_the_study_is_refused_and_nothing_is_added(
    desk: Any, item_lines: Callable[..., Any], change: dict[str, Any], code: str
) -> None:
    desk.upload(item_lines(3))
    answer = desk.upload([*item_lines(1, start=9), {**item_lines(3)[2], **change}])
    assert answer.status_code == 400
    assert code in answer.content.decode()
    assert desk.study.items.count() == 3


def test_a_verdict_names_lines_and_codes_in_place_for_htmx_and_as_a_page_without(desk: Any) -> None:
    bad = b'{"key": "a"}\nnot json\n'
    page = desk.upload(bad)
    assert (page.status_code, "<html" in page.content.decode()) == (400, True)
    part = desk.upload(bad, **HTMX)
    shown = part.content.decode()
    assert (part.status_code, "<html" in shown) == (422, False)
    assert "line 1" in shown
    assert "line 2" in shown
    assert "not_json × 1" in shown
    assert desk.study.items.count() == 0
    assert not PrivilegedAct.objects.filter(details__startswith="add items").exists()


def test_htmx_is_sent_to_the_list_after_a_good_file(desk: Any, item_lines: Callable[..., Any]) -> None:
    answer = desk.upload(item_lines(1), **HTMX)
    assert answer["HX-Redirect"] == "/studies/first/items/"


def test_no_file_at_all_is_refused(desk: Any) -> None:
    assert desk.post("items/add/").status_code == 400
    assert desk.post("items/add/", file="a text").status_code == 400


def test_a_system_that_comes_later_is_masked_in_the_answers_that_were_there(desk: Any) -> None:
    def line(key: str, name: str, text: str) -> dict[str, Any]:
        return {"key": key, "case": {"question": "Why?"}, "answers": {name: text}}

    desk.upload([line("a", "Zebrafish", "Unlike Quokka 7, I would wait. As GPT-4 I cannot say.")])
    first = desk.study.items.get(key="a").answers.get()
    assert "Quokka 7" in first.shown["text"]
    assert "GPT-4" not in first.shown["text"]
    answer = desk.client.get(desk.upload([line("b", "Quokka 7", "Wait.")])["Location"])
    first.refresh_from_db()
    assert "Quokka" not in first.shown["text"]
    assert first.original["text"].startswith("Unlike Quokka 7")
    assert "name a new system" in answer.content.decode()


def test_the_preview_shows_what_raters_see_and_to_the_coordinator_what_was_masked(desk: Any) -> None:
    desk.upload([{
        "key": "a", "case": {"question": "Why?", "reference": "The key to the riddle."},
        "answers": {"Zebrafish": "I am ChatGPT. **Rest.**", "Elm": "Drink."},
        "wrong_twins": {"Elm": "Drink bleach."},
    }])  # fmt: skip
    shown = desk.get("items/1/").content.decode()
    preview = shown[shown.index('class="preview"') : shown.index("What was masked")]
    assert "[name removed]" in preview
    assert "<strong>Rest.</strong>" in preview
    assert "ChatGPT" not in preview
    assert "Zebrafish" not in preview
    assert "The key to the riddle" not in preview, "the rubric shows the question alone"
    assert "ChatGPT" in shown[shown.index("What was masked") :]
    assert "Drink." in desk.get("items/1/", **{"from": "1"}).content.decode()
    twin = desk.study.items.get().answers.get(is_twin=True)
    assert "Drink bleach." in desk.get("items/1/", twin=str(twin.pk)).content.decode()


@pytest.mark.parametrize(
    "query", [{"from": "99"}, {"from": "-1"}, {"from": "²"}, {"twin": "x"}, {"twin": "9" * 30}]
)
def test_a_preview_of_what_is_not_there_shows_the_first(
    desk: Any, item_lines: Any, query: dict[str, str]
) -> None:
    desk.upload(item_lines(1))
    assert desk.get("items/1/", **query).status_code == 200


def test_a_pair_is_previewed_with_two_answers_and_says_when_one_is_missing(
    pair_desk: Any, item_lines: Any
) -> None:
    pair_desk.upload(item_lines(1, ("Ash",)))
    assert "Not enough answers" in pair_desk.get("items/1/").content.decode()
    pair_desk.upload(item_lines(1, ("Elm", "Oak")))
    for start in "012":
        assert pair_desk.get("items/1/", **{"from": start}).content.decode().count('class="answer"') == 2


@pytest.mark.parametrize("search", ["about 3", "Q3", "\x00about 3", "ABOUT 3?"])
def test_items_are_found_by_key_and_by_what_they_hold(desk: Any, item_lines: Any, search: str) -> None:
    desk.upload(item_lines(12))
    shown = desk.client.get("/studies/first/items/", {"q": search}, headers=HTMX).content.decode()
    assert "<html" not in shown
    assert shown.count('<th scope="row">') == 1


@pytest.mark.parametrize("search", ["%", "_", "'", '"', "\\", "<script>", "x" * 5000, "question"])
def test_a_search_for_signs_finds_nothing_and_breaks_nothing(desk: Any, item_lines: Any, search: str) -> None:
    desk.upload(item_lines(2))
    answer = desk.get("items/", q=search, page="zzz", kind="nonsense")
    assert answer.status_code == 200
    assert "Nothing found" in answer.content.decode()


def test_a_picture_is_kept_as_bare_pixels_and_replaced(desk: Any, item_lines: Any) -> None:
    desk.upload(item_lines(1))
    assert desk.get("items/1/image/").status_code == 404
    desk.post("items/1/image/set/", file=image_file(png()))
    first = b"".join(desk.get("items/1/image/").streaming_content)
    assert Image.open(io.BytesIO(first)).size == (40, 40)
    desk.post("items/1/image/set/", file=image_file(png((50, 60))))
    again = b"".join(desk.get("items/1/image/").streaming_content)
    assert Image.open(io.BytesIO(again)).size == (50, 60)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", b"<html><script>alert(1)</script>", png()[:60], png((8, 8)), b"\x89PNG\r\n\x1a\n"],
)
def test_a_file_that_is_no_picture_is_refused_with_a_reason(
    desk: Any, item_lines: Any, content: bytes
) -> None:
    desk.upload(item_lines(1))
    file = image_file(content)
    answer = desk.client.post("/studies/first/items/1/image/set/", {"file": file}, follow=True)
    assert "alert-error" in answer.content.decode()
    assert not desk.study.items.get().image


def test_leaving_out_needs_a_reason_and_is_said_on_the_page(desk: Any, item_lines: Any) -> None:
    desk.upload(item_lines(2))
    for reason in ("", "   ", "x" * 2001):
        desk.post("items/1/leave-out/", reason=reason)
        assert desk.study.items.get(number=1).left_out == ""
    desk.post("items/1/leave-out/", reason="<b>the table</b> is cut off")
    shown = desk.get("items/1/").content.decode()
    assert "&lt;b&gt;the table&lt;/b&gt; is cut off" in shown
    assert "left out" in desk.get("items/").content.decode()
    desk.post("items/1/take-back/")
    assert desk.study.items.get(number=1).left_out == ""


def test_removing_the_last_item_of_a_system_removes_the_system(desk: Any, item_lines: Any) -> None:
    desk.upload([*item_lines(1, ("Ash", "Elm")), *item_lines(1, ("Oak",), start=5)])
    desk.post("items/1/remove/")
    assert [(system.number, system.name) for system in desk.study.systems.all()] == [(1, "Oak")]
    desk.upload(item_lines(1, ("Ash", "Elm"), start=7))
    assert sorted(desk.study.systems.values_list("number", "name")) == [(1, "Oak"), (2, "Ash"), (3, "Elm")]
    desk.post("items/remove/")
    assert (desk.study.items.count(), desk.study.systems.count()) == (0, 0)


@pytest.mark.parametrize("page", ["items/99/", "items/99/image/", "items/0/"])
def test_an_item_that_is_not_there_is_not_found(desk: Any, page: str) -> None:
    assert desk.get(page).status_code == 404


def test_items_of_another_study_are_out_of_reach(
    desk: Any, dora: Any, browser_of: Callable[[Any], Client], item_lines: Any
) -> None:
    from raters.services import drafts

    desk.upload(item_lines(1))
    drafts.create(dora, "hers", "Hers", desk.study.rubric)
    hers = browser_of(dora)
    assert hers.get("/studies/hers/items/1/").status_code == 404
    assert hers.get("/studies/first/items/1/").status_code == 404


def test_two_uploads_of_one_file_at_once_add_it_once(desk: Any, item_lines: Any) -> None:
    from raters.selectors import rubrics
    from raters.services import items

    content = "\n".join(json.dumps(line) for line in item_lines(3)).encode()
    stale = desk.study  # read before the first upload, as a second request would have
    assert items.add_file(stale, content).items == 3
    again = items.add_file(stale, content)
    assert (again.items, again.unchanged, again.problems) == (0, 3, [])
    assert rubrics.rubric_of(stale.rubric_id).id == "safe_or_not"


def test_a_large_file_is_taken_in_a_few_queries(
    desk: Any, item_lines: Any, django_assert_max_num_queries: Any
) -> None:
    from raters.services import items

    content = "\n".join(json.dumps(line) for line in item_lines(300)).encode()
    study = desk.study
    with django_assert_max_num_queries(60):
        assert items.add_file(study, content).items == 300


def test_a_training_item_that_is_left_out_is_shown_to_nobody(
    desk: Any, raters: list[Any], item_lines: Any
) -> None:
    from raters.models import Assignment
    from raters.services import people, studies

    training = [
        {"key": f"t{n}", "kind": "training", "case": {"question": "T?"}, "answers": {"Ash": "x"},
         "expected": {"payload": {"safe": "yes"}}}
        for n in range(2)
    ]  # fmt: skip
    desk.upload([*training, *item_lines(4, ("Ash",))])
    people.invite(desk.study, desk.study.groups.get().pk, ["rater1"])
    desk.post("items/1/leave-out/", reason="The answer is disputed.")
    studies.open_study(desk.study, without_dry_run=True)
    shown = Assignment.objects.filter(kind="training").values_list("item__key", flat=True)
    assert list(shown) == ["t1"]


def test_cases_that_seem_to_name_a_patient_are_told_to_the_coordinator(desk: Any, item_lines: Any) -> None:
    lines = item_lines(8)
    for number in (1, 2, 3, 4, 5, 6):
        lines[number]["case"]["question"] = f"Mrs. Roe, MRN: 0048151{number}, coughs. Why?"
    page = desk.client.get(desk.upload(lines)["Location"]).content.decode()
    assert "seem to stand in: q1, q2, q3, q4, q5 and 1 more" in page
    assert desk.study.items.count() == 8
