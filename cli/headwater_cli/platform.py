"""The table of our processes: what runs, on which port, with which addresses of the others."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from headwater_cli.home import Home
from headwater_cli.ports import LOOPBACK, Port, free_ports
from headwater_cli.problem import Problem
from headwater_cli.supervisor import Program


@dataclass(frozen=True, slots=True)
class Deployable:
    """A service or plug-in that runs as `python -m <module>`."""

    name: str
    module: str
    answers_rpc: bool = False


CORE = (
    Deployable("catalog", "catalog", answers_rpc=True),
    Deployable("orders", "orders", answers_rpc=True),
    Deployable("logistics", "logistics", answers_rpc=True),
    Deployable("reviews", "reviews", answers_rpc=True),
)
EDGE = (
    Deployable("gateway", "gateway"),
    Deployable("warehouse", "demo_warehouse"),
    Deployable("carrier", "demo_carrier"),
    Deployable("payments", "demo_payments"),
)
DEPLOYABLES = (*CORE, *EDGE)
"""In the order of their start; they stop in the opposite one, so that the doors close first."""

DEFAULT_PORTS = {
    "kafka": 19092, "kafka-controller": 19093, "store": 27117,
    "gateway-http": 8080,
    "catalog-http": 8101, "orders-http": 8102, "logistics-http": 8103, "reviews-http": 8104,
    "warehouse-http": 8105, "carrier-http": 8106, "payments-http": 8107,
    "catalog-grpc": 9101, "orders-grpc": 9102, "logistics-grpc": 9103, "reviews-grpc": 9104,
}  # fmt: skip
Ports = dict[str, int]

ACCEPTANCE_WINDOW = "HEADWATER_ACCEPTANCE_WINDOW_S"
QUOTE_SECRETS = "HEADWATER_QUOTE_SECRETS"
SETTLEMENT_PERIOD = "HEADWATER_SETTLEMENT_PERIOD_S"
DEVELOPMENT = {
    ACCEPTANCE_WINDOW: os.environ.get(ACCEPTANCE_WINDOW, "5"),
    SETTLEMENT_PERIOD: os.environ.get(SETTLEMENT_PERIOD, "5"),
    QUOTE_SECRETS: os.environ.get(QUOTE_SECRETS, "development=known-to-everyone"),
}
"""Where a development platform differs from the house: a delivered order counts as accepted after 5 s, its money is
withdrawable after another 5 s, and quotes are sealed with what stands here. Services have no such default."""


def choose_ports(home: Home, free: bool) -> Ports:
    """The ports of this platform: those picked free once and recorded, else the environment's, else the defaults."""
    recorded = recorded_ports(home)
    if recorded:
        return recorded
    if free:
        return dict(zip(DEFAULT_PORTS, free_ports(len(DEFAULT_PORTS)), strict=True))
    offset = _number("HEADWATER_PORT_OFFSET", 0)
    ports = {name: _number(variable_of(name), default + offset) for name, default in DEFAULT_PORTS.items()}
    if "HEADWATER_KAFKA_CONTROLLER_PORT" not in os.environ:
        ports["kafka-controller"] = ports["kafka"] + 1
    return ports


def variable_of(port: str) -> str:
    """The environment variable that moves a port: `catalog-http` is HEADWATER_CATALOG_HTTP_PORT."""
    return f"HEADWATER_{port.upper().replace('-', '_')}_PORT"


def _number(variable: str, default: int) -> int:
    text = os.environ.get(variable, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise Problem(f"{variable}={text} is not a number.", f"Unset it, or give a port, such as {default}.") from None


def recorded_ports(home: Home) -> Ports | None:
    """The ports that `up --free-ports` picked; None if it did not."""
    recorded = _platform(home)
    ports = recorded.get("ports")
    return {**DEFAULT_PORTS, **ports} if recorded.get("free_ports") and isinstance(ports, dict) else None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a running platform answers."""

    kafka: str
    store: str
    ports: Mapping[str, int]

    @property
    def gateway(self) -> str:
        """The door for people and browsers, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.ports['gateway-http']}"

    def env(self) -> dict[str, str]:
        """The addresses as every process of ours reads them."""
        rpc = {f"HEADWATER_{d.name.upper()}_GRPC": f"{LOOPBACK}:{self.ports[f'{d.name}-grpc']}" for d in CORE}
        return {"HEADWATER_KAFKA": self.kafka, "HEADWATER_STORE": self.store, **rpc}


def remember(home: Home, addresses: Addresses, free: bool) -> None:
    """Writes platform.json, for the commands that talk to the platform."""
    told = {"kafka": addresses.kafka, "store": addresses.store, "gateway": addresses.gateway, "env": addresses.env(),
            "ports": dict(addresses.ports), "free_ports": free}  # fmt: skip
    unfinished = home.run / "platform.json.new"
    unfinished.write_text(json.dumps(told, indent=1))
    unfinished.replace(home.run / "platform.json")


def addresses(home: Home | None = None) -> Addresses:
    """Where the platform that `up` started answers; raises a Problem if it never did."""
    told = _platform(home or Home.current())
    kafka, store, ports = told.get("kafka"), told.get("store"), told.get("ports")
    if isinstance(kafka, str) and isinstance(store, str) and isinstance(ports, dict):
        kafka, store = os.environ.get("HEADWATER_KAFKA", kafka), os.environ.get("HEADWATER_STORE", store)
        return Addresses(kafka, store, ports)
    raise Problem("The platform is not up.", "Start it with: headwater up")


def _platform(home: Home) -> dict[str, object]:
    try:
        told = json.loads((home.run / "platform.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def program(deployable: Deployable, addresses: Addresses) -> Program:
    """How to run it: its own ports in its environment, and the addresses of all others."""
    http = addresses.ports[f"{deployable.name}-http"]
    listens = [Port(http, variable_of(f"{deployable.name}-http"))]
    env = {**DEVELOPMENT, **addresses.env(), "HEADWATER_HTTP_PORT": str(http), "PYTHONUNBUFFERED": "1"}
    env["HEADWATER_PROJECTIONS"] = str(Home.current().root / "data" / "projections")
    if deployable.answers_rpc:
        grpc = addresses.ports[f"{deployable.name}-grpc"]
        listens.append(Port(grpc, variable_of(f"{deployable.name}-grpc")))
        env["HEADWATER_GRPC_PORT"] = str(grpc)
    return Program(
        name=deployable.name,
        argv=[sys.executable, "-m", deployable.module],
        env=env,
        ports=listens,
        address=f"http://{LOOPBACK}:{http}",
        ready=lambda: is_ready(http),
    )


def is_ready(port: int) -> bool:
    """Whether the process there says that it can do its work."""
    connection = HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
