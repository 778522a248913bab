"""Parts killed at moments drawn by chance while a model is asked, answered and scored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.faults.chance import Ear, Fire, Reader, rounds, told_of, within_bounds
from tests.faults.model_run import (
    ITEMS,
    Endpoint,
    Ledger,
    Watched,
    ask_for,
    ended_whole,
    said_what_the_endpoint_says,
)

KILLS = 5
PARTS = ("web", "worker", "models", "endpoints", "redis", "postgres", "the model's server")


@rounds
def test_a_model_run_ends_on_the_board_once_whatever_is_killed(
    site: Any,
    client: httpx.Client,
    endpoint: Endpoint,
    eventually: Callable[..., None],
    record_figure: Callable[..., None],
    number: int,
) -> None:
    """The gate lets as many questions through as the next kill needs, so that each comes in the middle."""
    system, fire = f"Run by chance {number}", Fire(site, eventually, "model run", number)
    endpoint.open(3)
    wanted = {"backend": "openai_api", "model": "gated", "base_url": endpoint.url}
    submission = ask_for(client, system, **wanted)
    topics = ("board:gated", f"submission:{submission}")
    with (
        Watched(client, submission) as run,
        Reader(site, "/", "/queue/", "/boards/gated/") as reader,
        Ear(site, *topics) as ear,
    ):
        for share, part in fire.draw(*PARTS, number=KILLS):
            asked = len(endpoint.asked())
            endpoint.open(max(int(share * ITEMS), asked))
            eventually(
                lambda at=int(share * ITEMS): len(endpoint.asked()) >= at or run.state == "scored", 240,
                lambda: f"{fire.said} {run.last} {len(endpoint.asked())} asked",
            )  # fmt: skip
            if part == PARTS[-1]:
                fire.said.append(f"{part} at {share:.2f}")
                endpoint.kill()
                endpoint.start()
                eventually(endpoint.answers, 60)
            else:
                fire.kill(part, f"at {share:.2f}")
        endpoint.open()
        ended_whole(site, run, eventually, system, recomputes=False)
        said_what_the_endpoint_says(site, submission)
        ledger = Ledger(site)
        ((published,),) = ledger.rows("SELECT max(at) FROM leaderboard_scoreevent")
        eventually(lambda: told_of(ear, published), 60, lambda: f"{ear.newest} {ear.opened}")
        within_bounds(reader, eventually, record_figure, "a model run")
    record_figure(f"kills survived by a model run, round {number}", str(KILLS), "ends whole, once", True)
