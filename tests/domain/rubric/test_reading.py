from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.rubric import Rubric, RubricError, content_hash, read_rubric, shipped

HEAD = 'id = "r"\ntitle = "T"\ndescription = "D"\nsource = "S"\nguidelines = "G"\nunit = "answer"\n'
YES_NO = 'options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]\n'


def axis(name: str, kind: str = "text", rest: str = "") -> str:
    return f'[[axes]]\nid = "{name}"\nlabel = "L"\nquestion = "Q?"\ntype = "{kind}"\n{rest}\n'


def problems(text: str) -> str:
    with pytest.raises(RubricError) as caught:
        read_rubric(text)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return str(caught.value)


def test_a_rubric_of_every_type_is_read(every_type: Rubric) -> None:
    assert len({one.type for one in every_type.axes}) == 9  # pairwise and rank need two answers


def test_broken_toml_is_refused_with_its_line() -> None:
    assert "line 2" in problems('id = "r"\ntitle = \n')


def test_a_number_of_thousands_of_digits_and_brackets_without_end_are_refused() -> None:
    assert "too large" in problems("minutes = " + "9" * 5000)
    assert "TOML" in problems("a = " + "[" * 50_000)


def test_a_text_above_the_limit_is_refused_before_it_is_parsed() -> None:
    assert "at most 200 kB" in problems("# " + "é" * 100_001)


def test_half_a_character_is_refused() -> None:
    assert "no Unicode" in problems('id = "\ud800"')


def test_problems_of_shape_and_of_sense_are_named_at_once_with_their_places() -> None:
    text = (
        HEAD.replace('title = "T"', 'titel = "T"')
        + axis("one", "text", "required = 3")
        + axis("two", "ordinal", 'options = [{ value = "a", label = "" }, { value = "a", lable = "A" }]')
        + axis("three", "nominal")
        + axis("four", "interval", "low = 5\nhigh = 5")
    )
    said = problems(text)
    for expected in (
        '"titel" is not an entry that exists here; did you mean "title"?',
        '"title" is missing',
        'axis "one": "required" must be true or false, not a number',
        'axis "two", option "a": "lable" is not an entry that exists here; did you mean "label"?',
        'axis "two", option "a": "label" is missing',
        'axis "three": options are missing',
        'axis "four": low (5) must lie below high (5)',
    ):
        assert expected in said


def test_a_table_where_a_text_belongs_is_refused_in_words() -> None:
    said = problems(HEAD + 'axes = "none"\nminutes = "long"\nshows = ["smell"]\nanswers = 2021-01-01\n')
    assert '"axes" must be a list of tables' in said
    assert '"minutes" must be a number, not "long"' in said
    assert '"shows" must be a list, each entry one of "question"' in said
    assert '"answers" must be a whole number, not a date or time' in said
    assert 'axis number 1: write a table of entries here, not "x"' in problems(HEAD + 'axes = ["x"]')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("axes = []", "no axis"),
        (axis("Bad Id"), "this is no id: use 1 to 60"),
        (axis("a" * 61), "this is no id"),
        (axis("a") + axis("a"), 'axis "a": another axis has the same id'),
        (axis("a").replace('"L"', '" "'), '"label" is empty'),
        (axis("a", "text", YES_NO), '"options" says nothing about an axis of type text'),
        (axis("a", "text", "evidence = true"), '"evidence" says nothing'),
        (axis("a", "text", "low = 0"), '"low" says nothing'),
        (axis("a", "binary", 'options = [{ value = "y", label = "Y" }]'), "two options, this one 1"),
        (axis("a", "nominal", YES_NO.replace('"no"', '"yes"')), 'option "yes" is there twice'),
        (axis("a", "nominal", YES_NO.replace('"no"', '"No!"')), "this is no value"),
        (axis("a", "interval", "low = 1"), "give low and high"),
        (axis("a", "interval", "low = 9\nhigh = 1"), "low (9) must lie below high (1)"),
        (axis("a", "interval", "low = 0\nhigh = 1\nstep = 0.3"), "steps of 0.3 do not lead from 0 to 1"),
        (axis("a", "interval", "low = 0\nhigh = 1\nstep = 0"), "must be above 0"),
        (axis("a", "interval", "low = 0\nhigh = 1\nstep = 2"), "do not lead"),
        (axis("a", "number", "low = nan"), "plain number"),
        (axis("a", "number", "high = 1e300"), "plain number"),
        (axis("a", "pairwise", YES_NO), "set answers = 2"),
        (axis("a", "rank"), "two or more answers"),
        (axis("a", "spans"), "sides are missing"),
        (axis("a", "spans", 'sides = ["source"]\n' + YES_NO), 'add "source" to shows'),
        (axis("a", "checklist"), 'add "criteria" to shows'),
        ('shows = ["criteria"]\n' + axis("a", "checklist", "evidence = true"), 'add "dialogue" to shows'),
        ('minutes = 0\n' + axis("a"), '"minutes" is 0.0'),
        ("answers = 2\n" + axis("a"), 'unit "answer" shows 1 answers'),
        (axis("a").replace('"Q?"', '"Q\\u0000"'), "null character"),
        ("".join(axis(f"a{n}") for n in range(101)), "more than the 100 allowed"),
        (
            axis("a", "nominal", "options = [" + ", ".join(f'{{ value = "v{n}", label = "V" }}' for n in range(101)) + "]"),
            "101 entries of kind option",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_a_reason(body: str, expected: str) -> None:
    assert expected in problems(HEAD + body)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (('selected_means = "worse"\n', ""), "selected_means is missing"),
        (('{ value = "second_much", label = "2, much" },', ""), 'option "second_much" is missing'),
        (('{ value = "first", label = "1" },', ""), 'option "first" is missing'),
        (('"tie", label', '"draw", label'), 'option "draw" is none of first_much'),
        (("answers = 2", "answers = 3"), 'unit "pair" shows 2 answers'),
        (('type = "rank"', 'type = "rank"\nper = "answer"'), "leave"),
    ],
)
def test_pairs_need_two_answers_both_sides_and_a_direction(
    pair_toml: str, change: tuple[str, str], expected: str
) -> None:
    assert change[0] in pair_toml
    assert expected in problems(pair_toml.replace(*change))


