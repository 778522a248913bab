"""The supervisor on real processes: order, healing, giving up, and leaving nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consilium.supervisor import CannotStartError, Child, Launch, Supervisor, holder
from consilium.supervisor import supervisor as supervisor_module
from consilium.supervisor.lifeline import read_children

Eventually = Callable[[Callable[[], object]], None]
Gone = Callable[[int], bool]
Start = Callable[..., "subprocess.Popen[str]"]

# A supervisor of the children described on its command line: name=python program.
SUPERVISE = """
import sys
from pathlib import Path
from consilium.supervisor import *
state = Path(sys.argv[1])
def child(words):
    name, _, program = words.partition("=")
    ready = state / f"{name}.ready"
    return Child(name=name, launch=lambda: Launch([sys.executable, "-c", program], folder=state),
                 ready=ready.exists, ready_seconds=10, young_seconds=0.1, stop_seconds=0.5)
try:
    tell = lambda text: print(text, flush=True)
    with Supervisor(state, tell, delay=0.01, most_failures=3) as supervisor:
        for words in sys.argv[2:]:
            supervisor.start(child(words))
        print("all ready", flush=True)
        supervisor.watch()
except StopRequested:
    print("stopped", flush=True)
except (CannotStartError, AlreadyRunningError) as error:
    sys.exit(str(error))
"""

# Children say that they are ready by a file in their working folder.
SLEEPS = "import pathlib, time; pathlib.Path('{name}.ready').touch(); time.sleep(600)"
NOTES_ITS_LIFE = """
import pathlib, signal, sys, time
def note(word):
    with open('order', 'a') as order: order.write(word + ' {name}\\n')
def end(*_): note('ends'); sys.exit()
signal.signal(signal.SIGTERM, end)
note('starts'); pathlib.Path('{name}.ready').touch()
while True: time.sleep(600)
"""
IGNORES_SIGNALS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEPS
HAS_A_CHILD = (
    "import pathlib, subprocess;"
    "pathlib.Path('grandchild').write_text(str(subprocess.Popen(['sleep', '600']).pid));" + SLEEPS
)


def program(name: str, source: str) -> str:
    return f"{name}={textwrap.dedent(source.format(name=name))}"


@pytest.fixture
def start(state: Path) -> Iterator[Start]:
    """Start supervisors that are killed, if they still run, after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*children: str, ready: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(state), *children],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        if ready:
            assert process.stdout is not None
            while (line := process.stdout.readline()) != "all ready\n":
                assert line, process.communicate()[1]
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def numbers(state: Path) -> dict[str, int]:
    return dict(json.loads((state / "processes.json").read_text()))


def test_children_start_in_order_and_end_in_reverse(state: Path, start: Start) -> None:
    supervisor = start(program("first", NOTES_ITS_LIFE), program("second", NOTES_ITS_LIFE))
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait() == 0
    order = (state / "order").read_text().split("\n")[:-1]
    assert order == ["starts first", "starts second", "ends second", "ends first"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_of_three_signals_stops_everything(
    number: int, state: Path, start: Start, is_gone: Gone
) -> None:
    supervisor = start(program("only", SLEEPS))
    child = numbers(state)["only"]
    supervisor.send_signal(number)
    assert supervisor.communicate()[0] == "stopped\n"
    assert is_gone(child)
    assert not (state / "processes.json").exists()


def test_a_child_is_in_a_process_group_of_its_own(state: Path, start: Start) -> None:
    supervisor = start(program("only", SLEEPS))
    child = numbers(state)["only"]
    assert os.getpgid(child) == child != os.getpgid(supervisor.pid)


def test_a_hangup_that_was_ignored_at_the_start_stays_ignored(state: Path, eventually: Eventually) -> None:
    # as under nohup: the shell ignores SIGHUP before it starts us
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-c", SUPERVISE, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "all ready\n"
        supervisor.send_signal(signal.SIGHUP)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.stdout.readline() == "stopped\n"


def test_a_killed_child_starts_again_and_its_last_lines_are_shown(
    state: Path, start: Start, eventually: Eventually, is_gone: Gone
) -> None:
    supervisor = start(program("talker", "print('my last words', flush=True);" + SLEEPS))
    first = numbers(state)["talker"]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: numbers(state).get("talker", first) != first)
    assert not is_gone(numbers(state)["talker"])
    supervisor.send_signal(signal.SIGTERM)
    said = supervisor.communicate()[0]
    assert "talker was killed by SIGKILL\n  talker | my last words\nstarting talker again" in said


def test_what_a_child_started_ends_with_it(
    state: Path, start: Start, eventually: Eventually, is_gone: Gone
) -> None:
    start(program("parent", HAS_A_CHILD))
    grandchild = int((state / "grandchild").read_text())
    os.kill(numbers(state)["parent"], signal.SIGKILL)
    eventually(lambda: is_gone(grandchild))


def test_a_child_that_ignores_the_signal_is_ended_by_force(state: Path, start: Start, is_gone: Gone) -> None:
    supervisor = start(program("stubborn", IGNORES_SIGNALS))
    child = numbers(state)["stubborn"]
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait() == 0
    assert is_gone(child)


def test_killing_the_supervisor_leaves_neither_child_nor_grandchild(
    state: Path, start: Start, eventually: Eventually, is_gone: Gone
) -> None:
    supervisor = start(program("parent", HAS_A_CHILD), program("other", SLEEPS))
    left = [*numbers(state).values(), int((state / "grandchild").read_text())]
    supervisor.kill()
    eventually(lambda: all(is_gone(pid) for pid in left))
    eventually(lambda: holder(state / "supervisor.lock") is None)


