"""A simulated consultation after MedDialogRubrics: the system is the doctor, the patient knows a case.

At most twelve exchanges; the doctor may end earlier by stating its result, or by a mark. Where the limit ends
it, the result is asked for once. The output is the transcript; the record has every turn, what was told, what
the guard found and which must-ask items came up when.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from evaluation.domain.answers.final import final_part
from evaluation.domain.asking import Decoding, Failure, Reply, Request, Solving, Turn
from evaluation.domain.dialogues import coverage, judged_coverage
from evaluation.domain.dialogues.case import Case
from evaluation.domain.dialogues.facts_patient import QUESTIONS_HEARD, Answered, FactsPatient
from evaluation.domain.dialogues.guard import Guard
from evaluation.domain.dialogues.model_patient import ModelPatient
from evaluation.domain.dialogues.phrases import patient_sha256
from evaluation.domain.dialogues.transcript import (
    DOCTOR,
    END,
    PATIENT,
    Spoken,
    doctor_turns,
    ends,
    one_line,
    questions_and_result,
    read,
    written,
)
from evaluation.domain.prompts.building import Asked, Fit, turns_sha256
from evaluation.domain.prompts.modes import Mode
from evaluation.domain.prompts.replies import answered, failed, reply_to
from evaluation.domain.prompts.wording import fill

Ended = Literal["diagnosis", "mark", "limit", "window", "silence"]
Patient = FactsPatient | ModelPatient
_SPEAKER = re.compile(r"^[ \t*#]*(?:doctor|dr\.?|physician)[ \t*]*[:：][ \t*]*", re.IGNORECASE)
_OTHERS_TURN = re.compile(r"^[ \t*#]*patient[ \t*]*[:：]", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Doctor:
    """How the system is asked to be the doctor; `served` are those a request can be sent to."""

    mode: Mode
    asked: Asked
    fit: Fit
    decoding: Decoding
    served: frozenset[str]

    @property
    def opening(self) -> str:
        return one_line(str(self.asked.input.get("question") or ""))

    def request(self, talk: Talk, closing: bool) -> Request:
        name = "result" if closing else f"doctor/{talk.exchanges + 1}"
        return Request(name, self._turns(talk, closing), self.decoding)

    def fits(self, request: Request) -> bool:
        room = self.fit.window
        return room is None or self.fit.count(request.turns) + self.decoding.max_new_tokens <= room

    def _turns(self, talk: Talk, closing: bool) -> tuple[Turn, ...]:
        told = self._instruction()
        last = f"\n\n{self.mode.consultation.closing.strip()}" if closing else ""
        if not self.fit.is_chat:
            return (Turn("user", f"{told}\n\n{written(talk.turns)}{last}\n{DOCTOR}:"),)
        roles: dict[str, Literal["user", "assistant"]] = {DOCTOR: "assistant", PATIENT: "user"}
        turns = [Turn(roles[turn.speaker], turn.text) for turn in talk.turns]
        turns[-1] = Turn("user", turns[-1].text + last)
        if self.mode.system == "role" and self.fit.takes_system:
            return (Turn("system", told), *turns)
        return (Turn("user", f"{told}\n\n{turns[0].text}"), *turns[1:])

    def _instruction(self) -> str:
        wording = self.mode.consultation
        told = fill(
            wording.doctor.strip(), exchanges=str(wording.exchanges), questions=str(QUESTIONS_HEARD), end=END
        )
        return "\n\n".join(part for part in (self.asked.instruction.strip(), told) if part)


@dataclass
class Talk:
    """What has been said so far, and what it took. Turns begin with the patient's opening."""

    turns: list[Spoken]
    exchanges: int = 0
    told: list[tuple[str, ...]] = field(default_factory=list)  # facts the patient told, by exchange
    rounds: list[list[Reply]] = field(default_factory=list)  # the system's
    ended: Ended = "limit"
    cut: list[int] = field(default_factory=list)  # exchanges in which the doctor spoke for the patient too
    prompt_sha256: str = ""

    def known(self) -> list[str]:
        return [fact for facts in self.told for fact in facts]


def consult(doctor: Doctor, case: Case) -> Solving:
    """Lets the system consult with the patient of `case`."""
    if failure := _cannot(doctor):
        return failed(doctor.mode, failure)
    patient = _patient(doctor, case)
    talk = Talk([Spoken(PATIENT, doctor.opening)])
    failure = yield from _talk(doctor, patient, talk)
    if failure is None and talk.ended == "limit":
        failure = yield from _result(doctor, talk)
    output = written(talk.turns)
    record = _record(doctor, case, patient, talk)
    if failure is None and "judge" in doctor.served:
        judging = judged_coverage.requests(case, output)
        replies = yield judging
        record["must_ask"]["judge"] = judged_coverage.verdicts(case, replies, len(doctor_turns(talk.turns)))
    last = talk.rounds[-1][-1] if talk.rounds else Reply("", finish="length")
    reply = Reply("", failure=failure) if failure else last
    return answered(doctor.mode, "" if failure else output, reply, talk.rounds, record)


