"""Kill the worker in the middle of a long file of items: the file is taken in all the same, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.journeys.site_rows import Rows, rows_of

ITEMS = 1500
PREPARE = f"""
import json, secrets
from accounts import services as accounts
from raters.models import RubricVersion
from raters.services import drafts, items_uploads

somebody = accounts.ensure_person("long-file", secrets.token_hex(), ["coordinator"])
rubric = RubricVersion.objects.filter(slug="medpalm-lay").first()
study = drafts.create(somebody, "long-file", "Long file", rubric)
text = "Rest and drink; if the fever lasts for longer than three days, see a doctor. " * 4
lines = [{{"key": f"q{{n}}", "case": {{"question": f"What about {{n}}?"}},
           "answers": {{name: f"{{n}} {{name[0]}} {{text}}" for name in ("Ash", "Elm")}}}} for n in range({ITEMS})]
items_uploads.keep(study, somebody, "long.jsonl", "\\n".join(map(json.dumps, lines)).encode())
"""


@pytest.fixture
def rows(site: Any) -> Iterator[Rows]:
    with rows_of(site) as rows:
        yield rows


def test_a_file_whose_worker_is_killed_is_taken_in_once(
    site: Any, rows: Rows, eventually: Callable[..., None]
) -> None:
    def upload() -> dict[str, Any]:
        return rows.all("SELECT state, read, answers, findings FROM raters_itemsupload")[0]

    site.manage("shell", "-v0", "-c", PREPARE)
    eventually(lambda: 0 < upload()["read"] < upload()["answers"], 60, lambda: str(upload()))
    before = site.pid("worker")
    site.kill("worker")
    assert upload()["state"] == "waiting"
    eventually(lambda: upload()["state"] == "taken", 180, lambda: str(upload()))
    assert site.pid("worker") != before
    assert upload()["findings"]["items_added"] == ITEMS
    numbers = (
        "SELECT count(*) AS items, (SELECT count(*) FROM raters_studyanswer answer JOIN raters_studyitem item"
        " ON item.id = answer.item_id WHERE item.study_id = study.id) AS answers FROM raters_study study"
        " JOIN raters_studyitem item ON item.study_id = study.id WHERE study.slug = 'long-file' GROUP BY study.id"
    )
    assert rows.all(numbers) == [{"items": ITEMS, "answers": 2 * ITEMS}]
