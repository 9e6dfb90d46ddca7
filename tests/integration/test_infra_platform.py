"""`up`, `status`, `restart` and `down` of the processes, with services that do nothing but say that they are ready."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater_cli.home import Home
from headwater_cli.platform import DEPLOYABLES
from headwater_cli.supervisor import running
from tests.conftest import Infra, headwater

READY = """
import http.server, os
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["HEADWATER_HTTP_PORT"])), Door).serve_forever()
"""
BROKEN = "raise SystemExit('the river is dry')"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fakes(tmp_path: Path) -> Path:
    """Packages of the services' names, which are found before the real ones."""
    for deployable in DEPLOYABLES:
        package = tmp_path / "fakes" / deployable.module
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(READY)
    return tmp_path / "fakes"


@pytest.fixture
def run(tmp_path: Path, fakes: Path, infra: Infra) -> Iterator[Run]:
    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return headwater(tmp_path / "home", *args, PYTHONPATH=str(fakes), **infra.env)

    yield run
    run("down", "--wipe", "--yes")


def pids(home: Path) -> dict[str, int]:
    found = {deployable.name: running(Home(home), deployable.name) for deployable in DEPLOYABLES}
    return {name: record.pid for name, record in found.items() if record}


def states(run: Run) -> dict[str, Any]:
    return {name: one["state"] for name, one in json.loads(run("status", "--json").stdout).items()}


def test_up_starts_all_and_again_only_what_died(run: Run, tmp_path: Path) -> None:
    first = run("up", "--free-ports", "--json")
    assert first.returncode == 0, first.stderr
    before = pids(tmp_path / "home")
    assert set(before) == {deployable.name for deployable in DEPLOYABLES}
    assert set(states(run).values()) == {"ready"}
    assert json.loads(run("status", "--json").stdout)["orders"]["memory_mb"] > 5

    os.kill(before["orders"], signal.SIGKILL)
    assert states(run)["orders"] == "dead"
    assert run("up", "--json").stdout == first.stdout
    after = pids(tmp_path / "home")

    assert {name for name in before if before[name] != after[name]} == {"orders"}
    assert run("down").returncode == 0
    assert pids(tmp_path / "home") == {}
    assert states(run)["kafka"] == "ready", "the environment named it, so it is not ours to stop"


def test_restart_replaces_one_process(run: Run, tmp_path: Path) -> None:
    run("up", "--free-ports")
    before = pids(tmp_path / "home")
    assert run("restart", "carrier").returncode == 0
    after = pids(tmp_path / "home")
    assert {name for name in before if before[name] != after[name]} == {"carrier"}
    unknown = run("restart", "river")
    assert unknown.returncode == 1
    assert "There is no process river." in unknown.stderr


def test_a_service_that_cannot_start_says_why(run: Run, fakes: Path) -> None:
    (fakes / "reviews" / "__main__.py").write_text(BROKEN)
    up = run("up", "--free-ports")
    assert up.returncode == 1
    assert "reviews ended while starting." in up.stderr
    assert "the river is dry" in up.stderr
    assert "reviews.log" in up.stderr
    assert "the river is dry" in run("logs", "reviews").stdout


def test_applying_the_topics_twice_changes_nothing(run: Run) -> None:
    assert run("up", "--only", "infra").returncode == 0
    assert run("topics", "apply").returncode == 0
    again = run("topics", "apply").stdout
    assert "unchanged" in again
    assert "created" not in again