def _talk(doctor: Doctor, patient: Patient, talk: Talk) -> Generator[Any, Any, Failure | None]:
    """Exchanges until one of the ends; a failure of the system or of the patient's model."""
    while talk.exchanges < doctor.mode.consultation.exchanges:
        said = yield from _doctor_says(doctor, talk, closing=False)
        if isinstance(said, Failure):
            return said
        if said is None:
            return None
        if ended := _ended(said):
            talk.ended = ended
            _add(talk, said)
            return None
        asked = one_line(said)
        heard = patient.answer(asked, talk.known())
        given = heard if isinstance(heard, Answered) else (yield from heard)
        if isinstance(given, Failure):
            return given
        talk.turns += [Spoken(DOCTOR, asked), Spoken(PATIENT, given.text)]
        talk.told.append(given.told)
        talk.exchanges += 1
    return None


def _doctor_says(
    doctor: Doctor, talk: Talk, *, closing: bool
) -> Generator[Sequence[Request], Mapping[str, Reply], str | Failure | None]:
    """The system's next turn, lines as written; None where its window is full."""
    request = doctor.request(talk, closing)
    if not doctor.fits(request):
        if not talk.rounds:
            return _too_long(doctor)
        talk.ended = "window"
        return None
    talk.prompt_sha256 = talk.prompt_sha256 or turns_sha256(request.turns)
    reply = reply_to((yield [request]), request)
    if reply.failure:
        return reply.failure
    talk.rounds.append([reply])
    said = _SPEAKER.sub("", final_part(reply.text)).strip()
    if other := _OTHERS_TURN.search(said):
        talk.cut.append(talk.exchanges + 1)
        said = said[: other.start()].strip()
    return said


def _result(doctor: Doctor, talk: Talk) -> Generator[Any, Any, Failure | None]:
    """The result, asked for when no exchange is left; the patient answers nothing that is said then."""
    said = yield from _doctor_says(doctor, talk, closing=True)
    if isinstance(said, Failure):
        return said
    _add(talk, said or "")
    return None


def _ended(said: str) -> Ended | None:
    if ends(said):
        return "diagnosis"
    if not said:
        return "silence"
    return "mark" if END.casefold() in said.casefold() else None


def _add(talk: Talk, said: str) -> None:
    text = one_line(re.sub(re.escape(END), " ", said, flags=re.IGNORECASE))
    if text:
        talk.turns.append(Spoken(DOCTOR, text))


def _patient(doctor: Doctor, case: Case) -> Patient:
    facts = FactsPatient(case, doctor.asked.language)
    if doctor.mode.consultation.patient == "facts":
        return facts
    return ModelPatient(facts, Guard(case, doctor.opening), doctor.opening)


def _cannot(doctor: Doctor) -> Failure | None:
    if doctor.mode.consultation.patient == "model" and "patient" not in doctor.served:
        return Failure(
            "no_patient",
            f"Mode {doctor.mode.id} needs a model that plays the patient, and none is set: name one, or "
            "choose a mode whose patient needs none.",
        )
    return None


def _too_long(doctor: Doctor) -> Failure:
    return Failure(
        "too_long",
        f"The opening of the consultation does not fit: the model's window is {doctor.fit.window:,} tokens, "
        f"of which a turn may take {doctor.decoding.max_new_tokens:,}. Lower max_new_tokens, or choose a "
        "model with a larger window.",
    )


def _record(doctor: Doctor, case: Case, patient: Patient, talk: Talk) -> dict[str, Any]:
    """What explains a consultation, as JSON. Must-ask items stand by their ids."""
    spoken, result = questions_and_result(talk.turns)
    first = coverage.first_turns(case, spoken)
    record: dict[str, Any] = {
        "prompt_sha256": talk.prompt_sha256,
        "template_sha256": doctor.mode.template_sha256,
        "patient": {"kind": doctor.mode.consultation.patient, "sha256": patient_sha256()},
        "turns": [
            {"number": number, "speaker": turn.speaker, "text": turn.text}
            for number, turn in enumerate(talk.turns, start=1)
        ],
        "exchanges": talk.exchanges,
        "ended_by": talk.ended,
        "told": [list(facts) for facts in talk.told],
        "spoke_for_patient": talk.cut,
        "diagnosis": result.diagnosis,
        "advice": result.advice,
        "must_ask": {
            "rule": {"first_turn": first, "by_turn": coverage.by_turn(list(first.values()), len(spoken))}
        },
    }
    if isinstance(patient, ModelPatient):
        record["guard"] = patient.events
        record["patient"]["requests"] = len(patient.replies)
        record["patient"]["tokens_out"] = sum(reply.tokens_out or 0 for reply in patient.replies)
    assert read(written(talk.turns)) is not None or not spoken  # what is written can be read
    return record
