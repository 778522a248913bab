"""Prompt modes: the shipped ones, their hashes, and what is refused of a file."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.prompts.mode_files import ModeError, parse_mode, read_mode
from evaluation.domain.prompts.modes import FOLDER, Mode, UnknownModeError, mode, modes
from evaluation.domain.prompts.wording import fill, places

WANTED = {
    "direct", "cot", "direct-5-shot", "meds-bench-3-shot", "zero-shot", "few-shot-fixed-5", "few-shot-drawn-5",
    "cot-few-shot", "self-consistency", "ensemble-refinement", "options-loglikelihood",
}  # fmt: skip
PLAIN = 'id = "mine"\nlabel = "Mine"\ndescription = "A mode"\nstrategy = "direct"\n'


def test_every_promised_mode_is_shipped_under_the_name_of_its_file():
    assert {each.id for each in modes()} >= WANTED
    assert [path.stem for path in sorted(FOLDER.glob("*.toml"))] == [each.id for each in modes()]


def test_an_unknown_mode_is_refused_with_the_names_of_the_known_ones():
    with pytest.raises(UnknownModeError, match=r"no prompt mode 'nonsense'.*direct-5-shot.*zero-shot"):
        mode("nonsense")


def test_no_two_modes_have_the_same_hash_or_label():
    assert len({each.sha256 for each in modes()}) == len(modes()) == len({each.label for each in modes()})


def test_the_reasoning_switch_is_part_of_a_modes_identity_and_hash():
    plain, thinking = mode("direct"), mode("direct").with_thinking("on")
    assert plain.identity == "direct" and thinking.identity == "direct, thinking on"
    assert plain.sha256 != thinking.sha256 and plain.template_sha256 == thinking.template_sha256


def test_a_modes_hash_depends_on_what_it_says_and_not_on_how_the_file_is_written():
    reordered = "\n".join(reversed(PLAIN.strip().splitlines()))
    assert parse_mode(PLAIN.encode(), "a").sha256 == parse_mode(f"# note\n{reordered}".encode(), "b").sha256
    changed = f"{PLAIN}[decoding]\nseed = 43\n"
    assert parse_mode(PLAIN.encode(), "a").sha256 != parse_mode(changed.encode(), "a").sha256


def test_files_with_the_same_wording_share_a_template_hash_whatever_their_decoding():
    assert mode("zero-shot").template_sha256 == mode("few-shot-drawn-5").template_sha256
    assert mode("zero-shot").template_sha256 != mode("meds-bench-3-shot").template_sha256


@pytest.mark.parametrize(
    ("window", "tokens"),
    [
        (None, 3072),
        (102_400, 3072),
        (24_576, 3072),
        (8_192, 1024),
        (4_096, 512),
        (2_048, 512),
        (512, 64),
        (4, 1),
    ],
)
def test_bridge_answers_are_as_long_as_the_window_allows(window, tokens):
    assert mode("direct").decoding_for(window).max_new_tokens == tokens


def test_a_window_never_makes_a_short_answer_longer():
    assert mode("meds-bench-3-shot").decoding_for(102_400).max_new_tokens == 200


def test_only_modes_that_ask_for_an_analysis_tell_the_metrics_so():
    assert {each.id for each in modes() if each.analysis_first} == {
        "cot", "cot-few-shot", "self-consistency", "ensemble-refinement",
    }  # fmt: skip


REFUSED = [
    (PLAIN + "temprature = 1", "unknown field `temprature`"),
    (PLAIN + "[decoding]\ntemprature = 1", r"unknown field `temprature`.*decoding"),
    (PLAIN + "[decoding]\ntemperature = nan", "decoding.temperature is nan; it must be between 0 and 2"),
    (PLAIN + "[decoding]\ntemperature = -1", "decoding.temperature is -1"),
    (PLAIN + "[decoding]\nmax_new_tokens = 0", "decoding.max_new_tokens is 0"),
    (PLAIN + "[decoding]\nmax_new_tokens = true", "Expected `int`, got `bool`"),
    (PLAIN + "[decoding]\ntop_p = 0", "leaves no token"),
    (PLAIN + "[shots]\ncount = 5", 'shots.choice is "none" with a count of 5'),
    (PLAIN + '[shots]\nchoice = "drawn"', 'shots.choice is "drawn" with a count of 0'),
    (PLAIN + '[shots]\ncount = 1000000000\nchoice = "drawn"', "shots.count is 1000000000"),
    (PLAIN + "[votes]\nk1 = 11", "strategy 'direct' takes no votes"),
    (PLAIN.replace('"direct"', '"self_consistency"'), "votes.k1 of 2 or more"),
    (PLAIN.replace('"direct"', '"self_consistency"') + "[votes]\nk1 = 5", "votes.t1 above 0"),
    (PLAIN.replace('"direct"', '"ensemble_refinement"'), "votes.k2 of 1 or more"),
    (PLAIN.replace('"direct"', '"magic"'), "Invalid enum value 'magic'"),
    (PLAIN + 'thinking = "hard"', "Invalid enum value 'hard'"),
    (PLAIN + 'families = ["poetry"]', "families names poetry; known: multiple_choice"),
    (PLAIN + '[template]\ninput = "no place"', r"template.input has the place \{input\} 0 times"),
    (PLAIN + '[template]\ninput = "{input}{input}"', r"template.input has the place \{input\} 2 times"),
    (PLAIN + '[template]\ninput = "{input}{gold}"', r"template.input has the place \{gold\}, which nothing"),
    (
        PLAIN + '[template]\nexamples = "instruction"',
        r"template.instruction has the place \{examples\} 0 times",
    ),
    (PLAIN + '[[replacements]]\nfind = ""\nput = "x"', "a replacement has an empty 'find'"),
    (PLAIN.replace('"mine"', '"../etc"'), "use small letters"),
    (PLAIN.replace('"A mode"', '"  "'), "description is empty"),
    (PLAIN.replace('"A mode"', '"\\u0000"'), "NUL"),
    (PLAIN + "id = ", "Invalid value"),
    ("label = 3", "Expected `str`"),
    ('id = "mine"', "missing required field `label`"),
    (PLAIN + "x = " + "[" * 5000, "mine.toml"),
    ("#" * 200_001, "larger than 200,000 bytes"),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED)
def test_a_mistaken_file_is_refused_with_its_name_and_the_reason(content, reason):
    with pytest.raises(ModeError, match=f"(?s)mine.toml: .*{reason}|{reason}"):
        parse_mode(content.encode(), "mine.toml")


def test_bytes_that_are_not_utf8_are_refused():
    with pytest.raises(ModeError, match="save the file as UTF-8"):
        parse_mode(PLAIN.encode() + b"# \xff", "mine.toml")


def test_a_file_under_another_name_than_its_id_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "other.toml").write_text(PLAIN)
    with pytest.raises(ModeError, match=r"call the file mine.toml or change the id"):
        read_mode(tmp_path / "other.toml")
    with pytest.raises(ModeError, match=r"gone.toml: cannot be read"):
        read_mode(tmp_path / "gone.toml")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{PLAIN}{text}".encode()))
def test_any_bytes_give_a_mode_or_a_mode_error(content):
    try:
        assert isinstance(parse_mode(content, "any.toml"), Mode)
    except ModeError as error:
        assert str(error).startswith("any.toml: ")


@given(st.text(), st.text())
def test_what_is_filled_in_is_not_looked_at_for_places(one, two):
    said = fill("<{input}|{output}>", input=f"{one}{{output}}", output=two)
    assert said == f"<{one}{{output}}|{two}>"


def test_braces_that_are_no_place_stay_as_they_are():
    assert places('{"entity": {x}} {input.__class__} {0} {}') == ["x"]
    assert fill("{other} {input.__class__}", input="a") == "{other} {input.__class__}"


def test_a_mode_for_published_boards_says_what_the_board_says():
    direct, shots, meds = mode("direct"), mode("direct-5-shot"), mode("meds-bench-3-shot")
    assert (direct.decoding.temperature, direct.decoding.seed) == (0.0, 42)
    assert (shots.shots.count, shots.shots.choice) == (5, "fixed")
    assert (meds.shots.count, meds.shots.choice, meds.input_limit) == (3, "drawn", 2_048)
    assert re.search("few-shot cases to see what content you have to output", meds.template.instruction)
