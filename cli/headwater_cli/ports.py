"""TCP ports on loopback: which are free, who holds a taken one, and how to choose another."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass
from itertools import islice

import psutil

from headwater_cli.problem import Problem

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Port:
    """A port that a process of ours will listen on."""

    number: int
    variable: str
    """The environment variable that moves it."""


def is_free(number: int) -> bool:
    """Whether a server could listen there now. A port that only lingers in TIME_WAIT is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, number))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """That many different ports which are free now, below those that the system gives to outgoing connections."""
    found = (number for number in random.sample(range(20000, 32000), 12000) if is_free(number))
    return list(islice(found, count))


def holder(number: int) -> str:
    """Who listens on the port, as `name (pid 123)`; `another process` where the system does not say."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        listens_at = connection.laddr[1] if connection.laddr and connection.status == psutil.CONN_LISTEN else None
        if listens_at == number and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.NoSuchProcess:
                break
    return "another process"


def require_free(name: str, port: Port) -> None:
    """Raises a Problem that names the port, its holder and the way out."""
    if not is_free(port.number):
        raise Problem(
            f"Port {port.number}, wanted for {name}, is taken by {holder(port.number)}.",
            f"Stop that process, or choose another port: {port.variable}=<port> headwater up "
            "(or let us choose: headwater up --free-ports).",
        )
