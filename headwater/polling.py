"""The consumer that all inboxes read with: patient, greedy, and not to be stopped by a record that cannot be read."""

from __future__ import annotations

import asyncio
import time
from random import sample
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from headwater.logs import log

POLL_MS = 500
GATHER_MS = 10
MANY = 32
"""From so many waiting records on it is worth `GATHER_MS` to let more come in: below, it would only delay them."""
READ_AHEAD = 4 * 1024 * 1024
"""About so many bytes of records wait here for the next polls."""
STEP_S, LOOK_S = 10.0, 0.01
"""What stands before a record that cannot be read comes again soon; it is looked for so long, and so often."""
Polled = dict[TopicPartition, list[Any]]
NOT_UTF8 = (("ce_type", b"\xff"),)
"""The header of the stand-in for a record that cannot be read: it says of itself why."""


class LongPoll(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that waits for records, and gathers those that came while the last batch was in hand.

    FastStream sleeps after an empty poll, which would delay the next message: so a poll is long. And a poll that finds
    many records at once finds only what the last fetch brought, long ago: so it lets the next fetch come in as well. At
    low load nothing waits, at high load batches are large.

    aiokafka has one fetch in flight, which leaves out the partitions whose records nobody has taken yet. Were a poll to
    leave some behind, the next fetch would wait for the idle partitions only, and the busy one behind it. So all that
    has come is taken at once, up to `READ_AHEAD`, and held here until it is asked for.

    A header whose *name* is no UTF-8 makes aiokafka fail on its record, time and again, with all that stands behind it.
    Nothing stops for that: a stand-in takes the record's place, which the processor sends to the dead letters.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held: Polled = {}
        self._held_bytes = 0
        self._next: dict[TopicPartition, int] = {}
        self._assignment: Any = None

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from there."""
        super().seek(partition, offset)
        self._handed_out()[partition] = offset
        self._take(partition)

    async def getmany(self, *, timeout_ms: int = 0, max_records: int | None = None) -> Polled:
        """Records as soon as there are some, or none after half a second. Each partition's turn comes."""
        most = max_records or 500
        try:
            await self._gather(max(timeout_ms, POLL_MS), most)
        except UnicodeDecodeError:
            self._hold(await self._step(most))
        return self._hand_out(most)

    async def getone(self, *partitions: TopicPartition) -> Any:
        """The next record, as soon as it is there: what `async for` asks for."""
        while not (found := await self.getmany(*partitions, max_records=1)):
            pass
        ((record,),) = found.values()
        return record

    def _handed_out(self) -> dict[TopicPartition, int]:
        """The offset behind the last record that was handed out, by partition, since the group last shared out."""
        subscription = self._subscription.subscription
        assignment = subscription and subscription.assignment
        if assignment is not self._assignment:
            self._assignment, self._next = assignment, {}
            self._held, self._held_bytes = {}, 0
        return self._next

    def _hold(self, found: Polled) -> None:
        self._handed_out()  # what was held for partitions of an earlier sharing out is read again by whom they are now
        for tp, records in found.items():
            self._held[tp] = self._held.get(tp, []) + records
            self._held_bytes += _size(records)

    def _take(self, tp: TopicPartition, most: int | None = None) -> list[Any]:
        """Take what is held of a partition, in order; what is left goes behind the other partitions."""
        records = self._held.pop(tp, [])
        taken, left = (records, []) if most is None else (records[:most], records[most:])
        if left:
            self._held[tp] = left
        self._held_bytes -= _size(taken)
        return taken

    def _hand_out(self, most: int) -> Polled:
        found: Polled = {}
        for tp in tuple(self._held):
            records = found[tp] = self._take(tp, most)
            self._handed_out()[tp] = records[-1].offset + 1
            most -= len(records)
            if not most:
                break
        return found

    def _waiting(self) -> int:
        return sum(map(len, self._held.values()))

    async def _gather(self, wait_ms: int, most: int) -> None:
        await self._read()
        if not self._held:
            await self._read(wait_ms)
            return
        enough = time.monotonic() + GATHER_MS / 1000
        while MANY <= self._waiting() < most and self._held_bytes < READ_AHEAD:
            if (wait_s := enough - time.monotonic()) <= 0:
                break
            await self._read(max(1, int(wait_s * 1000)))

    async def _read(self, wait_ms: int = 0) -> None:
        """Take what the last fetch brought, or wait for it. One record is always taken: that notices a rebalance."""
        most = None if self._held_bytes < READ_AHEAD else 1
        self._hold(await super().getmany(timeout_ms=wait_ms, max_records=most))

    async def _step(self, most: int) -> Polled:
        """Go on from where the last poll ended, since what the failed one had read of other partitions is lost."""
        found: Polled = {}
        for tp in self.assignment():
            await self._go_back(tp)
        enough = time.monotonic() + STEP_S
        while not found and time.monotonic() < enough:
            for tp in sample(sorted(self.assignment()), len(self.assignment())):  # no partition always comes first
                if left := most - sum(map(len, found.values())):
                    found |= await self._step_in(tp, left)
            await asyncio.sleep(0 if found else LOOK_S)
        return found

    async def _go_back(self, tp: TopicPartition) -> None:
        before = self._handed_out().get(tp)
        self._take(tp)
        if before is None and self._group_id is not None:
            before = await self.committed(tp)
        if before is None:
            await self.seek_to_beginning(tp)
        else:
            self.seek(tp, before)

    async def _step_in(self, tp: TopicPartition, most: int) -> Polled:
        """What is there; of a partition with a record that cannot be read, what stands before it, or its stand-in."""
        wait_ms = 0
        while True:
            try:
                return dict(await super().getmany(tp, timeout_ms=wait_ms, max_records=most))
            except UnicodeDecodeError as error:
                await self._go_back(tp)
                if most == 1:
                    return {tp: [await self._stand_in(tp, error)]}
                most, wait_ms = most // 4 or 1, POLL_MS

    async def _stand_in(self, tp: TopicPartition, error: UnicodeDecodeError) -> Any:
        offset = await self.position(tp)
        self.seek(tp, offset + 1)
        log.error("the name of a header is not UTF-8, and its record cannot be read", topic=tp.topic,
                  partition=tp.partition, offset=offset, reason=str(error))  # fmt: skip
        return ConsumerRecord(
            topic=tp.topic, partition=tp.partition, offset=offset, timestamp=time.time_ns() // 1_000_000,
            timestamp_type=1, key=None, value=None, checksum=None, serialized_key_size=-1, serialized_value_size=-1,
            headers=NOT_UTF8,
        )  # fmt: skip


def _size(records: list[Any]) -> int:
    return sum(len(record.value or b"") for record in records)
