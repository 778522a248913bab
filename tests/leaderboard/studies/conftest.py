"""Published studies on boards: from ratings through import and publication to the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from leaderboard.services import study_boards
from raters.domain.importing import (
    READERS,
    ImportedAnswer,
    ImportedItem,
    ImportedRater,
    ImportedRating,
    ImportedStudy,
)
from raters.domain.rubric.case import Case, ShownAnswer
from raters.models import Study
from raters.services import publication
from raters.services.importing import import_study

Given = tuple[str, tuple[str, ...], str, dict[str, Any]]  # case, systems as shown, rater, payload


@pytest.fixture
def put_on_board() -> Callable[[Study], Study]:
    """Publish a study as a worker does, and derive its board."""

    def _put_on_board(study: Study) -> Study:
        publication.ask(study)
        assert publication.publish(study), Study.objects.get(pk=study.pk).publication_problem
        assert study_boards.derive(study) is not None
        study.refresh_from_db()
        return study

    return _put_on_board


@pytest.fixture
def on_board(
    published_data: Path, root_admin: Any, put_on_board: Callable[[Study], Study]
) -> Callable[..., Study]:
    """The study of published ratings that a reader makes, published and on its board."""

    def _on_board(reader: str, folder: str = "") -> Study:
        where = published_data / (folder or reader)
        if not where.is_dir():
            pytest.skip(f"{where.name} is not among the published data")
        study, _ = import_study(READERS[reader](where), reader, root_admin)
        return put_on_board(study)

    return _on_board


@pytest.fixture
def rated(root_admin: Any) -> Callable[..., Study]:
    """A locked study of ratings given as tuples. `groups` rater → group; texts and references are optional."""

    def _rated(
        rubric: str,
        given: Sequence[Given],
        *,
        slug: str = "rated",
        groups: dict[str, str] | None = None,
        cases: dict[str, Case] | None = None,
        answers: dict[tuple[str, str], ShownAnswer] | None = None,
    ) -> Study:
        keys = dict.fromkeys(case for case, *_ in given)
        shown = dict.fromkeys((case, system) for case, systems, *_ in given for system in systems)
        found = ImportedStudy(
            slug=slug,
            title=f"Study {slug}",
            description="Made for a test.",
            source="a test",
            licence="CC0-1.0",
            rubric_toml=rubric,
            items=[ImportedItem(key, (cases or {}).get(key, Case(question="?")), "en", "") for key in keys],
            systems=sorted({system for _, system in shown}),
            answers=[ImportedAnswer(*one, (answers or {}).get(one, ShownAnswer(text="x"))) for one in shown],
            raters=[
                ImportedRater(rater, (groups or {}).get(rater, "Physicians"))
                for rater in dict.fromkeys(rater for _, _, rater, _ in given)
            ],
            ratings=[ImportedRating(*one) for one in given],
            left_out=[],
        )
        return import_study(found, slug, root_admin)[0]

    return _rated
