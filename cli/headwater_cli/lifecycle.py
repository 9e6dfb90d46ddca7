"""`up`, `down` and `restart` of the whole platform: broker and store, topics, services, plug-ins."""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor

from headwater_cli import infra, supervisor
from headwater_cli.home import Home
from headwater_cli.infra import compose
from headwater_cli.platform import (
    CORE,
    DEPLOYABLES,
    EDGE,
    Addresses,
    Deployable,
    Ports,
    addresses,
    choose_ports,
    program,
    recorded_ports,
    remember,
)
from headwater_cli.problem import Problem
from headwater_cli.progress import Board


def up(home: Home, board: Board, only_infra: bool = False, free_ports: bool = False) -> Addresses:
    """Starts what does not run, and returns when all of it is ready."""
    free_ports = free_ports or recorded_ports(home) is not None
    ports = choose_ports(home, free_ports)
    given = infra.up(home, ports, board)
    addresses = Addresses(given["kafka"], given["store"], ports)
    remember(home, addresses, free_ports)
    if not only_infra:
        _apply_topics(addresses, board)
        start(home, board, DEPLOYABLES, addresses)
    return addresses


def _apply_topics(addresses: Addresses, board: Board) -> None:
    from headwater_cli import topics

    board.say("topics", "applying")
    verdicts = list(asyncio.run(topics.apply(addresses.kafka)).values())
    counts = ", ".join(f"{verdicts.count(what)} {what}" for what in ("created", "changed", "unchanged"))
    board.say("topics", counts, "ready")


def start(home: Home, board: Board, deployables: tuple[Deployable, ...], addresses: Addresses) -> None:
    """Starts those that do not run and waits for all."""
    programs = [program(deployable, addresses) for deployable in deployables]
    for wanted in programs:
        fresh = supervisor.start(home, wanted)
        board.say(wanted.name, "starting" if fresh else "runs, waiting until it is ready")
    supervisor.wait_ready(home, programs, lambda ready: board.say(ready.name, f"runs at {ready.address}", "ready"))


def down(home: Home, board: Board, wipe: bool = False) -> None:
    """Ends what `up` started and nothing else: the edge first, then the services, the broker last. Data stays."""
    for deployables in (EDGE, CORE):
        with ThreadPoolExecutor(len(deployables)) as pool:
            list(pool.map(lambda deployable: _stop(home, board, deployable.name), deployables))
    ports = choose_ports(home, free=False)
    infra.down(home, ports, board)
    if wipe:
        _wipe(home, ports)
        board.say("data", "deleted", "stopped")


def _stop(home: Home, board: Board, name: str) -> None:
    if supervisor.running(home, name):
        board.say(name, "stopping")
    supervisor.stop(home, name)
    board.say(name, "stopped", "stopped")


def _wipe(home: Home, ports: Ports) -> None:
    if compose.used(home):
        compose.wipe(ports)
    for folder in (home.data, home.run, home.logs):
        shutil.rmtree(folder)


def restart(home: Home, board: Board, name: str) -> None:
    """Ends one process and starts it again."""
    found = [deployable for deployable in DEPLOYABLES if deployable.name == name]
    if not found:
        names = ", ".join(deployable.name for deployable in DEPLOYABLES)
        raise Problem(f"There is no process {name}.", f"There are: {names}.")
    known = addresses(home)
    _stop(home, board, name)
    start(home, board, (found[0],), known)
