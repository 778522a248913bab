"""An S3-compatible server in a process of its own, spoken to over HTTP: moto's, behind a check of who asks.

moto itself lets everybody in. Before it stands the rule of AWS for presigned addresses (Signature Version 4 in
the query): the signature is computed again from the secret, the time must not be over, and whoever brings
neither a presigned address nor a signed header is refused.
"""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

BUCKET = "kept"
KEY = {"aws_access_key_id": "key-of-the-test", "aws_secret_access_key": "secret-of-the-test"}


@contextmanager
def running() -> Iterator[str]:
    """The address of a server with one bucket."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", __file__, str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        address = f"http://127.0.0.1:{port}"
        client(address).create_bucket(Bucket=BUCKET)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def client(address: str) -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=address, region_name="us-east-1", **KEY)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while True:
        assert server.poll() is None, "the S3 server ended"
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/")
            asked.getresponse().read()
            return
        except OSError:
            assert time.monotonic() < deadline, "the S3 server does not answer"
            time.sleep(0.2)


def refusal(environ: dict[str, Any]) -> str:
    """Why a request is not let in; empty when it is."""
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if "X-Amz-Signature" not in query:
        return "" if "HTTP_AUTHORIZATION" in environ else "AccessDenied"
    signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if datetime.fromtimestamp(time.time(), UTC) > signed + timedelta(seconds=int(query["X-Amz-Expires"])):
        return "AccessDenied: Request has expired"
    return "" if _signature(environ, query) == query["X-Amz-Signature"] else "SignatureDoesNotMatch"


def _signature(environ: dict[str, Any], query: dict[str, str]) -> str:
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    unsigned = {name: value for name, value in query.items() if name != "X-Amz-Signature"}
    path = quote(environ["PATH_INFO"])
    url = f"http://{environ['HTTP_HOST']}{path}?{urlencode(unsigned, quote_via=quote)}"
    request = AWSRequest(environ["REQUEST_METHOD"], url)
    request.context["timestamp"] = query["X-Amz-Date"]
    auth = S3SigV4QueryAuth(Credentials(*KEY.values()), "s3", "us-east-1")
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))


def main(port: int) -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import run_simple

    store = DomainDispatcherApplication(create_backend_app)

    def checked(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if reason := refusal(environ):
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [reason.encode()]
        return store(environ, start)

    run_simple("127.0.0.1", port, checked, threaded=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
