"""The whole platform, in a home of its own on free ports: broker, store, services, plug-ins."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from headwater_cli.auditing import audited, report
from tests.conftest import headwater


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that runs, and a client at its door."""

    home: Path
    door: httpx.Client

    def run(self, *args: str) -> str:
        """Run the command; returns what it printed. Fails when it does."""
        done = headwater(self.home, *args)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def demo(self, orders: int, seed: int) -> dict[str, Any]:
        """The main job; returns its report."""
        printed = self.run("demo", "--orders", str(orders), "--seed", str(seed), "--json")
        report: dict[str, Any] = json.loads(printed.splitlines()[-1])
        return report

    def audit(self) -> dict[str, Any]:
        """What `headwater audit --json` prints, without the time that a process takes to start."""
        store = json.loads((self.home / "run" / "platform.json").read_text())["store"]
        return report(*asyncio.run(audited(store)))

    def pid(self, name: str) -> int:
        """The process of that name."""
        return int(json.loads((self.home / "run" / f"{name}.json").read_text())["pid"])

    def end(self, name: str, number: signal.Signals) -> None:
        """Send a process of ours a signal."""
        os.kill(self.pid(name), number)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Up once for all end-to-end tests, with an acceptance window of 5 s."""
    home = tmp_path_factory.mktemp("platform")
    try:
        up = headwater(home, "up", "--free-ports", "--json")
        assert up.returncode == 0, up.stderr
        gateway = json.loads(up.stdout.splitlines()[-1])["gateway"]
        with httpx.Client(base_url=gateway, timeout=30, trust_env=False) as door:
            yield Platform(home, door)
    finally:
        headwater(home, "down", "--wipe", "--yes")


@pytest.fixture(autouse=True)
def the_books_are_in_order(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test on the platform, all money that is stored adds up."""
    yield
    if "platform" in request.fixturenames:
        found = request.getfixturevalue("platform").audit()
        assert found["total"] == 0, found
