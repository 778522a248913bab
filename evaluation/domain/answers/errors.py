"""What an answer says about an error in a note: whether there is one, in which sentence, put how instead.

Forms read: the run line of MEDEC, `text_id flag sentence_id "correction"` with or without the id; `CORRECT`
or `sentence_id corrected sentence`; named lines; JSON.
"""

from __future__ import annotations

import re
from typing import Any, TypedDict

from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import field_of, json_values

_LENGTH = 40_000  # characters of a reply that are looked at: its end
_FLAG = ("error_flag", "flag", "has_error", "error", "contains_error", "is_error", "error_detected")
_SENTENCE = ("error_sentence_id", "sentence_id", "sentence_number", "sentence_index", "sentence")
_CORRECTION = ("corrected_sentence", "correction", "corrected_text", "corrected")
_WITH_ID = re.compile(
    r"(?P<id>\S{1,80})[ \t]{1,4}(?P<flag>[01])[ \t]{1,4}(?P<sentence>-?\d{1,4}|NA)[ \t]{1,4}"
    r"(?P<said>[\"“”']|NA\b)"
)
_WITHOUT_ID = re.compile(
    r"(?P<flag>[01])[ \t]{1,4}(?P<sentence>-?\d{1,4}|NA)"
    r"(?:[ \t]{1,4}(?P<said>[\"“”']|NA\b|[A-Z\u3040-\u9fff])|[ \t]{0,4}$)"
)
_PLAIN = re.compile(
    r"[\[(]?(?:sentence[ \t]{1,2})?(?P<sentence>\d{1,4})[\])]?[ \t]{0,2}"
    r"(?:[.:、|-][ \t]{0,4}|[ \t]{1,4})(?P<said>\S)",
    re.IGNORECASE,
)
_CORRECT = re.compile(
    r"(?:correct|no errors?(?: (?:found|detected|present))?|(?:the )?(?:text|note) is correct|none"
    r"|正しい|誤りなし|エラーなし|正确|無誤|无误)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^[ \t*#\-]{0,6}(?P<name>(?:error )?flag|has error|error sentence id|sentence id|sentence number"
    r"|error sentence|sentence|corrected sentence|correction|error)[ \t*]{0,4}[:=]"
    r"[ \t*]{0,4}(?P<value>[^\n]{1,4000})",
    re.IGNORECASE | re.MULTILINE,
)
_LINE = re.compile(r"^[ \t*`]*(?P<line>[^ \t*`\n][^\n]*)", re.MULTILINE)
_CLOSING = re.compile(r"[\"“”][ \t]{0,8}(?=\n|\Z)")
_LONGEST = 8_000  # characters of a correction
_TRUE = frozenset({"1", "true", "yes", "y", "error", "incorrect", "はい"})
_FALSE = frozenset({"0", "false", "no", "n", "none", "correct", "na", "n/a", "no error", "いいえ"})
_NOTHING = frozenset({"", "na", "n/a", "none", "null", "-1", "-"})


class NoteError(TypedDict):
    """flag 1 with a sentence id (as written, a string) and a correction where given; flag 0 with neither."""

    flag: int
    sentence_id: str | None
    correction: str | None


def error_line(text: str) -> NoteError | None:
    """What the reply says of an error; None when nothing could be read."""
    said = final_part(text, _LENGTH)
    if not said:
        return None
    return _from_json(said) or _from_names(said) or _from_lines(said)


def _from_json(said: str) -> NoteError | None:
    found = None
    for value in json_values(said) if "{" in said else ():
        item = value[0] if isinstance(value, list) and value else value
        if isinstance(item, dict):
            found = (
                _judge(field_of(item, _FLAG), field_of(item, _SENTENCE), field_of(item, _CORRECTION)) or found
            )
    return found


def _from_names(said: str) -> NoteError | None:
    named = {hit["name"]: hit["value"] for hit in _NAMED.finditer(said)}
    flag, sentence = field_of(named, _FLAG), field_of(named, _SENTENCE)
    return _judge(flag, sentence, field_of(named, _CORRECTION))


def _from_lines(said: str) -> NoteError | None:
    """The first run line or verdict, else the only numbered line: several would be the note itself."""
    lines = [(found.start("line"), found["line"].rstrip(" \t*`")) for found in _LINE.finditer(said)]
    if len(lines) == 1 and lines[0][1].casefold().strip(".") in _TRUE | _FALSE:
        return _judge(lines[0][1].strip("."), None, None)
    for start, line in lines:
        if _CORRECT.fullmatch(line.rstrip(".!。")):
            return _judge("0", None, None)
        if hit := _WITH_ID.match(line) or _WITHOUT_ID.match(line):
            correction = _to_closing_quote(said, start + hit.start("said")) if hit["said"] else None
            return _judge(hit["flag"], hit["sentence"], correction)
    numbered = [(hit, line) for _, line in lines if (hit := _PLAIN.match(line))]
    if len(numbered) != 1:
        return None
    hit, line = numbered[0]
    return _judge("1", hit["sentence"], line[hit.start("said") :])


def _to_closing_quote(said: str, start: int) -> str:
    """A correction as far as its line, or over line ends to where its quotation mark closes."""
    end = said.find("\n", start)
    if said[start] in '"“”' and (closing := _CLOSING.search(said, start + 1, start + _LONGEST)):
        end = closing.start()
    return said[start:end] if end >= 0 else said[start:]


def _judge(flag: Any, sentence: Any, correction: Any) -> NoteError | None:
    """One reading of the three fields; a sentence named without a clear flag means an error."""
    sentence_id, corrected = _said(sentence), _said(correction)
    word = "" if flag is None else str(flag).strip(" \t.\"'*`").casefold()
    if word in _FALSE:
        return NoteError(flag=0, sentence_id=None, correction=None)
    if word in _TRUE or sentence_id is not None:
        return NoteError(flag=1, sentence_id=_number(sentence_id), correction=corrected)
    return None


def _said(value: Any) -> str | None:
    text = "" if value is None or isinstance(value, dict | list) else str(value).strip(" \t\n\"“”'*`")
    return None if text.casefold() in _NOTHING else text


def _number(sentence_id: str | None) -> str | None:
    """ "3" of "Sentence 3" or "3."; other names stay as they are."""
    digits = re.search(r"\d{1,6}", sentence_id or "")
    return digits[0] if digits else sentence_id