def test_pairwise_options_stand_in_the_order_of_the_scale(pair_toml: str) -> None:
    swapped = re.sub(r'(  \{ value = "first", .*\n)(  \{ value = "tie", .*\n)', r"\2\1", pair_toml)
    assert "options stand in this order: first_much, first, tie" in problems(swapped)


def test_marking_the_output_needs_to_say_of_which_answer(pair_toml: str) -> None:
    spans = axis("m", "spans", 'sides = ["output"]\n' + YES_NO)
    assert "which of the answers" in problems(pair_toml + spans)
    read_rubric(pair_toml + spans + 'per = "answer"\n')


def condition(target: str, *values: str) -> str:
    return f'shown_if = {{ axis = "{target}", values = {list(values)} }}\n'.replace("'", '"')


def test_conditions_point_at_axes_and_values_that_exist() -> None:
    base = HEAD + axis("seen", "binary", YES_NO)
    assert 'there is no axis "sean"' in problems(base + axis("b", rest=condition("sean", "yes")))
    assert '"maybe" is no option of "seen"' in problems(base + axis("b", rest=condition("seen", "maybe")))
    assert 'no values of "seen" are named' in problems(base + axis("b", rest=condition("seen")))
    assert "is of type text" in problems(base + axis("b") + axis("c", rest=condition("b", "x")))


def test_conditions_in_a_circle_are_named_once_with_the_circle() -> None:
    text = HEAD + axis("c0", "binary", YES_NO + condition("c1", "yes"))
    for name, other in (("c1", "c2"), ("c2", "c1")):
        text += axis(name, "binary", YES_NO + condition(other, "yes"))
    said = problems(text)
    assert said.count("circle") == 1
    assert "c1 → c2 → c1" in said


def test_an_axis_of_the_screen_cannot_hang_on_single_answers(pair_toml: str) -> None:
    said = problems(pair_toml + axis("x", rest=condition("harm", "yes")))
    assert 'set per = "answer" here too' in said


def test_an_axis_for_all_cannot_hang_on_one_for_a_group() -> None:
    text = (
        HEAD
        + axis("seen", "binary", YES_NO + 'groups = ["experts"]')
        + axis("b", rest=condition("seen", "yes"))
    )
    assert "asked of experts only" in problems(text)


def test_checks_and_derived_variables_point_at_values_that_exist(pair_toml: str) -> None:
    text = HEAD + axis("seen", "binary", YES_NO) + (
        '[[checks]]\nask = ""\nwhen = [{ axis = "nowhere", values = ["x"] }]\n'
        '[[checks]]\nask = "Sure?"\nwhen = []\n'
        '[[derived]]\nid = "seen"\nlabel = " "\naxis = "seen"\nvalues = ["perhaps"]\n'
    )  # fmt: skip
    said = problems(text)
    for expected in (
        'check number 1: "ask" is empty',
        'check number 1: there is no axis "nowhere"',
        'check number 2: "when" is empty',
        'derived variable "seen": an axis or another derived variable has the same id',
        'derived variable "seen": "label" is empty',
        'derived variable "seen": "perhaps" is no option of "seen"',
    ):
        assert expected in said


def test_a_derived_variable_may_not_depend_on_the_side_shown(pair_toml: str) -> None:
    made = '[[derived]]\nid = "d"\nlabel = "D"\naxis = "worse"\nvalues = {}\n'
    assert "name both sides or none" in problems(pair_toml + made.format('["first"]'))
    read_rubric(pair_toml + made.format('["first", "second"]'))


def test_the_hash_is_that_of_the_content_and_not_of_the_layout(every_type_toml: str) -> None:
    rubric = read_rubric(every_type_toml)
    relaid = "# a remark\n" + every_type_toml.replace("minutes", "minutes ").replace(
        "low = 0\n", "low = 0.0\n"
    )
    assert content_hash(read_rubric(relaid)) == content_hash(rubric)
    assert re.fullmatch("[0-9a-f]{64}", content_hash(rubric))
    other = every_type_toml.replace("How risky?", "How dangerous?")
    assert content_hash(read_rubric(other)) != content_hash(rubric)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_rubric(text)
    except RubricError as refusal:
        assert refusal.problems and all(refusal.problems)


SCALARS = st.sampled_from(
    ["nan", "-inf", "1e308", "0", "3", "true", '""', '"x"', "[]", "{}", "2020-01-01", '[""]', '"\\u0000"', '["first"]', "[[1]]"]
)  # fmt: skip


@given(data=st.data())
def test_a_shipped_rubric_with_any_entry_changed_is_read_or_refused(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from(sorted(shipped().values()))).splitlines()
    spots = [n for n, line in enumerate(lines) if re.match(r"[a-z_]+ = ", line) and '"""' not in line]
    for spot in data.draw(st.lists(st.sampled_from(spots), min_size=1, max_size=3)):
        lines[spot] = lines[spot].split(" = ")[0] + " = " + data.draw(SCALARS)
    try:
        assert isinstance(read_rubric("\n".join(lines)), Rubric)
    except RubricError as refusal:
        assert refusal.problems and all(refusal.problems)
