"""The load: the messages that a bench puts on the broker, made before the clock starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from headwater.contracts.base import BuyerId, Message, OfferId, OrderId, ReplyTo, SkuId, SupplierId, WarehouseId, new_id
from headwater.contracts.logistics import ReceiveStock, ReserveStock
from headwater.contracts.orders import Destination, OrderLine, PlaceOrder
from headwater.contracts.quotes import sealed, secrets_from, to_seal
from headwater.contracts.topics import GATEWAY_REPLIES, WAREHOUSES
from headwater.envelope import encode
from headwater.producer import Producer, Record, partition_of

HOME = Destination(city="Madrid", address="Calle Mayor 1", consignee="María García", phone="+34 600 000 000")
QUOTE_SECRETS = "bench=known-to-everyone"
SECRETS = secrets_from(QUOTE_SECRETS)
PLENTY = 500_000_000
"""Pieces, more than all benches take."""


def sku(number: int) -> SkuId:
    """The id of a bench SKU."""
    return SkuId(f"bench-{number:06d}-L")


def receipts(skus: int, run: str) -> list[Message]:
    """Goods for so many SKUs, each in one warehouse."""
    return [
        ReceiveStock(sku_id=sku(number), warehouse_id=WarehouseId(WAREHOUSES[number % len(WAREHOUSES)]),
                     pieces=PLENTY, receipt_id=f"{run}-{number}")
        for number in range(skus)
    ]  # fmt: skip


def orders(count: int, skus: int, chance: Random | None = None) -> list[Message]:
    """Orders of one line each, with replies to the gateway's topic; over so many SKUs in turn, or by chance."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return [_order(number, chance.randrange(skus) if chance else number % skus, tomorrow) for number in range(count)]


def _order(number: int, of: int, expires_at: datetime) -> PlaceOrder:
    lines = (OrderLine(sku_id=sku(of), offer_id=OfferId("off-1"), quantity=2, unit_price_fen=1999),)
    buyer_id, supplier_id = BuyerId(f"shop-{number % 500}"), SupplierId("sup-1")
    return PlaceOrder(
        order_id=OrderId(new_id("ord")), buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", destination=HOME,
        fingerprint="bench", lines=lines, reply_to=ReplyTo(topic=GATEWAY_REPLIES, key=f"req_{number}"),
        seal=sealed(SECRETS, expires_at, buyer_id, supplier_id, "CNY", "goods", to_seal(lines)),
    )  # fmt: skip


def reservations(count: int, skus: int, first: int = 0) -> list[Message]:
    """Reservations of one piece, spread over so many SKUs, from the one of the number `first` on."""
    return [
        ReserveStock(sku_id=sku(first + number % skus), order_id=OrderId(new_id("ord")), pieces=1, city="Madrid",
                     reply_to=ReplyTo(topic=GATEWAY_REPLIES, key=f"req_{number}"))
        for number in range(count)
    ]  # fmt: skip


async def records(
    producer: Producer,
    messages: list[Message],
    topic: str | None = None,
    subject: Callable[[Message], str] | None = None,
) -> list[Record]:
    """The messages as records, for their own topic or another one; `subject` gives each its own, or it is the key."""
    made = []
    for number, message in enumerate(messages):
        to = message.address()
        key = to.key.encode()
        name = topic or to.topic
        headers, value = encode(message, id=f"bench-{number}", source="bench", time=datetime.now(UTC),
                                subject=subject(message) if subject else to.key)  # fmt: skip
        made.append(Record(name, partition_of(key, await producer.partitions(name) or 1), key, value, headers))
    return made
