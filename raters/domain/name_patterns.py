"""Patterns that find models' names in folded text, and what a model says when it names itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from raters.domain.disguised_names import BETWEEN, UNITS
from raters.domain.folded_text import FoldedText, fold
from raters.domain.model_names import (
    AMBIGUOUS_MAKERS,
    AMBIGUOUS_PERSONAL_NAMES,
    AMBIGUOUS_TERMS,
    NAMES_IN_OTHER_SCRIPTS,
    PLAIN_NAMES,
    PREFIXES,
)

REMOVED = re.compile(re.escape("[name removed]"))
_STAND_INS = {"l": "1i|", "i": "l1|", "o": "0"}
LINKED = re.compile(r"(?:'s)?(?: ?[,/&、，] ?| )?(?:(?:and|or|vs\.?|versus|not|than|nor|和|或|与|及) ?)?")
_FROM, _TO = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_HYPHENED = (
    r"(?:v?\d{1,2}(?:\.\d{1,2}){0,2}[a-z]{0,2}|\d{1,4}(?:\.\d)?[bmk]|\d{1,2}x\d{1,3}b|20\d\d-?\d\d-?\d\d"
    r"|\d{4}|[rvkm]\d|ii|iii|hf"
    r"|pro|ultra|nano|flash|turbo|mini|opus|sonnet|haiku|instruct|instant|chat|plus|max|preview|thinking|large"
    r"|small|medium|latest|exp|it|base|distill|vl|med|math|coder|next|lite|high|low|sft|dpo|rlhf|rl|awq|gptq|gguf|fp8|int4"
    r"|int8|4bit|8bit|a\d{1,2}b|scout|maverick|reasoner|deep-research)"
)
_SPACED = (
    rf"(?:v?\d{{1,2}}(?:\.\d{{1,2}}){{0,2}}{_TO}{UNITS}|\d{{1,3}}b|pro|ultra|nano|flash|turbo|mini|opus|sonnet"
    r"|haiku|instruct|instant|advanced|preview|thinking)"
)
_MAKE = rf"(?:(?:{'|'.join(PREFIXES)})-?)?"
_TAIL = rf"(?:(?:-?{_HYPHENED}| {_SPACED}){_TO}){{0,6}}(?:\+(?!\d))?"

_SELF = (
    r"i am|i'm|im|i was|i,|i've been|my name is|my name's|call me|my creators?|my developers?|my makers?"
    r"|as an? (?:ai|artificial intelligence|llm|chatbot|(?:large )?language model|virtual assistant)"
    r"|(?:you are|you're) (?:talking|speaking|chatting) (?:to|with)"
    r"|(?:answered|written|generated|signed|powered) by"
)
_FILLERS = (
    r"an?|the|your|just|actually|simply|called|named|known|as|ai|artificial|intelligence|model|assistant|chatbot|bot"
    r"|language|large|medical|helpful|virtual|llm|that|which|was|is|are|trained|developed|created|built|made|designed"
    r"|provided|released|by|from|at|on|based|and|version|of|powered|fine-tuned|researchers|engineers|team"
)
_OTHER_LANGUAGES = (
    *("je suis", "je m'appelle", "ich bin", "ich heiße", "mein name ist", "soy", "me llamo", "mi nombre es"),
    *(
        "eu sou",
        "meu nome é",
        "mi chiamo",
        "io sono",
        "ik ben",
        "я",
        "меня зовут",
        "أنا",
        "اسمي",
        "저는",
        "제 이름은",
    ),
    *("私は", "我是", "我叫", "我的名字是", "我的名字叫", "本人是"),
)
_MADE_BY = (
    r"(?:(?:model|assistant|chatbot|llm|ai|me)(?: [a-z]{1,12}){0,3},?"
    r" (?:developed|trained|created|built|made|designed)(?: and [a-z]{4,10})? by|trained by"
    r"|(?:model|assistant|chatbot) (?:from|by|of))"
)
_SPOKEN_AS = r",? (?:i|i'm|i've|my|an? (?:ai|artificial|large|language|llm|chatbot))\b|[,，]? ?我|[,，] ?一"
_MADE_IN_CHINESE = r" ?(?:公司)? ?(?:训练|开发|研发|打造|创建|推出|研制)"
_SIGNATURE_END = r"[ .!]*(?:\n|$)"
_AFTER_A_PERSON = (
    r" ?:|'s (?:answer|response|reply|opinion)\b|,? (?:here|speaking)\b"
    r"|,? ?\(?(?:an|your|the) (?:ai|language|large)\b"
)
_AFTER_A_NAME = r" \(?(?:llm|chatbot|language model|large language model|ai model|ai assistant|ai)\b"

# names that a prefix or a suffix gives away; llama-based is also an antibody, so that a noun has to follow
_OWN_MAKES = "gpt|claude|gemini|llama|mistral|gemma|vicuna|alpaca|falcon|palm"
_SUFFIX = r"(?=-(?:based|powered|generated|written|assisted|driven|tuned)\b"
_COMPOUND = (
    rf"{_FROM}(?:claude|gemini|bard|kimi|ernie){_SUFFIX})"
    rf"|{_FROM}(?:gpt|llama|mistral|gemma|phi|vicuna|alpaca|falcon){_SUFFIX}"
    r" (?:ai|llm|model|assistant|chatbot|system|answer|response|summary|text|tool|report)s?\b)"
)
_NO_MODEL = (
    r"(?! \(?(?:the )?(?:[12]|i{1,2}|trials?|stud(?:y|ies)|program|twins?|zodiac|constellation"
    r"|surfactants?)\b)"
)
_ORDINARY_AFTER = re.compile(
    r" ?(?:=|angles?\b|coefficients?\b|correlations?\b|values?\b|statistics?\b|winds?\b|tubes?\b|gel\b|vera\b"
    r"|juice\b|model with\b|antibod|nanobod|et al\b|and colleagues\b)"
)


@dataclass(frozen=True)
class Contexts:
    """Ends of the phrases after which a name is a model's: by themselves, or with what follows it."""

    selves: frozenset[int]
    roles: frozenset[int]
    makers: frozenset[int]
    chinese_makers: frozenset[int]
    signatures: frozenset[int]
    lines: frozenset[int]


