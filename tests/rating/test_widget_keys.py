"""The keys a widget acts on are those the sheet of keys names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NAMED = json.loads((ROOT / "platform" / "static" / "rating" / "keys.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("module", "context"), [("spans", "spans"), ("checklist", "checklist"), ("image", "image")]
)
def test_every_key_of_a_widget_is_on_the_sheet_and_does_something(
    browser: Browser, site: Any, module: str, context: str
) -> None:
    address, folder = site
    (folder / "keys.html").write_text("<!doctype html><html lang='en'><title>-</title>", encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{address}/keys.html")
    acted = page.evaluate(
        "(name) => import(`/static/rating/${name}.js`).then(({ keys }) =>"
        " keys.map(({ run, ...key }) => ({ ...key, runs: typeof run === 'function' })))",
        module,
    )
    page.close()
    assert all(key.pop("runs") for key in acted)
    by_id = {key["id"]: key for key in acted}
    assert by_id == {key["id"]: key for key in NAMED if key["context"] == context}
