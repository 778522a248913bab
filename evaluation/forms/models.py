"""The shape of a model to be run, the same for the page and the API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from evaluation.domain.backends import BACKENDS, is_kind
from evaluation.domain.prompts.modes import THINKING, modes
from evaluation.forms.fields import BenchmarkField, NameField, problems_of
from evaluation.forms.publication import PublicationForm, publication_of
from evaluation.models import Recipe, Submission, System
from evaluation.services.recipes import Wanted

REASONING = {
    "unset": _("as the model does by itself"),
    "on": _("on"),
    "off": _("off"),
    "low": _("low effort"),
    "medium": _("medium effort"),
    "high": _("high effort"),
}
# fields of several controls
ANCHORS = {name: name for name in ("tasks", "visibility", "relation")} | {
    "backend": "engines",
    "mode": "modes",
}
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[\w.-]{1,96})?", re.ASCII)
DECODING = ("max_new_tokens", "temperature", "top_p", "top_k", "seed")
NUMBERS_OF_ENDPOINTS = ("concurrency", "requests_a_minute", "price_in", "price_out", "cost_limit")


class JSONObjectField(forms.CharField):
    """A JSON object, {} where nothing was written."""

    def clean(self, value: object) -> dict[str, Any]:
        typed = "" if isinstance(value, dict) else super().clean(value)
        try:
            text = self._written(value) if isinstance(value, dict) else typed
            found = json.loads(text, parse_constant=_no_number) if text.strip() else {}
            self._written(found)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is not JSON: %(why)s.") % {"why": error}, code="not_json"
            ) from None
        if not isinstance(found, dict):
            raise forms.ValidationError(
                _('Write a JSON object, such as {"dtype": "float32"}.'), code="not_json"
            )
        return found

    def _written(self, value: object) -> str:
        """As text, where it can be stored and is no longer than the page takes; ValueError otherwise."""
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        except RecursionError:
            raise forms.ValidationError(_("This is nested too deeply."), code="not_json") from None
        if len(text) > (self.max_length or 0):
            raise forms.ValidationError(
                _("This is longer than %(most)d characters: shorten it.") % {"most": self.max_length},
                code="too_long",
            )
        text.encode()  # half of a surrogate pair cannot be stored
        if "\\u0000" in text:
            raise ValueError("it holds a null character")
        return text


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


class BackendChoice(forms.RadioSelect):
    """Each choice says what kind it is: the style sheet shows the fields that this kind needs."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-kind"] = BACKENDS[str(value)].kind
        return option


