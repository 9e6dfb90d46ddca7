"""What finished orders leave in the stores: the documents that our own rules write, inserted in bulk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from headwater.contracts.base import OrderId, new_id
from headwater.contracts.logistics import PickStock, ShipmentProgress
from headwater.contracts.orders import AcceptOrder, PayOrder
from headwater.decision import Decision
from headwater_bench.grounds import Grounds
from headwater_bench.load import SECRETS, sku
from headwater_bench.report import err
from headwater_bench.samples import decided
from logistics.domain import stock as stock_rules
from logistics.domain.network import Network
from orders.domain import order as order_rules
from orders.domain.state import Policy

AT_ONCE = 2000
"""Documents in one insert."""
BESIDE_EACH_OTHER = 4
"""Inserts at a time."""
BUYERS, SUPPLIERS = 5000, 200
BETWEEN_ORDERS = timedelta(seconds=30)
Document = dict[str, Any]


async def store(here: Grounds, count: int) -> None:
    """Put so many finished orders into the stores, each with its hold, and as many SKUs with stock."""
    err.print(f"storing {count:,} orders and SKUs")
    order, stock, hold = _finished(datetime.now(UTC))
    ids = [OrderId(new_id("ord")) for _ in range(count)]
    orders, logistics = here.database("orders"), here.database("logistics")
    await _insert(logistics["stock"], (_stock(stock, number) for number in range(count)))
    await _insert(orders["order"], (_order(order, id, number) for number, id in enumerate(ids)))
    await _insert(logistics["stock.holds"], (_hold(hold, id, number) for number, id in enumerate(ids)))


async def _insert(collection: Any, documents: Iterator[Document]) -> None:
    async def insert() -> None:
        while some := list(islice(documents, AT_ONCE)):
            await collection.insert_many(some, ordered=False)

    async with asyncio.TaskGroup() as inserts:
        for _ in range(BESIDE_EACH_OTHER):
            inserts.create_task(insert())


def _finished(now: datetime) -> tuple[Document, Document, Document]:
    """An order that was paid, delivered and accepted; its SKU's stock; and its hold: as they are stored."""
    first = decided(now)
    confirmed, held = _state(first.confirmed), _state(first.held)
    id, buyer = confirmed.order_id, confirmed.buyer_id
    (allocation,) = confirmed.allocations
    pay = PayOrder(order_id=id, buyer_id=buyer, payment_id="pay-1", amount_fen=confirmed.total_fen)
    paid = _state(order_rules.decide(Policy(SECRETS), confirmed, pay, now))
    (shipment_id,) = paid.shipments
    there = ShipmentProgress(shipment_id=shipment_id, order_id=id, status="delivered", at=now)
    delivered = _state(order_rules.decide(Policy(SECRETS), paid, there, now))
    completed = _state(order_rules.decide(Policy(SECRETS), delivered, AcceptOrder(order_id=id, buyer_id=buyer), now))
    pick = PickStock(
        sku_id=held.sku_id, order_id=id, warehouse_id=allocation.warehouse_id, pieces=allocation.pieces,
        shipment_id=shipment_id,
    )  # fmt: skip
    picked = _state(stock_rules.decide(Network.load(), held, pick, now))
    return completed.model_dump(), picked.model_dump(exclude={"holds"}), picked.holds[id].model_dump()


def _state(decision: Decision[Any]) -> Any:
    assert decision.state is not None
    return decision.state


def _order(sample: Document, id: OrderId, number: int) -> Document:
    shipment, shelf = order_rules.shipment_id_of(id, sample["allocations"][0]["warehouse_id"]), sku(number)
    return {
        "_id": id, "version": 5, **sample, "order_id": id, "buyer_id": f"shop-{number % BUYERS}",
        "supplier_id": f"sup-{number % SUPPLIERS}", "placed_at": sample["placed_at"] - number * BETWEEN_ORDERS,
        "lines": [{**sample["lines"][0], "sku_id": shelf}],
        "allocations": [{**sample["allocations"][0], "sku_id": shelf}], "shipments": {shipment: "delivered"},
    }  # fmt: skip


def _stock(sample: Document, number: int) -> Document:
    return {"_id": sku(number), "version": 3, **sample, "sku_id": sku(number)}


def _hold(sample: Document, id: OrderId, number: int) -> Document:
    return {"_id": f"{sku(number)}/{id}", "root": sku(number), "key": id, **sample, "order_id": id}
