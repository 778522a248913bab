"""Every place that takes a file from outside, and what it answered: taken, or refused in these words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client, TestCase

from raters.services import items_uploads
from tests.hostile.making import (
    ARCHIVE,
    BODY,
    FOLDER,
    ITEMS,
    PICTURE,
    PREDICTIONS,
    PRINTED,
    RUBRIC,
    Hostile,
)
from tests.hostile.recipes.models import RECIPES, tensor, weights

FRAGMENT = {"HX-Request": "true"}


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where no request is made. `said` is the refusal, "" for what was taken."""

    status: int
    said: str


@dataclass(frozen=True)
class Hands:
    """Whose hands the files come from, and a folder for what lies on the disk."""

    submitter: Client
    page: Client
    coordinator: Client
    study: str
    folder: Path


def predictions(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """By the API; then, where that refuses, by the page, which has to say the same."""
    sent = {"benchmark": "tiny", "system": "Hostile", "mode": ""}
    answer = hands.submitter.post("/api/v1/submissions/", sent | {"file": _upload(file, content)})
    if answer.status_code in (200, 201):
        return Answer(answer.status_code, "")
    said = " ".join(problem["message"] for problem in answer.json()["problems"])
    shown = hands.page.post("/submit/", sent | {"file": _upload(file, content)}, headers=FRAGMENT)
    assert (answer.status_code, shown.status_code) == (400, 422)
    assert answer.json()["problems"][0]["message"] in html.unescape(shown.content.decode())
    return Answer(answer.status_code, said)


def items(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """A file of many lines is kept for a worker, which then says what is wrong with it."""
    where = f"/studies/{hands.study}/items/add/"
    answer = hands.coordinator.post(where, {"file": _upload(file, content)}, headers=FRAGMENT)
    with TestCase.captureOnCommitCallbacks(execute=True):
        upload = items_uploads.claim()
        if upload is None:
            return _shown(answer)
        items_uploads.take_in(upload)
    upload.refresh_from_db()
    problems = upload.findings["problems"]
    return Answer(0, upload.findings["refused"] or " ".join(problem["message"] for problem in problems))


def picture(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """The page of the item comes back with a word on it."""
    where = f"/studies/{hands.study}/items/1/image/set/"
    answer = hands.coordinator.post(where, {"file": _upload(file, content)})
    (word,) = get_messages(answer.wsgi_request)
    return Answer(answer.status_code, "" if word.level_tag == "success" else str(word))


def rubric(hands: Hands, file: Hostile, content: bytes) -> Answer:
    where = "/rubrics/upload/publish/"
    return _shown(hands.coordinator.post(where, {"file": _upload(file, content)}, headers=FRAGMENT))


def printed(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """As a table of printed results: CSV where it may be that, else JSON."""
    path = hands.folder / ("printed.csv" if file.file_name.endswith(".csv") else "printed.json")
    path.write_bytes(content)
    return _commanded("import_results", str(path), board="hostile", title="Printed")


def archive(hands: Hands, file: Hostile, content: bytes) -> Answer:
    path = hands.folder / "backup.zip"
    path.write_bytes(content)
    return _commanded("restore", str(path))


def body(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """As the JSON of a request, to ask for a model and to save a draft."""
    answer = hands.submitter.post("/api/v1/submissions/", content, content_type="application/json")
    missing = "/api/v1/assignments/00000000-0000-4000-8000-000000000000/draft/"
    draft = hands.submitter.put(
        missing, content, content_type="application/json", headers={"If-Match": '"0"'}
    )
    assert draft.status_code in (400, 413, 404), draft.content
    told = answer.json()
    said = told.get("detail") or " ".join(problem["message"] for problem in told.get("problems", []))
    return Answer(answer.status_code, said)


def folder(hands: Hands, file: Hostile, content: bytes) -> Answer:
    """Among the files of a model, whose other files are as they should be."""
    from workers.backends.protocol import ServingError
    from workers.backends.weights.configs import refuse_the_boundless
    from workers.backends.weights.files import look_through, read_json
    from workers.backends.weights.safetensors_headers import read_weights

    root = hands.folder / "model"
    root.mkdir(exist_ok=True)
    settings = {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2}
    (root / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    (root / "model.safetensors").write_bytes(weights({"w": tensor([2], 0, 8)}, bytes(8)))
    link, _, name = file.file_name.partition("link:")
    if name and not link:
        (root / name).symlink_to(content.decode())
    else:
        (root / _plain(file.file_name)).write_bytes(content)
    try:
        found = look_through(root, root)
        refuse_the_boundless(read_json(found["config.json"]))
        read_weights(found)
    except ServingError as refusal:
        return Answer(0, refusal.message)
    return Answer(0, "")


def places_for(file: Hostile) -> list[str]:
    """A model's folder takes what a model is made of and passes over everything else."""
    return [place for place in PLACES if place != FOLDER or file in RECIPES]


PLACES: dict[str, Callable[[Hands, Hostile, bytes], Answer]] = {
    PREDICTIONS: predictions,
    ITEMS: items,
    PICTURE: picture,
    RUBRIC: rubric,
    PRINTED: printed,
    ARCHIVE: archive,
    BODY: body,
    FOLDER: folder,
}


def _upload(file: Hostile, content: bytes) -> SimpleUploadedFile:
    upload = SimpleUploadedFile("a", content, "application/octet-stream")
    upload._name = file.file_name  # as a hostile client writes it: no path is cut off here
    return upload


def _plain(name: str) -> str:
    """A name a file can have on a disk."""
    return re.sub(r"[^\w.-]", "_", name)[-80:]


def _commanded(name: str, *words: str, **options: Any) -> Answer:
    try:
        call_command(name, *words, **options)
    except CommandError as refusal:
        return Answer(0, str(refusal))
    return Answer(0, "")


def _shown(answer: Any) -> Answer:
    """A part of a page says what is wrong; who is sent on has nothing to mend."""
    if "HX-Redirect" in answer.headers:
        return Answer(answer.status_code, "")
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return Answer(answer.status_code, " ".join(html.unescape(words).split()))