class NamePatterns:
    """Compiled once, at first use."""

    eponym = re.compile(
        r" bernard\b|'?s? (?:syndrome|sign|disease|catheter|needle|port|trials?|study|studies)\b"
    )
    _after = {
        "roles": re.compile(_SPOKEN_AS),
        "chinese": re.compile(_MADE_IN_CHINESE),
        "signature": re.compile(_SIGNATURE_END),
        "person": re.compile(_AFTER_A_PERSON),
        "name": re.compile(_AFTER_A_NAME),
    }

    @cached_property
    def certain(self) -> tuple[re.Pattern[str], ...]:
        versioned = [
            _bounded(name, rf"{version}{_TAIL}", _MAKE)
            for name, version in (AMBIGUOUS_PERSONAL_NAMES | AMBIGUOUS_TERMS).items()
            if version
        ]
        makers = _any_of(AMBIGUOUS_MAKERS)
        ambiguous = _any_of((*AMBIGUOUS_PERSONAL_NAMES, *AMBIGUOUS_TERMS))
        plain = _any_of(PLAIN_NAMES).replace("_", r"[- \n]{0,2}")
        return (
            re.compile(rf"{_FROM}{_MAKE}(?:{plain}){_TAIL}s?{_TO}"),
            re.compile(rf"{_FROM}(?:{'|'.join(PREFIXES)})-?(?:{_OWN_MAKES}){_TAIL}{_TO}|{_COMPOUND}"),
            re.compile("|".join(versioned)),
            re.compile(rf"{_FROM}(?:{makers}|open ?ai|anthropic)(?:'s)?[- ](?:{ambiguous}){_TAIL}{_TO}"),
            re.compile(_any_of(tuple(fold(name).text for name in NAMES_IN_OTHER_SCRIPTS))),
            re.compile(rf"{_FROM}gemini{_TAIL}{_TO}{_NO_MODEL}"),
        )

    @cached_property
    def doubtful(self) -> re.Pattern[str]:
        groups = {"person": AMBIGUOUS_PERSONAL_NAMES, "term": AMBIGUOUS_TERMS, "maker": AMBIGUOUS_MAKERS}
        named = [rf"(?P<{kind}>{'|'.join(_bounded(n) for n in names)})" for kind, names in groups.items()]
        spelled = "|".join(BETWEEN.join(name) for name in AMBIGUOUS_TERMS if 2 < len(name) < 5)
        return re.compile("|".join([*named, rf"{_FROM}(?:{spelled}){_TO}"]))

    @cached_property
    def ambiguous_names(self) -> frozenset[str]:
        every = (*AMBIGUOUS_PERSONAL_NAMES, *AMBIGUOUS_TERMS, *AMBIGUOUS_MAKERS)
        return frozenset(fold(name).text.replace(" ", "") for name in every)

    @cached_property
    def _before(self) -> dict[str, re.Pattern[str]]:
        others = "|".join(re.escape(fold(each).text) for each in _OTHER_LANGUAGES)
        return {
            "selves": re.compile(
                rf"{_FROM}(?:{_SELF})(?:[, (]{{1,3}}(?:{_FILLERS})\b){{0,12}}[ ,:(\"'“]{{0,3}}"
                rf"|(?<!\w)(?:{others})[ —\-:,]{{0,3}}"
            ),
            "roles": re.compile(rf"{_FROM}as |作为 ?"),
            "makers": re.compile(rf"{_FROM}(?:{_MADE_BY}) (?:the )?"),
            "chinese_makers": re.compile("由 ?"),
            "signatures": re.compile(
                r"(?:^|\n)[ >]{0,3}(?:—|--|[a-z ]{0,12}(?:regards|sincerely|yours),?)[ \n]{0,2}"
            ),
            "lines": re.compile(r"(?:^|\n)[ >#]{0,5}(?:this is )?"),
        }

    def contexts(self, text: str) -> Contexts:
        ends = {kind: frozenset(m.end() for m in each.finditer(text)) for kind, each in self._before.items()}
        last = re.search(r"(?:^|\n)(?P<before>[^\n]?)[^\n]*\n- ?(?=[^\n]{1,60}\n?$)", text[-400:])
        if last and last["before"] != "-":
            ends["signatures"] |= {max(0, len(text) - 400) + last.end()}
        return Contexts(**ends)

    def follows(self, kind: str, text: str, place: int) -> bool:
        return self._after[kind].match(text, place) is not None


