"""Each language is cut by the tokeniser its rule names, and any text can be cut."""

from __future__ import annotations

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from janome.tokenizer import Tokenizer as Janome
from nltk.tokenize.destructive import NLTKWordTokenizer
from rouge_score.tokenize import tokenize as rouge_score_tokens
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from evaluation.domain import tokens

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # halves of surrogate pairs included
CHINESE = "患者血压120/80 mmHg，给予aspirin治疗。"
JAPANESE = "患者に抗菌薬を投与した。"
RULES = [
    tokens.characters,
    tokens.jieba_words,
    tokens.janome_words,
    tokens.nltk_words,
    *(tokens.words(language) for language in ("en", "zh", "ja", "th")),
    *(tokens.content_words(language) for language in ("en", "fr", "zh", "ja", "th")),
]


@pytest.mark.parametrize("cut", RULES)
@given(text=ANY_TEXT)
@settings(deadline=None, max_examples=60)
def test_any_text_can_be_cut(cut: tokens.Tokens, text: str) -> None:
    assert all(isinstance(token, str) for token in cut(text))


@pytest.mark.parametrize("cut", RULES)
def test_no_text_has_no_tokens(cut: tokens.Tokens) -> None:
    assert cut("") == []


def test_chinese_words_are_single_characters_and_other_scripts_stay_whole() -> None:
    cut = tokens.words("zh")(CHINESE)
    assert cut[:4] == ["患", "者", "血", "压"]
    assert {"120", "mmHg", "aspirin"} <= set(cut)


@given(st.text(max_size=80))
@settings(deadline=None)
def test_bleu_words_are_those_of_sacrebleu(text: str) -> None:
    assert tokens.words("fr")(text) == Tokenizer13a()(text.rstrip()).split()
    assert tokens.words("zh")(text) == TokenizerZh()(text.rstrip()).split()


@given(st.text(max_size=80))
@settings(deadline=None)
def test_english_content_words_are_those_of_rouge_score(text: str) -> None:
    assert tokens.content_words("en")(text) == rouge_score_tokens(text, None)


def test_content_words_keep_letters_and_marks_of_every_script() -> None:
    assert tokens.content_words("fr")("L'hémoptysie, à 5,5 mg !") == ["l", "hémoptysie", "à", "5", "5", "mg"]
    assert tokens.content_words("ru")("Боль в груди.") == ["боль", "в", "груди"]
    assert tokens.content_words("hi")("दर्द है") == ["दर्द", "है"]  # vowel signs are marks, not letters


def test_content_words_have_no_punctuation_in_chinese_and_japanese() -> None:
    assert "。" not in tokens.content_words("zh")(CHINESE)
    assert "aspirin" in tokens.content_words("zh")("给予ASPIRIN。")
    assert "。" not in tokens.content_words("ja")(JAPANESE)


def test_thai_is_cut_into_characters() -> None:
    assert tokens.words("th")("ปวด หัว") == list("ปวดหัว")


def test_characters_drop_spaces_only() -> None:
    assert tokens.characters("a b\n。") == ["a", "b", "\n", "。"]


def test_jieba_words_are_those_of_its_default_tokenizer() -> None:
    assert tokens.jieba_words(CHINESE) == jieba.lcut(CHINESE)


def test_janome_words_are_the_surface_forms() -> None:
    assert tokens.janome_words(JAPANESE) == [token.surface for token in Janome().tokenize(JAPANESE)]


def test_nltk_words_split_sentences_before_words() -> None:
    # without sentences first, only the last period of the text would be a token of its own
    text = "No pain. No fever."
    assert tokens.nltk_words(text) == ["No", "pain", ".", "No", "fever", "."]
    assert NLTKWordTokenizer().tokenize(text) == ["No", "pain.", "No", "fever", "."]


def test_nltk_words_take_the_period_of_a_known_abbreviation_for_part_of_it() -> None:
    assert tokens.nltk_words("Seen by Dr. Rossi today.") == ["Seen", "by", "Dr.", "Rossi", "today", "."]
