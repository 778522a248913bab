"""The widgets of the rating screen in a real browser: the real templates, modules and styles, under the site's
content policy, without a server behind them. What they store is held against the rubric's own checks."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.template.loader import render_to_string
from django.utils.translation import override
from playwright.sync_api import Browser, Page, sync_playwright

from consilium.content_policy import POLICY
from raters.domain.phantom import Phantom, png
from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.domain.rubric.checking import Checked, check
from raters.domain.rubric.reading import read_rubric
from raters.domain.rubric.rubric import Rubric
from raters.domain.rubric.shipping import shipped

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]

# What the frame does for a widget, and no more: a store, the question in hand, the keys, the live region.
FRAME = """
import { createGoing } from "/static/rating/going.js";
import { Keys } from "/static/rating/keys.js";
import { complete } from "/static/rating/rubric.js";
import { createStore } from "/static/rating/store.js";
const root = document.getElementById("screen");
const state = JSON.parse(document.getElementById("state").textContent);
const axes = complete(state.axes);
const store = createStore(state.payload);
const said = [];
const screen = {
  root, axes, store, said, state: { ...state, axes }, reasons: [], readOnly: state.locked,
  signal: new AbortController().signal,
  announce: (text) => said.push(text), going: createGoing(root, axes),
};
screen.focusAxis = screen.going.focusAxis;
const table = await (await fetch("/static/rating/keys.json")).json();
const contexts = () => {
  const at = document.activeElement;
  if (at.closest("[data-image]")) return ["image", "all"];
  return [{ spans: "spans", checklist: "checklist" }[screen.going.axis()?.type] ?? "axes", "all"];
};
const keys = new Keys(table, contexts);
keys.on({ undo: () => store.undo(), redo: () => store.redo() });
for (const type of ["spans", "checklist"]) {
  for (const field of root.querySelectorAll(`fieldset.axis[data-type=${type}]`)) {
    const widget = await import(`/static/rating/${type}.js`);
    const axis = axes.find((each) => each.id === field.dataset.axis);
    keys.add(widget.keys, () => screen);
    widget.mount(field, { ...axis, part: field.dataset.part }, store, screen);
  }
}
if (root.querySelector("[data-image]")) {
  const widget = await import("/static/rating/image.js");
  keys.add(widget.keys, () => screen);
  widget.mount(root.querySelector("[data-image]"), null, store, screen);
}
keys.print(root);
window.screenUnderTest = screen;
document.body.dataset.mounted = "yes";
"""


@dataclass
class Shown:
    """A screen as the rating page is given it."""

    rubric: Rubric
    case: Case
    answers: tuple[ShownAnswer, ...]
    image_url: str = ""
    locked: bool = False
    payload: dict[str, Any] = field(default_factory=dict)

    def html(self, direction: str = "ltr", frame: str = "/frame.js") -> str:
        view = {
            "rubric": self.rubric,
            "case": self.case,
            "answers": self.answers,
            "axes": self.rubric.axes,
            "image_url": self.image_url,
            "locked": self.locked,
        }
        asked = [axis for axis in self.rubric.axes if axis.type in ("spans", "checklist")]
        with override("en"):
            evidence = render_to_string("raters/_evidence.html", {"view": view})
            fields = "".join(
                render_to_string("raters/_axis.html", {"view": view, "axis": axis, "part": "", "number": 1})
                for axis in asked
            )
        state = {
            "axes": msgspec.to_builtins(asked),
            "criteria": msgspec.to_builtins(self.case.criteria),
            "payload": self.payload,
            "locked": self.locked,
            "n_answers": len(self.answers),
        }
        styles = "".join(
            f'<link rel="stylesheet" href="/static/{name}">'
            for name in ("site.css", "rating.css", "rating/form.css", "rating/widgets.css")
        )
        safe = json.dumps(state).replace("<", "\\u003c")
        return (
            f'<!doctype html><html lang="en" dir="{direction}"><meta charset="utf-8"><title>Rating</title>'
            '<link rel="icon" href="/static/mark.svg">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{styles}'
            f'<body class="rating"><main><div id="rating"><div class="screen" id="screen" data-tab="case">'
            f'<script type="application/json" id="state">{safe}</script>'
            f'<section class="evidence" id="evidence" tabindex="0">{evidence}</section>'
            f'<form class="form"><div class="form-scroll">{fields}</div></form></div></div></main>'
            f'<script type="module" src="{frame}"></script></body></html>'
        )

    def check(self, payload: dict[str, Any]) -> Checked:
        """What the server says of a payload of this screen alone."""
        return check(self.rubric, payload, Screen(case=self.case, answers=self.answers, order=(0,)))


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Where pages can be put, and their address."""
    folder = tmp_path_factory.mktemp("widgets")
    (folder / "static").symlink_to(ROOT / "platform" / "static")
    (folder / "frame.js").write_text(FRAME, encoding="utf-8")
    (folder / "image.png").write_bytes(png(Phantom(finding="nodule", side="left")))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(
            "no browser: install Chromium (for instance: apt-get install chromium) to test the widgets"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page with a screen on it."""

    page: Page
    shown: Shown
    faults: list[str]

    def payload(self) -> dict[str, Any]:
        return self.page.evaluate("window.screenUnderTest.store.payload()")

    def said(self) -> str:
        """What was last announced."""
        return self.page.evaluate("window.screenUnderTest.said.at(-1) ?? ''")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


Open = Callable[..., Opened]


@pytest.fixture
def show(browser: Browser, site: tuple[str, Path]) -> Iterator[Open]:
    """`show(rubric=…, case=…, answers=…, payload=…, locked=…, image_url=…, width=…, touch=…, direction=…)`;
    faults of scripts and refusals of the policy fail the test."""
    address, folder = site
    opened: list[Opened] = []

    def show(
        rubric: str, width: int = 1280, touch: bool = False, direction: str = "ltr", **shown_as: Any
    ) -> Opened:
        shown = Shown(read_rubric(shipped()[rubric]), **shown_as)
        (folder / "page.html").write_bytes(shown.html(direction).encode())
        context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=touch)
        page = context.new_page()
        found = Opened(page, shown, [])
        page.on("pageerror", lambda error: found.faults.append(str(error)))
        page.on(
            "console", lambda message: found.faults.append(message.text) if message.type == "error" else None
        )
        page.goto(f"{address}/page.html")
        page.wait_for_selector("body[data-mounted]")
        opened.append(found)
        return found

    yield show
    faults = [fault for each in opened for fault in each.faults]
    for each in opened:
        each.page.context.close()
    assert not faults
