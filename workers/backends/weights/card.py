"""Whose a model is and what may be done with it, as its card or its licence file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_FRONT = re.compile(r"\A\s*---\r?\n(.*?)\r?\n---", re.DOTALL)
_FIELD = re.compile(r"^(licen[sc]e(?:_name)?):[ \t]*[\"']?([^\"'#\r\n]+)", re.MULTILINE)
_READ_AT_MOST = 64 * 1024  # the front matter stands first; a licence names itself in its first lines


def licence(files: Mapping[str, Path]) -> str:
    """The licence as it is named, or an empty text."""
    return _of_card(files) or _of_file(files)


def _of_card(files: Mapping[str, Path]) -> str:
    front = _FRONT.match(_opening(files["README.md"])) if "README.md" in files else None
    fields = dict(_FIELD.findall(front.group(1))) if front else {}
    given = {name.replace("licence", "license"): value.strip() for name, value in fields.items()}
    named = given.get("license", "")
    return str(given.get("license_name", named) if named in ("other", "") else named)


def _of_file(files: Mapping[str, Path]) -> str:
    for name, path in files.items():
        if name.upper().startswith(("LICENSE", "LICENCE")):
            lines = [line.strip() for line in _opening(path).splitlines()]
            return f"{next((line for line in lines if line), 'empty')[:80]} ({name})"
    return ""


def _opening(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_READ_AT_MOST).decode("utf-8", "replace")
