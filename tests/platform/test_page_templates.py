"""What a page was made of is gone once it is written, without a search for garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from django.template import TemplateDoesNotExist, engines
from django.template.loader import render_to_string
from django.test import RequestFactory


class Large:
    title = "A board"


@pytest.fixture(autouse=True)
def _no_search_for_garbage() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    "template",
    [
        "{{ large.title }}",
        "{% with it=large %}{{ it.title }}{% endwith %}",
        "{% for it in all %}{{ it.title }}{% endfor %}",
        "{% load partialdef from partials %}{% partialdef one inline %}{{ large.title }}{% endpartialdef %}",
    ],
)
def test_what_a_page_was_made_of_is_gone(template: str, rf: RequestFactory) -> None:
    large = Large()
    known = weakref.ref(large)
    written = engines["django"].from_string(template).render({"large": large, "all": [large]}, rf.get("/"))
    assert "A board" in written
    del large
    assert known() is None


def test_a_template_that_is_not_there_is_told_by_its_name() -> None:
    with pytest.raises(TemplateDoesNotExist, match=r"nowhere\.html"):
        render_to_string("nowhere.html", {})
    inner = engines["django"].from_string('{% include "nowhere.html" %}')
    with pytest.raises(TemplateDoesNotExist, match=r"nowhere\.html"):
        inner.render({})
