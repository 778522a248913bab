"""A rater with a keyboard and nothing else. Every key is read off the control that it is printed on."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 150
KEYS = {"⌫": "Backspace", "↵": "Enter", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown",
        "Ctrl": "Control", "⇧": "Shift", "Esc": "Escape"}  # fmt: skip


class Hands:
    def __init__(self, page: Page) -> None:
        self.page = page

    # Keys ----

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def printed_on(self, control: Locator) -> str:
        """The key on the cap of a control, which has to be in sight."""
        cap = control.locator("kbd")
        expect(cap).to_be_visible()
        return "+".join(KEYS.get(part, part) for part in cap.inner_text().split())

    def tab_to(self, selector: str, backward: bool = False) -> None:
        """Tab until the focus is on a control that `selector` describes."""
        for _ in range(MOST_TABS):
            if self.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
                return
            self.press("Shift+Tab" if backward else "Tab")
        raise AssertionError(f"{MOST_TABS} times Tab did not reach {selector}")

    # A screen ----

    def screen(self) -> dict[str, Any]:
        """What the page says of the screen in view."""
        return self.page.evaluate("JSON.parse(document.getElementById('screen-state').textContent)")

    def fields(self) -> list[tuple[str, str]]:
        """The questions in sight, in their order: (axis, part)."""
        return [
            tuple(pair)
            for pair in self.page.evaluate(
                "[...document.querySelectorAll('fieldset.axis:not([hidden])')]"
                ".map((field) => [field.dataset.axis, field.dataset.part])"
            )
        ]

    def field(self, axis: str, part: str = "") -> Locator:
        return self.page.locator(f'fieldset.axis[data-axis="{axis}"][data-part="{part}"]')

    def in_hand(self) -> tuple[str, str]:
        self.page.wait_for_selector(".axis-current", state="attached")  # the page may still be starting
        return tuple(
            self.page.evaluate(
                "(({ dataset }) => [dataset.axis, dataset.part])(document.querySelector('.axis-current'))"
            )
        )

    def go_to(self, axis: str, part: str = "") -> None:
        """To a question, by the keys for the next and the previous one."""
        order = self.fields()
        wanted = order.index((axis, part))
        for _ in order:
            here = order.index(self.in_hand())
            if here == wanted:
                break
            self.press("]" if here < wanted else "[")
        if self.page.evaluate("(at) => !document.activeElement.closest(at)", f"[data-axis='{axis}']"):
            self.press("[", "]") if wanted else self.press("]", "[")
        assert self.in_hand() == (axis, part)

    def submit(self) -> None:
        """By the key on the button; where two answers rarely go together, both are kept."""
        self.press(self.printed_on(self.page.locator("[data-submit]")))

    # Answers ----

    def answer(self, axis: dict[str, Any], part: str, value: Any) -> None:
        self.go_to(axis["id"], part)
        field = self.field(axis["id"], part)
        getattr(self, f"_{axis['type']}")(axis, field, value)
        expect(field).to_have_class(re.compile(r"\baxis-answered\b"))

    def _choice(self, axis: dict[str, Any], field: Locator, value: str) -> None:
        option = field.locator("label.option", has=self.page.locator(f'input[value="{value}"]'))
        self.press(self.printed_on(option))
        expect(option.locator("input")).to_be_checked()

    _binary = _nominal = _ordinal = _pairwise = _choice

    def _multi_select(self, axis: dict[str, Any], field: Locator, value: list[str]) -> None:
        for each in value:
            self._choice(axis, field, each)
        if not value:
            self.tab_to("[data-none]")
            self.press("Space")

    def _interval(self, axis: dict[str, Any], field: Locator, value: int) -> None:
        step = field.locator("label.scale-step", has=self.page.locator(f'input[value="{value}"]'))
        self.press(step.inner_text())
        expect(step.locator("input")).to_be_checked()

    def _number(self, axis: dict[str, Any], field: Locator, value: int) -> None:
        self.tab_to("[data-entry]")
        self.write(str(value))
        self.press("Escape")

    def _text(self, axis: dict[str, Any], field: Locator, value: str) -> None:
        self.tab_to("textarea")
        self.write(value)
        self.press("Escape")

    def _rank(self, axis: dict[str, Any], field: Locator, value: list[int]) -> None:
        for place, position in enumerate(value, start=1):
            self.go_to(axis["id"])
            self.tab_to(f"[data-position='{position}'] [data-place-entry]")
            self.write(str(place))
            self.press("Tab")
            expect(field.locator(f"[data-ranks] > :nth-child({place})")).to_have_attribute(
                "data-position", str(position)
            )
        self.go_to(axis["id"])

    def _checklist(self, axis: dict[str, Any], field: Locator, value: dict[str, Any]) -> None:
        keys = field.locator(".coverage-keys")
        expect(keys).to_be_visible()
        met, not_met = (self._cap(keys, f"checklist_{name}") for name in ("met", "not_met"))
        rows = field.locator("[data-criterion]")
        for number in range(rows.count()):
            self.press("ArrowDown")
            row = rows.nth(number)
            expect(row).to_be_focused()
            entry = value[str(row.get_attribute("data-criterion"))]
            self.press(met if entry["met"] == "met" else not_met)
            if "turn" in entry:
                self.press(self._cap(keys, "checklist_pin"))
                self.write(str(entry["turn"]))
                if row.locator("[data-turn-number]").count():  # "1" of fourteen turns waits for Enter
                    self.press("Enter")
            expect(row).to_have_attribute("data-met", entry["met"])

    def _cap(self, inside: Locator, key: str) -> str:
        cap = inside.locator(f"kbd[data-key={key}]").inner_text()
        return KEYS.get(cap, cap)

    def _spans(self, axis: dict[str, Any], field: Locator, value: list[dict[str, Any]]) -> None:
        if not value:
            self.press("n")
        for span in value:
            self.tab_to(f".markable[data-side={span['side']}]", backward=True)
            self._select(span)
            self.press("Enter")
            palette = self.page.locator(".palette:popover-open")
            self.press(self.printed_on(palette.locator(f"[data-category={span['category']}]")))
            severity = palette.locator(f"[data-severity={span['severity']}]")
            for _ in axis["severities"]:
                if severity.get_attribute("aria-pressed") == "true":
                    break
                self.press(palette.locator(".palette-severities > kbd").inner_text())
            expect(severity).to_have_attribute("aria-pressed", "true")
            self.press("Enter")
            expect(palette).to_have_count(0)
        self.go_to(axis["id"])

    def _select(self, span: dict[str, Any]) -> None:
        """Walk to the first word of a passage and stretch the selection over its last."""
        before, more = self.page.evaluate(
            """([side, start, end]) => {
              const text = document.querySelector(`.markable[data-side=${side}]`);
              const words = [...new Intl.Segmenter(text.closest("[lang]").lang, { granularity: "word" })
                .segment(text.textContent)].filter((each) => each.isWordLike)
                .map(({ index, segment }) => {
                  const from = [...text.textContent.slice(0, index)].length;
                  return [from, from + [...segment].length];
                });
              const first = words.findIndex((word) => word[1] > start);
              const last = words.findLastIndex((word) => word[0] < end);
              return [first, last - first];
            }""",
            [span["side"], span["start"], span["end"]],
        )
        self.press("Home", *["ArrowRight"] * before, *["Shift+ArrowRight"] * more)
