"""Reservations by compare-and-set: read the stock, check it, update it if its version is still the one that was read.

Of each reservation only the stock is written: no hold, no outbox, no memory of what was done. Reservations are handled
one at a time, or many at once (`CONCURRENCY`), acknowledged before they are done as FastStream does for those.

    python -m headwater_bench.baselines.compare_and_set CONCURRENCY
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from headwater.contracts.base import WarehouseId
from headwater.contracts.logistics import ReserveStock, StockRefused, StockReserved
from headwater.contracts.orders import Allocation
from headwater.settings import ServiceSettings

DATABASE, COLLECTION = "baseline", "counted"
WAREHOUSE = WarehouseId("yiwu")


def inbox(concurrency: int) -> str:
    """The topic that a service of this concurrency reads."""
    return f"baseline.counted-{concurrency}.v1"


def service(settings: ServiceSettings, concurrency: int) -> FastStream:
    """The whole service."""
    broker = KafkaBroker(settings.kafka, enable_idempotence=True, logger=None)
    store: Any = AsyncIOMotorClient(settings.store)
    majority = WriteConcern(w="majority", j=True)
    stocks = store[DATABASE].get_collection(COLLECTION, write_concern=majority)

    @broker.subscriber(inbox(concurrency), group_id=inbox(concurrency), auto_offset_reset="earliest",
                       max_workers=concurrency)  # fmt: skip
    async def reserve(asked: ReserveStock) -> None:
        while True:
            stock = await stocks.find_one({"_id": asked.sku_id})
            free = stock["on_hand"] - stock["held"]
            if free < asked.pieces:
                return await answer(asked, _refused(asked, free))
            read = {"_id": asked.sku_id, "version": stock["version"]}
            done = await stocks.update_one(read, {"$inc": {"held": asked.pieces, "version": 1}})
            if done.modified_count:
                return await answer(asked, _reserved(asked))

    async def answer(asked: ReserveStock, reply: StockReserved | StockRefused) -> None:
        to = asked.reply_to
        await broker.publish(reply, to.topic, key=to.key.encode(), headers={"ce_type": reply.TYPE})

    return FastStream(broker, logger=None)


def _reserved(asked: ReserveStock) -> StockReserved:
    taken = (Allocation(sku_id=asked.sku_id, warehouse_id=WAREHOUSE, pieces=asked.pieces),)
    return StockReserved(sku_id=asked.sku_id, order_id=asked.order_id, allocations=taken)


def _refused(asked: ReserveStock, free: int) -> StockRefused:
    detail = f"{asked.pieces} pieces are wanted, {free} are available."
    return StockRefused(sku_id=asked.sku_id, order_id=asked.order_id, available=free, detail=detail)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(service(ServiceSettings(), int(sys.argv[1])).run())
