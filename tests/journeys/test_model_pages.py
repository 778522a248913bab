"""A submitter has a model run: every state of the pages, by keyboard alone, held against WCAG 2.2 AA by axe."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.eye import Eye, axe_script
from tests.journeys.model_runs import first_of
from tests.journeys.signing_in import sign_in
from tests.journeys.site_rows import rows_of
from tests.running_site import Site, wait_until
from tests.workers.endpoint.faulty_server import FaultyServer, answers, sends, waits_for

pytest.importorskip("torch", reason="no engine: `make engines` installs torch and transformers")

ITEMS = 160  # several stretches of each task, so that an estimate narrows
MOST_TABS = 120
PATIENCE = 240_000  # milliseconds: a worker may have to import torch on a busy machine
REFUSED = sends({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, status=401)
# everything the page of a run shows of its progress, noted whenever it changes, until the run has ended
WATCHED = """() => new Promise((done) => {
  const seen = [];
  const look = () => {
    const text = (selector) => document.querySelector(selector)?.innerText.trim() ?? "";
    const now = {
      state: text("#live > section .badge"), stage: text(".stages [aria-current]"),
      answered: Number(document.querySelector("#live progress")?.value ?? 0), row: text("#so-far tbody tr"),
    };
    if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
    if (["scored", "failed", "refused", "cancelled"].includes(now.state)) finish();
  };
  const watch = new MutationObserver(look);
  const finish = () => { watch.disconnect(); clearTimeout(late); done(seen); };
  const late = setTimeout(finish, 240000);
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
})"""


class Keys:
    """A person without a mouse: everything is reached with Tab and the arrow keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, step: str = "Tab") -> None:
        for _ in range(MOST_TABS):
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
            self.page.keyboard.press(step)
        raise AssertionError(f"{selector} is not reached with {step}")

    def write(self, selector: str, text: str) -> None:
        self.reach(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        """One of several radio buttons."""
        self.reach(f"input[name={name}]")
        self.reach(f"input[name={name}][value='{value}']", "ArrowDown")
        expect(self.page.locator(f"input[name={name}][value='{value}']")).to_be_checked()

    def press(self, selector: str) -> None:
        self.reach(selector)
        self.page.keyboard.press("Enter")


@pytest.fixture(scope="module")
def tiny_folder(site: Site) -> str:
    from workers.backends import tiny_model

    return str(tiny_model.make(site.state / "models" / "journey"))


@pytest.fixture
def endpoint() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.stop()


@pytest.fixture
def eye(browser: Browser, site: Site) -> Iterator[Eye]:
    """The submitter's page, with axe in it; anything wrong in its console fails the test."""
    axe = axe_script()
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, base_url=site.address
    )
    context.add_init_script(axe)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, "submitter")
    yield Eye(page)
    context.close()
    assert not faults


def ask(eye: Eye, name: str, backend: str, model: str, tokens: int = 12, **fields: str) -> Keys:
    """Fill the form from top to bottom and send it."""
    keys = Keys(eye.page)
    eye.page.goto("/submit/model/?benchmark=sample")
    keys.write("#id_system", name)
    keys.choose("backend", backend)
    keys.write("#id_model", model)
    for field, text in fields.items():
        keys.write(f"#id_{field}", text)
    keys.press("details:has(#id_max_new_tokens) > summary")
    keys.write("#id_max_new_tokens", str(tokens))
    keys.press("#start")
    return keys


def state(eye: Eye, wanted: str) -> None:
    expect(eye.page.locator("#live > section .badge").first).to_have_text(wanted, timeout=PATIENCE)


def widths(seen: list[dict[str, Any]]) -> list[float]:
    """Of the first task's intervals, in the order they were shown."""
    found = [re.search(r"([\d.]+) – ([\d.]+)", one["row"]) for one in seen]
    return [float(each[2]) - float(each[1]) for each in found if each]


