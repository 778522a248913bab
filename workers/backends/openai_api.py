"""Any OpenAI-compatible endpoint as a backend: its requests run on one event loop in a thread of their own.

Chunks that are asked at the same time share that loop, and with it the connections, the number of requests
under way, the pace and the purse; so an endpoint stays equally busy where one chunk ends and the next begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from django.conf import settings

from evaluation.domain.asking import Engine, Finding, ModelSpec, Reply, Request, Turn
from workers.backends.endpoint import wire as openai_wire
from workers.backends.endpoint.client import EndpointClient
from workers.backends.endpoint.guarded_network import Resolver, system_resolver
from workers.backends.protocol import Log, ServingError

T = TypeVar("T")

NOTICED_SECONDS = 0.2  # a stop
_WINDOW_FIELDS = ("max_model_len", "context_length", "context_window", "max_context_length")


def inspect(spec: ModelSpec) -> list[Finding]:
    """Whether the endpoint may be named, is there, takes the key and lists the model."""
    try:
        endpoint = EndpointBackend(spec, settings.ENDPOINT_ALLOWED_HOSTS)
    except ServingError as error:
        name = {"address_refused": "address", "key_refused": "key"}.get(error.code, "options")
        return [Finding(name, "failed", error.message)]
    found = [Finding("address", "ok", f"{endpoint.place.authority} may be asked.")]
    try:
        listed = endpoint.run(endpoint.client.models())
    except ServingError as error:
        name = "key" if error.code == "key_refused" else "connection"
        return [*found, Finding(name, "failed", error.message)]
    finally:
        endpoint.close()
    return [*found, *_about_the_list(spec, endpoint, listed)]


def serve(spec: ModelSpec, log: Log) -> EndpointBackend:
    """Open the endpoint; ServingError where it cannot be asked."""
    endpoint = EndpointBackend(spec, settings.ENDPOINT_ALLOWED_HOSTS)
    try:
        endpoint.open(log)
    except BaseException:
        endpoint.close()
        raise
    return endpoint


class EndpointBackend:
    """An endpoint that answers; whoever knows more of its server gives it another client."""

    parallel = 2

    def __init__(
        self,
        spec: ModelSpec,
        allowed: Iterable[str] = (),
        resolver: Resolver = system_resolver,
        client: type[EndpointClient] = EndpointClient,
    ) -> None:
        self.client = client(spec, allowed, resolver)
        self.place, self.window = self.client.place, self.client.options.window
        self.scores_options = False
        self._slots = asyncio.Semaphore(self.client.options.concurrency)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="endpoint", daemon=True)
        self._thread.start()

    @property
    def cost(self) -> float:
        """What was spent, in the currency of the prices; requests that came to nothing count in full."""
        return self.client.purse.spent

    def open(self, log: Log) -> None:
        """Ask for the list of models, and whether options can be scored."""
        log(f"Asking {self.place.authority} what it serves")
        listed = self.run(self.client.models())
        self.window = self.window or _window(listed, self.client.spec.model)
        self.scores_options = self.run(self.client.scores_options())

    def about(self) -> Engine:
        client = self.client
        versions = {name: ", ".join(seen) for name, seen in client.reported.items() if seen}
        if client.dialect.dropped:
            versions["fields_left_out"] = ", ".join(sorted(client.dialect.dropped))
        if client.dialect.length_field != "max_tokens":
            versions["length_field"] = client.dialect.length_field
        return Engine(
            backend=client.spec.backend,
            model=client.spec.model,
            revision=client.spec.revision,
            versions=versions,
            device=self.place.authority,
            window=self.window,
            takes_system=client.options.takes_system,
            is_chat=not client.options.completion,
            scores_options=self.scores_options,
        )

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        """An estimate on the high side: nobody told us the tokenizer."""
        return openai_wire.estimated_tokens(turns, self.client.options.image_tokens)

    def replies(self, requests: Sequence[Request], stop: Event) -> Iterator[Reply]:
        ended: SimpleQueue[Reply | None] = SimpleQueue()
        asking = asyncio.run_coroutine_threadsafe(self._ask_all(requests, ended), self._loop)
        try:
            while not stop.is_set():
                try:
                    reply = ended.get(timeout=NOTICED_SECONDS)
                except Empty:
                    continue
                if reply is None:
                    asking.result()
                    return
                yield reply
        finally:
            asking.cancel()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self.run(self._let_go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ask_all(self, requests: Sequence[Request], ended: SimpleQueue[Reply | None]) -> None:
        """Every reply as it comes, None at the end. What is under way when the model fails is waited for."""
        failed: list[ServingError] = []

        async def ask(request: Request) -> None:
            async with self._slots:
                if failed:
                    return
                try:
                    ended.put(await self.client.answer(request))
                except ServingError as error:
                    failed.append(error)

        try:
            async with asyncio.TaskGroup() as group:
                for request in requests:
                    group.create_task(ask(request))
        finally:
            ended.put(None)
        if failed:
            raise failed[0]

    async def _let_go(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self.client.network.close()


def _about_the_list(
    spec: ModelSpec, endpoint: EndpointBackend, listed: list[Mapping[str, Any]] | None
) -> list[Finding]:
    where = endpoint.place.authority
    if listed is None:
        text = f"{where} keeps no list of models; the three items will show whether it has {spec.model}."
        return [Finding("connection", "ok", f"{where} answers."), Finding("model", "warning", text)]
    found = [Finding("connection", "ok", f"{where} answers and lists its models.")]
    names = [endpoint.client.scrub(str(each.get("id", ""))) for each in listed]
    if spec.model in names:
        found.append(Finding("model", "ok", f"{spec.model} is listed."))
    else:
        text = (
            f"{spec.model} is not listed; there are {', '.join(names[:5])[:200] or 'none'}. Check the name."
        )
        found.append(Finding("model", "warning", text))
    window = endpoint.window or _window(listed, spec.model)
    if window is None:
        text = (
            "How much the model takes is not known: set `window`, or long prompts may be refused one by one."
        )
        return [*found, Finding("window", "warning", text)]
    return [*found, Finding("window", "ok", f"{window:,} tokens of prompt and answer together.")]


def _window(listed: list[Mapping[str, Any]] | None, model: str) -> int | None:
    for each in listed or []:
        if each.get("id") == model:
            sizes = [each.get(name) for name in _WINDOW_FIELDS]
            return next((size for size in sizes if type(size) is int and size > 0), None)
    return None
