"""The shape of a model to be run, the same for the page and the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from evaluation.domain.prompts.modes import THINKING, modes
from evaluation.forms.fields import BenchmarkField, NameField, problems_of
from evaluation.models import System
from evaluation.services.recipes import Wanted

BACKENDS = (
    ("transformers", _("transformers: a model by id or folder, on a worker")),
    ("vllm", _("vLLM: the same, faster for large models")),
    ("openai_api", _("An endpoint that speaks OpenAI's protocol")),
    ("baseline", _("A baseline: a rule that needs no model")),
)
DECODING = ("max_new_tokens", "temperature", "top_p", "top_k", "seed")
NUMBERS_OF_ENDPOINTS = ("concurrency", "requests_a_minute", "price_in", "price_out", "cost_limit")


class JSONObjectField(forms.CharField):
    """A JSON object, {} where nothing was written."""

    def clean(self, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        text = super().clean(value)
        try:
            found = json.loads(text) if text.strip() else {}
        except ValueError as error:
            raise forms.ValidationError(
                _("This is not JSON: %(why)s.") % {"why": error}, code="not_json"
            ) from None
        if not isinstance(found, dict):
            raise forms.ValidationError(
                _('Write a JSON object, such as {"dtype": "float32"}.'), code="not_json"
            )
        return found


class ModelForm(forms.Form):
    benchmark = BenchmarkField(max_length=80)
    system = NameField(
        max_length=120,
        label=_("System"),
        help_text=_("The name readers will see, for instance the model and its size."),
    )
    backend = forms.ChoiceField(choices=BACKENDS, label=_("How it is run"), widget=forms.RadioSelect)
    model = forms.CharField(
        max_length=300,
        label=_("Model"),
        help_text=_(
            "An id such as organisation/model, a folder on the workers, or the endpoint's name for it."
        ),
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
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Stored encrypted, sent to the endpoint alone, never shown again."),
    )
    mode = forms.ChoiceField(
        choices=lambda: [(mode.id, mode.label) for mode in modes()], label=_("Prompt mode")
    )
    thinking = forms.ChoiceField(
        choices=[(each, each) for each in THINKING],
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
    requests_a_minute = forms.FloatField(required=False, min_value=0.1, label=_("Requests a minute, at most"))
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"] = forms.MultipleChoiceField(
            choices=[(slug, slug) for slug in self._sent_tasks()], required=False
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        backend, model = cleaned.get("backend"), cleaned.get("model", "")
        if backend == "openai_api" and not cleaned.get("base_url") and "base_url" not in self.errors:
            self.add_error(
                "base_url", forms.ValidationError(_("An endpoint needs its base URL."), code="required")
            )
        if backend in {"transformers", "vllm"} and is_folder(model) and not may_be_read(model):
            self.add_error("model", forms.ValidationError(_folders_said(), code="folder_not_allowed"))
        return cleaned

    def wanted(self) -> Wanted:
        """The model as the service takes it. Call it on a valid form only."""
        cleaned = self.cleaned_data
        options = dict(cleaned["options"])
        if cleaned["backend"] == "openai_api":
            options |= {name: cleaned[name] for name in NUMBERS_OF_ENDPOINTS if cleaned[name] is not None}
        return Wanted(
            backend=cleaned["backend"],
            model=cleaned["model"],
            revision=cleaned["revision"] if cleaned["backend"] in {"transformers", "vllm"} else "",
            base_url=cleaned["base_url"] if cleaned["backend"] == "openai_api" else "",
            key=cleaned["key"] if cleaned["backend"] == "openai_api" else "",
            mode=cleaned["mode"],
            thinking=cleaned["thinking"] or "unset",
            decoding={name: cleaned[name] for name in DECODING if cleaned[name] is not None},
            options=options,
            task_slugs=tuple(cleaned["tasks"]),
            memory_gb=cleaned["memory_gb"] or 0.0,
            device=cleaned["device"],
        )

    def kind(self) -> str:
        """What kind of system it is: a baseline is never ranked as a model."""
        return System.Kind.BASELINE if self.cleaned_data["backend"] == "baseline" else System.Kind.MODEL

    def problems(self) -> list[dict[str, object]]:
        return problems_of(self)

    def _sent_tasks(self) -> list[str]:
        """Whatever was sent: the service knows the benchmark's tasks and names them when one is not there."""
        sent = self.data.getlist("tasks") if hasattr(self.data, "getlist") else self.data.get("tasks") or []
        return [str(slug)[:120] for slug in sent] if isinstance(sent, (list, tuple)) else []


def is_folder(model: str) -> bool:
    return model.startswith((".", "/", "~", "\\")) or ".." in model.split("/")


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
