"""JSON that is deep, huge, impossible, twice the same, or written in letters that only look like others."""

from __future__ import annotations

import json

from tests.hostile.making import (
    BODY,
    PREDICTIONS,
    Hostile,
    good,
    jsonl,
    packed,
    rows,
    with_first,
    with_id,
    with_output,
    with_value,
)

P = (PREDICTIONS,)
J = "a.jsonl"

DEEP = [
    Hostile("100 000 arrays in one another", J, lambda: b"[" * 100_000 + b"]" * 100_000),
    Hostile("100 000 objects in one another", J, lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    Hostile("a field of 100 000 arrays", J, lambda: with_value(b"[" * 100_000 + b"]" * 100_000)),
    Hostile("a field of 100 000 objects", J, lambda: with_value(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
    Hostile("a field of arrays that never end", J, lambda: with_value(b"[" * 200_000)),
    Hostile("an output of 100 000 arrays", J, lambda: with_output(b"[" * 100_000 + b"]" * 100_000)),
    Hostile("an id of 5 000 arrays", J, lambda: with_id(b"[" * 5_000 + b"]" * 5_000)),
    Hostile("a row of 50 000 fields", J, lambda: jsonl(rows(**{f"f{n}": n for n in range(50_000)})), P),
    Hostile("a row of 200 000 empty strings", J, lambda: with_value(b"[" + b'"",' * 200_000 + b'""]'), P),
    Hostile("rows with a new field each", J, lambda: jsonl({**row, f"f{n}": [n]} for n, row in enumerate(rows())), P),
]  # fmt: skip
NUMBERS = [
    Hostile("a confidence of NaN", J, lambda: with_value(b"NaN", b"confidence")),
    Hostile("a confidence of Infinity", J, lambda: with_value(b"Infinity", b"confidence")),
    Hostile("a confidence of -Infinity", J, lambda: with_value(b"-Infinity", b"confidence")),
    Hostile("a confidence of 1e999", J, lambda: with_value(b"1e999", b"confidence")),
    Hostile("a confidence of -0.0000001", J, lambda: with_value(b"-1e-7", b"confidence")),
    Hostile("a confidence that is text", J, lambda: with_value(b'"0.5"', b"confidence")),
    Hostile("a confidence smaller than any number", J, lambda: with_value(b"1e-999", b"confidence"), P),
    Hostile("tokens beyond 64 bits", J, lambda: with_value(b"9" * 30, b"tokens_in")),
    Hostile("tokens of 5 000 digits", J, lambda: with_value(b"9" * 5_000, b"tokens_out")),
    Hostile("tokens below nothing", J, lambda: with_value(b"-1", b"tokens_in")),
    Hostile("half a token", J, lambda: with_value(b"0.5", b"tokens_in")),
    Hostile("a latency of 400 digits", J, lambda: with_value(b"9" * 400, b"latency_ms")),
    Hostile("a latency below nothing", J, lambda: with_value(b"-3", b"latency_ms")),
    Hostile("an output of 5 000 digits", J, lambda: with_output(b"9" * 5_000)),
    Hostile("an id of 5 000 digits", J, lambda: with_id(b"9" * 5_000)),
    Hostile("a number with leading zeros", J, lambda: with_value(b"007")),
    Hostile("a number with a plus", J, lambda: with_value(b"+7")),
    Hostile("a hexadecimal number", J, lambda: with_value(b"0xFF")),
    Hostile("a number with a point at its end", J, lambda: with_value(b"1.")),
    Hostile("NaN in a field nobody reads", J, lambda: with_value(b"NaN")),
]
TYPES = [
    Hostile("an id that is a number", J, lambda: with_id(b"7")),
    Hostile("an id that is null", J, lambda: with_id(b"null")),
    Hostile("an id that is true", J, lambda: with_id(b"true")),
    Hostile("an id that is a list", J, lambda: with_id(b'["c0"]')),
    Hostile("an id that is empty", J, lambda: with_id(b'""')),
    Hostile("an output that is null", J, lambda: with_output(b"null")),
    Hostile("an output that is a list", J, lambda: with_output(b'["A"]')),
    Hostile("an output that is an object", J, lambda: with_output(b'{"answer":"A"}')),
    Hostile("an output that is false", J, lambda: with_output(b"false")),
    Hostile("an output of 1 000 001 letters", J, lambda: with_output(b'"%s"' % (b"A" * 1_000_001))),
    Hostile("a line of 17 MB", "a.jsonl.gz", lambda: packed(with_value(b'"%s"' % (b"A" * 17_000_000)))),
    Hostile("rows that are no objects", J, lambda: b'1\n"c0"\nnull\ntrue\n[]\n'),
    Hostile("an array of all rows", J, lambda: json.dumps(rows()).encode()),
    Hostile("an object of all rows", J, lambda: json.dumps({"predictions": rows()}).encode()),
    Hostile("rows printed over several lines", J, lambda: "\n".join(json.dumps(row, indent=2) for row in rows()).encode()),
    Hostile("two objects on a line", J, lambda: with_first(b'{"id":"c0","output":"A"}{"id":"c1","output":"B"}')),
    Hostile("all objects on one line", J, lambda: good().replace(b"\n", b"")),
    Hostile("objects parted by commas", J, lambda: good().replace(b"}\n", b"},\n")),
    Hostile("JSON text sequences", J, lambda: b"".join(b"\x1e" + line + b"\n" for line in good().splitlines())),
]  # fmt: skip
GRAMMAR = [
    Hostile("a comma too many", J, lambda: with_first(b'{"id":"c0","output":"A",}')),
    Hostile("single quotes", J, lambda: good().replace(b'"', b"'")),
    Hostile("names without quotes", J, lambda: with_first(b'{id:"c0",output:"A"}')),
    Hostile("a comment", J, lambda: with_first(b'{"id":"c0",/* the first */"output":"A"}')),
    Hostile("a comment before everything", J, lambda: b"// predictions\n" + good()),
    Hostile("JSONP", "a.js", lambda: b"callback(" + good().strip() + b");"),
    Hostile("a guard against inclusion", J, lambda: b")]}',\n" + good()),
    Hostile("None of Python", J, lambda: with_value(b"None")),
    Hostile("a string that never ends", J, lambda: with_first(b'{"id":"c0","output":"A')),
    Hostile("cut in the last line", J, lambda: good()[:-9]),
    Hostile("an escape there is not", J, lambda: with_output(rb'"\x41"')),
    Hostile("an escape cut short", J, lambda: with_output(rb'"\u00"')),
    Hostile(
        "the name of the field escaped", J, lambda: with_first(rb'{"\u0069d":"c0","outpu\u0074":"A"}'), P
    ),
]
SURROGATES = [
    Hostile("half a surrogate pair in an output", J, lambda: with_output(rb'"\ud83d"')),
    Hostile("the other half in an output", J, lambda: with_output(rb'"\ude00"')),
    Hostile("a surrogate pair the wrong way round", J, lambda: with_output(rb'"\ude00\ud83d"')),
    Hostile("half a surrogate pair in an id", J, lambda: with_id(rb'"c0\ud800"')),
    Hostile(
        "half a surrogate pair in a name", J, lambda: with_first(rb'{"id":"c0","output":"A","\udfff":1}'), P
    ),
    Hostile("surrogates as bytes", J, lambda: with_output(b'"\xed\xa0\xbd\xed\xb8\x80"')),
    Hostile("a null character in an output", J, lambda: with_output(rb'"A\u0000B"')),
    Hostile("a null character in an id", J, lambda: with_id(rb'"c0\u0000"')),
    Hostile("raw control characters in an output", J, lambda: with_output(b'"A\x01\x1b[2J"')),
]
ALIKE = [
    Hostile("an id written twice in a row", J, lambda: with_first(b'{"id":"zz","id":"c0","output":"A"}'), P),
    Hostile("an output written twice in a row", J, lambda: with_first(b'{"id":"c0","output":"B","output":"A"}'), P),
    Hostile("a field called __proto__", J, lambda: with_value(b'{"admin":true}', b"__proto__"), P),
    Hostile("Cyrillic letters in a name", J, lambda: with_first('{"іd":"c0","оutput":"A"}'.encode())),
    Hostile("wide letters in a name", J, lambda: with_first('{"ｉｄ":"c0","output":"A"}'.encode())),
    Hostile("a joiner of no width in a name", J, lambda: with_first('{"i\u200dd":"c0","output":"A"}'.encode())),
    Hostile("capitals in a name", J, lambda: with_first(b'{"ID":"c0","OUTPUT":"A"}')),
    Hostile("names in Chinese", J, lambda: with_first('{"编号":"c0","输出":"A"}'.encode())),
    Hostile("an id in Cyrillic letters", J, lambda: with_id('"с0"'.encode())),
    Hostile("an id in wide letters", J, lambda: with_id('"ｃ０"'.encode())),
    Hostile("an id turned round", J, lambda: with_id('"\u202e0c"'.encode())),
    Hostile("an id with a blank after it", J, lambda: with_id(b'"c0 "')),
    Hostile("an id with a soft hyphen", J, lambda: with_id('"c\u00ad0"'.encode())),
    Hostile("an id of 100 000 letters", J, lambda: with_id(b'"%s"' % (b"c" * 100_000))),
    Hostile("an id that is a path", J, lambda: with_id(b'"../../c0"')),
    Hostile("an id that is an SQL statement", J, lambda: with_id(b"\"c0'; DROP TABLE evaluation_run;--\"")),
    Hostile("an id that is a template", J, lambda: with_id(b'"{{ settings.SECRET_KEY }}"')),
    Hostile("an item answered twice", J, lambda: good() + b'{"id":"c0","output":"B"}\n'),
    Hostile("every item answered a thousand times", J, lambda: good() * 1000),
    Hostile("items nobody asked", J, lambda: good() + b"".join(b'{"id":"x%d","output":"A"}\n' % n for n in range(5000))),
    Hostile("one item missing", J, lambda: b"".join(good().splitlines(keepends=True)[:-1])),
    Hostile("the version of another benchmark", J, lambda: jsonl(rows(benchmark_version="tiny-v9"))),
    Hostile("a template of one field", J, lambda: b'{"id":"c0"}\n'),
    Hostile("a model asked for, with lists for its fields", J, lambda: json.dumps({"benchmark": ["tiny"], "system": {"a": 1}, "named_on": [1]}).encode()),
    Hostile("a model asked for, of everything too much", J, lambda: json.dumps({"benchmark": "tiny" * 500, "system": "S" * 5000, "tasks": ["t"] * 9000}).encode()),
    Hostile("a model asked for at an address within", J, lambda: json.dumps(_asked(base_url="http://169.254.169.254/latest/")).encode(), (BODY,)),
    Hostile("a model asked for in a folder out of bounds", J, lambda: json.dumps(_asked(backend="transformers", model="/etc")).encode()),
    Hostile("a model asked for with options without end", J, lambda: json.dumps(_asked(options={"a": "x" * 100_000})).encode()),
]  # fmt: skip
TABLES = [
    Hostile("300 000 columns twice", "a.json", lambda: b"{" + b",".join(b'"c%d":{}' % (n // 2) for n in range(600_000)) + b"}"),
]  # fmt: skip
RECIPES = [*DEEP, *NUMBERS, *TYPES, *GRAMMAR, *SURROGATES, *ALIKE, *TABLES]


def _asked(**more: object) -> dict[str, object]:
    return {"benchmark": "tiny", "system": "Asked for", "backend": "openai_api", "model": "m", "mode": "direct",
            "base_url": "https://models.example/v1", **more}  # fmt: skip
