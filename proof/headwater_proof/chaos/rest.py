"""Waiting until nothing is left to happen: every order at its end, every inbox read to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from motor.motor_asyncio import AsyncIOMotorClient

from headwater_cli.demo.door import FINAL
from headwater_proof.chaos.groups import OURS, PARTITIONS, PARTNERS, SERVICES

LOOK_EVERY_S = 0.5
PLACES = [TopicPartition(topic, number) for topic, count in PARTITIONS.items() for number in range(count)]
Ends = Mapping[TopicPartition, int]


class Rest:
    """Looks whether a platform has come to rest."""

    def __init__(self, kafka: str, store: str) -> None:
        self._kafka = kafka
        self._store = store

    async def wait(self, within_s: float) -> str | None:
        """Return when nothing has happened between two looks and nothing is left; else, when time is up, what is."""
        deadline = time.monotonic() + within_s
        before: Ends | None = None
        async with self._connected() as look:
            while True:
                ends, left = await look()
                if left is None and ends == before:
                    return None
                if time.monotonic() > deadline:
                    return left or "something still happens"
                before = ends
                await asyncio.sleep(LOOK_EVERY_S)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Callable[[], Awaitable[tuple[Ends, str | None]]]]:
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(self._store, serverSelectionTimeoutMS=5000)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, enable_auto_commit=False)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)

        async def look() -> tuple[Ends, str | None]:
            ends: Ends = await consumer.end_offsets(PLACES)
            left = await _behind(client, ends) or await _partners_behind(admin, ends) or await _open_orders(client)
            left = left or await _money_on_its_way(client)
            return ends, left

        try:
            await consumer.start()
            await admin.start()
            yield look
        finally:
            await admin.close()
            await consumer.stop()
            client.close()


async def _behind(client: Any, ends: Ends) -> str | None:
    marks: dict[str, int | None] = {}
    for service in SERVICES:
        marks |= {mark["_id"]: mark.get("next") async for mark in client[service].marks.find({}, {"next": 1})}
    for (_, group), topics in OURS.items():
        for tp in PLACES:
            lane = f"{group}:{tp.topic}/{tp.partition}"
            if tp.topic in topics and ends[tp] and marks.get(lane) != ends[tp]:
                return f"{lane} is processed up to {marks.get(lane)}, its inbox ends at {ends[tp]}"
    return None


async def _partners_behind(admin: Any, ends: Ends) -> str | None:
    for group, topics in PARTNERS.items():
        committed = await admin.list_consumer_group_offsets(group)
        for tp in PLACES:
            done = committed[tp].offset if tp in committed else 0
            if tp.topic in topics and done < ends[tp]:
                return f"{group} has finished {tp.topic}/{tp.partition} up to {done}, it ends at {ends[tp]}"
    return None


async def _open_orders(client: Any) -> str | None:
    unfinished = {"status": {"$nin": sorted(FINAL)}}
    found = await client.orders.order.find_one(unfinished)
    if found is None:
        return None
    count = await client.orders.order.count_documents(unfinished)
    return f"{count} orders are not at their end, such as {found['_id']}, which is {found['status']}"


async def _money_on_its_way(client: Any) -> str | None:
    """What falls due wakes its account, and a withdrawal that is asked for is answered."""
    async for account in client.orders.account.find({}, {"due": 1, "open": 1}):
        if account["due"] or account["open"]:
            return f"money of {account['_id']} is on its way"
    return None
