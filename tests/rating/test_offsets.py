"""Places in a text: what a browser counts in UTF-16 units is what Python counts in code points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

NASTY = [
    "a", "of ", "11 mm", " ", "\n", "\r\n", "\r", "\t", "\u00a0", "\u2028", "\u200b", "\ufeff",
    "👩🏽‍⚕️", "🇩🇪", "🫀", "𝒳", "𠮷", "e\u0301", "a\u0308\u0323", "ﬁ", "ß", "İ",
    "שלום", "مرحبا", "\u202eabc\u202c", "\u2067x\u2069", "ราคา", "नमस्ते", "한국", "血圧は高い。",
    "<b>", "&amp;", "&#13;", "</script>", "<!--", "]]>", "“…”", "0.5 mg", ".5", "±", "H₂O",
]  # fmt: skip
texts = st.lists(st.sampled_from(NASTY), min_size=1, max_size=12).map("".join)

# cut `text` at `spans`, draw it as marks, and read every place back from the drawing
ROUND_TRIP = """
async ([text, spans]) => {
  const { Places, piecesOf, placeOf, rangeOf } = await import("/static/rating/offsets.js");
  const places = new Places(text);
  const element = document.createElement("div");
  element.append(...piecesOf(places.length, spans).map(({ start, end, over }) => {
    const node = document.createElement(over.length ? "mark" : "span");
    node.append(places.slice(start, end));
    return over.length ? node : node.firstChild;
  }));
  document.body.append(element);
  const back = spans.map(({ start, end }) => {
    const range = rangeOf(element, places, start, end);
    return { sliced: places.slice(start, end), drawn: range.toString(), ...placeOf(element, places, range) };
  });
  element.remove();
  return { length: places.length, same: element.textContent === text, back };
}
"""

# what is meant by a sloppy selection, and what is meant by what was meant
MEANT = """
async ([text, start, end]) => {
  const { Places, meant, wordsOf } = await import("/static/rating/offsets.js");
  const places = new Places(text);
  const [words, graphemes] = [wordsOf(places, "en"), places.parts("grapheme", "en")];
  const once = meant(places, { start, end }, words, graphemes);
  return { once, twice: once && meant(places, once, words, graphemes), graphemes };
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser, site: tuple[str, Path]) -> Iterator[Page]:
    address, folder = site
    (folder / "empty.html").write_text("<!doctype html><html lang='en'><title>-</title>", encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{address}/empty.html")
    yield page
    page.close()


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[dict[str, int]]]:
    text = draw(texts)
    ends = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    places = draw(st.lists(ends.filter(lambda pair: pair[0] < pair[1]), min_size=1, max_size=5))
    return text, [{"start": start, "end": end} for start, end in places]


@settings(max_examples=200, deadline=None)
@given(texts_with_spans())
def test_a_place_survives_drawing_and_pointing_and_quotes_what_python_would_quote(
    page: Page, drawn: Any
) -> None:
    text, spans = drawn
    found = page.evaluate(ROUND_TRIP, [text, spans])
    assert found["length"] == len(text)
    assert found["same"], "the marks have changed the text"
    for span, back in zip(spans, found["back"], strict=True):
        quote = text[span["start"] : span["end"]]
        assert back == {"sliced": quote, "drawn": quote, **span}


@settings(max_examples=200, deadline=None)
@given(texts_with_spans())
def test_what_was_meant_holds_whole_letters_no_blanks_at_its_ends_and_is_meant_again(
    page: Page, drawn: Any
) -> None:
    text, (span, *_) = drawn
    found = page.evaluate(MEANT, [text, span["start"], span["end"]])
    if found["once"] is None:
        return
    start, end = found["once"]["start"], found["once"]["end"]
    assert 0 <= start < end <= len(text)
    edges = {grapheme[edge] for grapheme in found["graphemes"] for edge in ("start", "end")}
    assert {start, end} <= edges
    assert found["twice"] == found["once"]


@pytest.mark.parametrize(
    ("text", "selected", "wanted"),
    [
        ("over the right convexity, 11 mm", "ight convexity,", "right convexity"),
        ("take .5 mg twice", " .5 mg ", ".5 mg"),
        ("No fracture. Basal cisterns open.", " Basal cisterns open.", "Basal cisterns open"),
        ("size <3 cm", "<3 cm", "<3 cm"),
        ("pain e\u0301tat", "e", "e\u0301tat"),
        ("it is high 👩🏽‍⚕️ now", "👩", "👩🏽‍⚕️"),
        ("...", "..", ".."),
    ],
)
def test_sloppy_selections_become_words(page: Page, text: str, selected: str, wanted: str) -> None:
    start = text.index(selected)
    once = page.evaluate(MEANT, [text, start, start + len(selected)])["once"]
    assert text[once["start"] : once["end"]] == wanted


def test_only_blanks_mean_nothing(page: Page) -> None:
    assert page.evaluate(MEANT, ["a \r\n b", 1, 5])["once"] is None
