"""The ways of the demo's people to what is pictured; each picture is taken by the function under its name."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from taking import PHONE, Visitors, picture, shoot

STUDY = "sample-medpalm-clinician"

# A submitter ----


@picture("submit-file")
def submit_file(visitors: Visitors) -> None:
    page = visitors.page("submitter")
    page.goto("/submit/")
    page.locator("input[name=system]").fill("Ash 7B")
    page.locator("input[name=mode]").fill("zero-shot")
    page.locator("input[name=mode]").blur()
    shoot("submit-file", page, part=page.locator("form.card"))


@picture("submit-verdict")
def submit_verdict(visitors: Visitors) -> None:
    page = visitors.page("submitter")
    good = page.request.get("/benchmarks/sample/example.jsonl").text().splitlines()
    broken = [
        good[0].replace("sample-cardio-001", "sample-cardio-01"),
        *good[1:40],
        good[5],
        '{"id": "x"',
        *good[41:],
    ]
    page.goto("/submit/")
    page.locator("input[name=system]").fill("Ash 7B")
    file = {"name": "answers.jsonl", "mimeType": "application/json", "buffer": "\n".join(broken).encode()}
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Check and submit").click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("sample-cardio-01")
    shoot("submit-verdict", page, part=verdict)


@picture("submit-model")
def submit_model(visitors: Visitors) -> None:
    page = visitors.page("submitter")
    page.goto("/submit/model/")
    page.locator("input[name=system]").fill("Ash 7B")
    page.locator("input[name=model]").fill("ash-lab/ash-7b-instruct")
    page.locator("input[name=model]").blur()
    shoot("submit-model", page, part=page.locator("#model-form"), most=1160)


@picture("preflight")
def preflight(visitors: Visitors) -> None:
    page = visitors.page("submitter")
    baseline(page)
    flight = page.locator("details.preflight")
    flight.evaluate("details => details.open = true")
    shoot("preflight", page, part=flight)


@picture("visibility")
def visibility(visitors: Visitors) -> None:
    page = visitors.page("submitter")
    baseline(page)
    page.goto(f"{page.url.rstrip('/')}/control/")
    shoot("visibility", page, height=820)


def baseline(page: Page) -> None:
    page.goto("/submissions/")
    page.get_by_role("link", name="Baseline: word overlap").first.click()
    page.wait_for_url("**/submissions/*-*/")


# A reader ----


@picture("board")
def board(visitors: Visitors) -> None:
    page = visitors.page(size=(1180, 1060))
    page.goto("/boards/sample-published-joint/")
    page.wait_for_timeout(1000)
    shoot("board", page)


@picture("significance")
def significance(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto("/boards/sample-published/significance/")
    shoot("significance", page)


@picture("case")
def case(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto("/boards/sample/tasks/bedside-choice/cases/sample-bedside-001/")
    shoot("case", page, height=960)


@picture("agreement")
def agreement(visitors: Visitors) -> None:
    page = visitors.page()
    page.goto("/studies/sample-published/agreement/?show=raw&show=alpha&show=gwet&show=kappa")
    shoot("agreement", page, part=page.locator(".table-wrap, table").first)


# A rater ----


@picture("consent")
def consent(visitors: Visitors) -> None:
    page = visitors.page("rater3")
    page.goto(f"/studies/{STUDY}/")
    shoot("consent", page, height=870)


@picture("rating-desk")
def rating_desk(visitors: Visitors) -> None:
    page = visitors.page("rater1")
    rating(page)
    page.keyboard.press("1")
    page.wait_for_timeout(1500)  # the draft is saved, and says so
    shoot("rating-desk", page)


@picture("rating-keys")
def rating_keys(visitors: Visitors) -> None:
    page = visitors.page("rater1", (640, 900))
    rating(page)
    page.keyboard.press("?")
    keys = page.locator("dialog[open]")
    expect(keys).to_be_visible()
    shoot("rating-keys", page, part=keys, most=760)


@picture("rating-phone")
def rating_phone(visitors: Visitors) -> None:
    page = visitors.page("rater1", PHONE)
    rating(page)
    shoot("rating-phone", page)


def rating(page: Page) -> None:
    """To the rater's next screen, consenting before the first."""
    page.goto(f"/studies/{STUDY}/")
    accept = page.get_by_role("button", name="I accept, and start")
    if accept.count():
        accept.click()
    else:
        page.get_by_role("link", name="rating").first.click()
    page.wait_for_url("**/rate/**")
    expect(page.locator(".axis-current")).to_be_attached()


# A coordinator ----


@picture("design")
def design(visitors: Visitors) -> None:
    page = visitors.page("coordinator")
    page.goto(f"{draft(page)}design/")
    expect(page.locator("#meaning")).to_contain_text("hours")
    shoot("design", page, height=1000)


@picture("dry-run")
def dry_run(visitors: Visitors) -> None:
    page = visitors.page("coordinator")
    page.goto(f"{draft(page)}dry-run/")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".chart svg").first).to_be_visible()
    group = page.locator("section", has=page.get_by_role("heading", name="Physicians", exact=True))
    shoot("dry-run", page, part=group.last, most=760)


@picture("adjudication")
def adjudication(visitors: Visitors) -> None:
    page = visitors.page("coordinator")
    page.goto("/studies/sample-published/adjudication/")
    page.get_by_role("link", name="Decide the next one").click()
    page.wait_for_url("**/adjudication/case/**")
    shoot("adjudication", page)


def draft(page: Page) -> str:
    """The address of a copy of the sample study that is not open yet, with raters invited."""
    where = f"/studies/{STUDY}-2/"
    if page.request.get(where).status == 200:
        return where
    page.goto(f"/studies/{STUDY}/")
    page.get_by_role("button", name="Copy as a new draft").click()
    page.wait_for_url(f"**{where}")
    page.goto(f"{where}people/")
    page.get_by_role("textbox", name="Raters").fill("rater1\nrater2\nrater3")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator(".messages")).to_contain_text("Invited")
    return where
