"""Carrying out a plan: each fault strikes at its time, and is over when it should be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import assert_never

from aiokafka.errors import KafkaError

from headwater.producer import Producer, PublishFailed
from headwater_proof.chaos import partners, poison
from headwater_proof.chaos.groups import GROUPS
from headwater_proof.chaos.keeper import Keeper
from headwater_proof.chaos.plan import Fault, Targets
from headwater_proof.chaos.stage import SESSION_TIMEOUT_S, Stage
from headwater_proof.chaos.storm import storm
from headwater_proof.chaos.up import takes_writes

POISONED = (5, 40)
"""So many bad records at a time."""
AGAIN_S = 1.0
RESTARTED_AFTER_S = 0.2
LATE_S = 15.0
"""A fault that is still at work so long after its time, since something else is away, is ended."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that has struck, and when: seconds since 1970, by the wall clock that the broker has, too."""

    fault: Fault
    at: float


def targets(stage: Stage) -> Targets:
    """What there is to strike on a stage."""
    members = tuple(member.name for member in stage.members)
    return Targets(members, tuple(stage.links), tuple(GROUPS), members if stage.controls else ())


class Striking:
    """Strikes a stage."""

    def __init__(self, stage: Stage, keeper: Keeper, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._keeper = keeper
        self._say = say
        self._producer = Producer(stage.kafka, "chaos")
        self.struck: list[Struck] = []

    async def run(self, faults: Sequence[Fault]) -> None:
        """All of them, each at its time; returns when the last is over."""
        try:
            async with asyncio.TaskGroup() as group:
                for fault in faults:
                    group.create_task(self._strike(fault))
        finally:
            await self._producer.stop()

    async def _strike(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at)
        self._say(str(fault))
        self.struck.append(Struck(fault, time.time()))
        try:
            async with asyncio.timeout(fault.for_s + LATE_S):
                await self._do(fault)
        except TimeoutError:
            self._say(f"{fault} was ended {LATE_S:.0f} s late")

    async def _do(self, fault: Fault) -> None:
        chance = Random(fault.seed)
        match fault.kind:
            case "kill":
                await self._keeper.kill(fault.target, fault.for_s)
            case "freeze":
                await self._keeper.freeze(fault.target, fault.for_s)
            case "leave":
                await self._keeper.leave(fault.target, fault.for_s)
            case "cut" | "deaf" | "mute" | "delay" | "slow":
                await self._tear(fault)
            case "clock" | "disk-full":
                await self._control(fault)
            case "storm":
                topics = GROUPS[fault.target]
                await storm(self._stage.kafka, fault.target, topics, fault.for_s, SESSION_TIMEOUT_S, chance)
            case "poison" | "repeat" | "nonsense":
                await self._write(fault, chance)
            case kind:
                assert_never(kind)

    async def _tear(self, fault: Fault) -> None:
        link = self._stage.links[fault.target]
        await link.become(fault.kind, fault.amount)  # type: ignore[arg-type]
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            await link.become("pass")

    async def _control(self, fault: Fault) -> None:
        control = self._stage.controls[fault.target]
        control.set(clock_off_s=int(fault.amount), disk_full=fault.kind == "disk-full")
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            control.set()
        if fault.kind == "disk-full" and not await asyncio.to_thread(takes_writes, self._stage.store):
            # The embedded store gives up for good when a write fails, and lives on: somebody has to restart it.
            await self._keeper.kill(fault.target, RESTARTED_AFTER_S)

    async def _write(self, fault: Fault, chance: Random) -> None:
        """Write into topics; while the broker is away, later."""
        kafka = self._stage.kafka
        while True:
            try:
                match fault.kind:
                    case "poison":
                        await poison.publish(self._producer, kafka, poison.spoilt(chance, chance.randint(*POISONED)))
                    case "repeat":
                        await partners.repeat(self._producer, kafka, chance)
                    case _:
                        await partners.nonsense(self._producer, kafka, fault.for_s, chance)
                return
            except (PublishFailed, KafkaError):
                await asyncio.sleep(AGAIN_S)
