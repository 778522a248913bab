"""What the documents say is what the code has."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from evaluation.domain.loading import shipped
from evaluation.domain.metrics import METRICS
from evaluation.domain.prompts.modes import modes
from evaluation.domain.specification import read_specification
from workers.management.commands import evaluate

ROOT = Path(__file__).resolve().parents[1]
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_metric_the_methods_name_is_one() -> None:
    """All of them are explained in the register beside: tests/leaderboard/test_methods_page.py."""
    table = METHODS.partition("| metric | row of figures")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    named = set(re.findall(r"`(\w+)`", " ".join(cells)))
    assert {"accuracy", "rougeL", "must_ask_coverage"} <= named <= set(METRICS)


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:evaluation|raters|leaderboard)/[a-z_/.]+)`", METHODS)))
)
def test_every_module_the_methods_name_exists(path: str) -> None:
    assert (ROOT / path).exists()


SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
PARTS = "tests|evaluation|raters|leaderboard|workers|platform|templates"


@pytest.mark.parametrize("named", sorted(set(re.findall(rf"`((?:{PARTS})/[^`]+)`", SECURITY))))
def test_everything_the_security_page_relies_on_exists(named: str) -> None:
    path, _, test = named.partition("::")
    assert (ROOT / path).exists()
    assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8")


JOURNEYS = (ROOT / "docs" / "journeys.md").read_text(encoding="utf-8")
MOST_STEPS = 15  # what is read in one sitting


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`([a-z]+/[^`]+)`", JOURNEYS))))
def test_every_step_of_a_journey_is_where_the_page_says(named: str) -> None:
    path, _, name = named.partition("::")
    assert (ROOT / path).exists()
    if name:
        written = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?(def|class) {name}\b", written, re.MULTILINE)


def test_the_three_journeys_can_be_followed_in_one_sitting() -> None:
    chapters = [re.findall(r"^(\d+)\. `", each, re.MULTILINE) for each in JOURNEYS.split("\n## ")[1:]]
    steps = [len(each) for each in chapters if each]
    assert len(steps) == 3
    assert max(steps) <= MOST_STEPS
    assert all(each == [str(n + 1) for n in range(len(each))] for each in chapters)


def test_the_readme_names_both_commands_and_counts_the_formats_right() -> None:
    assert "make demo" in README
    assert "make test" in README
    published = sum(not read_specification(path).synthetic for path in shipped().values())  # samples are ours
    assert f"{published} published formats are shipped" in README


RUN_A_MODEL = README.partition("## Run a model")[2].partition("\n## ")[0]
GUIDE = (ROOT / "templates" / "api.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z][A-Z0-9_]{5,})`", RUN_A_MODEL))))
def test_every_variable_the_readme_names_is_read(name: str) -> None:
    written = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]
    assert any(name in path.read_text(encoding="utf-8") for path in written)


def test_the_readmes_command_line_is_one_the_command_takes() -> None:
    (command,) = re.findall(r"manage\.py evaluate (.*?)\n\.venv", RUN_A_MODEL, re.DOTALL)
    words = shlex.split(command.replace("\\\n", " "))
    said = vars(evaluate.Command().create_parser("manage.py", "evaluate").parse_args(words))
    assert (said["backend"], said["mode"], said["json"]) == ("transformers", "cot", True)
    assert json.loads(said["decoding"]) == {"max_new_tokens": 256}


@pytest.mark.django_db
@pytest.mark.parametrize("document", [RUN_A_MODEL, GUIDE], ids=["readme", "guide"])
def test_the_example_of_a_model_by_api_is_taken(document: str, client: Client, lab: Any, tiny: Any) -> None:
    (example,) = re.findall(r"submissions/ -d '(\{.*?\})'", document, re.DOTALL)
    client.force_login(lab)
    sent = json.loads(example) | {"benchmark": "tiny"}
    answer = client.post("/api/v1/submissions/", sent, content_type="application/json")
    assert answer.status_code == 201, answer.content


def test_the_guide_names_every_prompt_mode_there_is(client: Client, db: None) -> None:
    shown = client.get("/api/").content.decode()
    assert all(f"<code>{mode.id}</code>" in shown for mode in modes())