def test_a_model_is_chosen_looked_at_run_and_scored(
    eye: Eye, site: Site, tiny_folder: str, published_data: Path, tmp_path: Path
) -> None:
    questions = first_of(published_data / "medqa", tmp_path / "medqa", {"questions.jsonl": ITEMS})
    site.manage("load_benchmark", "medqa", "--data", str(questions))
    page, keys = eye.page, Keys(eye.page)
    page.goto("/submit/model/?benchmark=medqa")
    eye.sees_no_fault("the form of a model")
    keys.write("#id_system", "Noise, watched")
    keys.choose("backend", "transformers")
    assert (
        page.locator("#known-models option")
        .evaluate_all("(all) => all.map((each) => each.value)")
        .count(tiny_folder)
    )
    keys.write("#id_model", tiny_folder)
    keys.choose("mode", "cot")
    keys.press("details:has(#id_max_new_tokens) > summary")
    keys.write("#id_max_new_tokens", "32")
    keys.press("#start")
    page.wait_for_url("**/submissions/*-*/")

    seen = page.evaluate(WATCHED)

    assert seen[-1]["state"] == "scored", seen[-1]
    answered = [one["answered"] for one in seen if one["state"] == "running"]
    assert answered == sorted(answered)
    assert len(set(answered)) > 2  # it was seen to move
    narrowing = widths(seen)
    assert narrowing  # chunks are asked together, so a fast model may show one estimate before its score
    assert narrowing == sorted(narrowing, reverse=True)
    expect(page.get_by_role("heading", name="Scores")).to_be_visible()
    if not page.locator(".canary").first.is_visible():
        keys.press("#preflight > summary")
    expect(page.locator(".canary")).to_have_count(3)
    eye.sees_no_fault("a scored run")
    keys.reach("dd a[href$='/receipt/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Engine")).to_be_visible()
    eye.sees_no_fault("a receipt")
    page.go_back()
    keys.press("dd a[href$='/answers/']")
    expect(page.locator("article.answer")).to_have_count(20)
    eye.sees_no_fault("the answers")
    page.goto("/queue/")
    expect(page.locator(".worker-list > li").first).to_be_visible()
    eye.sees_no_fault("the queue")


def test_a_folder_that_may_not_be_read_is_refused_beside_its_field(eye: Eye) -> None:
    keys = ask(eye, "Kept as typed", "transformers", "/etc")

    expect(eye.page.locator("#faults")).to_be_focused()
    expect(eye.page.locator("#id_model_error")).to_contain_text("MODEL_FOLDERS")
    assert eye.page.locator("#id_system").input_value() == "Kept as typed"
    assert eye.page.locator("#id_max_new_tokens").is_visible()  # what was opened to be filled stays open
    eye.sees_no_fault("the form with a fault")
    keys.press("#faults a")
    expect(eye.page.locator("#id_model")).to_be_focused()


def test_a_key_typed_is_still_there_when_another_field_is_wrong(eye: Eye) -> None:
    ask(eye, "Key kept", "openai_api", "tiny", base_url="https://models.example/v1", key="sk-typed", tokens=0)

    expect(eye.page.locator("#faults")).to_be_focused()
    assert eye.page.locator("#id_key").input_value() == "sk-typed"
    assert "sk-typed" not in eye.page.content()  # in the field alone, never sent back by the site


def test_weights_that_could_run_code_are_refused_with_what_to_do(eye: Eye, site: Site) -> None:
    folder = site.state / "models" / "pickled"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        '{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}', encoding="utf-8"
    )
    (folder / "pytorch_model.bin").write_bytes(b"not weights")

    keys = ask(eye, "Pickled", "transformers", str(folder))

    state(eye, "refused")
    expect(eye.page.get_by_role("alert")).to_contain_text("safe_serialization")
    eye.sees_no_fault("a refused pre-flight")
    keys.press("#again")
    expect(eye.page.locator("#id_model")).to_have_value(str(folder))
    expect(eye.page.locator("#id_system")).to_have_value("Pickled")


