"""Texts of unknown origin, as a page may show them."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from evaluation.domain.unseen import pieces

register = template.Library()


@register.filter
def unseen(text: object) -> SafeString:
    """A text of unknown origin: escaped, and what a reader would not see given as its code point."""
    parts = (
        format_html_join("", '<span class="unseen" title="{}">{}</span>', [(piece.name, piece.text)])
        if piece.name
        else conditional_escape(piece.text)
        for piece in pieces(str(text))
    )
    return mark_safe("".join(parts))  # noqa: S308 - every part is escaped
