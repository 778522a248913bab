"""Every answer is shown in one and the same small subset of Markdown, so that looks give nobody away.

Nothing in an answer can act: no links, no images, no raw HTML, and no attributes but `dir="auto"`, by which
each block finds its own writing direction, and `start` of ordered lists.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

LIMIT = 200_000
DEEPEST = 40
ALLOWED_TAGS = frozenset(
    {
        *("p", "br", "strong", "em", "ul", "ol", "li", "h4", "h5", "h6", "table", "thead", "tbody", "tr"),
        *("th", "td", "code", "pre", "blockquote", "hr"),
    }
)

_WITH_DIRECTION = frozenset({"p", "li", "th", "td"})
_HEADINGS = {"h1": "h4", "h2": "h5", "h3": "h6", "h4": "h6", "h5": "h6", "h6": "h6"}
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def to_html(text: str) -> str:
    """The answer as inert HTML; the same text always gives the same.

    A link becomes its text and, in brackets, its address; an image its description in square brackets; raw
    HTML is shown as written; a single line break stays one. The largest heading is h4. Texts of more than
    200,000 characters, and texts nested deeper than 40 levels, are shown as they are written, in <pre>.
    """
    text = _SURROGATES.sub("\ufffd", text)
    if len(text) > LIMIT:
        return _plain(text)
    tokens = _parser().parse(text)
    if any(token.level >= DEEPEST - 1 for token in tokens):
        return _plain(text)
    return "".join(_block(token) for token in tokens)


@cache
def _parser() -> MarkdownIt:
    """Reference definitions are off because they vanish from what is shown; addresses are kept as written."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable("table")
    parser.disable("reference")
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


def _plain(text: str) -> str:
    return f'<pre dir="auto">{html.escape(text)}</pre>\n'


def _block(token: Token) -> str:
    if token.hidden:
        return ""
    if token.type == "inline":
        return _inline(token.children or [])
    if token.type in ("fence", "code_block"):
        return f"<pre><code>{html.escape(_unless_a_language(token.info) + token.content)}</code></pre>\n"
    if token.type == "hr":
        return "<hr>\n"
    return _tag(token)


def _unless_a_language(info: str) -> str:
    """What follows an opening fence is shown where it is more than the name of a programming language."""
    info = info.strip()
    return "" if not info or _LANGUAGE.fullmatch(info) else f"{info}\n"


def _tag(token: Token) -> str:
    """The opening or closing tag of a token, without what the parser hangs on it."""
    name = _HEADINGS.get(token.tag, token.tag)
    if name not in ALLOWED_TAGS:
        raise ValueError(f"a Markdown element <{name}> has no place in an answer: add it to the subset first")
    if token.nesting < 0:
        return f"</{name}>" if token.tag in ("strong", "em") else f"</{name}>\n"
    if name == "ol" and token.attrGet("start") is not None:
        return f'<ol start="{int(token.attrGet("start") or 0)}">\n'
    if name in _WITH_DIRECTION or token.tag in _HEADINGS:
        return f'<{name} dir="auto">'
    if name == "table":  # wider than a phone it scrolls, by keyboard too
        return '<table tabindex="0">'
    return f"<{name}>"


def _inline(tokens: Sequence[Token]) -> str:
    shown: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), len(shown)))
        elif token.type == "link_close":
            address, since = links.pop()
            shown.append(_address(address, "".join(shown[since:])))
        else:
            shown.append(_INLINE.get(token.type, _tag)(token))
    return "".join(shown)


def _address(address: str, said: str) -> str:
    """The address after a link's text, unless the text is the address."""
    written = html.escape(address)
    return "" if not address or said in (written, written.removeprefix("mailto:")) else f" ({written})"


def _image(token: Token) -> str:
    description = "".join(
        child.content or ("\n" if child.type.endswith("break") else "") for child in token.children or []
    )
    return html.escape(f"[{description.strip() or 'image'}]")


_INLINE: dict[str, Callable[[Token], str]] = {
    "text": lambda token: html.escape(token.content),
    "text_special": lambda token: html.escape(token.content),
    "code_inline": lambda token: f"<code>{html.escape(token.content)}</code>",
    "softbreak": lambda token: "<br>\n",
    "hardbreak": lambda token: "<br>\n",
    "image": _image,
}
