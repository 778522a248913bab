"""A panel of judges: a system whose answers follow from those of judges that were run before.

It is handed in as a file like any other system's answers, so it is scored, ranked beside its members and
receipted in the same way.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from django.core.files.base import File

from accounts.models import User
from evaluation.domain.benchmarks import JUDGING
from evaluation.domain.judging.convened import panel_answer
from evaluation.domain.judging.panel import RULES, Rule
from evaluation.models import Answer, BenchmarkVersion, Item, Run, Submission
from evaluation.services import submissions

FEWEST = 2


class NoPanelError(ValueError):
    """These submissions make no panel; the message says why."""


def convene(
    submitter: User, system_name: str, members: Sequence[Submission], rule: Rule = "majority"
) -> Submission:
    """Hand in what these judges amount to together; the same panel again is the same submission.

    NoPanelError where they are too few, not scored, of different benchmarks or no judges; RefusedError where
    the submitter may not hand in.
    """
    version = _version_of(members, rule)
    lines = io.BytesIO(b"\n".join(_lines(version, members, rule)))
    mode = f"panel of {len(members)}, {rule}"
    return submissions.submit(submitter, version, system_name, mode, "panel.jsonl", File(lines))[0]


def _version_of(members: Sequence[Submission], rule: str) -> BenchmarkVersion:
    if rule not in RULES:
        raise NoPanelError(f"No rule {rule!r}: take {', '.join(RULES)}.")
    if len({member.pk for member in members}) < max(FEWEST, len(members)):
        raise NoPanelError("A panel takes two different judges at least, each of them once.")
    if len({member.version_id for member in members}) > 1:
        raise NoPanelError("These judges answered different benchmarks or versions: take runs of one.")
    for member in members:
        run: Run | None = getattr(member, "run", None)
        if run is None or run.state != Run.State.SCORED:
            raise NoPanelError(f"{member.system_name} ({member.pk}) is not scored yet.")
        if run.total != member.version.item_count:
            raise NoPanelError(f"{member.system_name} ({member.pk}) answered some of the tasks only.")
    version = members[0].version
    others = version.tasks.exclude(family__in=JUDGING).values_list("slug", flat=True)
    if others:
        raise NoPanelError(
            f"{', '.join(others)}: no task of judging. A panel answers benchmarks of judges alone."
        )
    return version


def _lines(version: BenchmarkVersion, members: Sequence[Submission], rule: Rule) -> Iterator[bytes]:
    said = [_outputs(member) for member in members]
    rows = Item.objects.filter(version=version).order_by("position")
    for position, key, family in rows.values_list("position", "key", "task__family"):
        output = panel_answer(family, [outputs[position] for outputs in said], rule)
        yield msgspec.json.encode({"id": key, "output": output})


def _outputs(member: Submission) -> Mapping[int, str]:
    return dict(Answer.objects.filter(run__submission=member).values_list("position", "output"))