def test_a_pre_flight_that_is_waited_for_can_be_cancelled(eye: Eye, endpoint: FaultyServer) -> None:
    endpoint.otherwise = waits_for()

    keys = ask(eye, "Never answers", "openai_api", "tiny", base_url=endpoint.url, key="sk-any")

    expect(eye.page.locator(".stages [aria-current]")).to_contain_text("Asking three items", timeout=PATIENCE)
    eye.sees_no_fault("a pre-flight under way")
    keys.press("#cancel")
    state(eye, "refused")
    expect(eye.page.locator("#live")).to_contain_text("You cancelled the pre-flight. No quota was spent.")
    eye.sees_no_fault("a cancelled pre-flight")


def test_an_endpoint_that_refuses_the_key_from_the_start_spends_nothing(
    eye: Eye, endpoint: FaultyServer
) -> None:
    endpoint.otherwise = REFUSED

    ask(eye, "Wrong key", "openai_api", "tiny", base_url=endpoint.url, key="sk-wrong")

    state(eye, "refused")
    expect(eye.page.get_by_role("alert")).to_contain_text("does not accept the key")
    expect(eye.page.get_by_role("alert")).to_contain_text("No quota was spent.")
    assert "sk-wrong" not in eye.page.content()


def test_a_run_whose_key_expires_goes_on_with_another_and_asks_only_the_rest(
    eye: Eye, site: Site, endpoint: FaultyServer
) -> None:
    endpoint.script.extend([answers("A")] * 40)
    endpoint.otherwise = REFUSED
    ask(eye, "Key expires", "openai_api", "tiny", base_url=endpoint.url, key="sk-old")
    state(eye, "failed")
    expect(eye.page.get_by_role("alert")).to_contain_text("does not accept the key")
    eye.sees_no_fault("a failed run")
    endpoint.script.clear()
    endpoint.otherwise = answers("B")

    keys = Keys(eye.page)
    keys.press("#again")
    expect(eye.page.locator("#id_base_url")).to_have_value(endpoint.url)
    keys.write("#id_key", "sk-new")
    keys.press("#start")
    expect(eye.page.locator("#messages")).to_contain_text("It has the key you gave now")
    keys.press("#retry")
    state(eye, "scored")

    expect(eye.page.locator("dd a[href$='/answers/']")).to_have_text("123 items")
    with rows_of(site) as rows:
        said = rows.all(
            "SELECT answer.output, count(*) AS items FROM evaluation_answer answer"
            " JOIN evaluation_run run ON run.id = answer.run_id WHERE run.submission_id = %s GROUP BY 1",
            eye.page.url.rstrip("/").rpartition("/")[2],
        )
    items = {each["output"]: each["items"] for each in said}
    with_new_key = [heard for heard in endpoint.posts if heard.headers["authorization"] == "Bearer sk-new"]
    assert items["A"] > 0
    assert items["A"] + items["B"] == 123
    assert len(with_new_key) == items["B"]  # what the old key had fetched is not asked again


def test_a_run_is_cancelled_within_seconds_and_says_what_is_kept(eye: Eye, endpoint: FaultyServer) -> None:
    async def slowly(heard: Any, writer: Any) -> None:
        await asyncio.sleep(1)
        await answers("A")(heard, writer)

    endpoint.otherwise = slowly
    keys = ask(eye, "Slow", "openai_api", "tiny", base_url=endpoint.url, key="sk-any")
    state(eye, "running")
    eye.sees_no_fault("a run under way")

    keys.press("#cancel")

    state(eye, "cancelled")
    expect(eye.page.locator("#live")).to_contain_text("Retry asks only the rest")
    eye.sees_no_fault("a cancelled run")
    wait_until(lambda: endpoint.under_way == 0, 20, lambda: f"{endpoint.under_way} requests still open")
