"""Kafka and the store by Docker Compose, where an engine answers."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from headwater_cli.home import REPOSITORY, Home
from headwater_cli.problem import Problem

FILE = REPOSITORY / "deploy" / "compose.yaml"


def engine_answers() -> bool:
    """Whether a Docker engine with Compose is there to be used. `HEADWATER_NO_DOCKER=1` says no."""
    docker = shutil.which("docker")
    if not docker or os.environ.get("HEADWATER_NO_DOCKER"):
        return False
    try:
        return all(
            subprocess.run([docker, *question], capture_output=True, timeout=5, check=False).returncode == 0
            for question in (("version", "--format", "{{.Server.Version}}"), ("compose", "version"))
        )
    except subprocess.TimeoutExpired:
        return False


def up(home: Home, service: str, ports: dict[str, int]) -> None:
    """Starts a service of the file and waits until it is healthy; notes that it was us, for `down`."""
    if not _running(service, ports):
        _marker(home, service).touch()
    (home.data / "in-compose-volumes").touch()
    done = _compose(ports, "up", "--detach", "--wait", service)
    if done.returncode:
        raise Problem(
            f"docker compose could not start {service}.", f"{done.stderr.strip()[-2000:]}\nIts log: {_logs(service)}"
        )


def started(home: Home, service: str) -> bool:
    """Whether `up` started it."""
    return _marker(home, service).exists()


def used(home: Home) -> bool:
    """Whether this home's data lies in the volumes of the file."""
    return (home.data / "in-compose-volumes").exists()


def down(home: Home, service: str, ports: dict[str, int]) -> bool:
    """Stops a service that `up` started; its volume stays. False if it was not us."""
    if not started(home, service):
        return False
    _compose(ports, "stop", service)
    _marker(home, service).unlink()
    return True


def wipe(ports: dict[str, int]) -> None:
    """Removes the containers and the volumes."""
    _compose(ports, "down", "--volumes")


def _running(service: str, ports: dict[str, int]) -> bool:
    return bool(_compose(ports, "ps", "--status", "running", "--quiet", service).stdout.strip())


def _marker(home: Home, service: str) -> Path:
    return home.run / f"compose-{service}"


def _compose(ports: dict[str, int], *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "HEADWATER_KAFKA_PORT": str(ports["kafka"]), "HEADWATER_STORE_PORT": str(ports["store"])}
    return subprocess.run(
        ["docker", "compose", "--file", str(FILE), *args], env=env, capture_output=True, text=True, check=False
    )


def _logs(service: str) -> str:
    return f"docker compose --file {FILE} logs {service}"
