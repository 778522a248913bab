"""What a coordinator mends in a study that exists: a long file, an item left out too soon, a group that joins."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

LONG = 600
DRAFT = """
from accounts.models import User
from raters.models import RubricVersion
from raters.services import drafts
coordinator = User.objects.get(username="coordinator")
rubric = RubricVersion.objects.filter(slug="medpalm-lay").order_by("number").first()
study = drafts.create(coordinator, "{0}", "Study {0}", rubric, consent_text="You may leave.")
"""
OPENED = (
    DRAFT
    + """
import json
from raters.services import items, people, studies
lines = [{{"key": f"q{{n}}", "case": {{"question": f"What about {{n}}?"}}, "answers": {{"Ash": "Rest."}}}} for n in range(12)]
assert not items.add_file(study, "\\n".join(map(json.dumps, lines)).encode()).problems
people.invite(study, study.groups.get().pk, ["rater1", "rater2"])
studies.open_study(study, without_dry_run=True)
"""
)


def made(site: Any, code: str) -> str:
    """The address of a new study."""
    slug = f"study-{secrets.token_hex(3)}"
    site.manage("shell", "-v0", "-c", code.format(slug))
    return slug


def test_a_long_file_is_taken_in_while_its_coordinator_watches(
    coordinator: Page, site: Any, tmp_path: Path
) -> None:
    page, slug = coordinator, made(site, DRAFT)
    text = "Rest and drink; if the fever lasts for longer than three days, see a doctor. " * 3
    lines = [
        {"key": f"q{n}", "case": {"question": f"What about {n}?"}, "answers": {"Ash": f"{n}: {text}"}}
        for n in range(LONG)
    ]
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(map(json.dumps, [*lines, {"key": "q1"}])), encoding="utf-8")
    page.goto(f"/studies/{slug}/items/")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Check and add").click()
    problems = page.get_by_role("region", name="What came of long.jsonl")
    expect(problems).to_contain_text("line 601", timeout=60_000)
    expect(problems).to_contain_text("Nothing of the file was taken")

    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Check and add").click()
    expect(page.get_by_role("heading", name="long.jsonl is being taken in")).to_be_visible()
    expect(page.get_by_role("region", name="What came of long.jsonl")).to_contain_text(
        "600 items added", timeout=60_000
    )
    expect(page.locator("main")).to_contain_text("600 to rate")
    page.get_by_role("button", name="Put this away").click()
    expect(page.get_by_role("region", name="What came of long.jsonl")).to_have_count(0)


def test_an_item_is_taken_back_and_a_group_joins_while_the_study_is_open(
    coordinator: Page, site: Any
) -> None:
    page, slug = coordinator, made(site, OPENED)
    page.goto(f"/studies/{slug}/items/3/")
    page.get_by_text("Leave it out of the study").click()
    page.get_by_role("textbox", name="Why").fill("The table is cut off.")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator(".messages")).to_contain_text("Left out.")
    page.get_by_role("button", name="Count it again").click()
    expect(page.locator(".messages")).to_contain_text(re.compile("The item counts again: [12] screen"))

    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_text("Add a group").click()
    page.get_by_label("Name").fill("Lay readers")
    page.get_by_role("button", name="Add the group").click()
    expect(page.locator(".messages")).to_contain_text("invite its raters")
    page.get_by_label("Group", exact=True).select_option("Lay readers")
    page.get_by_role("textbox", name="Raters").fill("rater3")
    page.get_by_role("button", name="Invite").click()
    # twelve items and one of them again; the plan of the other group is not drawn again
    expect(page.locator(".messages")).to_contain_text("13 screens are planned for the open study")
