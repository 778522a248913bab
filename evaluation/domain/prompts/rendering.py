"""What a system is shown of an item, and its reference written the way a system would have to write it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.domain.answers.errors import error_line
from evaluation.domain.answers.records import records
from evaluation.domain.benchmarks import JUDGING
from evaluation.domain.dialogues.ideal import ideal_consultation
from evaluation.domain.judging.shown import answer_of, is_judging, judged_parts

_SEPARATES = re.compile(r"[,;\n、，；|]")  # what splits a written list of labels


@dataclass(frozen=True, slots=True)
class Shown:
    """An item's input as text: `body`, which may be cut from its end, and `after`, which may not."""

    body: str
    after: str = ""

    @property
    def text(self) -> str:
        return self.body + self.after


def shown(asked: Mapping[str, Any]) -> Shown:
    """Context, dialogue and numbered sentences, then the question and its lettered options.

    The item's own instruction is not among them (see `wording`). A single part stands as it is, without a
    heading: published prompts are then reproduced to the byte. Where there is a text and a question, the
    question and its options are never cut. What a judge is shown has headings: see `judging.shown`.
    """
    if is_judging(asked):
        return Shown(*judged_parts(asked))
    sentences = "\n".join(f"{number} {text}" for number, text in asked.get("sentences") or ())
    texts = [str(asked.get("context") or ""), str(asked.get("dialogue") or ""), sentences]
    body = "\n\n".join(filter(None, texts))
    question = str(asked.get("question") or "")
    options = "\n".join(f"{letter}. {text}" for letter, text in (asked.get("options") or {}).items())
    if not body:
        return Shown(question, f"\n{options}" if options and question else options)
    ending = "\n".join(filter(None, (question, options)))
    return Shown(body, f"\n\n{ending}" if ending else "")


def shown_input(asked: Mapping[str, Any]) -> str:
    """The whole input as text, for an item or a worked example."""
    return shown(asked).text


def answer_text(family: str, gold: Mapping[str, Any], *, options: Mapping[str, Any]) -> str:
    """The reference as an answer that the task's own metric reads as right: the output of an example.

    A reference text stands as it is whatever the family. `options` are the task's: a published `prefix` goes
    before labels ("AIS: No").
    """
    if gold.get("references"):
        return str(gold["references"][0])
    if family in JUDGING:
        return answer_of(family, gold)
    return _WRITERS[family](gold, options)


def _letters(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return ", ".join(gold["letters"])


def _label(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return _prefixed(str(gold["label"]), options)


def _labels(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    labels = [str(label) for label in gold["labels"]]
    if not labels:
        return "none"
    if options.get("prefix"):
        return _prefixed(", ".join(labels), options)
    if any(_SEPARATES.search(label) for label in labels):
        return json.dumps(labels, ensure_ascii=False)
    return ", ".join(labels)


def _prefixed(said: str, options: Mapping[str, Any]) -> str:
    return f"{options['prefix']}: {said}" if options.get("prefix") else said


def _records(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """One "field: value, …;" line a record; JSON where a value would break such a line."""
    found = gold["records"]
    if not found:
        return "none"
    fields = options.get("fields") or [*options.get("subject", ()), *options.get("features", ())]
    fields = list(fields or dict.fromkeys(name for record in found for name in record))
    whole = [{field: str(record.get(field, "")) for field in fields} for record in found]
    lines = "\n".join(f"{', '.join(f'{field}: {record[field]}' for field in fields)};" for record in whole)
    return lines if records(lines, fields) == whole else json.dumps(whole, ensure_ascii=False)


def _correction(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """MEDEC's run line without its text id; JSON where the correction would break the line."""
    if not gold["flag"]:
        return "0 -1 NA"
    line = f'1 {gold["sentence_id"]} "{gold["correction"]}"'
    if error_line(line) == dict(gold):
        return line
    named = {"error_flag": 1, "sentence_id": gold["sentence_id"], "correction": gold["correction"]}
    return json.dumps(named, ensure_ascii=False)


def _value(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    value = gold["value"]
    if gold["kind"] == "weeks_days":
        return f"{value[0]} weeks {value[1]} days"
    return repr(value) if gold["kind"] == "number" else str(value)


def _consultation(gold: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    return ideal_consultation(gold)


_WRITERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "multiple_choice": _letters,
    "yes_no_maybe": _label,
    "classification": _label,
    "multi_label": _labels,
    "extraction": _records,
    "error_correction": _correction,
    "calculation": _value,
    "consultation": _consultation,
}
