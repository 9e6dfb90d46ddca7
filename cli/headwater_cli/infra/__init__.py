"""Kafka and the store: each from the environment, else by Docker, else embedded (deploy/dev/README.md)."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from headwater_cli import supervisor
from headwater_cli.home import Home
from headwater_cli.infra import compose, kafka, store
from headwater_cli.platform import Ports
from headwater_cli.ports import LOOPBACK
from headwater_cli.problem import Problem
from headwater_cli.progress import Board
from headwater_cli.supervisor import Program

PARTS = ("kafka", "store")
"""In the order of their start."""
VARIABLES = {"kafka": "HEADWATER_KAFKA", "store": "HEADWATER_STORE"}


def up(home: Home, ports: Ports, board: Board) -> dict[str, str]:
    """Makes both answer, and tells their addresses by part. What runs already is left alone."""
    by_docker = compose.engine_answers()
    with ThreadPoolExecutor(len(PARTS)) as pool:
        given = [pool.submit(_up, home, ports, board, part, by_docker) for part in PARTS]
        return {part: future.result() for part, future in zip(PARTS, given, strict=True)}


def _up(home: Home, ports: Ports, board: Board, part: str, by_docker: bool) -> str:
    named = os.environ.get(VARIABLES[part])
    if named:
        return _given(part, named, board)
    running = supervisor.running(home, part)
    if running:
        board.say(part, f"runs at {running.address}", "running")
        return running.address
    if by_docker:
        board.say(part, "starting its container")
        compose.up(home, part, ports)
        address = f"{LOOPBACK}:{ports[part]}" if part == "kafka" else store.uri_of(f"{LOOPBACK}:{ports[part]}")
        board.say(part, f"runs at {address} (container)", "ready")
        return address
    return _embedded(home, ports, board, part)


def _given(part: str, address: str, board: Board) -> str:
    probes: dict[str, Callable[[str], bool]] = {"kafka": kafka.answers, "store": store.answers}
    if not probes[part](address):
        raise Problem(
            f"{VARIABLES[part]} names {address}, but no {part} answers there.",
            f"Start it, or unset {VARIABLES[part]} to have one started here.",
        )
    board.say(part, f"at {address}, as {VARIABLES[part]} says", "running")
    return address


def _embedded(home: Home, ports: Ports, board: Board, part: str) -> str:
    def say(note: str) -> None:
        board.say(part, note)

    say("preparing")
    program = _program(home, ports, part, say)
    say("starting")
    supervisor.start(home, program)
    supervisor.wait_ready(home, [program], lambda ready: board.say(part, f"runs at {ready.address}", "ready"))
    return program.address


def _program(home: Home, ports: Ports, part: str, say: Callable[[str], None]) -> Program:
    if part == "kafka":
        return kafka.kafka(home, ports["kafka"], ports["kafka-controller"], say)
    return store.store(home, ports["store"], say)


def prepare(home: Home, board: Board) -> None:
    """Fetches and builds what the embedded parts need, and starts nothing."""
    with ThreadPoolExecutor(len(PARTS)) as pool:
        list(pool.map(lambda part: _prepare(home, board, part), PARTS))


def _prepare(home: Home, board: Board, part: str) -> None:
    def say(note: str) -> None:
        board.say(part, note)

    if not os.environ.get(VARIABLES[part]):
        kafka.prepare(home, say) if part == "kafka" else store.prepare(home, say)
        board.say(part, "is in the cache", "ready")


def down(home: Home, ports: Ports, board: Board) -> None:
    """Ends those that `up` started, the broker last, since a service that still stops may want to write to both."""
    for part in reversed(PARTS):
        if supervisor.running(home, part) or compose.started(home, part):
            board.say(part, "stopping")
            supervisor.stop(home, part)
            compose.down(home, part, ports)
        board.say(part, "stopped", "stopped")
