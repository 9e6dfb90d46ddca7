"""The order journey message by message: a subscriber per topic that reads, writes, publishes and commits for each one.

Two processes as ours are two, FastStream and motor as a tutorial has them, with the write concern and the acks that we
ask for: every document is on disk before what follows from it is published, every message before its offset is
committed. It publishes only what the journey needs. It would lose and double things in a crash between two of its
writes; what that costs to prevent, it does not pay.

    python -m headwater_bench.baselines.message_by_message orders | logistics
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from headwater.contracts.base import Message, ReplyTo, WarehouseId
from headwater.contracts.logistics import ReserveStock, StockReserved
from headwater.contracts.orders import Allocation, OrderConfirmed, PlaceOrder
from headwater.settings import ServiceSettings

DATABASE, STOCK = "baseline", "stock"
PLACE, RESERVE, RESERVED, CONFIRMED = (
    f"baseline.{name}.v1" for name in ("place-order", "reserve-stock", "stock-reserved", "order-confirmed")
)
TOPICS = (PLACE, RESERVE, RESERVED, CONFIRMED)
WAREHOUSE = WarehouseId("yiwu")


class Listening:
    """A broker, a store, and how both are asked."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.broker = KafkaBroker(settings.kafka, enable_idempotence=True, logger=None)
        self._store: Any = AsyncIOMotorClient(settings.store)

    def collection(self, name: str) -> Any:
        """A collection whose writes are on disk when they are answered."""
        return self._store[DATABASE].get_collection(name, write_concern=WriteConcern(w="majority", j=True))

    def subscriber(self, topic: str) -> Any:
        """One message at a time, committed when it is done, again if it fails."""
        return self.broker.subscriber(
            topic, group_id=topic, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
        )

    async def publish(self, message: Message, topic: str, key: str) -> None:
        """Send, and wait until it is there."""
        await self.broker.publish(message, topic, key=key.encode(), headers={"ce_type": message.TYPE})


def orders(settings: ServiceSettings) -> KafkaBroker:
    """Places orders, and confirms those whose stock is held."""
    here = Listening(settings)
    collection = here.collection("order")

    @here.subscriber(PLACE)  # type: ignore[untyped-decorator]
    async def place(asked: PlaceOrder) -> None:
        if await collection.find_one({"_id": asked.order_id}):
            return
        await collection.insert_one(_placed(asked))
        for line in asked.lines:
            reserve = ReserveStock(
                sku_id=line.sku_id, order_id=asked.order_id, pieces=line.quantity, city=asked.destination.city,
                reply_to=ReplyTo(topic=RESERVED, key=asked.order_id),
            )  # fmt: skip
            await here.publish(reserve, RESERVE, line.sku_id)

    @here.subscriber(RESERVED)  # type: ignore[untyped-decorator]
    async def confirm(reserved: StockReserved) -> None:
        order = await collection.find_one({"_id": reserved.order_id})
        if order["status"] != "reserving":
            return
        confirmed = _confirmed(order, reserved)
        await collection.replace_one({"_id": reserved.order_id}, confirmed)
        event = OrderConfirmed(
            order_id=reserved.order_id, buyer_id=order["buyer_id"], allocations=reserved.allocations,
            pay_by=confirmed["pay_by"],
        )  # fmt: skip
        await here.publish(event, CONFIRMED, reserved.order_id)

    return here.broker


def _placed(asked: PlaceOrder) -> dict[str, Any]:
    total = sum(line.quantity * line.unit_price_fen for line in asked.lines)
    history = [{"what": "placed", "at": datetime.now(UTC)}]
    known = {"total_fen": total, "status": "reserving", "history": history}
    return {"_id": asked.order_id, **asked.model_dump(), **known}


def _confirmed(order: dict[str, Any], reserved: StockReserved) -> dict[str, Any]:
    now = datetime.now(UTC)
    history = [*order["history"], {"what": "confirmed", "at": now}]
    held = {"allocations": [one.model_dump() for one in reserved.allocations], "pay_by": now + timedelta(minutes=30)}
    return {**order, **held, "status": "confirmed", "history": history}


def logistics(settings: ServiceSettings) -> KafkaBroker:
    """Holds stock."""
    here = Listening(settings)
    stocks, holds = here.collection(STOCK), here.collection("hold")

    @here.subscriber(RESERVE)  # type: ignore[untyped-decorator]
    async def reserve(asked: ReserveStock) -> None:
        id = f"{asked.sku_id}/{asked.order_id}"
        if await holds.find_one({"_id": id}):
            return
        stock = await stocks.find_one({"_id": asked.sku_id})
        if stock["on_hand"] - stock["held"] < asked.pieces:
            return
        taken = (Allocation(sku_id=asked.sku_id, warehouse_id=WAREHOUSE, pieces=asked.pieces),)
        await holds.insert_one({"_id": id, "order_id": asked.order_id, "allocations": [taken[0].model_dump()]})
        await stocks.replace_one({"_id": asked.sku_id}, {**stock, "held": stock["held"] + asked.pieces})
        reply = StockReserved(sku_id=asked.sku_id, order_id=asked.order_id, allocations=taken)
        await here.publish(reply, asked.reply_to.topic, asked.reply_to.key)

    return here.broker


if __name__ == "__main__":
    uvloop.install()
    build = {"orders": orders, "logistics": logistics}[sys.argv[1]]
    asyncio.run(FastStream(build(ServiceSettings()), logger=None).run())
