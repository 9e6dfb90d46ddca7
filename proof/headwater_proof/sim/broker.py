"""The simulated Kafka: partitions, a producer that may repeat itself, and consumer groups that take turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from headwater.producer import PublishFailed
from headwater.producer import Record as Outgoing
from headwater_proof.evidence import Record
from headwater_proof.sim.network import Lost, Node, Server, Weather

SESSION_S = 4.0
"""After so long a silence the group gives a member's partitions away."""
HEARTBEAT_S = 1.0
"""A member hears of changes in its group at its next heartbeat."""
AGAIN_S = 0.3


class Broker:
    """What is on the topics, and who reads them."""

    def __init__(
        self, topics: Mapping[str, int], loop: asyncio.AbstractEventLoop, chance: Random, clock: Callable[[], float]
    ) -> None:
        self.server = Server("kafka")
        self.logs: dict[str, list[list[Record]]] = {name: [[] for _ in range(n)] for name, n in topics.items()}
        self.loop = loop
        self.chance = chance
        self.groups: dict[str, Group] = {}
        self.watchers: dict[str, list[Callable[[Record], None]]] = {}
        self.committed: dict[tuple[str, TopicPartition], int] = {}
        self._clock = clock
        self._waiting: dict[TopicPartition, list[Consumer]] = {}

    def append(self, records: Iterable[Outgoing]) -> None:
        """Put records at the ends of their partitions."""
        now_ms = int(self._clock() * 1000)
        for one in records:
            log = self.logs[one.topic][one.partition]
            headers = [(name, bytes(value)) for name, value in one.headers]
            stored = Record(one.topic, one.partition, len(log), now_ms, one.key, one.value, headers)
            log.append(stored)
            for watcher in self.watchers.get(one.topic, ()):
                watcher(stored)
            for consumer in self._waiting.pop(TopicPartition(one.topic, one.partition), ()):
                consumer.news()

    def wait(self, consumer: Consumer, partition: TopicPartition) -> None:
        """Tell a consumer when something comes."""
        self._waiting.setdefault(partition, []).append(consumer)

    def suspect(self, node: Node) -> None:
        """A process fell silent: if it still is when its sessions end, its groups go on without it."""
        for group in self.groups.values():
            for member in list(group.members):
                if member.node is node:
                    self.loop.call_later(SESSION_S, group.expel_if_silent, member)


class Producer:
    """A process's way to the topics, with the promises of `headwater.producer.Producer`."""

    def __init__(self, node: Node, broker: Broker, chance: Random, weather: Weather) -> None:
        self._node = node
        self._broker = broker
        self._chance = chance
        self._weather = weather
        self._known: dict[str, int] = {}

    async def partitions(self, topic: str) -> int | None:
        """As the real one."""
        if topic not in self._known:
            counts = {name: len(logs) for name, logs in self._broker.logs.items()}
            self._known = await self._ask(lambda: counts)
        return self._known.get(topic)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """As the real one: in order within a partition; what failed may have arrived in part, now or later."""
        if self._weather.torn and self._chance.random() < self._weather.torn:
            await self._torn(records)
        await self._ask(lambda: self._broker.append(records))

    async def _torn(self, records: Sequence[Outgoing]) -> None:
        """Some of the record batches arrive, some are on their way for long, some are lost."""
        batches: dict[tuple[str, int, int], list[Outgoing]] = {}
        for number, record in enumerate(records):
            half = 2 * number // len(records)
            batches.setdefault((record.topic, record.partition, half), []).append(record)
        arriving = [(batch, self._chance.choice((0.01, 1.0, 5.0, None))) for batch in batches.values()]

        def arrive() -> None:
            for batch, after_s in arriving:
                if after_s is not None:
                    self._broker.loop.call_later(after_s, self._land, batch)

        await self._ask(arrive)
        raise PublishFailed("the connection broke in the middle")

    def _land(self, batch: list[Outgoing]) -> None:
        if self._broker.server.up:
            self._broker.append(batch)

    async def _ask(self, effect: Callable[[], Any]) -> Any:
        try:
            return await self._node.call(self._broker.server, effect)
        except Lost as lost:
            raise PublishFailed(str(lost)) from lost


