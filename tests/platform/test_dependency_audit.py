"""The audit of dependencies: a vulnerability fails it, and silence is never taken for an answer."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from consilium import dependency_audit
from consilium.dependency_audit import KNOWN_VULNERABLE, audit, pins_of

ROOT = Path(__file__).resolve().parents[2]
LOCK = (
    "good==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:00\nother-thing==2.1\\\n    --hash=sha256:11\n"
)
# stands where pip-audit does: reads the same arguments and tells what its database, a file, knows
DATABASE = """
import json, sys, time
from pathlib import Path
known = json.loads(Path({known!r}).read_text())
if known is None: sys.exit("no connection")
if known == "slow": time.sleep(600)
told = []
for pin in Path(sys.argv[sys.argv.index("-r") + 1]).read_text().split():
    name, version = pin.split("==")
    told.append({{"name": name, "version": version, "vulns": [{{"id": each}} for each in known[pin]]}}
        if pin in known else {{"name": name, "skip_reason": "not found"}})
print(json.dumps({{"dependencies": told, "fixes": []}}))
"""
ALL = {KNOWN_VULNERABLE: ["CVE-0"], "good==1.0": [], "other-thing==2.1": []}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def done(known: Any) -> tuple[int, str]:
        (tmp_path / "known.json").write_text(json.dumps(known), encoding="utf-8")
        (tmp_path / "tool.py").write_text(
            DATABASE.format(known=str(tmp_path / "known.json")), encoding="utf-8"
        )
        (tmp_path / "one.lock").write_text(LOCK, encoding="utf-8")
        status = audit([tmp_path / "one.lock"], [sys.executable, str(tmp_path / "tool.py")])
        return status, capsys.readouterr().out

    return done


def test_every_pin_of_a_lock_is_read() -> None:
    assert pins_of(LOCK) == {"good==1.0", "other-thing==2.1"}
    for name in ("requirements.lock", "requirements-dev.lock"):
        content = (ROOT / name).read_text(encoding="utf-8")
        assert len(pins_of(content)) == len(re.findall(r"^\S+==", content, re.MULTILINE)) > 50


def test_nothing_known_is_said_with_the_number(run: Any) -> None:
    assert run(ALL) == (0, "2 pinned dependencies, none with a known vulnerability\n")


def test_a_vulnerability_fails_and_is_named(run: Any) -> None:
    assert run(ALL | {"other-thing==2.1": ["CVE-1", "CVE-2"]}) == (
        1,
        "other-thing==2.1 is vulnerable: CVE-1, CVE-2\n",
    )


@pytest.mark.parametrize(
    "known",
    [None, {}, {KNOWN_VULNERABLE: []}, {KNOWN_VULNERABLE: ["CVE-0"], "good==1.0": []}],
    ids=["no connection", "everything skipped", "a database that knows nothing", "some skipped"],
)
def test_silence_is_said_loudly_and_lets_the_check_go_on(run: Any, known: Any) -> None:
    status, said = run(known)
    assert status == 0
    assert said.startswith("NOT AUDITED: ")
    assert said.count("\n") == 1


def test_what_is_vulnerable_fails_also_beside_what_was_not_looked_up(run: Any) -> None:
    status, said = run({KNOWN_VULNERABLE: ["CVE-0"], "good==1.0": ["CVE-3"]})
    assert status == 1
    assert "does not know 1 of 2: other-thing==2.1" in said
    assert "good==1.0 is vulnerable: CVE-3" in said


def test_a_database_that_does_not_answer_is_not_waited_for(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependency_audit, "SECONDS", 1.0)
    status, said = run("slow")
    assert (status, "not done within 1 seconds" in said) == (0, True)


def test_the_real_tool_ends_in_time_with_a_verdict_or_says_it_has_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    locks = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
    status = audit(locks, [sys.executable, "-m", "pip_audit"])
    said = capsys.readouterr().out
    assert (status == 1) == ("is vulnerable" in said)
    assert "NOT AUDITED" in said or "is vulnerable" in said or "none with a known" in said
