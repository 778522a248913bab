"""What several judges amount to together.

    majority   more than half of those whose verdict could be read
    any        one is enough (liberal)
    all        every one (unanimous)

A verdict that could not be read (None) is no vote. Where nobody voted, nothing is decided and the answer is
None; so it is where the rule needs a vote that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal, get_args

from evaluation.domain.judging.labels import Preference

Rule = Literal["majority", "any", "all"]
Ties = Literal["no", "yes", "undecided"]
RULES: tuple[str, ...] = get_args(Rule)


def criterion_verdict(
    votes: Sequence[bool | None], rule: Rule = "majority", ties: Ties = "no"
) -> bool | None:
    """Whether the panel finds a criterion met; `ties` is what half and half amounts to under majority."""
    read = [vote for vote in votes if vote is not None]
    if not read:
        return None
    if rule == "majority":
        twice = 2 * sum(read)
        return (
            {"no": False, "yes": True, "undecided": None}[ties] if twice == len(read) else twice > len(read)
        )
    decisive = rule == "any"  # one vote of this kind settles it
    if decisive in read:
        return decisive
    return None if len(read) < len(votes) else not decisive


def risk_level(levels: Sequence[int | None], rule: Rule = "majority") -> int | None:
    """The level of a panel: the median, of two in the middle the higher; any: the highest; all: the lowest.

    "any" thus calls a text unsafe when one judge does, "all" only when every judge does; these two need
    every vote.
    """
    read = sorted(level for level in levels if level is not None)
    if not read or (rule != "majority" and len(read) < len(levels)):
        return None
    if rule == "any":
        return read[-1]
    return read[0] if rule == "all" else read[len(read) // 2]


def preferred(votes: Sequence[Preference | None], rule: Rule = "majority") -> Preference | None:
    """What a panel prefers of two answers.

    majority   what more than half say, else a tie
    any        an answer that one judge prefers and no judge prefers the other to; else as majority
    all        what every judge says, else a tie; None with a vote missing
    """
    read = [vote for vote in votes if vote is not None]
    if not read:
        return None
    if rule == "all":
        if len(read) < len(votes):
            return None
        return read[0] if len(set(read)) == 1 else "tie"
    sides = {vote for vote in read if vote in ("a", "b")}
    if rule == "any" and len(sides) == 1:
        return sides.pop()
    said, times = Counter(read).most_common(1)[0]
    return said if 2 * times > len(read) else "tie"
