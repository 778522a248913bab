"""Pages of raters and coordinators have no fault of WCAG 2.2 AA, at a desk and on a phone, in light and in dark."""

from __future__ import annotations

import pytest

from tests.journeys.eye import CLINICIAN, Sight
from tests.journeys.site_rows import Rows

RATER_PAGES = [
    "/studies/", "/studies/{study}/", "/studies/{study}/mine/", "/account/", "/account/credential/",
]  # fmt: skip


COORDINATOR_PAGES = [
    "/studies/", "/studies/new/", "/studies/{study}/", "/studies/{study}/edit/", "/studies/{study}/items/",
    "/studies/{study}/edit/newest-rubric/", "/studies/{study}/items/1/", "/studies/{study}/people/", "/studies/{study}/design/",
    "/studies/{study}/dry-run/", "/studies/{study}/agreement/", "/studies/{study}/adjudication/",
    "/studies/{study}/export/", "/studies/{study}/quality/", "/studies/{study}/honorarium/",
    "/methods/agreement/", "/rubrics/", "/rubrics/medpalm-clinician/", "/rubrics/medval/", "/raters/",
]  # fmt: skip


@pytest.mark.parametrize("address", RATER_PAGES)
def test_a_page_of_the_rater_has_no_fault(sight: Sight, rows: Rows, address: str) -> None:
    eye = sight()
    eye.open(address.format(study=CLINICIAN))
    eye.sees_no_fault(address)


@pytest.mark.parametrize("address", COORDINATOR_PAGES)
def test_a_page_of_the_coordinator_has_no_fault(sight: Sight, rows: Rows, address: str) -> None:
    eye = sight("coordinator")
    eye.open(address.format(study=CLINICIAN))
    eye.sees_no_fault(address)
