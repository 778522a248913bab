"""More than two hundred hostile files at every place that takes one: refused in words, or read as documented.

Nothing is a fault of ours, memory stays bounded, and what was refused leaves nothing behind.
"""

from __future__ import annotations

import gc
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.throttling import PersonThrottle
from tests.hostile.conftest import World
from tests.hostile.making import MB, Hostile
from tests.hostile.places import PLACES, Hands, places_for
from tests.hostile.recipes.everything import EVERY

pytestmark = pytest.mark.django_db

MOST_MEMORY = 300 * MB
LEAST_FILES = 200
LONGEST_REFUSAL = 60_000  # a hundred problems of six hundred letters
STATUS = Path("/proc/self/status")
GENERIC = re.compile(
    r"(bad request|invalid( input| file| value)?|error|failed|this field is required)\.?", re.IGNORECASE
)
REMEDY = re.compile(
    r"\b(add|answer|ask|begin|check|choose|compress|copy|cut|download|export|fill|give|keep|leave|list|make|"
    r"mend|mended|separate|name|none|paste|put|quote|read|remove|rename|restore|save|say|send|set|shorten|split|take|unpack|"
    r"upload|use|write|written|end|at most|must|needs?|allowed|expected|one of)\b", re.IGNORECASE
)  # fmt: skip

counted: Counter[str] = Counter()
peaks: list[int] = []
made: dict[str, bytes] = {}  # the sum of each
faulty = [0]  # answers of 500 and more


@pytest.fixture
def hands(
    world: World, world_files: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Hands:
    from accounts.models import User

    monkeypatch.setattr(PersonThrottle, "rate", "1000000/min", raising=False)
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "arriving")
    (tmp_path / "arriving").mkdir()
    page, coordinator = Client(raise_request_exception=False), Client(raise_request_exception=False)
    page.force_login(User.objects.get(username="lab"))
    coordinator.force_login(User.objects.get(username="carla"))
    submitter = Client(headers=world.headers("submitter"), raise_request_exception=False)
    return Hands(submitter, page, coordinator, "drafted", tmp_path)


@pytest.mark.parametrize("file", [pytest.param(each, id=name) for name, each in EVERY.items()])
def test_it_is_refused_in_words_or_read_as_documented(
    file: Hostile, hands: Hands, world: World, tmp_path: Path
) -> None:
    content = file.make()
    made[file.name] = hashlib.sha256(content).digest()
    faults = [fault for place in places_for(file) for fault in _faults_at(place, file, content, hands, world)]
    assert not faults
    gc.collect()
    assert not list((tmp_path / "arriving").iterdir())


def _faults_at(place: str, file: Hostile, content: bytes, hands: Hands, world: World) -> Iterator[str]:
    kept, before = _files(world.files), _resident_from_here()
    answer = PLACES[place](hands, file, content)
    peaks.append(_peak() - before)
    if peaks[-1] >= MOST_MEMORY:
        yield f"{place}: {peaks[-1] / MB:.0f} MB"
    if answer.status >= 500:
        faulty[0] += 1
        yield f"{place}: {answer.status}"
    counted["refused" if answer.said else "taken"] += 1
    if (place in file.taken) != (not answer.said):
        yield f"{place}: {answer.said[:400] or 'taken'}"
    elif answer.said:
        if not _says_what_and_what_to_do(answer.said):
            yield f"{place} does not say what to do: {answer.said[:400]}"
        if _files(world.files) != kept:
            yield f"{place} left something behind"


def test_there_are_more_than_two_hundred_and_no_two_are_the_same(record_figure: Callable[..., None]) -> None:
    assert len(EVERY) >= LEAST_FILES
    if len(made) < len(EVERY):
        pytest.skip("run the whole file: the tests above make the files and count the answers")
    assert len(set(made.values())) == len(EVERY)
    tries, most = sum(counted.values()), max(peaks) / MB
    record_figure("Hostile files tried", f"{len(EVERY)}", f"at least {LEAST_FILES}", True)
    record_figure(
        "Hostile files: faults of the server", f"{faulty[0]} of {tries:,} answers", "0", not faulty[0]
    )
    told = f"{counted['refused']:,} and {counted['taken']:,}"
    record_figure("Hostile files: refused in words, and read as documented", told, "all of them", True)
    record_figure("Hostile files: most memory that one took", f"{most:.0f} MB", "< 300 MB", most < 300)


def _says_what_and_what_to_do(said: str) -> bool:
    return (
        30 < len(said) < LONGEST_REFUSAL
        and "Traceback" not in said
        and not GENERIC.fullmatch(said)
        and REMEDY.search(said) is not None
    )


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _resident_from_here() -> int:
    """Bytes this process holds; its peak is counted anew from here."""
    if not STATUS.exists():
        return 0
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _in_status("VmRSS")


def _peak() -> int:
    return _in_status("VmHWM") if STATUS.exists() else 0


def _in_status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024
