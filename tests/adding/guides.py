"""The guides in docs/adding-a-*.md, taken apart: their files, the lines they put elsewhere, their commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCED = r"\n\n```(?:\w+)\n(.*?)```"
FILE = re.compile(r"^`([^`\n]+)`:" + FENCED, re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^In `([^`\n]+)`, a line of `(\w+)`:" + FENCED, re.MULTILINE | re.DOTALL)
APPENDED = re.compile(r"^At the end of `([^`\n]+)`:" + FENCED, re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```sh\n(.*?)```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Guide:
    """What a reader of the guide would type, in the order of the page."""

    name: str
    text: str

    @property
    def files(self) -> dict[str, str]:
        return dict(FILE.findall(self.text))

    @property
    def commands(self) -> list[str]:
        return [command.strip() for command in COMMAND.findall(self.text)]

    def follow(self, root: Path, *, only: str = "") -> None:
        """Write its files below `root`, or those whose path begins with `only`, and put its lines in place."""
        for path, content in self.files.items():
            if path.startswith(only):
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content, encoding="utf-8")
        for path, table, line in LINE.findall(self.text):
            _put_in(root / path, re.compile(rf"^{table}\b.* = \{{\n", re.MULTILINE), line)
        for path, entry in APPENDED.findall(self.text):
            with (root / path).open("a", encoding="utf-8") as file:
                file.write(entry)


def guide(name: str) -> Guide:
    return Guide(name, (DOCS / f"adding-a-{name}.md").read_text(encoding="utf-8"))


def _put_in(path: Path, table: re.Pattern[str], line: str) -> None:
    text = path.read_text(encoding="utf-8")
    begins = list(table.finditer(text))
    assert len(begins) == 1, f"{path} has {len(begins)} tables that begin with {table.pattern}"
    at = begins[0].end()
    path.write_text(text[:at] + line + text[at:], encoding="utf-8")
