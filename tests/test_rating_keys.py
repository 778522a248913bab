"""The keys of the rating screen: no two commands on one key where both are alive, and no command without a deed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "platform" / "static" / "rating"
TEMPLATES = ROOT / "templates" / "raters"
CONTEXTS = {"all", "axes", "pair", "spans", "checklist", "image"}
MODIFIERS = ("Ctrl+", "Shift+")

KEYS: list[dict[str, str]] = json.loads((MODULES / "keys.json").read_text(encoding="utf-8"))


def clashes(keys: Iterable[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Pairs of commands on one key in one context; those of "all" are alive everywhere."""
    known = list(keys)
    return [
        (one["key"], one["id"], other["id"])
        for number, one in enumerate(known)
        for other in known[number + 1 :]
        if one["key"] == other["key"]
        and (one["context"] == other["context"] or "all" in (one["context"], other["context"]))
    ]


def plain(key: str) -> str:
    """The key without its modifiers."""
    for modifier in MODIFIERS:
        key = key.removeprefix(modifier)
    return key


def test_no_two_commands_share_a_key_where_both_are_alive() -> None:
    assert clashes(KEYS) == []


def test_a_clash_with_a_key_of_everywhere_is_noticed() -> None:
    flag = {"id": "flag", "key": "f", "context": "all", "label": "Flag"}
    other = {"id": "spans_find", "key": "f", "context": "spans", "label": "Find"}
    assert clashes([flag, other]) == [("f", "flag", "spans_find")]
    assert clashes([{**flag, "context": "axes"}, other]) == []  # never alive together


def test_every_command_is_named_once_and_says_what_it_does() -> None:
    assert [name for name, times in Counter(each["id"] for each in KEYS).items() if times > 1] == []
    assert all(set(each) == {"id", "key", "context", "label"} for each in KEYS)
    assert all(each["label"].strip() and each["context"] in CONTEXTS for each in KEYS)


def test_keys_need_no_alt_and_are_more_than_a_modifier() -> None:
    for each in KEYS:
        assert "Alt" not in each["key"] and "Meta" not in each["key"], each
        assert plain(each["key"]) and plain(each["key"]) not in {"Ctrl", "Shift"}, each


def test_no_key_belongs_to_the_browser_or_to_assistive_tools() -> None:
    # Tab moves the focus, Space presses what has it, function keys and single modifiers are others'
    taken = {"Tab", " ", "Space", "CapsLock", "Insert", "ContextMenu"}
    assert [each for each in KEYS if plain(each["key"]) in taken or re.fullmatch(r"F\d+", each["key"])] == []


@pytest.mark.parametrize(
    ("command", "key"),
    [
        ("submit", "Ctrl+Enter"),
        ("undo", "z"),
        ("redo", "Shift+z"),
        ("flag", "f"),
        ("guidelines", "g"),
        ("keys", "?"),
        ("leave", "Escape"),
        ("level_1", "1"),
        ("axes_judge", "0"),
        ("axes_clear", "Backspace"),
        ("axes_next", "Enter"),
        ("pair_tie", "t"),
        ("pair_neither", "x"),
        ("pair_first", "ArrowLeft"),
        ("pair_second", "ArrowRight"),
        ("diff", "d"),
        ("together", "s"),
    ],
)
def test_the_agreed_keys_stay_where_hands_have_learnt_them(command: str, key: str) -> None:
    assert {each["id"]: each["key"] for each in KEYS}[command] == key


def test_every_cap_on_a_control_names_a_command() -> None:
    known = {each["id"] for each in KEYS}
    written = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'data-key="([a-z_0-9]+)"', template.read_text(encoding="utf-8"))
    }
    assert written, "the controls carry their keys"
    assert written <= known


def test_every_command_of_the_frame_does_something() -> None:
    bindings = (MODULES / "bindings.js").read_text(encoding="utf-8")
    numbered = re.compile(r"(level|pair)_\d")  # bound in a loop
    frame = [each["id"] for each in KEYS if each["context"] in {"all", "axes", "pair"}]
    assert [
        name for name in frame if not numbered.fullmatch(name) and not re.search(rf"\b{name}\b", bindings)
    ] == []
