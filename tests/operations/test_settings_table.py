"""The table of settings in docs/operating.md is the code's: every name, its default, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
TABLE = GUIDE.partition("## Settings")[2].partition("\n## ")[0]
KINDS = {"text", "boolean", "integer", "words", "secret"}
# read by other means than consilium.environment, or by a library
BESIDES = {"PORT": "8000", "CONSILIUM_STATE": ".consilium", "CONSILIUM_ENGINE": "", "HF_TOKEN": ""}
OTHERWISE = {"STATIC_ROOT"}  # nothing means another folder
COMPUTED = object()  # a default that depends on the machine or on other settings

Setting = tuple[str, Any]  # kind, default


def settings_read() -> dict[str, Setting]:
    """Name → how it is read and its default, from every call of `env.…(NAME, default)`."""
    found: dict[str, Setting] = {}
    for part in ("platform", "evaluation", "raters", "leaderboard", "workers"):
        for path in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (setting := _read_by(node)) is not None:
                    found.setdefault(*setting)
    return found


def _read_by(node: ast.AST) -> tuple[str, Setting] | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return None
    owner, first = node.func.value, node.args[0]
    is_ours = isinstance(owner, ast.Name) and owner.id in {"env", "environment"} and node.func.attr in KINDS
    if not is_ours or not isinstance(first, ast.Constant):
        return None
    default: Any = next((word.value for word in node.keywords if word.arg == "default"), None)
    default = node.args[1] if len(node.args) > 1 else default
    try:
        value = "" if default is None else ast.literal_eval(default)
    except ValueError:
        value = COMPUTED
    if value == "" and first.value in OTHERWISE:
        value = COMPUTED
    return first.value, (node.func.attr, value)


def rows() -> dict[str, tuple[str, str]]:
    """Name → default and meaning, as the guide has them."""
    lines = re.findall(r"^\| `([A-Z0-9_]+)` \| (.*?) \| (.*?) \|$", TABLE, re.MULTILINE)
    assert len({name for name, _, _ in lines}) == len(lines), "a name stands there twice"
    return {name: (default, meaning) for name, default, meaning in lines}


READ, TOLD = settings_read(), rows()


def test_every_setting_that_is_read_is_in_the_guide_and_no_other() -> None:
    assert set(TOLD) == set(READ) | set(BESIDES)


def written(value: Any) -> str:
    """A default as one would set it."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        value = ",".join(value)
    return f"`{value}`" if value != "" else "none"


@pytest.mark.parametrize("name", sorted(READ))
def test_the_guide_tells_its_default_and_whether_it_is_a_secret(name: str) -> None:
    (kind, default), (told, meaning) = READ[name], TOLD[name]
    if default is COMPUTED:
        assert not re.fullmatch(r"`[^`]*`|none", told), "a default that depends on something says on what"
    else:
        assert told == written(default)
    assert ("*secret*" in meaning) == (kind == "secret")


@pytest.mark.parametrize("name", sorted(BESIDES))
def test_the_guide_tells_the_defaults_of_what_is_read_otherwise(name: str) -> None:
    assert TOLD[name][0] == written(BESIDES[name])


def test_every_alert_has_its_line_in_the_guide_and_no_other() -> None:
    rules = (ROOT / "docker" / "alerts.yml").read_text(encoding="utf-8")
    alerts = set(re.findall(r"alert: (\w+)", rules))
    table = GUIDE.partition("| Alert | Look here first |")[2].partition("\n\n")[0]
    assert {
        name for line in re.findall(r"^\| ([\w, ]+) \|", table, re.MULTILINE) for name in line.split(", ")
    } == alerts


def test_every_figure_the_guide_names_is_told() -> None:
    source = (ROOT / "platform/consilium/operations/exposition.py").read_text(encoding="utf-8")
    known = {name.removeprefix("consilium_") for name in re.findall(r'"([a-z_]+)"', source)}
    known |= {"answers_written", "ratings_written"}
    named = re.findall(r"`consilium_([a-z_]+)`", GUIDE)
    assert len(named) > 20
    assert {name.removesuffix("_total") for name in named} <= known


def test_every_place_in_the_guide_that_is_linked_is_there() -> None:
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", GUIDE)) <= places
    for name in re.findall(r"\]\((\w+\.md)\)", GUIDE):
        assert (ROOT / "docs" / name).exists()


def test_every_program_and_file_the_guide_names_exists() -> None:
    from django.core.management import get_commands

    known = set(get_commands())
    assert set(re.findall(r"manage\.py (\w+)", GUIDE)) <= known
    for path in re.findall(r"`((?:docker|tests|platform)/[\w./-]*)`", GUIDE):
        assert (ROOT / path).exists(), path
