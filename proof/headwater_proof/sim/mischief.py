"""What a hostile or broken partner puts on a topic: garbage, valid messages that make no sense there, and repeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from headwater.contracts.base import Done, Key, Message, OrderId, Pieces, ShipmentId, SkuId, WarehouseId
from headwater.contracts.logistics import ParcelPacked, ParcelTracked, PickStock, ReleaseStock
from headwater.contracts.orders import AcceptOrder, PayOrder
from headwater.contracts.topics import CARRIERS
from headwater.envelope import Headers, encode
from headwater.producer import Record, partition_of
from headwater_proof.evidence import Record as Stored

MOST_REPEATS = 20


def garbage(chance: Random, topic: str, partitions: int) -> list[Record]:
    """Records that nobody can read, each in another way."""
    ways: tuple[tuple[bytes, bytes, Headers], ...] = (
        (b"x", b"{this is no JSON", [("ce_type", b"orders.PlaceOrder.v1")]),
        (b"x", b"{}", [("ce_type", b"orders.PlaceOrder.v1")]),
        (b"x", b"", []),
        (b"\xff\xfe", b"{}", [("ce_type", b"base.Done.v1")]),
        (b"x", b'{"id":"x"}', [("ce_type", b"\xff")]),
        (b"x", b'{"id":"x"}', [("ce_type", b"nobody.Knows.v7")]),
        (b"x", b'{"id":"x"}', [("ce_type", b"base.Done.v1"), ("ce_sequence", b"minus one"), ("ce_source", b"s")]),
        (b"a b", b'{"id":"a b"}', [("ce_type", b"base.Done.v1")]),
    )
    return [
        Record(topic, chance.randrange(partitions), key, value, headers)
        for key, value, headers in chance.choices(ways, k=3)
    ]


def nonsense(chance: Random, topic: str, partitions: int, now: datetime) -> list[Record]:
    """Messages that can be read, and must change nothing: of things that nobody knows, or for someone else."""
    ghost = f"ghost-{chance.randrange(5)}"
    order_id, shipment_id = OrderId(ghost), ShipmentId(ghost)
    warehouse_id = WarehouseId("yiwu")
    pieces: Pieces = 3
    event_id: Key = f"{ghost}-event"
    messages: list[Message] = [
        Done(id=ghost),
        ReleaseStock(sku_id=SkuId("sku-0"), order_id=order_id),
        PickStock(sku_id=SkuId("sku-0"), order_id=order_id, warehouse_id=warehouse_id, pieces=pieces,
                  shipment_id=shipment_id),
        PayOrder(order_id=order_id, buyer_id="shop-0", payment_id=ghost, amount_fen=1),
        AcceptOrder(order_id=OrderId("ord_0000"), buyer_id="shop-9"),
        ParcelPacked(shipment_id=shipment_id, warehouse_id=warehouse_id, event_id=event_id, weight_g=1,
                     occurred_at=now),
        *(ParcelTracked(shipment_id=shipment_id, carrier_id=carrier_id, event_id=event_id, status="delivered",
                        occurred_at=now, place="nowhere") for carrier_id in CARRIERS),
    ]  # fmt: skip
    records = []
    for message in chance.choices(messages, k=5):
        key = str(getattr(message, type(message).KEY or "id")).encode()
        headers, value = encode(message, id=ghost, source="stranger", time=now, subject=key.decode())
        records.append(Record(topic, partition_of(key, partitions), key, value, headers))
    return records


def repeats(chance: Random, logs: Sequence[Sequence[Stored]]) -> list[Record]:
    """Some of what a topic holds, once more, in any order: as it was, or without its number, as a person repeats it."""
    held = [record for log in logs for record in log]
    chosen = chance.sample(held, min(len(held), chance.randint(1, MOST_REPEATS)))
    left_out = chance.choice(("", "ce_sequence"))
    return [
        Record(one.topic, one.partition, one.key or b"", one.value or b"",
               [header for header in one.headers if header[0] != left_out])
        for one in chosen
    ]  # fmt: skip
