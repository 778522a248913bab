"""Every answer is shown in one inert subset of Markdown, and nothing of it is lost."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from raters.domain.rendering import ALLOWED_TAGS, LIMIT, to_html

PIECES = [
    *(
        "**",
        "*",
        "_",
        "`",
        "```\n",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "1. ",
        "7) ",
        "> ",
        "|",
        "|-|-|\n",
        "    ",
        "[",
        "](",
        ")",
    ),
    *(
        "![",
        "<script>",
        "</p>",
        "<img src=x onerror=y>",
        "<!--",
        "&lt;",
        "&#x3c;",
        "javascript:",
        "http://a.b/c",
    ),
    *(
        '"',
        "'",
        "<",
        ">",
        "&",
        "\\",
        "alpha",
        "beta",
        "gamma",
        "مرحبا",
        "病人",
        "\u202e",
        "\0",
        "\ud800",
        "---\n",
        "  \n",
    ),
    *("<http://a.b>", "<a@b.c>", "[x](data:text/html,y)", ' "title"', "[r]: /u\n", "style=x", "onclick="),
]
markdown = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=40).map("".join)


class Reader(HTMLParser):
    """Reads HTML as a browser's tokeniser would and keeps what it meets."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.open: list[str] = []
        self.said = ""
        self.other: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags close in the order they were opened"

    def handle_data(self, data: str) -> None:
        self.said += data

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@given(markdown)
@example("<script>alert(1)</script>")
@example('[a](javascript:alert(1) "t") <a href="javascript:x" onclick=y>')
@example("![<b>](http://track.er/x.png)")
def test_only_the_allowed_tags_and_attributes_ever_come_out(text: str) -> None:
    read = Reader(to_html(text))
    assert read.tags <= ALLOWED_TAGS
    assert read.open == []
    assert read.other == []
    for tag, name, value in read.attributes:
        allowed = {("dir", "auto"), ("tabindex", "0")} if tag == "table" else {("dir", "auto")}
        assert (name, value) in allowed or (tag == "ol" and name == "start" and str(value).isdigit())


@given(markdown)
def test_the_same_text_is_always_shown_alike(text: str) -> None:
    assert to_html(text) == to_html(text)


@given(
    st.lists(
        st.sampled_from(["**", "*", "> ", "- ", "# ", "1. ", "|", "\n", "\n\n", "<b>", " "])
        | st.integers(10**6, 10**7).map("w{}".format)
    )
)
def test_no_word_of_an_answer_is_lost(pieces: list[str]) -> None:
    words = [piece for piece in pieces if piece.startswith("w")]
    assert re.findall(r"w\d{7,8}", Reader(to_html(" ".join(pieces))).said) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", '<p dir="auto">a<br>\nb</p>\n'),
        ("**a** *b*", '<p dir="auto"><strong>a</strong> <em>b</em></p>\n'),
        ("# a", '<h4 dir="auto">a</h4>\n'),
        ("### a", '<h6 dir="auto">a</h6>\n'),
        ("3. a\n4. b", '<ol start="3">\n<li dir="auto">a</li>\n<li dir="auto">b</li>\n</ol>\n'),
        ("- a\n  - b", '<ul><li dir="auto">a<ul><li dir="auto">b</li>\n</ul>\n</li>\n</ul>\n'),
        ("> a", '<blockquote><p dir="auto">a</p>\n</blockquote>\n'),
        ("`<b>`", '<p dir="auto"><code>&lt;b&gt;</code></p>\n'),
        ("```python\na < b\n```", "<pre><code>a &lt; b\n</code></pre>\n"),
        ("```the dose\nis 5 mg", "<pre><code>the dose\nis 5 mg</code></pre>\n"),
        ("---", "<hr>\n"),
        ("[a](http://b.c/d)", '<p dir="auto">a (http://b.c/d)</p>\n'),
        ("[*a*](http://b.c/é)", '<p dir="auto"><em>a</em> (http://b.c/é)</p>\n'),
        ("<http://b.c>", '<p dir="auto">http://b.c</p>\n'),
        ("![a *b*](http://c.d/e.png)", '<p dir="auto">[a b]</p>\n'),
        ("![](x)", '<p dir="auto">[image]</p>\n'),
        ("<b>a</b>", '<p dir="auto">&lt;b&gt;a&lt;/b&gt;</p>\n'),
        ("[r]: http://a.b", '<p dir="auto">[r]: http://a.b</p>\n'),
        ("مرحبا", '<p dir="auto">مرحبا</p>\n'),
        ("", ""),
    ],
)
def test_each_element_has_one_look(text: str, shown: str) -> None:
    assert to_html(text) == shown


def test_a_table_keeps_its_cells_and_not_its_alignment() -> None:
    read = Reader(to_html("|a|b|\n|:-|-:|\n|1|2|"))
    assert read.tags == {"table", "thead", "tbody", "tr", "th", "td"}
    assert read.said.split() == ["a", "b", "1", "2"]


def test_a_text_over_the_limit_is_shown_as_written() -> None:
    text = "**a** <b>\n" * (LIMIT // 10) + "!"
    read = Reader(to_html(text))
    assert read.tags == {"pre"}
    assert read.said == text + "\n"


@pytest.mark.parametrize("unit", [">", "- ", "[", "![", "*a ", "`` ", "<a "])
def test_a_text_nested_beyond_reason_is_shown_whole(unit: str) -> None:
    text = unit * 5_000 + "end"
    assert Reader(to_html(text)).said.rstrip("\n").endswith("end")
