"""The platform that is put under faults: every process with a link of its own to whatever it talks to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from headwater_cli import supervisor, topics
from headwater_cli.home import Home
from headwater_cli.infra import kafka, store
from headwater_cli.infra.kafka import Listener
from headwater_cli.platform import CORE, DEPLOYABLES, Addresses, Deployable, program, remember
from headwater_cli.ports import LOOPBACK, free_ports
from headwater_cli.supervisor import Program
from headwater_proof.chaos.links import Link
from headwater_proof.chaos.preload import Control, compiled

SESSION_TIMEOUT_S = 6.0
ORDERS_WINDOWS = {"payment_window_s": 20, "acceptance_window_s": 4}
SETTINGS = {
    "HEADWATER_SESSION_TIMEOUT_MS": f"{SESSION_TIMEOUT_S * 1000:.0f}",
    **{f"HEADWATER_{name.upper()}": str(value) for name, value in ORDERS_WINDOWS.items()},
    "HEADWATER_CARRIER_STEP_MS": "100",
}
"""Everything is more hurried than in life, so that a round has orders of every fate."""
QUICK_JVM = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""A broker that is killed again and again should not spend the processors on getting fast."""
INFRA = ("kafka", "store")
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


async def up(stage: Stage, say: Any) -> None:
    """Start everything; returns when all of it is ready."""
    for name in [name for name in os.environ if name.startswith("HEADWATER_")]:
        del os.environ[name]  # what a developer has set is not meant for this platform
    os.environ["HEADWATER_KAFKA_HEAP"] = "384m"
    addresses = Addresses(stage.kafka, stage.store, stage.ports)
    remember(stage.home, addresses, free=True)
    for link in stage.links.values():
        await link.open()
    infra = await asyncio.to_thread(_infra, stage)
    await start(stage, infra)
    await topics.apply(stage.kafka)
    say("broker and store are up")
    await start(stage, [_program(stage, member, addresses) for member in stage.members])
    say("services and plug-ins are up")


def _infra(stage: Stage) -> list[Program]:
    ports = stage.ports
    listeners = [
        Listener(member.name.upper().replace("-", "_"), ports[f"{member.name}-listener"],
                 stage.links[f"{member.name}>kafka"].port)
        for member in stage.members
    ]  # fmt: skip
    broker = kafka.kafka(stage.home, ports["kafka"], ports["kafka-controller"], lambda note: None, listeners)
    keeper = store.store(stage.home, ports["store"], lambda note: None)
    control = stage.controls["store"].env() if stage.controls else {}
    return [replace(broker, env=QUICK_JVM), replace(keeper, env={**keeper.env, **control})]


def _program(stage: Stage, member: Member, addresses: Addresses) -> Program:
    name = member.deployable.name
    own = {f"{name}-{what}": stage.ports[f"{member.name}-{what}"] for what in ("http", "grpc")}
    usual = program(member.deployable, replace(addresses, ports={**addresses.ports, **own}))
    return replace(usual, name=member.name, env={**usual.env, **stage.env(member)})


async def start(stage: Stage, programs: Sequence[Program]) -> None:
    """Start these and wait until they are ready."""
    stage.programs |= {one.name: one for one in programs}
    for one in programs:
        await asyncio.to_thread(supervisor.start, stage.home, one)
    await asyncio.to_thread(supervisor.wait_ready, stage.home, programs, lambda ready: None)


async def down(stage: Stage) -> None:
    """End what was started, the edge first and the broker last."""
    names = [name for name in stage.programs if name not in INFRA]
    await asyncio.gather(*(asyncio.to_thread(supervisor.stop, stage.home, name, 3.0) for name in names))
    for name in reversed(INFRA):
        await asyncio.to_thread(supervisor.stop, stage.home, name, 3.0)
    for link in stage.links.values():
        await link.close()


def takes_writes(uri: str) -> bool:
    """Whether the store takes a write into a database of our own."""
    client: MongoClient[dict[str, Any]] = MongoClient(uri, timeoutMS=2000)
    try:
        client.chaos.probe.replace_one({"_id": "probe"}, {}, upsert=True)
        return True
    except PyMongoError:
        return False
    finally:
        client.close()


def settings_by_service() -> Mapping[str, Mapping[str, Any]]:
    """The settings that rules depend on, for a judge of what they did."""
    return {"orders": ORDERS_WINDOWS}
