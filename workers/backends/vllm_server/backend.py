"""A model behind a vLLM server of our own, started when it is asked, rested when it is not."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from evaluation.domain.asking import Engine, ModelSpec, Reply, Request, Turn
from workers.backends.endpoint.options import LONGEST_SECONDS
from workers.backends.generation.chat_prompts import UnfitRequestError
from workers.backends.openai_api import EndpointBackend
from workers.backends.protocol import Log, ServingError
from workers.backends.vllm_server.installation import interpreter, versions
from workers.backends.vllm_server.launch import Launch
from workers.backends.vllm_server.options import VllmOptions
from workers.backends.vllm_server.prompts import VllmPrompts
from workers.backends.vllm_server.requests import VllmClient, in_groups, single_replies
from workers.backends.vllm_server.supervision import STEP_SECONDS, VllmServer

logger = logging.getLogger(__name__)

PROMPTS_A_REQUEST = 16  # a request costs the server as much as a short answer
# Prompts at the server for each it works on. While its steps take milliseconds, its front sends no finished
# answer and takes no new prompt; with less at hand it then steps half empty (DECISIONS.md).
WAITING_SHARE = 8
DYING_SECONDS = 5.0  # a server that fails a request is given so long to show that it is ending
_OF_A_DYING_SERVER = frozenset({"unreachable", "cut_off", "endpoint_failed", "timeout"})


class _Either(Event):
    """Set when somebody stops the work, or when the server is gone."""

    def __init__(self, stop: Event, server: VllmServer) -> None:
        super().__init__()
        self._stop, self._server = stop, server

    def is_set(self) -> bool:
        return self._stop.is_set() or not self._server.is_alive()


class _Patience:
    """How long is still waited to see whether failed replies are those of a server that is ending."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def sees_end(self, server: VllmServer, stop: Event) -> bool:
        while server.is_alive() and self._left > 0 and not stop.wait(STEP_SECONDS):
            self._left -= STEP_SECONDS
        return not server.is_alive()


class VllmBackend:
    """Two chunks are asked at a time, so that the server has work where one ends and the next begins."""

    parallel = 2

    def __init__(
        self,
        spec: ModelSpec,
        options: VllmOptions,
        revision: str,
        digests: Mapping[str, str],
        prompts: VllmPrompts,
        starting: Launch,
    ) -> None:
        self._spec, self._options, self._revision = spec, options, revision
        self._digests, self._prompts, self._launch = digests, prompts, starting
        self._lock = threading.RLock()
        self._running: tuple[VllmServer, EndpointBackend] | None = None
        self._asking, self._asked_at = 0, time.monotonic()
        self._window: int | None = None
        self._closed = Event()
        if options.idle_seconds:
            threading.Thread(target=self._rest_when_idle, name="vllm idle", daemon=True).start()

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    @property
    def pid(self) -> int:
        """Of the server, 0 while it rests."""
        running = self._running
        return running[0].pid if running else 0

    def about(self) -> Engine:
        chat = self._prompts.chat
        return Engine(
            backend="vllm",
            model=self._spec.model,
            revision=self._revision,
            versions=versions(interpreter()),
            device=self._launch.device,
            weights=self._digests,
            template_sha=chat.template_sha,
            window=self._window,
            takes_system=chat.takes_system,
            is_chat=chat.is_chat,
            scores_options=True,
        )

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """Tokens of the prompt, the opening of the answer included; ServingError where it cannot be asked."""
        try:
            return self._prompts.count(turns)
        except UnfitRequestError as error:
            raise ServingError(error.code, error.message) from None

    def replies(self, requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
        """As they end. A server that ends meanwhile is a ServingError; the next call starts it anew."""
        with self._busy():
            try:
                server, endpoint = self.wake(stop, logger.info)
            except ServingError:
                if stop.is_set():
                    return
                raise
            over, patience = _Either(stop, server), _Patience(DYING_SECONDS)
            asked: list[Request] = []
            for ready in self._prompts.ready(requests, over):
                if isinstance(ready, Reply):
                    yield ready
                else:
                    asked.append(ready)
            try:
                for reply in self._asked(endpoint, asked, over):
                    if (
                        reply.failure
                        and reply.failure.code in _OF_A_DYING_SERVER
                        and patience.sees_end(server, stop)
                    ):
                        break
                    yield reply
            except (CancelledError, RuntimeError):
                if server.is_alive():  # else the endpoint was taken away by whoever saw the end first
                    raise
            if not stop.is_set() and not server.is_alive():
                raise server.failure("server_died", "The vLLM server ended in the middle of its work.")

    def wake(self, stop: Event, log: Log) -> tuple[VllmServer, EndpointBackend]:
        """The running server, started where it rests or has ended; ServingError where it does not start."""
        with self._lock:
            if self.is_closed:
                raise ServingError("closed", "This model was let go. Ask for it again.")
            if self._running is not None and self._running[0].is_alive():
                return self._running
            self._rest()
            server = VllmServer(self._launch)
            try:
                server.wait_until_ready(self._options.start_seconds, stop, log)
                endpoint = self._endpoint(server)
            except BaseException:
                server.stop()
                raise
            self._running = (server, endpoint)
            self._window = endpoint.window
            self._prompts.set_window(endpoint.window)
            return self._running

    def close(self) -> None:
        """End the server and everything it started."""
        self._closed.set()
        with self._lock:
            self._rest()

    def _endpoint(self, server: VllmServer) -> EndpointBackend:
        address = f"127.0.0.1:{server.port}"
        asked_at_a_time = math.ceil(WAITING_SHARE * self._launch.concurrency / PROMPTS_A_REQUEST)
        options = {
            "concurrency": min(asked_at_a_time, 64),
            "timeout": LONGEST_SECONDS,  # most of it is waiting for the others
            "idle_timeout": 600,
            "attempts": 2,
            "extra": self._template_options(),
        }
        spec = replace(self._spec, base_url=f"http://{address}/v1", key=server.key, options=options)
        endpoint = EndpointBackend(spec, [address], client=VllmClient)
        try:
            endpoint.open(lambda _: None)
        except BaseException:
            endpoint.close()
            raise
        return endpoint

    def _asked(self, endpoint: EndpointBackend, asked: Sequence[Request], over: Event) -> Iterator[Reply]:
        for reply in endpoint.replies(in_groups(asked, PROMPTS_A_REQUEST), over):
            yield from single_replies(reply)

    def _template_options(self) -> dict[str, object]:
        given = self._options.chat_template_kwargs
        return {"chat_template_kwargs": given} if given else {}

    @contextmanager
    def _busy(self) -> Iterator[None]:
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                self._asked_at = time.monotonic()

    def _rest(self) -> None:
        if self._running is not None:
            (server, endpoint), self._running = self._running, None
            server.stop()
            endpoint.close()

    def _rest_when_idle(self) -> None:
        limit = self._options.idle_seconds
        while not self._closed.wait(min(5.0, limit / 4)):
            with self._lock:
                if self._running and not self._asking and time.monotonic() - self._asked_at > limit:
                    logger.info("not asked for %g s: the vLLM server of %s rests", limit, self._spec.model)
                    self._rest()
