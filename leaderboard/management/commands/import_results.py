"""`manage.py import_results FILE --board bridge --mode zero-shot`: results others have printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import URLValidator, validate_slug

from accounts.acts import RecordedCommand
from leaderboard.domain.printed import UnreadableTableError, read_table
from leaderboard.domain.specifications import specification, specifications
from leaderboard.services import printed

TASKS = "task_information.json"  # beside a BRIDGE leaderboard


class Command(RecordedCommand):
    help = (
        "Import published results as 'reported, not run here' rows of a board: a BRIDGE leaderboard (JSON, "
        " task_information.json beside it), a CSV (first column the system, one column a task), or the "
        "JSON of a board of this site. With --spec, the printed rows that come with a board's specification. "
        "A fault stores nothing; the same file again does nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, nargs="?", help="the file")
        parser.add_argument("--board", help="slug of the board, as in its address")
        parser.add_argument("--mode", default="", help="prompt mode of all its rows, as in zero-shot")
        parser.add_argument("--title", default="", help="where it was printed, as readers see it")
        parser.add_argument("--url", default="", help="address of that place")
        parser.add_argument("--licence", default="")
        parser.add_argument("--note", default="", help="what readers have to know of these figures")
        parser.add_argument(
            "--unit", choices=["percent", "share"], default="percent", help="of a CSV's scores"
        )
        parser.add_argument("--spec", action="append", default=[], help="board whose specification has rows")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["path"] and not options["spec"]:
            raise CommandError(
                "Name a file and its --board, or a board whose specification has rows with --spec."
            )
        for slug in options["spec"]:
            self.import_specification(slug)
        if options["path"]:
            self.import_file(options["path"], options)

    def import_specification(self, slug: str) -> None:
        spec = specification(slug)
        if spec is None or not spec.rows:
            there = ", ".join(each.slug for each in specifications().values() if each.rows)
            raise CommandError(f"No specification of a board {slug!r} has printed rows; there are: {there}")
        new = printed.store_rows_of(spec)
        self.stdout.write(
            f"{slug}: {len(spec.rows)} reported systems." if new else f"{slug}: stored already, nothing done."
        )

    def import_file(self, path: Path, options: dict[str, Any]) -> None:
        origin = _origin(path, options)
        beside = path.with_name(TASKS)
        try:
            content = path.read_bytes()
            tasks = beside.read_bytes() if beside.is_file() and beside != path else None
            table = read_table(content, path.name, tasks, options["unit"])
        except OSError as fault:
            raise CommandError(f"{path} cannot be read ({fault.strerror}): check the path") from None
        except UnreadableTableError as fault:
            raise CommandError(f"{path.name}: nothing was stored.\n{fault}") from None
        if printed.store(table, content, origin):
            said = f"{len(table.rows)} reported systems on {len(table.columns)} tasks."
        else:
            said = "this very file is there already, nothing done."
        self.stdout.write(f"{origin.board} {origin.mode}".strip() + f": {said}")


def _origin(path: Path, options: dict[str, Any]) -> printed.Origin:
    board, mode, url = options["board"], options["mode"], options["url"]
    if not board:
        raise CommandError("--board is missing: the slug of the board, as in --board bridge")
    try:
        validate_slug(board)
        if url:
            URLValidator(["http", "https"])(url)
    except ValidationError as fault:
        raise CommandError(f"--board {board} --url {url}: {' '.join(fault.messages)}") from None
    lengths = {"board": 80, "mode": 40, "title": 200, "url": 500, "licence": 200}
    for name, longest in lengths.items():
        if len(options[name] or "") > longest:
            raise CommandError(f"--{name} has {len(options[name])} characters, at most {longest} are allowed")
    spec = specification(board)
    if spec is not None and spec.modes and mode not in spec.modes:
        raise CommandError(f"--mode {mode!r}: the board {board} has the modes {', '.join(spec.modes)}")
    title = options["title"] or (f"{spec.title} leaderboard" if spec else path.name[:200])
    url = url or (f"https://{spec.source}" if spec and "/" in spec.source and " " not in spec.source else "")
    licence = options["licence"] or (spec.licence if spec else "")
    return printed.Origin(board, mode, title, url, licence[:200], options["note"])
