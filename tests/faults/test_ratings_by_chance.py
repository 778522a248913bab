"""Parts killed at moments drawn by chance while a study is rated, counted, closed and published."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import httpx

from tests.faults.chance import Ear, Fire, Reader, rounds, told_of, within_bounds
from tests.faults.model_run import Ledger
from tests.faults.small_study import PUBLISH, Hand, open_study

RATERS, CASES = 3, 20  # every case by every rater
RATINGS = RATERS * CASES
KILLS = 4
ENDED = """
SELECT study.published,
       (SELECT count(*) FROM raters_ratingrevision revision JOIN raters_membership member
        ON member.id = revision.membership_id WHERE member.study_id = study.id),
       (SELECT count(*) FROM raters_ratingrevision revision JOIN raters_membership member
        ON member.id = revision.membership_id WHERE member.study_id = study.id AND NOT revision.counted),
       (SELECT count(*) FROM raters_observation observation WHERE observation.study_id = study.id
        AND observation.variable = 'label'),
       (SELECT n_ratings FROM raters_agreementtally tally WHERE tally.study_id = study.id
        AND tally.variable = 'label'),
       (SELECT count(*) FROM leaderboard_studyresults results WHERE results.study_id = study.id)
FROM raters_study study WHERE study.slug = %s
"""
WHOLE = (True, RATINGS, 0, RATINGS, RATINGS, 1)
NOTES = """
SELECT revision.payload ->> 'note' FROM raters_ratingrevision revision
JOIN raters_membership member ON member.id = revision.membership_id
JOIN raters_study study ON study.id = member.study_id WHERE study.slug = %s
"""


class Rater(threading.Thread):
    """Rates until nothing is left."""

    def __init__(self, address: str, token: str, study: str) -> None:
        super().__init__(daemon=True)
        self._hand, self.failed = Hand(address, token, study), ""

    def run(self) -> None:
        with self._hand:
            while screen := self._hand.next():
                answer = self._hand.rate(screen)
                if answer.status_code != 200:
                    self.failed = answer.text
                    return

    @property
    def notes(self) -> list[str]:
        return self._hand.acknowledged


@rounds
def test_a_study_is_rated_counted_and_published_once_whatever_is_killed(
    site: Any, eventually: Callable[..., None], record_figure: Callable[..., None], number: int
) -> None:
    slug, fire, ledger = f"by-chance-{number}", Fire(site, eventually, "study", number), Ledger(site)
    tokens = open_study(site, slug, raters=RATERS, items=CASES, each=RATERS)
    ((study,),) = ledger.rows("SELECT id FROM raters_study WHERE slug = %s", slug)
    with Reader(site, "/", "/boards/sample/") as reader, Ear(site, f"study:{study}") as ear:
        raters = [Rater(site.address, token, slug) for token in tokens]
        for rater in raters:
            rater.start()
        for share, part in fire.draw("web", "postgres", "worker", "redis", number=KILLS):
            at = int(share * RATINGS)
            eventually(lambda at=at: sum(len(rater.notes) for rater in raters) >= at, 120)
            fire.kill(part, f"after {at} ratings")
        for rater in raters:
            rater.join(240)
            assert not rater.is_alive() and not rater.failed, rater.failed
        site.manage("shell", "-v0", "-c", PUBLISH.format(slug=slug))
        fire.kill(fire.chance.choice(["worker", "postgres"]), "while it is published")
        eventually(lambda: ended(ledger, slug) == [WHOLE], 120, lambda: str(ended(ledger, slug)))
        ((at,),) = ledger.rows("SELECT max(at) FROM leaderboard_studyresults WHERE study_id = %s", study)
        within_bounds(reader, eventually, record_figure, "a study")
        board = httpx.get(f"{site.address}/api/v1/boards/{slug}/", timeout=60)
        assert board.status_code == 200 and board.json()["rows"], board.text
        ((changed,),) = ledger.rows(
            "SELECT max(updated_at) FROM raters_agreementtally WHERE study_id = %s", study
        )
        eventually(lambda: told_of(ear, changed), 60, lambda: f"{ear.newest} {ear.opened} {at}")
    acknowledged = sorted(note for rater in raters for note in rater.notes)
    assert sorted(note for (note,) in ledger.rows(NOTES, slug)) == acknowledged
    assert f"{RATERS} chains with {RATINGS} ratings are whole." in site.manage("verify_ratings", slug)
    record_figure(
        f"kills survived by a study, round {number}",
        str(KILLS + 1),
        "every rating kept and counted once",
        True,
    )


def ended(ledger: Ledger, slug: str) -> list[tuple[Any, ...]]:
    with contextlib.suppress(Exception):  # the database is being started again
        return ledger.rows(ENDED, slug)
    return []
