"""Records that nobody can process: each kind of bad input, at any inbox and in any partner's topic."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from headwater.contracts.base import Done
from headwater.contracts.orders import CancelOrder
from headwater.contracts.topics import (
    CARRIERS,
    FEEDBACK_INBOX,
    ORDER_EVENTS,
    ORDER_INBOX,
    SHIPMENT_INBOX,
    SKU_INBOX,
    STOCK_INBOX,
    WAREHOUSES,
    carrier_dispatches,
    carrier_tracking,
    warehouse_reports,
    warehouse_tasks,
)
from headwater.producer import Producer, Record
from headwater_proof.chaos.groups import PARTITIONS

INBOXES = (ORDER_INBOX, STOCK_INBOX, SHIPMENT_INBOX, FEEDBACK_INBOX, SKU_INBOX)
PARTNERS = (
    *map(carrier_tracking, CARRIERS), *map(warehouse_reports, WAREHOUSES),
    *map(carrier_dispatches, CARRIERS), *map(warehouse_tasks, WAREHOUSES),
)  # fmt: skip
CANCEL = ("ce_type", CancelOrder.TYPE.encode())
KEY = b"ord_poison"
ODD_NAME = "odd-name"
Spoilt = tuple[bytes | None, bytes | None, list[tuple[str, Any]]]
"""Key, value and headers."""


def _cancel(order_id: str = KEY.decode()) -> bytes:
    return json.dumps({"order_id": order_id, "buyer_id": "shop-00", "reason": "poison"}).encode()


ANYWHERE: dict[str, Callable[[Random], Spoilt]] = {
    "noise": lambda chance: (KEY, chance.randbytes(chance.randrange(1, 2000)), [CANCEL]),
    "nothing": lambda chance: (KEY, None, [CANCEL]),
    "no type": lambda chance: (KEY, _cancel(), []),
    "unknown type": lambda chance: (KEY, _cancel(), [("ce_type", b"orders.Haunt.v1")]),
    "future version": lambda chance: (KEY, _cancel(), [("ce_type", b"orders.CancelOrder.v9")]),
    "brackets": lambda chance: (KEY, b"[" * 50_000, [CANCEL]),
    "wrong schema": lambda chance: (KEY, b'{"order_id": 7, "reason": []}', [CANCEL]),
    "header not UTF-8": lambda chance: (KEY, _cancel(), [CANCEL, ("x", b"\xff\xfe")]),
    "header name not UTF-8": lambda chance: (KEY, _cancel(), [CANCEL, (ODD_NAME, b"1")]),
    "large": lambda chance: (KEY, b'{"x": "' + b"y" * 300_000, [CANCEL]),
}
"""Unreadable for everyone."""
INBOX_ONLY: dict[str, Callable[[Random], Spoilt]] = {
    "key of another": lambda chance: (b"ord_other", _cancel(), [CANCEL]),
    "no key": lambda chance: (None, _cancel(), [CANCEL]),
    "key not UTF-8": lambda chance: (b"\xff", _cancel(), [CANCEL]),
    "false number": lambda chance: (KEY, _cancel(), [CANCEL, ("ce_source", b"x"), ("ce_sequence", b"first")]),
    "wrong address": lambda chance: (KEY, Done(id=KEY.decode()).to_json(), [("ce_type", Done.TYPE.encode())]),
}
"""Refused by an inbox; a partner's topic may take some of it."""


def spoilt(chance: Random, count: int) -> list[Record]:
    """So many bad records for any topics that somebody reads."""
    return [_one(chance) for _ in range(count)]


def _one(chance: Random) -> Record:
    inbox = chance.random() < 0.6
    topic = chance.choice(INBOXES if inbox else (*PARTNERS, ORDER_EVENTS))
    kinds = ANYWHERE | INBOX_ONLY if inbox else ANYWHERE
    key, value, headers = kinds[chance.choice(sorted(kinds))](chance)
    partition = chance.randrange(PARTITIONS[topic])
    return Record(topic, partition, key, value, headers)  # type: ignore[arg-type]


async def publish(producer: Producer, kafka: str, records: list[Record]) -> None:
    """Put them on the broker, header names and all."""
    odd = [one for one in records if any(name == ODD_NAME for name, _ in one.headers)]
    await producer.publish([one for one in records if one not in odd])
    if odd:
        await publish_odd(kafka, odd)


async def publish_odd(kafka: str, records: list[Record]) -> None:
    """With a header name that is not UTF-8, as librdkafka would let one do.

    aiokafka encodes names itself, so they are changed in the finished batch.
    """
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    try:
        for one in records:
            batch = producer.create_batch()
            batch.append(key=one.key, value=one.value, timestamp=None, headers=one.headers)
            batch.close()
            data = bytearray(batch._build().replace(ODD_NAME.encode(), b"\xff" * len(ODD_NAME)))
            data[17:21] = calc_crc32c(bytes(data[21:])).to_bytes(4, "big")
            batch._build = lambda data=data: bytes(data)
            await (await producer.send_batch(batch, one.topic, partition=one.partition))
    finally:
        await producer.stop()
