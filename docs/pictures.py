"""Every picture of the documents, taken from the demo as it comes: make pictures.

    python docs/pictures.py [NAME …] [--at http://127.0.0.1:8000]

Starts the demo in a state folder of its own, walks it as the people do (walks.py), and writes docs/pictures/*.png.
With --at it takes a demo that runs already. Names take these pictures alone.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import walks  # noqa: F401 - says which pictures there are
from playwright.sync_api import sync_playwright
from taking import TAKEN, Visitors

from tests.running_site import Site


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo of its own, which ends with the walk."""
    parent = Path(tempfile.mkdtemp(prefix="consilium-pictures-"))
    parent.chmod(0o711)  # the database does not run as root and must reach its folder
    (parent / "state").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = Site(parent / "state", port)
    try:
        yield site.address
    finally:
        site.stop()
        shutil.rmtree(parent)


def walk(address: str, names: list[str]) -> None:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("No browser: install Chromium (for instance: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for name in names or TAKEN:
            TAKEN[name](Visitors(browser, address))
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of the documents.")
    parser.add_argument("names", nargs="*", choices=[*TAKEN, []], metavar="NAME", help="these alone")
    parser.add_argument("--at", default="", help="a demo that runs already")
    asked = parser.parse_args()
    if asked.at:
        walk(asked.at, asked.names)
    else:
        with demo() as address:
            walk(address, asked.names)


if __name__ == "__main__":
    main()
