"""The platform that is put under faults: every process with a link of its own to whatever it talks to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headwater_cli.home import Home
from headwater_cli.infra import store
from headwater_cli.platform import CORE, DEPLOYABLES, Deployable
from headwater_cli.ports import LOOPBACK, free_ports
from headwater_cli.supervisor import Program
from headwater_proof.chaos.links import Link
from headwater_proof.chaos.preload import Control, compiled

SESSION_TIMEOUT_S = 6.0
ORDERS_WINDOWS = {"payment_window_s": 20, "acceptance_window_s": 4, "settlement_period_s": 3}
SETTINGS = {
    "HEADWATER_SESSION_TIMEOUT_MS": f"{SESSION_TIMEOUT_S * 1000:.0f}",
    **{f"HEADWATER_{name.upper()}": str(value) for name, value in ORDERS_WINDOWS.items()},
    "HEADWATER_CARRIER_STEP_MS": "100",
}
"""Everything is more hurried than in life, so that a round has orders of every fate."""
DOUBLED = ("orders", "logistics")
"""These have two members, so that there is something to share out anew."""


@dataclass(frozen=True, slots=True)
class Member:
    """A process of a service or plug-in: `orders-2` is the second member of `orders`."""

    name: str
    deployable: Deployable

    @property
    def is_core(self) -> bool:
        """Whether it uses the store."""
        return self.deployable in CORE


def cast(doubled: Sequence[str] = DOUBLED) -> tuple[Member, ...]:
    """All members, in the order of their start."""
    found = []
    for deployable in DEPLOYABLES:
        found.append(Member(deployable.name, deployable))
        if deployable.name in doubled:
            found.append(Member(f"{deployable.name}-2", deployable))
    return tuple(found)


@dataclass(slots=True)
class Stage:
    """A platform of its own in a home of its own, on free ports."""

    home: Home
    members: tuple[Member, ...]
    ports: dict[str, int]
    links: dict[str, Link]
    """By name: `orders>kafka`, `orders>store`, `gateway>orders`, `client>gateway`."""
    controls: dict[str, Control]
    """Clock and disk by process; empty without a C compiler."""
    programs: dict[str, Program] = field(default_factory=dict)

    @property
    def kafka(self) -> str:
        """The broker as we ourselves talk to it, by no link."""
        return f"{LOOPBACK}:{self.ports['kafka']}"

    @property
    def store(self) -> str:
        """The store, by no link."""
        return store.uri_of(f"{LOOPBACK}:{self.ports['store']}")

    @property
    def gateway(self) -> str:
        """The door for clients."""
        return f"http://{LOOPBACK}:{self.links['client>gateway'].port}"

    def env(self, member: Member) -> dict[str, str]:
        """Where a member finds the others: at the near end of its links."""
        port = {target: link.port for name, link in self.links.items()
                for source, _, target in [name.partition(">")] if source == member.name}  # fmt: skip
        found = {"HEADWATER_KAFKA": f"{LOOPBACK}:{port['kafka']}"}
        if "store" in port:
            found["HEADWATER_STORE"] = store.uri_of(f"{LOOPBACK}:{port['store']}")
        found |= {f"HEADWATER_{d.name.upper()}_GRPC": f"{LOOPBACK}:{port[d.name]}" for d in CORE if d.name in port}
        return found | SETTINGS | (self.controls[member.name].env() if self.controls else {})


def prepare(home: Home, members: tuple[Member, ...]) -> Stage:
    """Ports and links of a platform that does not run yet."""
    names = [f"{member.name}-{what}" for member in members for what in ("http", "grpc", "listener")]
    routes = _routes(members)
    numbers = iter(free_ports(3 + len(names) + len(routes)))
    ports = {name: next(numbers) for name in ("kafka", "kafka-controller", "store", *names)}
    links = {name: Link(name, next(numbers), ports[target]) for name, target in routes.items()}
    library = compiled()
    controlled = [member.name for member in members] + ["store"]
    controls = {name: Control(home.run / f"{name}.control", library) for name in controlled} if library else {}
    return Stage(home, members, ports, links, controls)


def _routes(members: Sequence[Member]) -> dict[str, str]:
    """Each link with the name of the port that it leads to."""
    routes = {"client>gateway": "gateway-http"}
    for member in members:
        routes[f"{member.name}>kafka"] = f"{member.name}-listener"
        if member.is_core:
            routes[f"{member.name}>store"] = "store"
    return routes | {f"gateway>{one.name}": f"{one.name}-grpc" for one in CORE}


def settings_by_service() -> Mapping[str, Mapping[str, Any]]:
    """The settings that rules depend on, for a judge of what they did."""
    return {"orders": ORDERS_WINDOWS}
