"""`headwater status`: what runs, where, whether it is ready, and how much memory it holds."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Literal

import psutil

from headwater_cli import infra, supervisor
from headwater_cli.home import Home
from headwater_cli.infra import compose, kafka, store
from headwater_cli.platform import DEPLOYABLES, addresses, is_ready
from headwater_cli.problem import Problem

State = Literal["ready", "not ready", "dead", "stopped"]


@dataclass(frozen=True, slots=True)
class Status:
    """One process. `dead` ended without `down`; `stopped` was never started or was ended by `down`."""

    name: str
    state: State
    address: str = ""
    pid: int | None = None
    up_s: float | None = None
    """Seconds since it was started."""
    memory_mb: int | None = None
    """What it holds of the machine's memory, in MiB."""
    by: str = "headwater"
    """Who started it: headwater, docker or the environment."""

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def statuses(home: Home) -> list[Status]:
    """Broker and store first, then services and plug-ins."""
    parts = [_part(home, part) for part in infra.PARTS]
    return [*parts, *(_ours(home, deployable.name, _http_ready(home, deployable.name)) for deployable in DEPLOYABLES)]


def _part(home: Home, part: str) -> Status:
    named = os.environ.get(infra.VARIABLES[part])
    probe = kafka.answers if part == "kafka" else store.answers
    if named:
        return Status(part, "ready" if probe(named) else "not ready", named, by=infra.VARIABLES[part])
    if compose.started(home, part):
        address = addresses(home).kafka if part == "kafka" else addresses(home).store
        return Status(part, "ready" if probe(address) else "not ready", address, by="docker")
    record = supervisor.running(home, part)
    return _ours(home, part, record is not None and probe(record.address))


def _http_ready(home: Home, name: str) -> bool:
    if not supervisor.running(home, name):
        return False
    try:
        return is_ready(addresses(home).ports[f"{name}-http"])
    except Problem:
        return False


def _ours(home: Home, name: str, ready: bool) -> Status:
    record = supervisor.record_of(home, name)
    if record is None:
        return Status(name, "stopped")
    if not record.alive:
        return Status(name, "dead", record.address)
    process = psutil.Process(record.pid)
    up_s, memory_mb = round(time.time() - process.create_time(), 1), process.memory_info().rss // 2**20
    return Status(name, "ready" if ready else "not ready", record.address, record.pid, up_s, memory_mb)
