"""A process of a service in the simulation: its real rules and its real processors, on simulated ground."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, cast

from prometheus_client import CollectorRegistry

from headwater.envelope import Raw
from headwater.processor import Processor
from headwater.service import Subscription
from headwater.store import Store
from headwater.telemetry import Meter
from headwater.timers import Sweeper
from headwater_proof.sim.broker import Broker, Consumer, Producer
from headwater_proof.sim.network import Died, Node, Weather
from headwater_proof.sim.store import Database, SimStore

SWEEP_S = 1.0
STOP_WITHIN_S = 3.0
METER = Meter(CollectorRegistry())


@dataclass(frozen=True, slots=True)
class Ground:
    """What a process stands on."""

    broker: Broker
    database: Database
    chance: Random
    weather: Weather
    most: int
    """Records in one poll."""


class Process:
    """One life of a process: from its start until it is killed or stopped."""

    def __init__(self, node: Node, subscriptions: tuple[Subscription, ...], ground: Ground) -> None:
        self.node = node
        self.die_at = ""
        """The point of the road where it dies next."""
        self._ground = ground
        self._members: list[tuple[Processor, Consumer]] = []
        for declared in subscriptions:
            self._listen(declared)

    def _listen(self, declared: Subscription) -> None:
        ground, node = self._ground, self.node
        # The processor sees the promises of the real ones, which the contract tests hold them to.
        store = cast(Store, SimStore(node, ground.database))
        producer = cast(Any, Producer(node, ground.broker, ground.chance, ground.weather))
        processor = Processor(
            declared.name, declared.rules(), store, producer, METER, at=self._at, batch_id=self._batch_id
        )
        consumer = Consumer(node, ground.broker, declared.name, declared.topics, ground.chance)
        self._members.append((processor, consumer))
        node.spawn(self._pump(processor, consumer))
        node.spawn(consumer.belong(processor.assigned, processor.revoked))
        if declared.timers is not None:
            sweeper = Sweeper(declared.timers, declared.topics[0], store, producer, processor.owns)
            node.spawn(sweeper.run(SWEEP_S))

    async def _pump(self, processor: Processor, consumer: Consumer) -> None:
        while True:
            records = await consumer.getmany(self._ground.most)
            await processor.handle(cast(Sequence[Raw], records), consumer)

    def _at(self, point: str) -> None:
        if point == self.die_at:
            self.node.kill()
        if not self.node.alive:
            raise Died
        self.node.step()

    def _batch_id(self) -> str:
        return f"{self._ground.chance.getrandbits(128):032x}"

    async def stop(self) -> None:
        """End as SIGTERM does it: finish what is in hand, say goodbye, die."""
        await asyncio.gather(*(processor.stop(consumer, STOP_WITHIN_S) for processor, consumer in self._members))
        await asyncio.gather(*(consumer.leave() for _, consumer in self._members))
        self.node.kill()
