"""How pictures are taken: a browser for each of the demo's people, and a part of a page in few colours."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page

from tests.journeys.signing_in import sign_in

DOCS = Path(__file__).resolve().parent
COLOURS = 96
AIR = 12  # pixels around a part of a page
DESK, PHONE = (1180, 820), (390, 760)
TAKEN: dict[str, Callable[[Visitors], None]] = {}


@dataclass
class Visitors:
    """Browsers of the people of the demo, each signed in once."""

    browser: Browser
    address: str

    def page(self, person: str = "", size: tuple[int, int] = DESK) -> Page:
        width, height = size
        context = self.browser.new_context(
            base_url=self.address, viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        if person:
            sign_in(page, person)
        return page


def picture(name: str) -> Callable[[Callable[[Visitors], None]], Callable[[Visitors], None]]:
    def keep(take: Callable[[Visitors], None]) -> Callable[[Visitors], None]:
        TAKEN[name] = take
        return take

    return keep


def shoot(name: str, page: Page, height: int = 0, part: Locator | None = None, most: int = 2000) -> None:
    """Keep what is in view, `height` pixels from the top of the page, or a part of it, `most` pixels high."""
    page.wait_for_load_state("load")
    if part is not None:
        taken = page.screenshot(full_page=True, clip=around(page, part, most))
    elif height:
        width = (page.viewport_size or {"width": DESK[0]})["width"]
        taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    else:
        taken = page.screenshot()
    target = DOCS / "pictures" / f"{name}.png"
    target.parent.mkdir(exist_ok=True)
    small = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(target, optimize=True)
    print(
        f"{target.relative_to(DOCS.parent)}  {small.width} × {small.height}, {target.stat().st_size // 1024} KB"
    )


def around(page: Page, part: Locator, most: int) -> FloatRect:
    """The part with some air, in pixels of the whole page."""
    box = part.bounding_box()
    assert box is not None
    down = page.evaluate("window.scrollY")
    left, top = max(box["x"] - AIR, 0), max(box["y"] + down - AIR, 0)
    right, bottom = box["x"] + box["width"] + AIR, box["y"] + down + box["height"] + AIR
    return {"x": left, "y": top, "width": right - left, "height": min(bottom - top, most)}
