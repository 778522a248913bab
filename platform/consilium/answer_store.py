"""Answers in memory, found by what was asked and forgotten by what they depend on."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from functools import partial

from consilium.sent_answer import Answer

Question = tuple[object, ...]  # whose answer it is: address, and then the headers it varies by
MOST_QUESTIONS = 20_000
MOST_TOPICS = 20_000


class AnswerStore:
    """The answers asked for last, `room` bytes of them at most.

    Every change has a number. An answer is begun at the number of that moment and is taken in only if nothing
    it depends on has changed since: what was read before a change cannot be shown after it.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._answers: OrderedDict[Question, Answer] = OrderedDict()
        self._sizes: dict[Question, int] = {}
        self._of_topic: defaultdict[str, set[Question]] = defaultdict(set)
        self._changes: OrderedDict[str, int] = OrderedDict()  # topic → number of its last change
        self._forgotten = 0  # topics not in `_changes` changed at this number at the latest
        self.now = 0  # number of the last change
        self.size = 0

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, question: Question) -> Answer | None:
        found = self._answers.get(question)
        if found is not None:
            self._answers.move_to_end(question)
        return found

    def keep(self, question: Question, answer: Answer, begun_at: int) -> bool:
        """Take an answer in; False when it is out of date already, too large, or must not be kept."""
        fresh = answer.topics is not None and self.unchanged_since(begun_at, answer.topics)
        if not fresh or answer.size * 8 > self._room:
            return False
        self.drop(question)
        self._answers[question] = answer
        for topic in answer.topics or ():
            self._of_topic[topic].add(question)
        answer.grew = partial(self._weigh, question, answer)
        answer.grew()
        return True

    def _weigh(self, question: Question, answer: Answer) -> None:
        """Count again what an answer holds, for compressing it adds to that, and stay within the room."""
        if self._answers.get(question) is not answer:
            return
        self.size += answer.size - self._sizes.get(question, 0)
        self._sizes[question] = answer.size
        while self.size > self._room or len(self._answers) > MOST_QUESTIONS:
            self.drop(next(iter(self._answers)))

    def drop(self, question: Question) -> None:
        answer = self._answers.pop(question, None)
        if answer is None:
            return
        self.size -= self._sizes.pop(question)
        for topic in answer.topics or ():
            self._of_topic[topic].discard(question)
            if not self._of_topic[topic]:
                del self._of_topic[topic]

    def changed(self, topic: str) -> None:
        """Forget what depends on a topic, or on all of its kind (`board:*`)."""
        self.now += 1
        for name in (topic, kind_of(topic)):
            self._changes[name] = self.now
            self._changes.move_to_end(name)
            for question in tuple(self._of_topic.get(name, ())):
                self.drop(question)
        while len(self._changes) > MOST_TOPICS:
            self._forgotten = self._changes.popitem(last=False)[1]

    def unchanged_since(self, number: int, topics: frozenset[str] | None = None) -> bool:
        """Whether none of the topics has changed since; without topics, whether nothing at all has."""
        if topics is None:
            return number == self.now
        return number >= max((self._changes.get(topic, self._forgotten) for topic in topics), default=0)

    def clear(self) -> None:
        """Forget everything, and take in nothing that was begun before now."""
        self.now += 1
        self._forgotten = self.now
        for kept in (self._answers, self._sizes, self._of_topic, self._changes):
            kept.clear()
        self.size = 0


def kind_of(topic: str) -> str:
    """What stands for all topics of a kind: `board:*` of `board:sample`."""
    return f"{topic.partition(':')[0]}:*"
