"""Which bodies reach a study's pages: files of items and pictures are larger than a form, all else is not."""

from __future__ import annotations

import pytest

from consilium.intake import ENVELOPE_BYTES, FORM_BYTES, largest_body
from raters.domain.study_images import MOST_BYTES as LARGEST_IMAGE
from raters.domain.study_items import MOST_BYTES as LARGEST_ITEMS


@pytest.mark.parametrize("path", ["/studies/first/items/add/", "/studies/a-b-2/items/12/image/set/"])
def test_files_of_a_study_may_be_as_large_as_their_pages_take(path: str) -> None:
    assert largest_body(path) == LARGEST_ITEMS + ENVELOPE_BYTES
    assert largest_body(path) > LARGEST_IMAGE


@pytest.mark.parametrize(
    "path",
    [
        "/studies/first/items/",
        "/studies/first/people/invite/",
        "/studies/first/items/add/more/",
        "/studies/first/items/x/image/set/",
        "/studies/a/b/items/add/",
        "/studies//items/add/",
        "/rubrics/upload/publish/",
    ],
)
def test_every_other_page_of_a_study_takes_a_form_and_no_more(path: str) -> None:
    assert largest_body(path) == FORM_BYTES