def test_a_child_that_keeps_failing_ends_everything_and_says_why(
    state: Path, start: Start, is_gone: Gone
) -> None:
    supervisor = start(program("good", SLEEPS))
    good = numbers(state)["good"]
    supervisor.send_signal(signal.SIGTERM)
    supervisor.wait()
    supervisor = start(
        program("good", SLEEPS), program("bad", "raise SystemExit('no such table')"), ready=False
    )
    said, complaint = supervisor.communicate()
    assert supervisor.returncode == 1
    # three deaths: two restarts were announced, the third death ends it
    assert said.count("bad ended with code 1") == 2
    assert "  bad | no such table" in complaint
    assert f"bad failed 3 times in a row, so all stops. What it wrote is in {state}/logs/bad.log" in complaint
    assert is_gone(good)


def test_a_child_killed_again_and_again_is_started_again_each_time(
    state: Path, start: Start, eventually: Eventually
) -> None:
    start(program("victim", SLEEPS))
    seen = set()
    for _ in range(5):  # three failures in a row would end everything
        eventually(lambda: numbers(state).get("victim") not in {None, *seen})
        seen.add(numbers(state)["victim"])
        os.kill(numbers(state)["victim"], signal.SIGKILL)
    eventually(lambda: numbers(state).get("victim") not in {None, *seen})


def test_a_child_that_was_ready_once_is_tried_for_as_long_as_it_takes(
    state: Path, start: Start, eventually: Eventually
) -> None:
    once = "import os, pathlib, time; there = pathlib.Path('{name}.ready').exists();"
    count = "open('starts', 'a').write('x'); there and os._exit(1);"
    supervisor = start(program("flaky", f"{once}{count}{SLEEPS}"))
    os.kill(numbers(state)["flaky"], signal.SIGTERM)  # by itself, as far as anybody can tell
    eventually(lambda: len((state / "starts").read_text()) > 5)  # three failures in a row end a new one
    assert supervisor.poll() is None


def test_a_child_that_is_never_ready_is_reported_with_its_last_lines(state: Path) -> None:
    sleeper = Launch(
        [sys.executable, "-c", "import time; print('waiting for godot', flush=True); time.sleep(600)"]
    )
    never = Child(name="never", launch=lambda: sleeper, ready=lambda: False, ready_seconds=1.0)
    with (
        pytest.raises(CannotStartError, match=r"never was not ready after 1 s\n  never \| waiting for godot"),
        Supervisor(state, print) as supervisor,
    ):
        supervisor.start(never)


def test_a_program_that_does_not_exist_is_named(state: Path) -> None:
    absent = Child(name="absent", launch=lambda: Launch(["/no/such/program"]))
    with (
        pytest.raises(CannotStartError, match=r"absent cannot be started: .*/no/such/program"),
        Supervisor(state, print) as supervisor,
    ):
        supervisor.start(absent)


def test_a_command_beside_the_children_gives_its_exit_code(state: Path) -> None:
    with Supervisor(state, print) as supervisor:
        assert supervisor.run(Launch([sys.executable, "-c", "raise SystemExit(7)"])) == 7


def test_the_lifeline_knows_who_has_ended_and_would_not_end_a_stranger_with_their_number(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = state / "heard"

    def listen() -> subprocess.Popen[bytes]:
        return subprocess.Popen(["tee", str(heard)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    monkeypatch.setattr(supervisor_module, "_start_lifeline", listen)
    sleeper = Launch([sys.executable, "-c", "import time; time.sleep(600)"])
    with Supervisor(state, print) as supervisor:
        supervisor.start(Child(name="a", launch=lambda: sleeper), Child(name="b", launch=lambda: sleeper))
        supervisor.run(Launch(["true"]))
        pids = set(Supervisor.processes(state).values())
    lines = heard.read_text().splitlines()
    # started: two children and one command; the command ended before them
    assert read_children(lines[:4]).keys() == pids
    assert read_children(lines) == {}


def test_a_second_supervisor_is_refused_with_the_number_of_the_first(state: Path, start: Start) -> None:
    first = start(program("only", SLEEPS))
    second = start(program("only", SLEEPS), ready=False)
    complaint = second.communicate()[1]
    assert second.returncode == 1
    assert f"already runs on {state} (process {first.pid})" in complaint
    assert f"kill {first.pid}" in complaint


def test_the_lock_of_a_dead_supervisor_does_not_bind(state: Path, start: Start) -> None:
    start(program("only", SLEEPS)).kill()
    second = start(program("only", SLEEPS))
    somebody = holder(state / "supervisor.lock")
    assert somebody is not None
    assert (somebody.pid, somebody.role) == (second.pid, "up")


def test_a_state_folder_that_cannot_be_made_is_refused_with_advice(state: Path) -> None:
    state.write_text("a file where the folder should be")
    with pytest.raises(CannotStartError, match="CONSILIUM_STATE=/path/of/your/own"), Supervisor(state, print):
        pass


def test_a_log_that_grew_long_is_put_aside(state: Path, start: Start, eventually: Eventually) -> None:
    (state / "logs").mkdir(parents=True)
    (state / "logs" / "only.log").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    start(program("only", "print('fresh', flush=True);" + SLEEPS))
    assert (state / "logs" / "only.log.1").stat().st_size == 10 * 1024 * 1024 + 1
    assert (state / "logs" / "only.log").read_text().endswith("only starts ---\nfresh\n")
