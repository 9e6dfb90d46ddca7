"""Bringing a stage up and down, and asking its store whether it still works."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from headwater_cli import supervisor, topics
from headwater_cli.infra import kafka, store
from headwater_cli.infra.kafka import Listener
from headwater_cli.platform import Addresses, program, remember
from headwater_cli.supervisor import Program
from headwater_proof.chaos.stage import Member, Stage

INFRA = ("kafka", "store")
QUICK_JVM = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
"""A broker that is killed again and again should not spend the processors on getting fast."""


async def up(stage: Stage, say: Callable[[str], None]) -> None:
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