PATTERNS = NamePatterns()


def is_self_naming(found: re.Match[str], contexts: Contexts) -> bool:
    """Does what stands around an ambiguous name say that a model is meant?"""
    text, start, end = found.string, found.start(), found.end()
    follows = PATTERNS.follows
    if start in contexts.selves or (start in contexts.roles and follows("roles", text, end)):
        return not PATTERNS.eponym.match(text, end)
    if start in contexts.chinese_makers and follows("chinese", text, end):
        return True
    if found["maker"]:
        return start in contexts.makers
    if start in contexts.signatures and follows("signature", text, end):
        return True
    if found["person"] and start in contexts.lines and follows("person", text, end):
        return True
    return follows("name", text, end)


def is_ordinary(text: str, end: int) -> bool:
    """Does an ambiguous name ending there stand for the person, the angle or the tube it is otherwise?"""
    return bool(PATTERNS.eponym.match(text, end) or _ORDINARY_AFTER.match(text, end))


def name_variants(name: str) -> tuple[str, ...]:
    """A name as registered, without what stands in brackets after it, without the owner before a slash."""
    bare = re.sub(r"\s*[(\[].*$", "", name, flags=re.DOTALL)
    owned = re.fullmatch(r"[\w.-]+/([\w.:-]+)", bare)
    return tuple(dict.fromkeys((name, bare, owned[1] if owned else bare)))


def name_pattern(name: str) -> str:
    """A pattern for folded text, "" for a name without a letter or digit. Signs and blanks of the name are
    optional; in names of six or more letters and digits the text may have others between any two, in those of
    three to five between all of them. An l may be written as 1 and an o as 0, but no number otherwise."""
    spaced = fold(re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name))
    words = [list(_as_written(spaced, *word.span())) for word in re.finditer(r"[^\W_]+", spaced.text)]
    letters = [letter for word in words for letter in word]
    if not letters:
        return ""
    gap = _gap(fold(name).text)
    inside = gap.join(letters if len(letters) >= 6 else map("".join, words))
    if 2 < len(letters) < 6:
        inside = rf"(?:{inside}|{BETWEEN.join(letters)})"
    characters = "".join(re.findall(r"[^\W_]", spaced.text))
    first = _FROM if characters[0].isascii() else ""
    return rf"{first}{inside}{_TO if characters[-1].isascii() else ''}"


def _as_written(name: FoldedText, start: int, end: int) -> Iterator[str]:
    """Each character of a name as a text may have it: also a letter or a digit that looks like it."""
    for letter, shape in zip(name.text[start:end], name.shapes[start:end], strict=True):
        shapes = sorted({letter, shape, *_STAND_INS.get(shape, "")})
        yield re.escape(letter) if len(shapes) == 1 else f"[{''.join(shapes)}]"


def _gap(folded_name: str) -> str:
    """What may stand between two parts: hyphens, dots, blanks and the name's own signs, as many as it has."""
    runs = re.findall(r"[\W_]+", folded_name)
    signs = "".join(re.escape(sign) for sign in sorted({*"-. \n·•|/*", *"".join(runs)}))
    return f"[{signs}]{{0,{max([3, *map(len, runs)])}}}"


def _any_of(patterns: tuple[str, ...]) -> str:
    return "|".join(sorted(patterns, key=len, reverse=True))


def _bounded(name: str, more: str = "", before: str = "") -> str:
    """A pattern for a name, or for a pattern of ASCII, and what may stand beside it."""
    name = name if name.isascii() else fold(name).text
    return rf"{_FROM}{before}{name}{more}{_TO}" if name.isascii() else name + more
