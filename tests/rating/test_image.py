"""The image viewer: zoom, pan, window and level, by pointer, by buttons and by keys."""

from __future__ import annotations

from typing import Any

import pytest

from raters.domain.rubric.case import Case, ShownAnswer

# the mean brightness of the canvas
SEEN = """
() => {
  const canvas = document.querySelector("[data-canvas]");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += data[at];
  return sum / (data.length / 4);
}
"""
VIEW = "import('/static/rating/image-view.js')"


@pytest.fixture
def viewer(show: Any) -> Any:
    case = Case(question="Cough.", image="x.png", image_alt="Chest, frontal view")
    answers = (ShownAnswer(text="A."), ShownAnswer(text="B."))

    def open_viewer(**more: Any) -> Any:
        opened = show(
            rubric="reports_side_by_side", case=case, answers=answers, image_url="/image.png", **more
        )
        opened.page.locator("[data-zoom]:not(:empty)").wait_for()
        return opened

    return open_viewer


def zoom(opened: Any) -> int:
    opened.page.wait_for_timeout(60)  # it is drawn with the next frame
    return int(opened.page.locator("[data-zoom]").text_content().split()[0])


def seen(opened: Any) -> float:
    opened.page.wait_for_timeout(60)
    return opened.page.evaluate(SEEN)


def test_the_picture_has_its_description_and_says_nothing_of_its_source(viewer: Any) -> None:
    opened = viewer()
    assert opened.page.get_by_role("img", name="Chest, frontal view").is_visible()
    assert "x.png" not in opened.page.content()
    assert seen(opened) > 10  # something is drawn


def test_keys_and_buttons_zoom_and_fit(viewer: Any) -> None:
    opened = viewer()
    whole = zoom(opened)
    opened.page.locator("[data-canvas]").focus()
    opened.press("+", "=")
    assert zoom(opened) == pytest.approx(whole * 1.25**2, abs=1)
    opened.press("-", "-", "-")
    assert zoom(opened) == pytest.approx(whole / 1.25, abs=1)
    opened.press("0")
    assert zoom(opened) == whole
    opened.page.get_by_role("button", name="Zoom in").click()
    assert zoom(opened) > whole


def test_inverting_turns_black_and_white_round_within_the_picture(viewer: Any) -> None:
    opened = viewer()
    before = seen(opened)
    opened.page.locator("[data-canvas]").focus()
    opened.press("i")
    assert seen(opened) != pytest.approx(before, abs=5)
    assert opened.page.get_by_role("button", name="Invert").get_attribute("aria-pressed") == "true"
    opened.press("r")
    assert seen(opened) == pytest.approx(before, abs=0.01)


def test_the_right_button_and_the_sliders_set_window_and_level(viewer: Any) -> None:
    opened = viewer()
    before = seen(opened)
    box = opened.page.locator("[data-canvas]").bounding_box()
    mouse = opened.page.mouse
    mouse.move(box["x"] + 300, box["y"] + 150)
    mouse.down(button="right")
    mouse.move(box["x"] + 236, box["y"] + 86)
    mouse.up(button="right")
    # 64 to the left narrows the window by 64, 64 up lowers the level by half of it
    opened.page.locator(".viewer-window summary").click()
    assert opened.page.locator("[data-of=width]").text_content() == "192"
    assert opened.page.locator("[data-of=level]").text_content() == "96"
    assert seen(opened) > before  # a lower level is brighter
    opened.page.get_by_label("Level (lower is brighter)").fill("256")
    assert seen(opened) < before


def test_arrows_and_the_mouse_move_the_picture_but_never_out_of_sight(viewer: Any) -> None:
    opened = viewer()
    opened.page.locator("[data-canvas]").focus()
    before = seen(opened)
    for _ in range(60):
        opened.page.keyboard.press("ArrowRight")  # look to the right: the picture goes left
    assert 0 < seen(opened) < before
    opened.press("0")
    assert seen(opened) == pytest.approx(before, abs=0.01)


def test_the_wheel_scrolls_the_page_until_the_picture_has_the_focus(viewer: Any) -> None:
    opened = viewer()
    whole = zoom(opened)
    opened.page.locator("[data-canvas]").hover()
    opened.page.mouse.wheel(0, -200)
    assert zoom(opened) == whole
    opened.page.locator("[data-canvas]").focus()
    opened.page.mouse.wheel(0, -200)
    assert zoom(opened) > whole


def test_a_narrow_page_holds_the_viewer(viewer: Any) -> None:
    opened = viewer(width=360, touch=True)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360
    assert seen(opened) > 10


def test_a_picture_that_does_not_come_can_be_asked_for_again(show: Any, site: Any) -> None:
    case = Case(question="Cough.", image="x.png", image_alt="Chest")
    answers = (ShownAnswer(text="A."), ShownAnswer(text="B."))
    _, folder = site
    late = folder / "late.png"
    late.unlink(missing_ok=True)
    opened = show(rubric="reports_side_by_side", case=case, answers=answers, image_url="/late.png")
    again = opened.page.get_by_role("button", name="Try again")
    again.wait_for()
    late.write_bytes((folder / "image.png").read_bytes())
    again.click()
    opened.page.locator("[data-zoom]:not(:empty)").wait_for()
    assert again.is_hidden()
    opened.faults.clear()  # the browser reports the first attempt as an error, as it should


def test_the_full_range_leaves_every_brightness_as_it_is(viewer: Any) -> None:
    opened = viewer()
    full = opened.page.evaluate(
        f"{VIEW}.then((view) => [...view.table({{ ...view.FULL, inverted: false }})])"
    )
    assert full == list(range(256))
    inverted = opened.page.evaluate(
        f"{VIEW}.then((view) => [...view.table({{ ...view.FULL, inverted: true }})])"
    )
    assert inverted == list(range(255, -1, -1))


def test_a_point_under_the_pointer_stays_there_while_zooming(viewer: Any) -> None:
    # the point 280, 180 of the stage shows the same place of the picture before and after
    opened = viewer()
    before, after = opened.page.evaluate(
        f"""{VIEW}.then(({{ fitted, zoomed }}) => {{
          const [image, stage, at] = [{{ width: 512, height: 512 }}, {{ width: 600, height: 400 }}, {{ x: 280, y: 180 }}];
          const view = fitted(image, stage);
          const shown = ({{ scale, x, y }}) => [(at.x - x) / scale, (at.y - y) / scale];
          return [shown(view), shown(zoomed(view, 1.7, at, image, stage))];
        }})"""
    )
    assert before == pytest.approx(after)
