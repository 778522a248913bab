"""The register of methods: what every metric, interval and order means."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Kind = Literal["metric", "interval", "order"]
KINDS: tuple[Kind, ...] = ("metric", "interval", "order")
REGISTER = Path(__file__).resolve().parents[1] / "specs" / "methods.toml"


@dataclass(frozen=True)
class Method:
    """One entry; `name` is what the code and the answers of the API call it."""

    kind: Kind
    name: str
    title: str
    formula: str
    means: str
    assumes: str
    limits: str
    reference: str

    @property
    def anchor(self) -> str:
        return anchor_of(self.kind, self.name)

    @property
    def section(self) -> str:
        """The number of the section of the documentation that the reference names, "" for none."""
        named = re.search(r"docs/methods\.md, ([\d.]*\d)", self.reference)
        return named[1] if named else ""

    @property
    def section_anchor(self) -> str:
        return f"section-{self.section.replace('.', '-')}"

    @property
    def literature(self) -> str:
        """The reference without the section of our own documentation."""
        return re.sub(r"(; )?docs/methods\.md, [\d.]*\d", "", self.reference)


def anchor_of(kind: Kind, name: str) -> str:
    """metric-rougeL, metric-meds_bench.mcqa, interval-cluster-wilson: the name itself, blanks as hyphens."""
    return f"{kind}-{name.replace(' ', '-')}"


@cache
def methods() -> tuple[Method, ...]:
    written = tomllib.loads(REGISTER.read_text(encoding="utf-8"))
    return tuple(Method(kind=kind, **entry) for kind in KINDS for entry in written[kind])
