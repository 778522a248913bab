"""What is expected on a training or gold item, held against the answers as raters will see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from raters.domain.rubric.case import Screen
from raters.domain.rubric.checking import Problem, clean
from raters.domain.rubric.rubric import Payload, Rubric
from raters.domain.sample_content import ContentItem, Expectation, placed, quote_problems
from raters.domain.shown_answers import masked_answer

if TYPE_CHECKING:
    from raters.domain.study_item_fields import StudyItem

LONGEST_EXPLANATION = 10_000
_FIELDS = {"systems", "payload", "explanation"}


def placed_expectation(
    item: StudyItem, rubric: Rubric, names: Sequence[str]
) -> tuple[dict[str, Any] | None, list[str]]:
    """The expectation as a study stores it, with quotes turned into places, and what is wrong with it.

    Answers are masked with `names` first, because places count in the text as shown.
    """
    given = item.expected or {}
    faults = [f'expected: "{str(name)[:60]}" is no field of it.' for name in given if name not in _FIELDS]
    systems = given.get("systems", list(item.answers) if len(item.answers) == rubric.answers else None)
    payload, explanation = given.get("payload"), given.get("explanation", "")
    if not _names_answers(systems, item, rubric):
        faults.append(f'expected: "systems" names the {rubric.answers} systems whose answers are shown.')
    if not isinstance(payload, dict) or not payload:
        faults.append('expected: "payload" is an object of the right answers by axis.')
    if not isinstance(explanation, str) or len(explanation) > LONGEST_EXPLANATION:
        faults.append(f'expected: "explanation" is a text of at most {LONGEST_EXPLANATION:,} characters.')
    if faults or not isinstance(payload, dict) or not isinstance(systems, list):
        return None, faults
    kept, faults = _checked_payload(item, rubric, systems, payload, names)
    return {"systems": systems, "payload": kept, "explanation": explanation.strip()}, faults


def _names_answers(systems: object, item: StudyItem, rubric: Rubric) -> bool:
    return (
        isinstance(systems, list)
        and len(systems) == rubric.answers
        and all(isinstance(name, str) and name in item.answers for name in systems)
        and len(set(systems)) == len(systems)
    )


def _checked_payload(
    item: StudyItem, rubric: Rubric, systems: list[str], payload: Payload, names: Sequence[str]
) -> tuple[Payload, list[str]]:
    shown = {name: masked_answer(item.answers[name], names)[0] for name in systems}
    content = ContentItem(key=item.key, case=item.case, answers=shown)
    try:
        expectation = Expectation(item=item.key, shown=tuple(systems), payload=payload)
        quotes = [f"expected: {problem}" for problem in quote_problems(expectation, content)]
        if quotes:
            return payload, quotes
        payload = placed(expectation, content)
    except (TypeError, ValueError, AttributeError):
        return payload, ["expected: a quote is a text, beside the side it stands on."]
    screen = Screen(case=item.case, answers=tuple(shown.values()), order=tuple(range(len(systems))))
    checked = clean(rubric, payload, screen)
    # what only some groups are asked may be expected: the group is not known here
    problems = [problem for problem in checked.problems if problem.code != "not_asked"]
    return payload, [_in_words(problem) for problem in problems]


def _in_words(problem: Problem) -> str:
    if problem.code == "unknown_axis":
        return f"expected: {problem.message.split(':')[0]}."
    part = f", {problem.part}" if problem.part else ""
    return f"expected, {problem.axis or 'payload'}{part}: {problem.message}."