class Group:
    """A consumer group: each partition has one reader at a time, as far as the broker knows."""

    def __init__(self, name: str, broker: Broker, topics: Sequence[str]) -> None:
        self.name = name
        self.partitions = [TopicPartition(topic, n) for topic in topics for n in range(len(broker.logs[topic]))]
        self.members: dict[Consumer, None] = {}
        self.generation = 0
        self._broker = broker
        self._changing = False
        self._joined: dict[Consumer, None] = {}

    def join(self, member: Consumer) -> None:
        """A member wants its share; all others are asked to come again."""
        if not self._changing or member not in self.members:
            self.members[member] = None
            self._change()
        self._joined[member] = None
        self._deal_if_all_are_there()
        self._broker.loop.call_later(SESSION_S, self.expel_if_silent, member)  # it may be dead since it asked

    def leave(self, member: Consumer) -> None:
        """A member is gone; its share goes to others."""
        if member in self.members:
            del self.members[member]
            self._joined.pop(member, None)
            self._change()
            self._deal_if_all_are_there()

    def expel_if_silent(self, member: Consumer) -> None:
        """The session of a member is over."""
        if member in self.members and not self._broker.server.up:
            self._broker.loop.call_later(SESSION_S, self.expel_if_silent, member)
        elif member in self.members and member.node.silent(self._broker.server.name):
            self._expel(member)

    def _expel(self, member: Consumer) -> None:
        self.leave(member)
        self._tell(member, self.generation + 1)

    def _change(self) -> None:
        if not self._changing:
            self._changing = True
            self._broker.loop.call_later(SESSION_S + HEARTBEAT_S, self._stop_waiting, self.generation)
            for member in self.members:
                self._tell(member, self.generation + 1)

    def _tell(self, member: Consumer, generation: int) -> None:
        at_heartbeat_s = self._broker.chance.uniform(0.02, HEARTBEAT_S)
        self._broker.loop.call_later(at_heartbeat_s, member.hear_of_change, generation)

    def _stop_waiting(self, generation: int) -> None:
        if self._changing and generation == self.generation:
            for member in [member for member in self.members if member not in self._joined]:
                self._expel(member)

    def _deal_if_all_are_there(self) -> None:
        if self._changing and self._joined.keys() == self.members.keys():
            self.generation += 1
            self._changing = False
            members, self._joined = list(self._joined), {}
            self._broker.chance.shuffle(members)
            for number, member in enumerate(members):
                member.hear_of_share(self.generation, self.partitions[number :: len(members)])


class Consumer:
    """A member of a group, as the processor and FastStream see it. Its listener is told before and after a change."""

    def __init__(self, node: Node, broker: Broker, group: str, topics: Sequence[str], chance: Random) -> None:
        self.node = node
        self._broker = broker
        self._group = broker.groups.setdefault(group, Group(group, broker, topics))
        self._chance = chance
        self._positions: dict[TopicPartition, int] = {}
        self._share: asyncio.Future[list[TopicPartition]] | None = None
        self._generation = 0
        self._changed = asyncio.Event()
        self._news = asyncio.Event()

    # --- what the processor asks -----------------------------------------------------------------------------------

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """As aiokafka's."""
        if partition not in self._positions:
            raise IllegalStateError(f"{partition} is not assigned")
        self._positions[partition] = offset
        self._news.set()

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """As aiokafka's. Raises `Lost`, and any error of the group."""

        def commit() -> None:
            if self not in self._group.members:
                raise IllegalStateError("not a member any longer")
            self._broker.committed.update({(self._group.name, tp): offset for tp, offset in offsets.items()})

        await self.node.call(self._broker.server, commit)

    def assignment(self) -> set[TopicPartition]:
        """The partitions that it believes to own."""
        return set(self._positions)

    # --- reading ---------------------------------------------------------------------------------------------------

    async def getmany(self, most: int) -> list[Record]:
        """Records as soon as there are some. They may belong to a partition that is taken away meanwhile."""
        while True:
            self.node.step()
            if self.node.silent(self._broker.server.name) or not self._broker.server.up:
                await asyncio.sleep(AGAIN_S)
                continue
            found = self._fetch(most)
            if found:
                await asyncio.sleep(self._chance.random() * 0.004)
                return found
            self._news.clear()
            for tp in self._positions:
                self._broker.wait(self, tp)
            await self._news.wait()

    def _fetch(self, most: int) -> list[Record]:
        found: list[Record] = []
        partitions = list(self._positions)
        self._chance.shuffle(partitions)
        for tp in partitions:
            log, position = self._broker.logs[tp.topic][tp.partition], self._positions[tp]
            records = log[position : position + most - len(found)]
            if records:
                found += records
                self._positions[tp] = position + len(records)
        return found

    def news(self) -> None:
        """Something has come."""
        self.node.hear(self._news.set)

    # --- belonging -------------------------------------------------------------------------------------------------

    async def belong(self, assigned: Callable[..., Any], revoked: Callable[..., Any]) -> None:
        """Be a member of the group until the process ends."""
        while True:
            self._changed.clear()
            share = await self._join()
            self._positions = {tp: self._broker.committed.get((self._group.name, tp), 0) for tp in share}
            self._news.set()
            await assigned(share, self)
            await self._changed.wait()
            await revoked(list(self._positions), self)
            self._positions = {}

    async def _join(self) -> list[TopicPartition]:
        while True:
            self._share = asyncio.get_running_loop().create_future()
            try:
                await self.node.call(self._broker.server, lambda: self._group.join(self))
                async with asyncio.timeout(3 * SESSION_S):
                    return await self._share
            except (Lost, TimeoutError):
                await asyncio.sleep(AGAIN_S)

    def hear_of_share(self, generation: int, share: list[TopicPartition]) -> None:
        """The group has dealt."""

        def hear() -> None:
            if self._share is not None and not self._share.done():
                self._generation = generation
                self._share.set_result(share)
            else:  # dealt for a request that it had given up: its next heartbeat is one of an old generation
                self._changed.set()

        self._broker.loop.call_later(0.005, self.node.hear, hear)

    def hear_of_change(self, generation: int) -> None:
        """A heartbeat tells that the group goes on to this generation, once the broker is reached."""
        if self.node.alive and (not self._broker.server.up or self._broker.server.name in self.node.cut):
            self._broker.loop.call_later(HEARTBEAT_S, self.hear_of_change, generation)
        elif generation > self._generation:
            self.node.hear(self._changed.set)

    async def leave(self) -> None:
        """Say goodbye to the group."""
        try:
            await self.node.call(self._broker.server, lambda: self._group.leave(self))
        except Lost:
            return
