"""Where a Docker engine answers, Compose runs Kafka and the store; `down` stops only the services that `up` started."""

from __future__ import annotations

from pathlib import Path

import pytest

from headwater_cli.home import Home
from headwater_cli.infra import compose
from headwater_cli.problem import Problem

PORTS = {"kafka": 19092, "store": 27117}
# Writes down what it is asked; the store runs already; `up` of a service called `broken` fails.
DOCKER = """#!/bin/sh
echo "$HEADWATER_KAFKA_PORT $*" >> {calls}
case "$*" in
  *"ps "*store) echo c0ffee ;;
  *broken) echo "no such image" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the docker client, which notes its calls here."""
    docker, calls = tmp_path / "bin" / "docker", tmp_path / "calls"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(calls=calls))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.delenv("HEADWATER_NO_DOCKER", raising=False)
    return calls


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.mark.usefixtures("calls")
def test_an_engine_can_be_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compose.engine_answers()
    monkeypatch.setenv("HEADWATER_NO_DOCKER", "1")
    assert not compose.engine_answers()


def test_a_client_without_an_engine_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert not compose.engine_answers()


def test_what_up_started_is_stopped_by_down(home: Home, calls: Path) -> None:
    compose.up(home, "kafka", PORTS)
    assert compose.started(home, "kafka")
    assert compose.down(home, "kafka", PORTS)
    asked = [line.partition("compose.yaml ")[2] for line in calls.read_text().splitlines()]
    assert asked == ["ps --status running --quiet kafka", "up --detach --wait kafka", "stop kafka"]
    assert calls.read_text().startswith("19092 ")


def test_what_ran_before_up_is_left_running(home: Home, calls: Path) -> None:
    compose.up(home, "store", PORTS)
    assert not compose.down(home, "store", PORTS)
    assert "stop" not in calls.read_text()


@pytest.mark.usefixtures("calls")
def test_a_failure_says_what_docker_said(home: Home) -> None:
    with pytest.raises(Problem, match="docker compose could not start broken") as told:
        compose.up(home, "broken", PORTS)
    assert "no such image" in told.value.todo
