"""Static files: stored under the hash of their content, and collected only when one of them changed, for
compressing all of them takes long."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# of our own files; in modules whole lines only, so that no text between quotes can be taken for a comment
_IN_SCRIPTS = re.compile(r"^[ \t]*(?://.*|/\*\*[\s\S]*?\*/[ \t]*)\n", re.MULTILINE)
_IN_STYLES = re.compile(r"/\*[\s\S]*?\*/")
COMMENTS = {
    "rating/*.js": _IN_SCRIPTS, "site.js": _IN_SCRIPTS,
    "rating*.css": _IN_STYLES, "site.css": _IN_STYLES,
}  # fmt: skip

CHARTS = "plotly.min.js"


class ChartLibraryFinder(BaseFinder):
    """Plotly's script, from the pinned Python package: one release, one hash, nothing copied by hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        package = find_spec("plotly")  # found and not loaded: nothing here draws
        assert package is not None and package.submodule_search_locations
        self.storage = FileSystemStorage(Path(package.submodule_search_locations[0]) / "package_data")

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.storage.path(CHARTS) if path == CHARTS else None
        if find_all or kwargs.get("all"):
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        yield CHARTS, self.storage


class StaticCompressor(Compressor):  # type: ignore[misc]
    """Brotli's last step takes twenty times as long for a tenth less: it is left to the small files."""

    SMALL = 64 * 2**10

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=11 if len(data) <= StaticCompressor.SMALL else 9))


class ModuleStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed and compressed; the modules of the rating screen import each other under hashed names, too.

    They must not import in a ring: the hash of each is made from those of what it imports. Scripts of others
    are left as they are, for comments in them read like imports.

    Comments stay at home: a sixth of what a rater on a slow line would wait for.
    """

    support_js_module_import_aggregation = True
    max_post_process_passes = 12  # more than modules stand one above the other
    _js_module_import_aggregation_patterns = (
        "rating/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **kwargs: Any) -> StaticCompressor:
        return StaticCompressor(**kwargs)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            paths = {name: (self, name) if self._without_comments(name) else at for name, at in paths.items()}
        yield from super().post_process(paths, dry_run, **options)

    def _without_comments(self, name: str) -> bool:
        """Rewrite the collected copy of one of our own files; False for any other."""
        comments = next((found for ours, found in COMMENTS.items() if fnmatch(name, ours)), None)
        copy = Path(self.path(name))
        if comments is None or copy.is_symlink():  # of --link: behind it is the source
            return False
        copy.write_text(comments.sub("", copy.read_text(encoding="utf-8")), encoding="utf-8")
        return True


def collect_if_changed() -> None:
    """Run `collectstatic` unless the sources are those of the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    now = _fingerprint()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != now:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(now, encoding="utf-8")


def _fingerprint() -> str:
    """A digest of the name, size and time of every source, and of how they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list(None):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
