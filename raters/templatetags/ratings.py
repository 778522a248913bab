"""Texts of studies as they are shown: one safe subset of Markdown, the same for every answer."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from raters.domain.rendering import to_html

register = template.Library()


@register.filter
def rich(text: str) -> SafeString:
    """Markdown as HTML; `to_html` lets nothing through but its own few tags."""
    return mark_safe(to_html(text))  # noqa: S308 - written by to_html alone
