"""Why a request is not carried out. What the rater wrote stays with them, and they are told what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from raters.domain.rubric import Problem


class RefusalError(Exception):
    """`code` is for programs, the message for people."""

    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFoundError(RefusalError):
    code = "not_found"


class NotAllowedError(RefusalError):
    code = "not_allowed"


class LockedError(RefusalError):
    """The study takes no ratings: not open yet, or locked."""

    code = "study_locked"


class ReasonMissingError(RefusalError):
    """A rating that was submitted is changed only with a reason."""

    code = "reason_needed"


class StaleError(RefusalError):
    """Another window saved meanwhile; `other` is what it saved."""

    code = "changed_elsewhere"

    def __init__(self, message: str, other: dict[str, Any]) -> None:
        super().__init__(message)
        self.other = other


class IncompleteError(RefusalError):
    """The rating is not complete or not valid; every problem is named."""

    code = "incomplete"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("Some answers are missing or cannot be stored.")
        self.problems = tuple(problems)
