"""Languages as people write them, read back to their codes."""

from __future__ import annotations

import re
from difflib import get_close_matches

from raters.domain.languages import LANGUAGES

MOST = 20
_SEPARATORS = re.compile("[,;\n，、；]")
_NAME_OF = dict(LANGUAGES)
_CODE_OF = {name.casefold(): code for code, name in LANGUAGES} | {code: code for code, _ in LANGUAGES}


def read_languages(text: str) -> list[str]:
    """Codes of the languages named, by English name or code, in the order given.

    ValueError, saying which is not known and what may be meant.
    """
    found: list[str] = []
    for written in _SEPARATORS.split(text):
        name = " ".join(written.split())
        code = _CODE_OF.get(name.casefold())
        if name and code is None:
            raise ValueError(_unknown(name))
        if code and code not in found:
            found.append(code)
    if len(found) > MOST:
        raise ValueError(f"Name the languages you can judge medical texts in, {MOST} at most.")
    return found


def _unknown(name: str) -> str:
    near = get_close_matches(name.casefold()[:40], [each for each in _CODE_OF if len(each) > 2], n=1)
    meant = f" Did you mean {_NAME_OF[_CODE_OF[near[0]]]}?" if near else ""
    return f'"{name[:40]}" is no language we know by its English name or two-letter code.{meant}'