class ModelForm(PublicationForm):
    benchmark = BenchmarkField(max_length=80)
    system = NameField(
        max_length=120,
        label=_("System"),
        help_text=_("The name readers will see, for instance the model and its size."),
    )
    backend = forms.ChoiceField(
        choices=lambda: [(name, _(known.label)) for name, known in BACKENDS.items()],
        label=_("How it is run"),
        widget=BackendChoice,
    )
    model = forms.CharField(
        max_length=300,
        label=_("Model"),
        widget=forms.TextInput(attrs={"list": "known-models", "autocomplete": "off", "spellcheck": "false"}),
    )
    revision = forms.RegexField(
        r"^[\w./-]*$",
        max_length=100,
        required=False,
        label=_("Revision"),
        help_text=_("A commit, branch or tag; it is pinned to the commit. Empty: the newest."),
    )
    base_url = forms.URLField(
        max_length=500,
        required=False,
        label=_("Base URL"),
        assume_scheme="https",
        help_text=_("Up to and with /v1, for instance https://models.example.org/v1."),
    )
    key = forms.CharField(
        max_length=500,
        required=False,
        label=_("Key"),
        strip=True,
        widget=forms.PasswordInput(  # kept by the browser alone when the form comes back with faults
            attrs={"autocomplete": "new-password", "hx-preserve": "true"}
        ),
        help_text=_("Stored encrypted, sent to the endpoint alone, never shown again."),
    )
    mode = forms.ChoiceField(
        choices=lambda: [(mode.id, mode.label) for mode in modes()], label=_("Prompt mode")
    )
    thinking = forms.ChoiceField(
        choices=[(each, REASONING.get(each, each)) for each in THINKING],
        required=False,
        initial="unset",
        label=_("Reasoning"),
        help_text=_("For models that can think before they answer. It is part of the system's identity."),
    )
    tasks = forms.MultipleChoiceField(required=False, label=_("Only these tasks"))
    max_new_tokens = forms.IntegerField(
        required=False, min_value=1, max_value=65_536, label=_("Longest answer")
    )
    temperature = forms.FloatField(required=False, min_value=0, max_value=2, label=_("Temperature"))
    top_p = forms.FloatField(required=False, min_value=0.001, max_value=1, label="top-p")
    top_k = forms.IntegerField(required=False, min_value=0, label="top-k")
    seed = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, label=_("Seed"))
    concurrency = forms.IntegerField(required=False, min_value=1, max_value=64, label=_("Requests at a time"))
    requests_a_minute = forms.FloatField(required=False, min_value=1, label=_("Requests a minute, at most"))
    price_in = forms.FloatField(required=False, min_value=0, label=_("Price of a million tokens in"))
    price_out = forms.FloatField(required=False, min_value=0, label=_("Price of a million tokens out"))
    cost_limit = forms.FloatField(required=False, min_value=0.01, label=_("Stop before it costs more than"))
    memory_gb = forms.FloatField(
        required=False, min_value=0, max_value=100_000, label=_("Memory it needs, in GB")
    )
    device = forms.ChoiceField(
        choices=[("", _("wherever it fits")), ("cpu", _("processor")), ("gpu", _("graphics card"))],
        required=False,
        label=_("Runs on"),
    )
    options = JSONObjectField(
        required=False,
        max_length=4000,
        label=_("Further options of the engine"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_('As JSON, such as {"dtype": "bfloat16", "window": 8192}.'),
    )

    companions = JSONObjectField(
        required=False,
        max_length=4000,
        label=_("Who else takes part"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "For modes in which a second model plays the patient or judges, as JSON: "
            '{"patient": {"backend": "transformers", "model": "organisation/model"}}.'
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"] = forms.MultipleChoiceField(
            choices=[(slug, slug) for slug in self._sent_tasks()], required=False, label=_("Only these tasks")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        backend, model = cleaned.get("backend"), cleaned.get("model", "")
        if is_kind(backend, "endpoint") and not cleaned.get("base_url") and "base_url" not in self.errors:
            self.add_error(
                "base_url", forms.ValidationError(_("An endpoint needs its base URL."), code="required")
            )
        if is_kind(backend, "weights") and is_folder(model) and not may_be_read(model):
            self.add_error("model", forms.ValidationError(_folders_said(), code="folder_not_allowed"))
        for companion in (cleaned.get("companions") or {}).values():
            other = str(companion.get("model", "")) if isinstance(companion, dict) else ""
            if is_folder(other) and not may_be_read(other):
                self.add_error(
                    "companions", forms.ValidationError(_folders_said(), code="folder_not_allowed")
                )
        return cleaned

    def wanted(self) -> Wanted:
        """The model as the service takes it. Call it on a valid form only."""
        cleaned = self.cleaned_data
        options, is_endpoint = dict(cleaned["options"]), is_kind(cleaned["backend"], "endpoint")
        if is_endpoint:
            options |= {name: cleaned[name] for name in NUMBERS_OF_ENDPOINTS if cleaned[name] is not None}
        return Wanted(
            backend=cleaned["backend"],
            model=cleaned["model"],
            revision=cleaned["revision"] if is_kind(cleaned["backend"], "weights") else "",
            base_url=cleaned["base_url"] if is_endpoint else "",
            key=cleaned["key"] if is_endpoint else "",
            mode=cleaned["mode"],
            thinking=cleaned["thinking"] or "unset",
            decoding={name: cleaned[name] for name in DECODING if cleaned[name] is not None},
            options=options,
            task_slugs=tuple(cleaned["tasks"]),
            memory_gb=cleaned["memory_gb"] or 0.0,
            device=cleaned["device"],
            companions=cleaned["companions"],
        )

    def is_endpoint(self) -> bool:
        """Whether what was chosen so far has a key, which no page gives back."""
        return is_kind(self["backend"].value(), "endpoint")

    def kind(self) -> str:
        """What kind of system it is: a baseline is never ranked as a model."""
        return System.Kind.BASELINE if is_kind(self.cleaned_data["backend"], "rule") else System.Kind.MODEL

    def problems(self) -> list[dict[str, object]]:
        return problems_of(self)

    def faults(self) -> list[dict[str, str]]:
        """The same for the page: what is wrong, in which field, and where that is."""
        return [
            {
                "label": str(self.fields[name].label or name) if name in self.fields else "",
                "anchor": ANCHORS.get(name) or (self[name].id_for_label if name in self.fields else ""),
                "message": str(message),
            }
            for name, messages in self.errors.items()
            for message in messages
        ]

    def _sent_tasks(self) -> list[str]:
        """Whatever was sent: the service knows the benchmark's tasks and names them when one is not there."""
        sent = self.data.getlist("tasks") if hasattr(self.data, "getlist") else self.data.get("tasks") or []
        return [str(slug)[:120] for slug in sent] if isinstance(sent, (list, tuple)) else []


def asked_before(submission: Submission) -> dict[str, Any]:
    """What a model was asked for with, to be changed and sent in again: everything but the key."""
    recipe: Recipe | None = getattr(submission, "recipe", None)
    if recipe is None:  # a file
        return {}
    decoding, options = dict(recipe.decoding), dict(recipe.options)
    numbers = {name: options.pop(name) for name in NUMBERS_OF_ENDPOINTS if name in options}
    return {
        "benchmark": submission.version.benchmark.slug,
        "system": submission.system_name,
        "backend": recipe.backend,
        "model": recipe.model,
        "revision": recipe.revision,
        "base_url": recipe.base_url,
        "mode": recipe.mode,
        "thinking": recipe.thinking,
        "tasks": recipe.task_slugs,
        "memory_gb": recipe.memory / 1e9 or None,
        "options": json.dumps(options) if options else "",
        "companions": json.dumps(recipe.companions) if recipe.companions else "",
        **{name: decoding.get(name) for name in DECODING},
        **numbers,
        **publication_of(submission),
    }


def is_folder(model: str) -> bool:
    """Whether it cannot be an id of a hub, or names something that lies on this machine."""
    return not HUB_ID.fullmatch(model) or Path(model).exists()


def may_be_read(model: str) -> bool:
    """Whether a folder lies where operators keep models for everybody."""
    path = Path(model).resolve()
    return any(path.is_relative_to(Path(folder).resolve()) for folder in settings.MODEL_FOLDERS)


def _folders_said() -> str:
    folders = ", ".join(str(folder) for folder in settings.MODEL_FOLDERS) or _("none")
    return str(
        _("Folders are taken only from where operators keep models (MODEL_FOLDERS): %(folders)s.")
        % {"folders": folders}
    )
