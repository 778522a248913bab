"""BLEU and chrF equal sacrebleu's corpus scores, ROUGE equals rouge_score, with intervals of their own."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from evaluation.domain import tokens
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Metric, metric
from evaluation.domain.metrics.rouge import best_overlap
from evaluation.domain.metrics.subsequences import longest_common, longest_common_length

CORPUS = {
    "bleu1": sacrebleu.BLEU(max_ngram_order=1),
    "bleu4": sacrebleu.BLEU(),
    "chrf": sacrebleu.CHRF(),
}
OF_ITEMS = {
    "bleu1": sacrebleu.BLEU(max_ngram_order=1, effective_order=True),
    "bleu4": sacrebleu.BLEU(effective_order=True),
    "chrf": sacrebleu.CHRF(),
}
ROUGE = ("rouge1", "rouge2", "rougeL")
EVERY = (*CORPUS, *ROUGE)

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
WORDS = ("pain", "no", "fever", "5.5", "mg", ",", ".", "(", "the", "patient", "was", "given")
SENTENCE = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
ITEM = st.tuples(SENTENCE, st.lists(SENTENCE, min_size=1, max_size=3))


def questions(references: Sequence[Sequence[str]]) -> list[Question]:
    return [
        Question("notes", str(i), "public", {}, {"references": list(texts)})
        for i, texts in enumerate(references)
    ]


def scored(name: str, answers: Sequence[str], references: Sequence[Sequence[str]], language: str) -> Estimate:
    rule, options = metric(name), {"language": language}
    return rule.estimate(rule.count(answers, questions(references), options), options)


def streams(references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """References as sacrebleu wants them: one list per reference, None where an item has fewer."""
    most = max(map(len, references))
    return [[texts[i] if i < len(texts) else None for texts in references] for i in range(most)]


@pytest.mark.parametrize("name", EVERY)
def test_a_text_metric_keeps_to_the_protocol(name: str) -> None:
    rule: Metric = metric(name)
    assert rule.name == name


@pytest.mark.parametrize("name", CORPUS)
@given(items=st.lists(ITEM, min_size=1, max_size=8))
@settings(deadline=None, max_examples=80)
def test_the_value_is_sacrebleus_corpus_score(name: str, items: list[tuple[str, list[str]]]) -> None:
    answers, references = map(list, zip(*items, strict=True))
    expected = CORPUS[name].corpus_score(answers, streams(references)).score / 100
    assert scored(name, answers, references, "en").value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", CORPUS)
@given(items=st.lists(ITEM, min_size=1, max_size=4))
@settings(deadline=None, max_examples=80)
def test_an_items_score_is_sacrebleus_sentence_score(name: str, items: list[tuple[str, list[str]]]) -> None:
    answers, references = map(list, zip(*items, strict=True))
    expected = [OF_ITEMS[name].sentence_score(*item).score / 100 for item in items]
    assert scored(name, answers, references, "en").item_scores == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ROUGE)
@given(items=st.lists(ITEM, min_size=1, max_size=6))
@settings(deadline=None, max_examples=80)
def test_rouge_is_the_mean_of_rouge_scores_best_reference(
    name: str, items: list[tuple[str, list[str]]]
) -> None:
    answers, references = map(list, zip(*items, strict=True))
    scorer = RougeScorer([name])
    expected = [scorer.score_multi(texts, answer)[name].fmeasure for answer, texts in items]
    found = scored(name, answers, references, "en")
    assert found.item_scores == pytest.approx(expected, abs=1e-12)
    assert found.value == pytest.approx(np.mean(expected), abs=1e-12)


def test_bleu4_of_a_worked_example() -> None:
    # answer "a b c d", reference "a b c e": n-grams right 3/4, 2/3, 1/2, 0/1 smoothed to 1/2; equal lengths
    found = scored("bleu4", ["a b c d"], [["a b c e"]], "en")
    assert found.value == pytest.approx((3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** (1 / 4))


def test_bleu1_of_a_short_answer_pays_the_brevity_penalty() -> None:
    # 2 of 2 words right, 4 expected: exp(1 - 4/2)
    assert scored("bleu1", ["no pain"], [["no pain no fever"]], "en").value == pytest.approx(np.exp(-1))


def test_corpus_bleu_is_not_the_mean_of_sentence_scores() -> None:
    # words right 1/1 and 1/3, lengths equal: (1 + 1)/(1 + 3) for the task, (1 + 1/3)/2 as a mean
    found = scored("bleu1", ["pain", "pain x y"], [["pain"], ["pain a b"]], "en")
    assert found.value == pytest.approx(1 / 2)
    assert found.item_scores == pytest.approx([1, 1 / 3])


def test_chrf_of_a_worked_example() -> None:
    # "ab" for "abc": order 1 precision 2/2, recall 2/3; order 2 1/1, 1/2; no third order on both sides.
    # precision 1, recall 7/12, F2 = 5 · 1 · 7/12 / (4 · 1 + 7/12)
    assert scored("chrf", ["ab"], [["abc"]], "en").value == pytest.approx(5 * 7 / 12 / (4 + 7 / 12))


def test_rouge_l_of_a_worked_example() -> None:
    # common subsequence "no pain" of 3 and 4 words: precision 2/3, recall 2/4
    found = scored("rougeL", ["no chest pain"], [["no pain or fever"]], "en")
    assert found.parts == pytest.approx({"precision": 2 / 3, "recall": 1 / 2})
    assert found.value == pytest.approx(2 * 2 / 3 * 1 / 2 / (2 / 3 + 1 / 2))


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_answer_scores_nothing_and_counts_as_unparsed(name: str) -> None:
    rule = metric(name)
    counts = rule.count(
        ["", "<think>was it pain?</think>", "no pain here now"], questions([["no pain here now"]] * 3), {}
    )
    assert counts.unparsed.tolist() == [True, True, False]
    found = rule.estimate(counts, {})
    assert (found.n_items, found.n_unparsed) == (3, 2)
    assert found.item_scores == pytest.approx([0, 0, 1])
    assert rule.read("  \n", questions([["x"]])[0], {}) is None


@pytest.mark.parametrize("name", EVERY)
def test_reasoning_is_left_out(name: str) -> None:
    references = [["no pain here now"]]
    thought = scored(name, ["<think>fever? cough?</think> no pain here now"], references, "en")
    assert thought.value == pytest.approx(1)


def test_russian_and_chinese_have_words_for_rouge() -> None:
    assert scored("rouge1", ["Боли нет."], [["боли нет"]], "ru").value == pytest.approx(1)
    assert scored("rouge1", ["无发热。"], [["无发热"]], "zh").value == pytest.approx(1)
    assert scored("rougeL", ["発熱はない"], [["発熱はない。"]], "ja").value == pytest.approx(1)


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_chinese_and_japanese_bleu_is_sacrebleus_over_their_tokens(language: str) -> None:
    answers = ["患者有发热和咳嗽。", "肺炎の患者に薬を投与する。"]
    references = ["患者没有发热，有咳嗽。", "肺炎の患者に抗菌薬を投与した。"]
    cut = tokens.words(language)
    spaced = [[" ".join(cut(text)) for text in texts] for texts in (answers, references)]
    expected = sacrebleu.BLEU(tokenize="none").corpus_score(spaced[0], [spaced[1]]).score / 100
    found = scored("bleu4", answers, [[text] for text in references], language)
    assert found.value == pytest.approx(expected, abs=1e-9)


def test_full_width_and_plain_marks_are_the_same_text() -> None:
    forms = "５．５ｍｇ，ok", "5.5mg,ok"
    for said, expected in (forms, forms[::-1]):
        assert scored("bleu1", [said], [[expected]], "en").value == pytest.approx(1)


def test_the_interval_comes_from_leaving_out_one_item_at_a_time() -> None:
    generator = random.Random(7)
    texts = [" ".join(generator.choices(WORDS, k=9)) for _ in range(40)]
    answers, references = texts[:20], [[text] for text in texts[20:]]
    found = scored("bleu4", answers, references, "en")
    deleted = []
    for i in range(20):
        kept = [j for j in range(20) if j != i]
        reduced = CORPUS["bleu4"].corpus_score(
            [answers[j] for j in kept], streams([references[j] for j in kept])
        )
        deleted.append(reduced.score / 100)
    # pseudo-values minus their centre: (n - 1)(mean of deletions - deletion)
    assert found.influence == pytest.approx(19 * (np.mean(deleted) - np.array(deleted)), abs=1e-9)
    assert found.interval == "jackknife-t"
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", EVERY)
def test_without_items_there_is_no_value(name: str) -> None:
    found = scored(name, [], [], "en")
    assert (found.value, found.status) == (None, "undefined_no_items")


@pytest.mark.parametrize("name", EVERY)
def test_chunks_stack_to_the_whole_task(name: str) -> None:
    rule = metric(name)
    answers = ["no pain", "", "fever of 39", "cough"]
    asked = questions([["no pain at all"], ["x"], ["fever"], ["cough", "a cough"]])
    parts = [rule.count(answers[a:b], asked[a:b], {}) for a, b in ((0, 1), (1, 1), (1, 4))]
    stacked = Counts(np.vstack([p.table for p in parts]), np.concatenate([p.unparsed for p in parts]))
    whole = rule.count(answers, asked, {})
    assert np.array_equal(stacked.table, whole.table) and np.array_equal(stacked.unparsed, whole.unparsed)


@pytest.mark.parametrize("name", EVERY)
def test_an_item_without_references_is_refused_with_a_reason(name: str) -> None:
    with pytest.raises(BenchmarkError, match=r"item 7 of notes has no references"):
        metric(name).count(["x"], [Question("notes", "7", "public", {}, {"references": []})], {})


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("language", ["en", "fr", "zh", "ja", "th"])
@given(items=st.lists(st.tuples(ANY_TEXT, st.lists(ANY_TEXT, min_size=1, max_size=2)), max_size=4))
@settings(deadline=None, max_examples=15)
def test_no_text_ever_raises(name: str, language: str, items: list[tuple[str, list[str]]]) -> None:
    found = scored(name, [item[0] for item in items], [item[1] for item in items], language)
    assert ((found.item_scores >= 0) & (found.item_scores <= 1 + 1e-12)).all()


@pytest.mark.parametrize("name", EVERY)
@given(items=st.lists(ITEM, min_size=2, max_size=8), data=st.data())
@settings(deadline=None, max_examples=25)
def test_the_order_of_items_changes_nothing(
    name: str, items: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(items))))
    first = scored(name, [i[0] for i in items], [i[1] for i in items], "en")
    second = scored(name, [items[i][0] for i in order], [items[i][1] for i in order], "en")
    assert second.value == pytest.approx(first.value, abs=1e-12)
    assert second.low == pytest.approx(first.low, abs=1e-9)
    assert second.item_scores == pytest.approx(first.item_scores[list(order)], abs=1e-12)


@given(st.lists(st.sampled_from("abcd"), max_size=14), st.lists(st.sampled_from("abcd"), max_size=14))
def test_the_longest_common_subsequence_is_that_of_the_usual_table(a: list[str], b: list[str]) -> None:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    common = longest_common(a, b)
    assert longest_common_length(a, b) == len(common) == table[-1][-1]
    for side in (a, b):
        left = iter(side)
        assert all(token in left for token in common)  # in order


def test_rouge_of_two_long_notes_equals_rouge_scores_own() -> None:
    generator = random.Random(3)
    a, b = (" ".join(generator.choices(WORDS, k=400)) for _ in range(2))
    cut = tokens.content_words("en")
    assert best_overlap("rougeL", cut(a), [cut(b)]).f1 == pytest.approx(
        RougeScorer(["rougeL"]).score(b, a)["rougeL"].fmeasure, abs=1e-12
    )


REAL = {
    "aci_bench": ("aci_bench/encounters.csv", "dialogue", "note"),  # the transcript as its own summary
    "mts_dialog": ("mts_dialog/summaries_with_manual_scores.csv", "Automatic Summary", "Reference Summary"),
    "mslr": ("mslr_human_eval/facets.csv", "Generated Summary", "Target Summary"),
}


def rows_of(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        pytest.skip(f"no {path.name} among the published benchmark data")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(params=REAL)
def real_outputs(request: pytest.FixtureRequest, published_data: Path) -> list[tuple[str, str]]:
    """(system output, reference) of a published collection, NFKC as the metrics read them."""
    path, said, expected = REAL[request.param]
    rows = rows_of(published_data / path)
    return [(normalize("NFKC", row[said]).strip(), normalize("NFKC", row[expected])) for row in rows]


@pytest.mark.parametrize("name", EVERY)
def test_real_system_outputs_score_as_the_libraries_score_them(
    name: str, real_outputs: list[tuple[str, str]]
) -> None:
    answers, references = map(list, zip(*real_outputs, strict=True))
    found = scored(name, answers, [[text] for text in references], "en")
    if name in CORPUS:
        expected = CORPUS[name].corpus_score(answers, [references]).score / 100
    else:
        scorer = RougeScorer([name])
        sample = range(0, len(answers), 5 if name == "rougeL" else 1)  # its table is slow on long notes
        of_items = {i: scorer.score(references[i], answers[i])[name].fmeasure for i in sample}
        assert found.item_scores[list(sample)] == pytest.approx(list(of_items.values()), abs=1e-12)
        expected = float(found.item_scores.mean())
    assert found.value == pytest.approx(expected, abs=1e-9)
    assert found.status == "ok" and found.low is not None and found.high is not None
    assert 0 <= found.low < expected < found.high <= 1
    assert found.n_unparsed == answers.count("")
