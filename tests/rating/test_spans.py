"""Marking passages by mouse, finger, keyboard and sentence by sentence; all end in one list that the server takes."""

from __future__ import annotations

from typing import Any

import pytest

from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.reading import read_rubric
from raters.domain.rubric.shipping import shipped

SOURCE = "Small left effusion, 🫀 11 mm.\r\nNo pneumothorax. Nodule unchanged."
OUTPUT = "New effusion on the right side. You urgently need drainage."


def medval(output: str = OUTPUT, **more: Any) -> dict[str, Any]:
    case = Case(instruction="Sum up.", source=SOURCE)
    return {"rubric": "medval", "case": case, "answers": (ShownAnswer(text=output),), **more}


def span(text: str, quote: str, side: str, **labels: str) -> dict[str, Any]:
    start = text.index(quote)
    return {"side": side, "start": start, "end": start + len(quote), "text": quote, **labels}


RIGHT = span(OUTPUT, "right side", "output", category="detail_misidentification", severity="moderate")
LEFT_OUT = span(SOURCE, "No pneumothorax", "source", category="missing_claim", severity="minor")


# where a quotation is on the screen: its first and its last letter
CORNERS = """
([side, quote]) => {
  const element = document.querySelector(`.markable[data-side=${side}]`);
  const at = element.textContent.indexOf(quote);
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let passed = 0;
  let open = true;
  for (let node = walker.nextNode(); node; passed += node.length, node = walker.nextNode()) {
    if (open && at < passed + node.length) { range.setStart(node, at - passed); open = false; }
    if (at + quote.length <= passed + node.length) { range.setEnd(node, at + quote.length - passed); break; }
  }
  range.startContainer.parentElement.scrollIntoView({ block: "center" });
  const boxes = [...range.getClientRects()];
  const [first, last] = [boxes[0], boxes.at(-1)];
  return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}
"""


def drag(opened: Any, side: str, quote: str) -> None:
    mouse = opened.page.mouse
    from_x, from_y, to_x, to_y = opened.page.evaluate(CORNERS, [side, quote])
    mouse.move(from_x, from_y)
    mouse.down()
    mouse.move(to_x, to_y, steps=6)
    mouse.up()


def choose(opened: Any, category: str, severity: str) -> None:
    opened.page.locator(f".palette:popover-open [data-category={category}]").click()
    opened.page.locator(f".palette:popover-open [data-severity={severity}]").click()


def texts_are_untouched(opened: Any) -> bool:
    shown = opened.page.evaluate(
        "['source', 'output'].map((side) => document.querySelector(`.markable[data-side=${side}]`).textContent)"
    )
    return shown == [opened.shown.case.source, opened.shown.answers[0].text]


def test_the_text_on_the_page_is_the_stored_one_line_ends_and_all(show: Any) -> None:
    assert texts_are_untouched(show(**medval()))


def test_the_mouse_marks_in_both_texts_and_the_server_takes_it(show: Any) -> None:
    opened = show(**medval())
    drag(opened, "output", "ight sid")  # cut words are taken whole
    choose(opened, "detail_misidentification", "moderate")
    drag(opened, "source", "No pneumothorax.")  # the full stop falls off
    choose(opened, "missing_claim", "minor")
    assert opened.payload() == {"mv_errors": [RIGHT, LEFT_OUT]}
    checked = opened.shown.check(opened.payload() | {"mv_risk": "3"})
    assert not checked.problems
    assert checked.payload["mv_errors"] == [RIGHT, LEFT_OUT]  # canonical already
    assert texts_are_untouched(opened)


def test_the_keyboard_alone_makes_the_same_marks(show: Any) -> None:
    opened = show(**medval())
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("Home", *["ArrowRight"] * 4, "Shift+ArrowRight")  # New effusion on the [right side]
    opened.press("Enter", "3", "r", "r", "Enter")
    opened.page.locator(".markable[data-side=source]").focus()
    opened.press("Home", "Control+ArrowRight", "Control+Shift+ArrowRight", "6", "r")  # without the palette
    assert opened.payload() == {"mv_errors": [RIGHT, LEFT_OUT]}


def test_digits_and_signs_choose_all_eleven_kinds(show: Any) -> None:
    text = "one two three four five six seven eight nine ten eleven"
    opened = show(**medval(output=text))
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("Home")
    for key in "123456789-=":
        opened.press(key, "ArrowRight")
    kinds = [option.value for option in read_rubric(shipped()["medval"]).axis("mv_errors").options]
    found = opened.payload()["mv_errors"]
    assert [each["category"] for each in found] == kinds
    assert " ".join(each["text"] for each in found) == text


def test_passages_are_walked_through_deleted_and_brought_back(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT, LEFT_OUT]}))
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("ArrowDown")
    assert "Passage 1 of 2" in opened.said()
    opened.press("ArrowDown")
    assert "Passage 2 of 2" in opened.said()
    opened.press("Backspace")
    assert opened.payload() == {"mv_errors": [RIGHT]}
    opened.press("z")
    assert opened.payload() == {"mv_errors": [RIGHT, LEFT_OUT]}


def test_severity_runs_in_a_circle_and_can_be_cleared(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT]}))
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("ArrowDown")
    seen = []
    for _ in range(3):
        opened.press("r")
        seen.append(opened.payload()["mv_errors"][0]["severity"])
    assert seen == ["severe", "minor", "moderate"]
    opened.press("0")
    assert "severity" not in opened.payload()["mv_errors"][0]
    assert "severity missing" in opened.said()


