"""A chat template is a program that a stranger wrote: it is tried in a process that may not run for long.

The sandbox it runs in later forbids what it may touch, not how long it takes. So before a model is used its
template renders a long conversation in a child of its own; only that it ends matters here, not what it says.

    python -I template_trial.py < TEMPLATE
"""

from __future__ import annotations

import resource
import subprocess
import sys

CPU_SECONDS = 5
WALL_SECONDS = 60  # where the machine is busy
BYTES = 1 << 30
TURNS = 24
TOO_MUCH = 3  # the child's status when memory ran out


def is_endless(template: str) -> bool:
    """Whether a template does not end, or grows beyond all bounds, on a conversation of 24 turns."""
    child = [sys.executable, "-I", __file__]
    try:
        done = subprocess.run(  # noqa: S603 - this very file
            child, input=template.encode("utf-8", "replace"), capture_output=True, timeout=WALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return True
    return (
        done.returncode < 0 or done.returncode == TOO_MUCH
    )  # ended by the limit on its time, or on its size


def _render(template: str) -> None:
    """Render in a sandbox like the one used later; a template that fails for another reason has ended."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _raised
    environment.globals["strftime_now"] = str
    roles = ("user", "assistant")
    turns = [{"role": "system", "content": "Answer briefly."}]
    turns += [{"role": roles[n % 2], "content": f"Turn {n}: what next?"} for n in range(TURNS)]
    environment.from_string(template).render(
        messages=turns,
        add_generation_prompt=True,
        bos_token="<s>",  # noqa: S106 - the beginning of a text, no secret
        eos_token="</s>",  # noqa: S106
        tools=None,
        documents=None,
    )


def _raised(message: str) -> None:
    raise ValueError(message)


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    try:
        _render(sys.stdin.buffer.read().decode("utf-8", "replace"))
    except (MemoryError, OverflowError):
        return TOO_MUCH
    except Exception:  # it ended, which is all that is asked here
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
