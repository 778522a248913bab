"""What the schema says, the site does: no fault of the server, no answer that the schema does not know.

Every operation is asked as every kind of person, of things that are there and of things that are not, with
requests that keep to the schema and with requests that break it. Which requests, hangs on nothing but the
schema and the constants in the code that is loaded. CONSILIUM_SCHEMA_EXAMPLES asks for more of them, and for
others each time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.throttling import PersonThrottle
from consilium.wsgi import application
from tests.hostile.conftest import PEOPLE, World

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("CONSILIUM_SCHEMA_EXAMPLES", "4"))
DRAWN_ALIKE = "CONSILIUM_SCHEMA_EXAMPLES" not in os.environ
TRUE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PLAIN = {"Accept-Encoding": "identity"}

answered: Counter[int] = Counter()  # by status
found: dict[str, set[int]] = {}  # statuses of an operation, for things that are there


def _closed(node: Any, name: str = "") -> Any:
    """The same schema, in which an answer has no property but those that are named."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value, key) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node and not name.endswith("Request"):
        closed.setdefault("additionalProperties", False)
    return closed


def _document() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    document["components"]["schemas"] = _closed(document["components"]["schemas"])
    return document


CONFIG = {
    **({"seed": 7} if DRAWN_ALIKE else {}),
    "generation": {
        "deterministic": DRAWN_ALIKE, "max-examples": EXAMPLES, "with-security-parameters": False,
    },
}  # fmt: skip
schema = schemathesis.openapi.from_dict(_document(), config=SchemathesisConfig.from_dict(CONFIG))
turns = count()  # an odd number of them goes by for each request of something there: people and things meet


@pytest.fixture(autouse=True)
def _unthrottled(monkeypatch: pytest.MonkeyPatch, world_files: None) -> None:
    monkeypatch.setattr(PersonThrottle, "rate", "1000000/min", raising=False)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=DRAWN_ALIKE,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_the_schema_names(case: schemathesis.Case, world: World) -> None:
    """People take turns."""
    _ask(case, world, [*TRUE, negative_data_rejection])
    if there := world.there.get(case.operation.path):
        turn, label = next(turns), case.operation.label
        asked = case.derive()
        asked.path_parameters = {name: names[turn % len(names)] for name, names in there.items()}
        found.setdefault(label, set()).add(_ask(asked, world, TRUE))


def _ask(case: schemathesis.Case, world: World, checks: list[Any]) -> int:
    headers = world.headers(PEOPLE[next(turns) % len(PEOPLE)]) | PLAIN
    response = case.call(app=application, headers=headers)
    case.validate_response(response, checks=checks, headers=headers)
    answered[response.status_code] += 1
    return response.status_code


# what is a right body is said by a rubric and not by the schema: tests/raters/test_rating.py
BY_A_RUBRIC = "POST /api/v1/assignments/{id}/submit/"


def test_what_is_there_was_found_by_every_operation(record_figure: Callable[..., None], world: World) -> None:
    """Runs last: nothing above is a truth about 404 alone."""
    if not found:
        pytest.skip("run the whole file: the tests above find what is there")
    operations = [each.ok() for each in schema.get_all_operations()]
    assert set(found) == {each.label for each in operations if each.path in world.there}
    missed = {label: codes for label, codes in found.items() if not any(map(_of_what_is_there, codes))}
    assert set(missed) <= {BY_A_RUBRIC}, missed
    faults = sum(number for code, number in answered.items() if code >= 500)
    record_figure(
        "Requests made from the OpenAPI schema: faults of the server",
        f"{faults} of {sum(answered.values()):,}", "0", faults == 0,
    )  # fmt: skip


def _of_what_is_there(code: int) -> bool:
    """Done, or refused for what the thing itself is like: changed meanwhile, not complete, closed."""
    return code < 400 or code in (409, 422, 423)