def test_passages_may_overlap_and_each_keeps_its_place(show: Any) -> None:
    opened = show(**medval())
    for quote, category in (("effusion on the right", "false_comparison"), ("the right side", "other")):
        drag(opened, "output", quote)
        choose(opened, category, "severe")
    assert [each["text"] for each in opened.payload()["mv_errors"]] == [
        "effusion on the right",
        "the right side",
    ]
    assert opened.page.locator("mark.span-overlap").all_text_contents() == ["the right"]
    assert texts_are_untouched(opened)


def test_marking_a_passage_twice_alike_takes_up_the_first_mark(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT]}))
    drag(opened, "output", "right side")
    opened.press("3")
    assert opened.payload() == {"mv_errors": [RIGHT]}
    assert "marked already" in opened.said()


def test_escape_leaves_a_selection_unmarked(show: Any) -> None:
    opened = show(**medval())
    drag(opened, "output", "right side")
    assert opened.page.locator(".palette:popover-open").count() == 1
    opened.press("Escape")
    assert opened.page.locator(".palette:popover-open").count() == 0
    assert opened.payload() == {}


def test_nothing_to_mark_is_an_answer_of_its_own(show: Any) -> None:
    opened = show(**medval())
    opened.page.get_by_role("button", name="Nothing to mark").click()
    assert opened.payload() == {"mv_errors": []}
    assert not opened.shown.check(opened.payload() | {"mv_risk": "1"}).problems


def test_deleting_the_last_mark_leaves_the_question_open(show: Any) -> None:
    # no marks and "nothing to mark" are told apart: only one of the two was said
    opened = show(**medval(payload={"mv_errors": [RIGHT]}))
    opened.page.get_by_role("button", name="Delete (1)").click()
    assert opened.payload() == {}


def test_text_can_be_selected_for_copying_without_marking_it(show: Any) -> None:
    opened = show(**medval())
    opened.page.locator("[data-mode=copy]").last.click()
    drag(opened, "output", "right side")
    assert opened.page.evaluate("getSelection().toString()") == "right side"
    assert opened.page.locator(".palette:popover-open").count() == 0


def test_a_finger_selects_and_a_bar_offers_to_mark(show: Any) -> None:
    opened = show(**medval(), width=360, touch=True)
    opened.page.evaluate(
        """() => {
          const node = document.querySelector(".markable[data-side=output]").firstChild;
          getSelection().setBaseAndExtent(node, 20, node, 30);
        }"""
    )
    opened.page.locator(".mark-bar button").tap()
    opened.page.locator(".palette:popover-open [data-category=detail_misidentification]").tap()
    opened.page.locator(".palette:popover-open [data-severity=moderate]").tap()
    assert opened.payload() == {"mv_errors": [RIGHT]}
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_sentence_list_shows_and_makes_the_same_marks(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT]}))
    opened.page.locator("[data-mode=sentences]").first.click()
    source, output = opened.page.locator(".sentences").all()
    assert output.locator("input[value=error]:checked").count() == 1  # the marked passage lies in the first
    row = source.locator(".sentence").nth(1)
    row.get_by_label("Error").check()
    row.get_by_label("Kind").select_option("missing_claim")
    row.get_by_label("Severity").select_option("minor")
    assert opened.payload() == {"mv_errors": [RIGHT, LEFT_OUT]}
    row.get_by_label("OK").check()
    assert opened.payload() == {"mv_errors": [RIGHT]}


def test_keys_work_on_the_sentence_in_focus(show: Any) -> None:
    opened = show(**medval())
    opened.page.locator(".markable[data-side=source]").focus()
    opened.press("v", "j", "6", "r")
    assert opened.payload() == {"mv_errors": [LEFT_OUT]}


def test_sentences_all_found_right_say_that_there_is_nothing_to_mark(show: Any) -> None:
    opened = show(**medval())
    opened.page.locator("[data-mode=sentences]").first.click()
    for _text in ("source", "output"):
        assert opened.payload() == {}
        opened.page.get_by_role("button", name="All other sentences are OK").first.click()
    assert opened.payload() == {"mv_errors": []}


def test_in_a_text_from_right_to_left_the_left_arrow_goes_on(show: Any) -> None:
    text = "لا يوجد انصباب جنبي أيمن"
    opened = show(**medval(output=text), direction="rtl")
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("Home", "ArrowLeft", "Shift+ArrowLeft", "1")
    found = opened.payload()["mv_errors"][0]
    words = text.split()
    assert found["text"] == " ".join(words[1:3])
    assert text[found["start"] : found["end"]] == found["text"]


def test_a_locked_rating_is_shown_and_stays_as_it_is(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT]}, locked=True))
    drag(opened, "output", "urgently")
    opened.page.locator(".markable[data-side=output]").focus()
    opened.press("ArrowDown", "r", "Backspace", "1", "n")
    assert opened.payload() == {"mv_errors": [RIGHT]}
    assert opened.page.get_by_role("combobox", name="Kind (1)").is_disabled()


@pytest.mark.parametrize("key", ["1", "r", "Backspace", "v"])
def test_keys_are_dead_while_a_note_is_written(show: Any, key: str) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT | {"note": "so"}]}))
    note = opened.page.get_by_label("Note (1)")
    note.focus()
    note.press("End")
    note.press(key)
    (found,) = opened.payload()["mv_errors"]
    wanted = "s" if key == "Backspace" else f"so{key}"
    assert found == RIGHT | {"note": wanted}


def test_a_note_written_in_one_go_is_undone_in_one_go(show: Any) -> None:
    opened = show(**medval(payload={"mv_errors": [RIGHT]}))
    opened.page.get_by_label("Note (1)").press_sequentially("left in the source")
    assert opened.payload()["mv_errors"][0]["note"] == "left in the source"
    opened.page.evaluate("window.screenUnderTest.store.undo()")
    assert opened.payload() == {"mv_errors": [RIGHT]}
