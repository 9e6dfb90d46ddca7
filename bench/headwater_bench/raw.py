"""The raw loop: the same messages and documents as the order journey, in batches, with no rules at all.

Two processes as ours are two. Each takes what one poll gives (at most 500), writes a document for each message in one
bulk write, sends what ours would send, byte for byte of the same size, in whole record batches with `acks=all`, and
commits the offsets. The bulk write is one transaction (`w: majority, j: true`), since without one the store syncs its
journal for every single document: measured, that makes the loop three times slower. Its collections carry the indexes
that ours carry: the documents are there to be listed and woken by them. It reads nothing of a message but its key and
its type, keeps no outbox, no marks and no state, and would lose and double things in a crash: the fastest way, not a
safe one.

    python -m headwater_bench.raw INBOX SAMPLES.bson
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import bson
import uvloop
from aiokafka import AIOKafkaConsumer
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReplaceOne, WriteConcern

from headwater.producer import Producer, Record, partition_of
from headwater.settings import ServiceSettings

BATCH = 500
MAJORITY = WriteConcern(w="majority", j=True)
Sample = dict[str, Any]
"""What one message leads to: `writes` as (collection, document, by_key), `sends` as (topic, value, headers, by_key).

A record has a key and, as its subject, the other id that it is about (an order its SKU, a SKU its order), so that the
loop can address what it writes and sends without reading the message.
"""


def group_of(inbox: str) -> str:
    """The group that the loops of an inbox are members of."""
    return f"raw-{inbox}"


class RawLoop:
    """One process of the raw journey: consumes an inbox, writes, sends, commits."""

    def __init__(self, inbox: str, samples: dict[str, Sample], settings: ServiceSettings) -> None:
        self._inbox = inbox
        self._samples = samples
        self._producer = Producer(settings.kafka, f"raw-{inbox}")
        self._consumer = AIOKafkaConsumer(
            inbox, bootstrap_servers=settings.kafka, group_id=group_of(inbox), enable_auto_commit=False,
            auto_offset_reset="earliest",
        )  # fmt: skip
        self._store: Any = AsyncIOMotorClient(settings.store)

    async def run(self) -> None:
        """Until it is cancelled; then it leaves its group."""
        for key in ("buyer_id", "supplier_id"):
            await self._store["raw"]["order"].create_index([(key, 1), ("placed_at", -1)])
        await self._store["raw"]["order"].create_index("wake_at", sparse=True)
        await self._producer.start()
        await self._consumer.start()
        try:
            await self._go_round()
        finally:
            await self._consumer.stop()
            await self._producer.stop()

    async def _go_round(self) -> None:
        counts = {topic: await self._producer.partitions(topic) or 1
                  for sample in self._samples.values() for topic, *_ in sample["sends"]}  # fmt: skip
        while True:
            polled = await self._consumer.getmany(timeout_ms=250, max_records=BATCH)
            if polled:
                await self._batch([record for records in polled.values() for record in records], counts)
                await self._consumer.commit()

    async def _batch(self, records: list[Any], counts: dict[str, int]) -> None:
        writes: dict[tuple[str, str], ReplaceOne[Any]] = {}
        spaces = {name: f"raw.{name}" for name in ("order", "stock", "stock.holds")}
        sends: list[Record] = []
        for record in records:
            found = dict(record.headers)
            sample, key, subject = self._samples[found["ce_type"].decode()], record.key, found["ce_subject"]
            for collection, document, by_key in sample["writes"]:
                id = (key if by_key else subject).decode()
                replacement = {**document, "_id": id}
                namespace = spaces[collection]
                writes[collection, id] = ReplaceOne({"_id": id}, replacement, upsert=True, namespace=namespace)
            for topic, value, headers, by_key in sample["sends"]:
                to, other = (key, subject) if by_key else (subject, key)
                partition = partition_of(to, counts[topic])
                sends.append(Record(topic, partition, to, value, [*headers, ("ce_subject", other)]))
        async with await self._store.start_session() as session, session.start_transaction(write_concern=MAJORITY):
            await self._store.bulk_write(list(writes.values()), session=session)
        await self._producer.publish(sends)


async def main(inbox: str, file: str) -> None:
    """Run the loop of one inbox with the samples of a file."""
    samples = bson.decode(await asyncio.to_thread(Path(file).read_bytes))
    prepared = {
        type_name: {
            "writes": sample["writes"],
            "sends": [(topic, bytes(value), [(name, bytes(data)) for name, data in headers], by_key)
                      for topic, value, headers, by_key in sample["sends"]],
        }
        for type_name, sample in samples.items()
    }  # fmt: skip
    running = asyncio.ensure_future(RawLoop(inbox, prepared, ServiceSettings()).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
