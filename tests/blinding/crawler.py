"""Walks the site as one person: every link and address, and every screen from the first look to the last word."""

from __future__ import annotations

import random
import re
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from django.test import Client

from tests.blinding.responses import Seen, read

SAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NOT_FOLLOWED = ("/account/logout", "/static/", "/admin/")
MOST_OF_A_KIND = 5  # pages whose addresses differ in an id or a query only


class Crawler:
    def __init__(self, name: str, person: Any | None, keep: Callable[[Seen], None]) -> None:
        self.name, self._keep = name, keep
        self._client = Client(raise_request_exception=False)
        if person is not None:
            self._client.force_login(person)
        self._random = random.Random(name)
        self._asked: set[str] = set()
        self._of_kind: dict[str, int] = {}

    def ask(self, method: str, where: str, sent: Any = None, **headers: str) -> Seen:
        extra = {"content_type": "application/json", "data": sent or {}} if method != "get" else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = getattr(self._client, method)(where, headers=named, **extra)
        seen = read(self.name, f"{method.upper()} {where}", response)
        self._keep(seen)
        return seen

    def walk(self, start: Iterable[str]) -> None:
        """Every page that can be reached by links from these."""
        waiting = deque(start)
        while waiting:
            where = waiting.popleft()
            if self._is_new(where):
                waiting.extend(self.ask("get", where).links)

    def _is_new(self, where: str) -> bool:
        kind = SAME.sub("#", where.split("?")[0])
        if not where or where in self._asked or where.startswith(NOT_FOLLOWED):
            return False
        self._asked.add(where)
        self._of_kind[kind] = self._of_kind.get(kind, 0) + 1
        return self._of_kind[kind] <= MOST_OF_A_KIND

    def rate(self, slug: str, before_each: Callable[[], None]) -> list[str]:
        """Accept, then work through a study to its end; the screens. `before_each` may help along."""
        self._client.post(f"/studies/{slug}/consent/", {"version": 1})
        screens: list[str] = []
        before_each()
        while (shown := self.ask("get", f"/api/v1/assignments/next/?study={slug}")).status == 200:
            screens.append(shown.values[0]["assignment"])
            self._work_on(slug, shown.values[0], len(screens))
            before_each()
        return screens

    def _work_on(self, slug: str, shown: dict[str, Any], n: int) -> None:
        pk = shown["assignment"]
        at, payload = f"/api/v1/assignments/{pk}", filled(shown, self._random)
        self.ask(
            "get", f"/studies/{slug}/rate/screen/" if n % 2 else f"/studies/{slug}/rate/?assignment={pk}"
        )
        if shown["image"]:
            self.ask("get", shown["image"])
        if n % 4 == 1:
            self._take_every_turn(slug, pk, payload)
        done = self.ask("post", f"{at}/submit/", {"payload": payload}, Idempotency_Key=str(uuid.uuid4()))
        assert done.status == 200, (slug, done.body[:600])
        if n % 4 == 1:
            self.ask("get", f"/studies/{slug}/rate/?assignment={pk}")

    def _take_every_turn(self, slug: str, pk: str, payload: dict[str, Any]) -> None:
        """Fetch ahead, save, collide, flag, skip, come back."""
        at = f"/api/v1/assignments/{pk}"
        self.ask("get", f"/studies/{slug}/rate/screen/?after={pk}")
        self.ask("put", f"{at}/draft/", {"payload": payload}, If_Match='"0"')
        self.ask("put", f"{at}/draft/", {"payload": {}}, If_Match='"0"')  # 409
        self.ask("post", f"{at}/heartbeat/", {"seconds": 5})
        self.ask(
            "post", f"{at}/submit/", {"payload": {"no such axis": 1}}, Idempotency_Key=str(uuid.uuid4())
        )  # 422
        self.ask("post", f"{at}/flag/", {"note": "The picture is cut off."})
        self.ask("post", f"{at}/skip/", {"reason": "technical"})
        self.ask("post", f"{at}/reopen/")


def filled(shown: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A complete rating of a screen as the API shows it; what is hidden is dropped by the server."""
    case, numbers = shown["case"], range(1, len(shown["answers"]) + 1)

    def value(axis: dict[str, Any]) -> Any:
        kind = axis["type"]
        if kind in {"interval", "number"}:
            return axis.get("low") or 0
        if kind in {"spans", "multi_select"}:
            return []
        if kind == "rank":
            return list(numbers)
        if kind == "checklist":
            return {one["id"]: {"met": "not_met"} for one in case.get("criteria", [])}
        return "Seen." if kind == "text" else chance.choice(axis["options"])["value"]

    return {
        axis["id"]: {str(number): value(axis) for number in numbers}
        if axis.get("per") == "answer"
        else value(axis)
        for axis in shown["axes"]
    }
