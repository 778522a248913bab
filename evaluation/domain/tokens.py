"""Text cut into tokens, per language and per published rule. Every tokeniser is loaded on first use.

Consilium's own rules
- zh      sacrebleu's "zh": each Chinese character a token, words of other scripts kept whole. Word
          segmentation would score the segmenter along with the model.
- ja      janome surface forms: single kana carry no meaning.
- th lo   characters: written without spaces, and no segmenter at hand.
  km my
- others  BLEU: sacrebleu's "13a". ROUGE: runs of letters, marks and digits of any script; for English
          runs of a-z and 0-9, the rule of rouge_score. That rule drops every other letter, so Russian
          would score 0 and French be cut at its accents.
ROUGE takes lower case and no punctuation, BLEU both as they are.

Published rules
- MedS-Bench  jieba for zh, janome for ja, NLTK words for the rest (English sentence rules for all).
- BRIDGE      characters for zh and ja, NLTK words for the rest; English ROUGE as above.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any
from unicodedata import category

Tokens = Callable[[str], list[str]]

_UNSPACED = frozenset({"th", "lo", "km", "my"})  # written without spaces, and no segmenter at hand
_ASCII_WORD = re.compile(r"[a-z0-9]+")

# Sentence splitting takes the period after these for part of the word. The trained lists that NLTK
# downloads are longer.
ABBREVIATIONS = frozenset(
    {"al", "approx", "cf", "dr", "e.g", "etc", "fig", "i.e", "mr", "mrs", "ms", "prof", "st", "vs"}
)


def words(language: str) -> Tokens:
    """The tokeniser of corpus BLEU for an ISO 639-1 language: punctuation kept, case kept."""
    if language == "zh":
        return _sacrebleu_words("zh")
    if language == "ja":
        return janome_words
    return characters if language in _UNSPACED else _sacrebleu_words("13a")


def content_words(language: str) -> Tokens:
    """The tokeniser of ROUGE for an ISO 639-1 language: lower case, no punctuation."""
    if language == "en":
        return _ascii_words
    if language in _UNSPACED or language in {"zh", "ja"}:
        cut = words(language)
        return lambda text: [token for token in cut(text.lower()) if any(map(str.isalnum, token))]
    return _unicode_words


def characters(text: str) -> list[str]:
    """Every character but the space; tabs and line ends are tokens (the rule BRIDGE has for zh and ja)."""
    return list(text.replace(" ", ""))


def jieba_words(text: str) -> list[str]:
    """jieba's default cut, with its hidden Markov model for unknown words; spaces are tokens."""
    cut: list[str] = _jieba().lcut(text)
    return cut


def janome_words(text: str) -> list[str]:
    """Surface forms by janome; runs of white space are tokens."""
    # half of a surrogate pair, which JSON can carry, has no place in janome's dictionary
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return list(_janome().tokenize(whole, wakati=True))


def nltk_words(text: str) -> list[str]:
    """Penn-treebank-like words, as close to `nltk.word_tokenize` as comes without a download.

    `nltk.word_tokenize` splits sentences first, with Punkt parameters trained per language, then cuts each
    with NLTKWordTokenizer, which takes the period off the last word only. Both algorithms are used here,
    but those trained parameters are a data download and no Python package ships them: Punkt runs with
    `ABBREVIATIONS` alone. The tokens differ where that changes a sentence boundary, i.e. whether a period
    before a space is a token of its own ("b.i.d." and the like), and nowhere else.
    """
    split, cut = _nltk()
    return [token for sentence in split(text) for token in cut(sentence)]


def _ascii_words(text: str) -> list[str]:
    return _ASCII_WORD.findall(text.lower())


def _unicode_words(text: str) -> list[str]:
    return text.lower().translate(_LETTERS).split()


class _Letters(dict[int, int]):
    """A translation table that turns all but letters, combining marks and digits into spaces."""

    def __missing__(self, code: int) -> int:
        self[code] = code if category(chr(code))[0] in "LMN" else 32
        return self[code]


_LETTERS = _Letters()


@cache
def _sacrebleu_words(name: str) -> Tokens:
    """sacrebleu's tokenisers without their memory.

    Each keeps the last 65,536 texts it saw twice over, which in a worker that scores clinical notes comes
    to gigabytes; `__wrapped__` is the same code behind the cache.
    """
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
    from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp
    from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

    kind: Any = {"13a": Tokenizer13a, "zh": TokenizerZh}[name]
    expressions: Any = TokenizerRegexp
    rules, inner = kind(), expressions()
    rules._post_tokenizer = lambda text: expressions.__call__.__wrapped__(inner, text)

    def cut(text: str) -> list[str]:
        tokens: list[str] = kind.__call__.__wrapped__(rules, text.rstrip()).split()
        return tokens

    return cut


@cache
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pkg_resources and old escape sequences
        import jieba
    tokenizer = jieba.Tokenizer()
    # built here, not by initialize(), which would read and write a cache in the shared temporary folder
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@cache
def _janome() -> Any:
    from janome.tokenizer import Tokenizer

    return Tokenizer()


@cache
def _nltk() -> tuple[Tokens, Tokens]:
    from nltk.tokenize.destructive import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types.update(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters).tokenize, NLTKWordTokenizer().tokenize
