"""What all tests share: real Kafka and a real store of their own, on free ports, gone when the tests are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# Tracebacks in colours with all locals take seconds each, and tests that provoke errors log many.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S"),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
# How long an example takes is no property of the rules: on a busy machine any may take long.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")
# `up` builds the store if the cache is empty: minutes, once.
BUILD_TIMEOUT_S = 1800
ADDRESSES = ("HEADWATER_KAFKA", "HEADWATER_STORE")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the mixed ways to buy are played (`tests/stateful`)."""
    parser.addoption("--stateful-steps", type=int, default=1_000, help="steps of all ways to buy at once, in all")


@dataclass(frozen=True, slots=True)
class Infra:
    """A broker and a store that answer."""

    kafka: str
    """Bootstrap address, `host:port`."""
    store: str
    """MongoDB URI; transactions work. Use a database name of your own."""
    home: Path | None = None
    """The `HEADWATER_HOME` that they run in; None if the environment named them."""
    env: dict[str, str] = field(default_factory=dict)
    """The environment for a process that is to use them."""


def headwater(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a home of its own, embedded, whatever the developer's environment says."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    ours |= {"HEADWATER_HOME": str(home), "HEADWATER_NO_DOCKER": "1", "HEADWATER_KAFKA_HEAP": "384m"} | env
    return subprocess.run(
        [sys.executable, "-m", "headwater_cli.main", *args],
        env=ours, capture_output=True, text=True, check=False, timeout=BUILD_TIMEOUT_S,
    )  # fmt: skip


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Infra]:
    """Kafka and the store for the whole run: those that the environment names, or embedded ones.

    With several workers (`-n`) each has its own.
    """
    if all(os.environ.get(name) for name in ADDRESSES):
        kafka, store = (os.environ[name] for name in ADDRESSES)
        yield Infra(kafka, store, env={"HEADWATER_KAFKA": kafka, "HEADWATER_STORE": store})
        return
    home = tmp_path_factory.mktemp("infra")
    try:
        up = headwater(home, "up", "--only", "infra", "--free-ports", "--json")
        assert up.returncode == 0, up.stderr
        found = json.loads(up.stdout.splitlines()[-1])
        env = {"HEADWATER_KAFKA": found["kafka"], "HEADWATER_STORE": found["store"]}
        yield Infra(found["kafka"], found["store"], home, env)
    finally:
        headwater(home, "down", "--wipe", "--yes")
