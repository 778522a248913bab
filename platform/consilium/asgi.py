"""The web entry point: live streams and kept answers on the event loop, other pages in WSGI threads.

Django answers a plain page several times faster as WSGI than as ASGI, and a stream must not hold a
thread; so one server process does both and one port serves both. A thread is taken only once the request
is there whole (see intake), and for a public page only when it changed (see kept_answers).
"""

import asyncio
import gc
import signal
import threading
from types import FrameType

from django.urls import get_resolver

from consilium import environment as env
from consilium import wsgi  # first of all: it sets Django up
from consilium.intake import Intake, Receive, Scope, Send
from consilium.kept_answers import KeptAnswers
from consilium.listening import Listener
from consilium.live import LiveStreams
from consilium.operations.counting import ledger_of
from consilium.page_threads import PageThreads
from telemetry.visits import Visited

live = LiveStreams()
_threads = PageThreads(wsgi.application, env.integer("WEB_THREADS", 8))
_pages = Intake(_threads, idle_seconds=env.integer("BODY_IDLE_SECONDS", 20))
kept = KeptAnswers(_threads, _pages, room=env.integer("KEPT_MEGABYTES", 64) * 2**20)
_database = Listener(kept, live)  # what is kept is dropped before anybody is told to ask again
_ledger = ledger_of(live, kept)


async def _answered(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})  # before it is accepted: the client gets 403
    elif scope["type"] != "http":
        raise ValueError(f"Consilium speaks HTTP and lifespan, not {scope['type']!r}")
    elif scope["path"] == "/live/":
        await live.serve(scope, receive, send)
    else:
        await kept(scope, receive, send)


application = Visited(_answered, streams={"/live/": "live"})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _database.start()
            _ledger.start()
            _end_streams_when_told_to_stop()
            _collect_seldom()
            await send({"type": "lifespan.startup.complete"})
        else:
            live.end()
            await _database.stop()
            await asyncio.to_thread(_ledger.stop)
            await send({"type": "lifespan.shutdown.complete"})
            return


def _collect_seldom() -> None:
    """What is loaded by now stays for good and need not be searched for garbage again and again: a board of
    ten thousand cells set off searches that took longer than its making. Nearly all a request leaves behind
    is freed at once, without a search."""
    _ = get_resolver().url_patterns  # loads every page, so that no reader waits for that either
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _end_streams_when_told_to_stop() -> None:
    """The server says lifespan.shutdown only after every response ended, which a stream does not do by
    itself: so streams hear the signal too, just before the server does."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        _also_end_streams(number, loop)


def _also_end_streams(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    server = signal.getsignal(number)
    if not callable(server):
        return

    def stop(received: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(live.end)
        server(received, frame)

    signal.signal(number, stop)
