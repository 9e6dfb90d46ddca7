"""Starts programs detached, remembers exactly which they were, and ends those and no others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from headwater_cli.home import Home
from headwater_cli.ports import Port, require_free
from headwater_cli.problem import Problem

STOP_GRACE_S = 12.0
"""From SIGTERM to SIGKILL. Services promise to stop within 10 s."""


@dataclass(frozen=True, slots=True)
class Program:
    """Something to run, and how to tell that it is ready."""

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool]
    address: str
    """Where it answers, for people and for other programs."""
    ports: Sequence[Port] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A process that we started. The system uses pids again, so its time of birth counts too."""

    name: str
    pid: int
    born: float
    """The kernel's start time of the process: clock ticks since boot on Linux, seconds since 1970 elsewhere."""
    address: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return born(self.pid) == self.born


def born(pid: int) -> float | None:
    """When a running process was started; None if there is none or only its zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else float(fields[19])
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except ProcessLookupError:
        return None
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def record_of(home: Home, name: str) -> Record | None:
    """What `up` last started under this name, dead or alive."""
    try:
        return Record(**json.loads((home.run / f"{name}.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def running(home: Home, name: str) -> Record | None:
    """The record, if its process is alive."""
    record = record_of(home, name)
    return record if record and record.alive else None


def start(home: Home, program: Program) -> bool:
    """Starts the program unless it runs already; tells whether it did. It outlives us, in a session of its own."""
    if running(home, program.name):
        return False
    for port in program.ports:
        require_free(program.name, port)
    log = log_of(home, program.name)
    with log.open("ab") as out:
        child = subprocess.Popen(
            list(program.argv), cwd=home.root, env={**os.environ, **program.env}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    record = Record(program.name, child.pid, born(child.pid) or 0.0, program.address)
    unfinished = home.run / f"{program.name}.json.new"
    unfinished.write_text(json.dumps(asdict(record)))
    unfinished.replace(home.run / f"{program.name}.json")
    return True


def stop(home: Home, name: str, grace_s: float = STOP_GRACE_S) -> bool:
    """Ends what we started under this name: SIGTERM, then after `grace_s` SIGKILL. False if nothing ran."""
    record = running(home, name)
    if record:
        _signal(record, signal.SIGTERM)
        if not _gone(record, grace_s):
            _signal(record, signal.SIGKILL)
            _gone(record, grace_s)
    (home.run / f"{name}.json").unlink(missing_ok=True)
    return record is not None


def _signal(record: Record, number: signal.Signals) -> None:
    if record.alive:
        os.kill(record.pid, number)


def _gone(record: Record, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while record.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    return not record.alive


def wait_ready(
    home: Home, programs: Sequence[Program], on_ready: Callable[[Program], None], timeout_s: float = 90.0
) -> None:
    """Returns when all are ready; raises a Problem with the last log lines when one dies or takes too long."""
    waiting = list(programs)
    deadline = time.monotonic() + timeout_s
    while waiting:
        for program in list(waiting):
            if program.ready():
                waiting.remove(program)
                on_ready(program)
            elif not running(home, program.name):
                raise Problem(f"{program.name} ended while starting.", last_words(home, program.name))
        if waiting and time.monotonic() > deadline:
            name = waiting[0].name
            raise Problem(f"{name} was not ready within {timeout_s:.0f} s.", last_words(home, name))
        time.sleep(0.1 if waiting else 0)


def log_of(home: Home, name: str) -> Path:
    """Where the process writes what it has to say."""
    return home.logs / f"{name}.log"


def last_words(home: Home, name: str, lines: int = 15) -> str:
    """The end of the log, and where the rest is."""
    log = log_of(home, name)
    tail: list[str] = []
    if log.exists():
        with log.open("rb") as end:
            end.seek(max(0, log.stat().st_size - 16384))
            tail = end.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join([*(f"  {line}" for line in tail), f"The whole log: {log}"])
