"""Which of several texts a question is about: words they share, rare ones weighing more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evaluation.domain.dialogues.words import listed, tokens

LEAST = 0.34  # weight shared from which a question is about a text: one word that at most two others have
NEARLY = 0.75  # of the best match: texts that fit a question nearly as well are meant too
OF_A_TEXT = 0.4  # share of a text's weight that has to be asked after


class Subjects:
    """What a question may be about; each subject is one or more texts, other wordings of the same.

    A word weighs 1 / the number of subjects that have it.
    """

    def __init__(self, subjects: Sequence[Sequence[str]]) -> None:
        self._wordings = [[tokens(text) for text in texts] for texts in subjects]
        self._words = [frozenset[str]().union(*wordings) for wordings in self._wordings]
        self._spread = Counter(word for words in self._words for word in words)

    def about(self, question: str, most: int) -> list[int]:
        """The subjects a question is about, best first; it may list several. A weak match counts alone."""
        found: dict[int, None] = {}
        weak: dict[int, None] = {}
        for part in dict.fromkeys([*listed(question), question]):
            scores = self._scores(part)
            best = max(scores, default=0.0)
            order = sorted((at for at in range(len(scores)) if scores[at]), key=lambda at: -scores[at])
            if part != question or not found:
                found |= dict.fromkeys(at for at in order if scores[at] >= max(LEAST, NEARLY * best))
            weak |= dict.fromkeys(order[:1])
        return list(found)[:most] if found else list(weak)[:1]

    def named(self, question: str, most: int) -> list[int]:
        """The subjects a question asks after: enough of one wording of theirs must be in it."""
        asked = tokens(question)
        shares = [max((self._share(asked, words) for words in each), default=0.0) for each in self._wordings]
        scores = self._scores(question)
        order = sorted(range(len(shares)), key=lambda at: (-shares[at], at))
        return [at for at in order if shares[at] >= OF_A_TEXT and scores[at] >= LEAST][:most]

    def _scores(self, question: str) -> list[float]:
        asked = tokens(question)
        return [sum(1 / self._spread[word] for word in asked & words) for words in self._words]

    def _share(self, asked: frozenset[str], words: frozenset[str]) -> float:
        whole = sum(1 / self._spread[word] for word in words)
        return sum(1 / self._spread[word] for word in asked & words) / whole if whole else 0.0
