"""Reading sample studies: swaps, quotes and defaults, and what is said about a file that is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from raters.domain.rubric import ShownAnswer
from raters.domain.sample_studies import SampleError, read_sample_study, sample_studies

STUDY = """
title = "T"
description = "D"
content = "few"
systems = ["System Aspen"]
[design]
[[groups]]
name = "All"
"""
ITEM = """
[[items]]
key = "one"
[items.case]
question = "Q"
source = "left, left"
[items.answers."System Aspen"]
text = '''
Take 10 mg.
'''
"""


def write_study(folder: Path, study: str = STUDY, content: str = ITEM) -> Path:
    (folder / "content").mkdir()
    (folder / "content" / "few.toml").write_text(content, encoding="utf-8")
    (folder / "consent.md").write_text("Consent.\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(study, encoding="utf-8", errors="surrogateescape")
    return path


def test_an_item_is_live_and_trimmed_unless_something_is_expected_of_it(tmp_path: Path) -> None:
    (item,) = read_sample_study(write_study(tmp_path)).items
    assert (item.kind, item.expected, item.shown, item.language) == ("live", None, (), "en")
    assert item.answers == {"System Aspen": ShownAnswer(text="Take 10 mg.")}


def test_a_swap_makes_the_wrong_twin_and_a_quote_finds_its_place(tmp_path: Path) -> None:
    # "Take 10 mg.": "10" starts at 5 and ends before 7
    twin = '[items.twins."System Aspen"]\nswap = [["10 mg", "100 mg"]]\n'
    expected = """
[[expected]]
item = "one"
kind = "gold"
shown = ["System Aspen"]
[expected.payload]
errors = [{side = "output", quote = "10", category = "other"}]
"""
    (item,) = read_sample_study(write_study(tmp_path, STUDY + expected, ITEM + twin)).items
    assert item.wrong_twins == {"System Aspen": ShownAnswer(text="Take 100 mg.")}
    assert item.kind == "gold"
    assert item.expected == {
        "errors": [{"side": "output", "category": "other", "start": 5, "end": 7, "text": "10"}]
    }


def test_everything_wrong_with_a_study_is_said_at_once(tmp_path: Path) -> None:
    study = STUDY.replace('["System Aspen"]', '["System Aspen", "System Birch"]')
    for item, shown, side in (("two", "System Aspen", "output"), ("one", "Nobody", "output")):
        study += f'[[expected]]\nitem = "{item}"\nshown = ["{shown}"]\npayload = {{a = [{{side = "{side}", quote = "x"}}]}}\n'
    study += '[[expected]]\nitem = "one"\nshown = ["System Aspen"]\npayload = {a = [{side = "source", quote = "left"}]}\n'
    content = ITEM + '[items.twins."System Aspen"]\nswap = [["20 mg", "200 mg"]]\n'
    content += '[items.twins."System Cedar"]\nswap = []\n' + ITEM
    with pytest.raises(SampleError) as caught:
        read_sample_study(write_study(tmp_path, study, content))
    said = "\n".join(caught.value.problems)
    for part in (
        "one stands twice",
        "one is expected twice",
        "one has no answer of System Birch",
        '"20 mg" must occur once in the answer',
        "wrong twin of System Cedar, but no answer",
        "expected of two, which the content does not hold",
        "one: shown must name systems that answered it",
        '"left" must occur once in the text it is marked in',
    ):
        assert part in said


@pytest.mark.parametrize(
    ("study", "content", "part"),
    [
        ("title = ", ITEM, "study.toml"),
        (STUDY.replace('"few"', '"many"'), ITEM, "many.toml is missing from content"),
        (STUDY, ITEM.replace("question", "qestion"), "few.toml: Object contains unknown field `qestion`"),
        ("title = 'caf\udce9'", ITEM, "study.toml is not UTF-8"),
        (STUDY, ITEM + '[items.picture]\nfinding = "nodule"\n', 'needs side = "right" or "left"'),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, study: str, content: str, part: str
) -> None:
    with pytest.raises(SampleError, match=re.escape(part)):
        read_sample_study(write_study(tmp_path, study, content))


def test_a_study_without_a_consent_text_is_refused(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    (tmp_path / "consent.md").unlink()
    with pytest.raises(SampleError, match=r"consent\.md is missing"):
        read_sample_study(path)


def test_studies_of_a_folder_come_by_slug(tmp_path: Path) -> None:
    path = write_study(tmp_path)
    shutil.copy(path, tmp_path / "another.toml")
    assert [study.slug for study in sample_studies(tmp_path)] == ["another", "study"]
