"""How long business stood still after a SIGKILL, read from the topics by the broker's clock.

Recovery is the time from the kill until the platform does again, with an order placed after it, what the dead process
had a part in. A process owns partitions: it has recovered when each of them has. `orders` counts by the partitions of
orders, `logistics` by those of SKUs, broker and store like `orders`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headwater.contracts.orders import OrderConfirmed, PlaceOrder
from headwater.contracts.topics import (
    CARRIERS,
    FEEDBACK_EVENTS,
    ORDER_EVENTS,
    ORDER_INBOX,
    PROVIDERS,
    SKU_INBOX,
    STOCK_INBOX,
    WAREHOUSES,
    carrier_tracking,
    provider_reports,
    warehouse_reports,
)
from headwater.producer import partition_of
from headwater_proof.chaos.groups import PARTITIONS
from headwater_proof.chaos.striking import Struck
from headwater_proof.evidence import Record

Records = Mapping[str, Sequence[Record]]
SAID_BY = {
    "reviews": (FEEDBACK_EVENTS, SKU_INBOX),
    "warehouse": tuple(map(warehouse_reports, WAREHOUSES)),
    "carrier": tuple(map(carrier_tracking, CARRIERS)),
    "payments": tuple(map(provider_reports, PROVIDERS)),
}
"""Those that no confirmation waits for: what they themselves write shows that they work."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An order from placing to confirmation, in milliseconds since 1970."""

    placed: int
    confirmed: int
    orders: int
    """The partition of the order."""
    logistics: frozenset[int]
    """The partitions of its SKUs."""


def recoveries(struck: Iterable[Struck], records: Records) -> dict[str, list[int]]:
    """By service, in milliseconds, for each of its processes that was killed and worked again before the end."""
    orders = list(confirmed(records))
    found: defaultdict[str, list[int]] = defaultdict(list)
    for one in struck:
        if one.fault.kind == "kill":
            service, at = one.fault.target.removesuffix("-2"), int(one.at * 1000)
            back = _spoke(records, SAID_BY[service], at) if service in SAID_BY else recovered(service, orders, at)
            if back is not None:
                found[service].append(back - at)
    return dict(found)


def confirmed(records: Records) -> Iterator[Confirmed]:
    """The orders that were confirmed."""
    ends = {one.key: one.timestamp for one in reversed(_of(records, ORDER_EVENTS, OrderConfirmed.TYPE))}
    seen = set()
    for one in _of(records, ORDER_INBOX, PlaceOrder.TYPE):
        if one.key in ends and one.key not in seen:
            seen.add(one.key)
            skus = {line["sku_id"] for line in json.loads(one.value or b"")["lines"]}
            stock = frozenset(partition_of(sku.encode(), PARTITIONS[STOCK_INBOX]) for sku in skus)
            yield Confirmed(one.timestamp, ends[one.key], one.partition, stock)


def recovered(service: str, orders: Iterable[Confirmed], at: int) -> int | None:
    """When each partition had confirmed an order that was placed after this time; None if none has."""
    first: dict[int, int] = {}
    for order in orders:
        if order.placed > at:
            match service:
                case "logistics":
                    partitions: Iterable[int] = order.logistics
                case "gateway" | "catalog":
                    partitions = (0,)
                case _:
                    partitions = (order.orders,)
            for partition in partitions:
                first[partition] = min(order.confirmed, first.get(partition, order.confirmed))
    return max(first.values(), default=None)


def _spoke(records: Records, topics: Iterable[str], at: int) -> int | None:
    """When the process first wrote something new after this time."""
    times = []
    for topic in topics:
        known = set()
        for one in records[topic]:
            headers: dict[str, Any] = dict(one.headers)
            name = headers.get("ce_source", b""), headers.get("ce_id")
            ours = name[0].startswith((b"partners.", b"payments.", b"reviews."))
            if ours and name not in known and one.timestamp > at:
                times.append(one.timestamp)
            known.add(name)
    return min(times, default=None)


def _of(records: Records, topic: str, type_name: str) -> list[Record]:
    return [one for one in records[topic] if dict(one.headers).get("ce_type") == type_name.encode()]


def percentile(values: Sequence[int], share: float) -> int:
    """The value that this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0
