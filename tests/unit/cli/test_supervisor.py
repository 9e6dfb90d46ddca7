"""Programs are started once, told apart by pid and time of birth, and ended by those alone."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater_cli import supervisor
from headwater_cli.home import Home
from headwater_cli.ports import Port, free_ports
from headwater_cli.problem import Problem
from headwater_cli.supervisor import Program

SLEEP = "import time; print('here', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(600)"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def python(home: Home, code: str, ready: Callable[[], bool] | None = None, name: str = "sleeper") -> Program:
    says_here = lambda: "here" in supervisor.log_of(home, name).read_text()  # noqa: E731
    return Program(name, [sys.executable, "-c", code], ready or says_here, "nowhere")


def started(home: Home, code: str) -> int:
    program = python(home, code)
    assert supervisor.start(home, program)
    supervisor.wait_ready(home, [program], lambda _: None)
    record = supervisor.running(home, "sleeper")
    assert record
    return record.pid


def test_what_runs_is_not_started_again(home: Home) -> None:
    pid = started(home, SLEEP)
    assert not supervisor.start(home, python(home, SLEEP))
    assert os.getsid(pid) == pid, "it is in a session of its own"
    supervisor.stop(home, "sleeper")


def test_stop_ends_the_process_and_forgets_it(home: Home) -> None:
    pid = started(home, SLEEP)
    assert supervisor.stop(home, "sleeper")
    assert supervisor.born(pid) is None
    assert supervisor.record_of(home, "sleeper") is None
    assert not supervisor.stop(home, "sleeper")


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(home: Home) -> None:
    pid = started(home, DEAF)
    supervisor.stop(home, "sleeper", grace_s=0.3)
    assert supervisor.born(pid) is None


def test_a_killed_process_counts_as_dead_and_is_started_again(home: Home) -> None:
    pid = started(home, SLEEP)
    os.kill(pid, signal.SIGKILL)
    while supervisor.running(home, "sleeper"):
        time.sleep(0.01)
    assert started(home, SLEEP) != pid
    supervisor.stop(home, "sleeper")


def test_another_process_with_the_same_pid_is_left_alone(home: Home) -> None:
    us = {"name": "sleeper", "pid": os.getpid(), "born": 1.0, "address": ""}
    (home.run / "sleeper.json").write_text(json.dumps(us))
    assert supervisor.running(home, "sleeper") is None
    assert not supervisor.stop(home, "sleeper")


def test_a_process_that_dies_while_starting_shows_its_last_words_and_its_log(home: Home) -> None:
    program = python(home, "raise SystemExit('no such stream')", ready=lambda: False)
    supervisor.start(home, program)
    with pytest.raises(Problem) as told:
        supervisor.wait_ready(home, [program], lambda _: None)
    assert told.value.happened == "sleeper ended while starting."
    assert "no such stream" in told.value.todo
    assert str(home.logs / "sleeper.log") in told.value.todo


def test_one_that_is_never_ready_is_named_when_time_is_up(home: Home) -> None:
    program = python(home, SLEEP, ready=lambda: False)
    supervisor.start(home, program)
    with pytest.raises(Problem, match=r"sleeper was not ready within 0 s\."):
        supervisor.wait_ready(home, [program], lambda _: None, timeout_s=0.2)
    supervisor.stop(home, "sleeper")


def test_a_taken_port_starts_nothing(home: Home) -> None:
    import socket

    (number,) = free_ports(1)
    with socket.create_server(("127.0.0.1", number)):
        program = Program("sleeper", ["true"], lambda: True, "nowhere", [Port(number, "HEADWATER_X_PORT")])
        with pytest.raises(Problem, match=rf"Port {number}, wanted for sleeper, is taken by .*pid {os.getpid()}"):
            supervisor.start(home, program)
    assert supervisor.record_of(home, "sleeper") is None
