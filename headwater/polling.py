"""The consumer that all inboxes read with: patient, greedy, and not to be stopped by a record that cannot be read."""

from __future__ import annotations

import time
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from headwater.logs import log

POLL_MS = 250
GATHER_MS = 10
Polled = dict[TopicPartition, list[Any]]
NOT_UTF8 = (("ce_type", b"\xff"),)
"""The header of the stand-in for a record that cannot be read: it says of itself why."""


class LongPoll(AIOKafkaConsumer):  # type: ignore[misc]
    """A consumer that waits for records, and gathers those that came while the last batch was in hand.

    FastStream sleeps after an empty poll, which would delay the next message: so a poll is long. And a poll that finds
    records at once finds only what the last fetch brought, long ago: so it lets the next fetch come in as well. At low
    load nothing waits, at high load batches are large.

    A header whose *name* is no UTF-8 makes aiokafka fail on its record, time and again, with all that stands behind it.
    Nothing stops for that: a stand-in takes the record's place, which the processor sends to the dead letters.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._next: dict[TopicPartition, int] = {}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from there."""
        super().seek(partition, offset)
        self._next[partition] = offset

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None) -> Polled:
        """Records as soon as there are some, or none after a quarter of a second."""
        most = max_records or 500
        try:
            found = await self._gather(partitions, timeout_ms, most)
        except UnicodeDecodeError:
            found = await self._step(most)
        for tp, records in found.items():
            self._next[tp] = records[-1].offset + 1
        return found

    async def _gather(self, partitions: tuple[TopicPartition, ...], timeout_ms: int, most: int) -> Polled:
        found: Polled = await super().getmany(*partitions, max_records=most)
        if not found:
            return dict(await super().getmany(*partitions, timeout_ms=max(timeout_ms, POLL_MS), max_records=most))
        enough = time.monotonic() + GATHER_MS / 1000
        while (left := most - sum(map(len, found.values()))) > 0 and (wait_s := enough - time.monotonic()) > 0:
            more = await super().getmany(*partitions, timeout_ms=max(1, int(wait_s * 1000)), max_records=left)
            for tp, records in more.items():
                found[tp] = found.get(tp, []) + records
        return found

    async def _step(self, most: int) -> Polled:
        """Go on from where the last poll ended, since what the failed one had read of other partitions is lost."""
        found: Polled = {}
        for tp in self.assignment():
            found |= await self._step_in(tp, most)
        return found

    async def _step_in(self, tp: TopicPartition, most: int) -> Polled:
        """What stands before the record that cannot be read; if nothing does, the stand-in for it."""
        while True:
            if tp in self._next:
                self.seek(tp, self._next[tp])
            else:
                await self.seek_to_beginning(tp)
            try:
                return dict(await super().getmany(tp, timeout_ms=POLL_MS, max_records=most))
            except UnicodeDecodeError as error:
                if most == 1:
                    return {tp: [await self._stand_in(tp, error)]}
                most = most // 4 or 1

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
