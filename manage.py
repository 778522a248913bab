#!/usr/bin/env python
"""Run a Django command, with `platform/` on the import path and the embedded services at hand."""

import os
import sys
from pathlib import Path

# these start their own services or need none
WITHOUT_SERVICES = {
    "up",
    "help",
    "version",
    "check",
    "collectstatic",
    "makemigrations",
    "spectacular",
    "agreement",
    "rank",
    "--help",
    "--version",
}


def main() -> None:
    sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consilium.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and WITHOUT_SERVICES.isdisjoint(sys.argv[1:]):
        from consilium.embedded.services import ensure_services
        from consilium.supervisor import CannotStartError

        try:
            ensure_services()
        except CannotStartError as reason:
            sys.exit(str(reason))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
