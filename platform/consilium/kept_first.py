"""What is kept goes onto the wire as soon as a request's headers are there: no task, no ASGI, no thread.

The server's own protocol does everything else. A request is taken from it only where it would change nothing:
a plain GET of HTTP/1.1 on a connection that stays, with nothing before it still to be answered or to be read.
Use: `uvicorn --http consilium.kept_first:KeptFirst`; without it all is answered as well, only slower.
"""

from __future__ import annotations

from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from consilium.asgi import kept
from consilium.sent_answer import Sent


class KeptFirst(HttpToolsProtocol):
    """One connection."""

    _at_once: Sent | None = None  # of the request that is being read

    def on_headers_complete(self) -> None:
        self._at_once = self._kept() if self._is_plain() else None
        if self._at_once is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._at_once is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        sent, self._at_once = self._at_once, None
        if sent is None:
            super().on_message_complete()
            return
        usual = b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)
        self.transport.writelines((sent.wire, usual, b"\r\n", sent.body))
        kept.told["at_once" if sent.status == 200 else "unchanged"] += 1
        kept.told_bytes += len(sent.body)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _is_plain(self) -> bool:
        parser: Any = self.parser
        return (
            parser.get_method() == b"GET"
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and not (self.expect_100_continue or self.access_log or self.root_path)
            and self.limit_concurrency is None
        )

    def _kept(self) -> Sent | None:
        path, _, query = self.url.partition(b"?")
        if not path.startswith(b"/") or b"%" in path or b"#" in self.url or not path.isascii():
            return None  # the server knows how to read these
        headers = dict(self.headers)
        answer = kept.kept(self._scheme_of(headers), path.decode("ascii"), query, headers)
        return answer.at_once(headers) if answer else None

    def _scheme_of(self, headers: dict[bytes, bytes]) -> str:
        """As the server tells it to the application: what a proxy on this machine says, is believed."""
        said = headers.get(b"x-forwarded-proto", b"").decode("latin-1").strip()
        front = self.app
        believed = (
            isinstance(front, ProxyHeadersMiddleware)
            and self.client is not None
            and self.client[0] in front.trusted_hosts
        )
        return said if believed and said in ("http", "https") else self.scheme or "http"
