"""Taking a printed table in, as the command does."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command

CSV = "Model,Domain,Size (B),Reading,Coding\nAlpha,Medical,7,81.5,40\nBeta,General,Unknown,-,55.25\n"


def take(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("import_results", str(path), *options, stdout=said)
    return said.getvalue()


def file(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def bridge(**changes: Any) -> str:
    table = {
        "T": {"0": 1, "1": 2},
        "Model": {"0": "Alpha", "1": "Beta"},
        "Average Performance": {"0": "75.00", "1": "50.0"},
        "Reading": {"0": 80.0, "1": 60.0},
        "Coding": {"0": 70.0, "1": 40.0},
    }
    return json.dumps({**table, **changes})
