"""Where an answer is announced: "the answer is", "Respuesta:", "故选", "正解は" and their kin.

A strong announcement speaks of an answer. A weak one only draws a conclusion ("therefore … is"), and
what follows it is read as an answer only when it could hardly be anything else.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

_PRAISE = r"(?:correct|right|best|final|correcta|correcte|corretta|richtige?|korrekte?)"
_CHOICE = r"(?:options?|choices?|letters?|opci[oó]n|lettres?|lettera|opzione|alternativa)"
# these two look at text in lower case, which is three times as fast as ignoring case
_STRONG = re.compile(
    r"\b(?:answers?|ans|respuestas?|réponses?|rispost[ae]|respostas?|antwort(?:en)?|lösung(?:en)?"
    r"|soluci[oó]n|soluzione|ответ)\b(?:[ \t]{1,2}choices?\b)?"
    rf"|\b{_PRAISE}[ \t]{{1,3}}{_CHOICE}\b|\b{_CHOICE}[ \t]{{1,3}}(?:correcta|correcte|corretta)\b"
    r"|\b(?:choose|select|pick|chose|go(?:ing)? with|elijo|choisis|scelgo|wähle)\b"
    r"|答案|答え|答(?=:)|正解|正答|解答|回答|正确的?选项|正確的?選項|[故应應]?[选選](?:择|擇|択)?(?![项項])"
    r"|(?:適切な|適切でない|正しい|誤っている|考えられる)(?:の|もの|選択肢)(?=は)"
    r"|^[ \t*#]{0,8}(?:result|resultado|résultat|risultato|ergebnis|结果|結果)\b(?=[ \t*]{0,4}:)",
    re.MULTILINE,
)
_WEAK = re.compile(
    r"\b(?:therefore|thus|hence|so|conclusion|conclude|best|appropriate|likely|diagnosis|step"
    r"|por (?:lo )?tanto|entonces|donc|ainsi|quindi|pertanto|daher|somit)\b"
    r"|因此|所以|综上|したがって|よって|以上より"
)
_COPULA = re.compile(
    r"\b(?:is|are|be|es|son|est|sont|è|sono|ist|sind|lautet|é)\b|[:=]|是|为|為|は|が", re.IGNORECASE
)
_MARKS = r"(?:[ \t:=–—→>*_`\"'“”‘’「『]|-(?![.\d])){0,8}"  # a minus belongs to its number
_LINK = re.compile(
    rf"{_MARKS}(?:(?:is|are|would|should|must|will|be|likely|most|thus|therefore|clearly|the|to|answer"
    rf"|{_PRAISE}|{_CHOICE}|es|son|la|el|las|los|opciones|letra|est|sont|le|les|è|sono|opzioni"
    r"|ist|sind|lautet|die|der|das|buchstabe|é)\b|l['’]"
    r"|选项|選項|選択肢|是|为|為|应|應|は|が|:)",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"{_MARKS}\n{{0,2}}(?:[ \t*_`>]|-(?![.\d])){{0,8}}")
_NEGATED = re.compile(
    r"(?:\b(?:not|n[o']t|never|incorrect|wrong|cannot|other|no|nicht|falsche?|non|pas)|n['’]t|不|非)"
    r"[ \t]{0,2}(?:the|a|an)?[ \t]{0,2}$",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|cannot|incorrect|wrong|neither|nor|except|unlikely|rule[sd]? out|no es|incorrecta|incorrecte"
    r"|errata|non|nicht|falsch|kein|ne|pas)\b|n['’]t\b|不|错|錯|ない|誤",
    re.IGNORECASE,
)
_NEXT_QUESTION = re.compile(
    r"^[ \t*#]{0,8}(?:question|input|pregunta|domanda|frage|问题|問題)\b[^\n:]{0,12}:",
    re.IGNORECASE | re.MULTILINE,
)

_REACH = 80  # characters an announcement may be from its answer: "the answer to the first question is B"
_LINKS = 8  # words skipped between the two
_MOST = 40  # announcements looked at, from the last back

Places = tuple[int, ...]


def strong(text: str) -> Iterator[Places]:
    """For each announcement of an answer, last first, the places where the answer may begin."""
    for found in reversed(deque(_STRONG.finditer(_lower(text)), maxlen=_MOST)):
        if not _NEGATED.search(text, max(0, found.start() - 20), found.start()):
            yield tuple(_places(text, found.end()))


def weak(text: str) -> Iterator[Places]:
    """The same for mere conclusions."""
    for found in reversed(deque(_WEAK.finditer(_lower(text)), maxlen=_MOST)):
        yield tuple(_places(text, found.end()))


def before_next_question(text: str) -> str:
    """Without the further questions that a completion model poses itself once it has answered."""
    for question in _NEXT_QUESTION.finditer(text):
        if text[: question.start()].strip():
            return text[: question.start()]
    return text


def negated(text: str, start: int, end: int) -> bool:
    return NEGATION.search(text, start, end) is not None


def line_rest(text: str, start: int) -> str:
    """From `start` to the end of its line."""
    end = text.find("\n", start)
    return text[start:] if end < 0 else text[start:end]


def _lower(text: str) -> str:
    """Lower case, character for character: "İ" would become two."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(min(each.lower(), each, key=len) for each in text)


def _places(text: str, start: int) -> Iterator[int]:
    """After the words that link, after each copula near by, and at once: "是" links or means "yes"."""
    yield _skip(text, start)
    reach = min(len(text), start + _REACH)
    stop = next((i for i in range(start, reach) if text[i] in "\n.!?。"), reach)
    for copula in _COPULA.finditer(text, start, stop):
        if not negated(text, start, copula.end() + 4):
            yield _skip(text, copula.end())
    yield _open(text, start)


def _skip(text: str, start: int) -> int:
    for _ in range(_LINKS):
        link = _LINK.match(text, start)
        if link is None:
            break
        start = link.end()
    return _open(text, start)


def _open(text: str, start: int) -> int:
    opening = _OPENING.match(text, start)
    return opening.end() if opening else start
