"""The demo's audit: what the buyers were told, against what is in the stores and on the topics. Every figure must be 0.

It trusts no service: it reads the stored documents and the topics, and adds up for itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from headwater.contracts.base import MESSAGE_TYPES
from headwater.contracts.logistics import CreateShipment, ReceiveStock
from headwater.contracts.topics import ORDER_EVENTS, SHIPMENT_INBOX, STOCK_INBOX
from headwater.store import Store
from headwater_cli.auditing.books import everything, read
from headwater_cli.auditing.causes import PAID, total_fen
from headwater_cli.auditing.rules import audit as judged
from headwater_cli.demo.drive import Told
from headwater_cli.reading import consumer, history

ENDED_UNSHIPPED = {"refused", "cancelled", "expired"}


@dataclass(slots=True)
class Audit:
    """Counts of what is wrong, and a line for each of the first findings."""

    oversold: int = 0
    """SKUs and warehouses where more is promised than there is, in places."""
    lost: int = 0
    """Orders that a buyer was told of and that are not stored."""
    duplicated: int = 0
    """Things that happened twice: an order, a shipment, an event of one kind."""
    stock_imbalance: int = 0
    """Pieces that came from nowhere or went nowhere, summed over SKUs and warehouses."""
    money_imbalance_fen: int = 0
    """Fen that the buyers paid and the orders do not show, or the other way round."""
    ledger: int = 0
    """What `headwater audit` finds in the postings."""
    stuck: int = 0
    """Orders that did not come to the end that their script says, and goods still held for orders that are over."""
    findings: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """The counts alone."""
        return {name: value for name, value in asdict(self).items() if name != "findings"}

    @property
    def clean(self) -> bool:
        """Whether every figure is 0."""
        return not any(self.figures().values())

    def note(self, text: str) -> None:
        """Keep the first findings for a person to read."""
        if len(self.findings) < 20:
            self.findings.append(text)


async def audit(kafka: str, store: str, told: list[Told]) -> Audit:
    """Read everything that is stored and compare. The platform should be at rest."""
    result = Audit()
    orders_store, logistics_store = Store(store, "orders"), Store(store, "logistics")
    try:
        orders = {d["_id"]: d async for d in everything(orders_store, "order")}
        stocks = {d["_id"]: d async for d in everything(logistics_store, "stock")}
        holds = [d async for d in everything(logistics_store, "stock.holds")]
        shipments = [d async for d in everything(logistics_store, "shipment")]
    finally:
        orders_store.close()
        logistics_store.close()
    received, events, asked = await _topics(kafka)
    _told_and_stored(result, told, orders)
    _money(result, told, orders)
    for finding in judged(await read(store)):
        result.ledger += 1
        result.note(f"{finding.kind}: {finding.about} {finding.found}")
    _stock(result, stocks, holds, received)
    _held_for_nothing(result, holds, orders)
    _twice(result, events, shipments, asked)
    return result


def _told_and_stored(result: Audit, told: list[Told], orders: dict[str, Any]) -> None:
    ids = Counter(one.order_id for one in told if one.order_id)
    for order_id, count in ids.items():
        if order_id not in orders:
            result.lost += 1
            result.note(f"{order_id}: a buyer was told of it, and it is not stored")
        if count > 1:
            result.duplicated += count - 1
            result.note(f"{order_id}: {count} buyers were given this id")
    for one in told:
        stored = orders.get(one.order_id, {}).get("status", "absent")
        if stored != one.act.end or one.surprises:
            result.stuck += 1
            why = "; ".join(one.surprises) or f"is {stored}"
            result.note(f"{one.order_id or one.act.key}: should be {one.act.end} ({one.act.plot}), {why}")


def _money(result: Audit, told: list[Told], orders: dict[str, Any]) -> None:
    for one in told:
        stored = orders.get(one.order_id, {}).get("paid_fen", 0)
        _off_by(result, abs(one.paid_fen - stored), f"{one.order_id}: buyer paid {one.paid_fen} fen, stored {stored}")
    for order_id, order in orders.items():
        total = total_fen(order)
        left = total - order["refunded_fen"]
        paid = left if order["status"] in PAID else 0
        settled = left if order["status"] == "completed" else 0
        wrong = abs(order["total_fen"] - total) + abs(order["paid_fen"] - paid) + abs(order["settled_fen"] - settled)
        _off_by(result, wrong, f"{order_id}: {order['status']}, lines {total}, total {order['total_fen']}, "
                               f"paid {order['paid_fen']}, settled {order['settled_fen']} fen")  # fmt: skip


def _off_by(result: Audit, fen: int, finding: str) -> None:
    if fen:
        result.money_imbalance_fen += fen
        result.note(finding)


def _stock(
    result: Audit, stocks: dict[str, Any], holds: list[dict[str, Any]], received: dict[tuple[str, str], int]
) -> None:
    held: Counter[tuple[str, str]] = Counter()
    picked: Counter[tuple[str, str]] = Counter()
    for hold in holds:
        gone = hold["picked"]
        for warehouse, pieces in gone.items():
            picked[hold["root"], warehouse] += pieces
        if hold["status"] == "held":
            for warehouse, pieces in hold["allocations"].items():
                held[hold["root"], warehouse] += pieces - gone.get(warehouse, 0)
    shelves = {(sku, wh): shelf for sku, stock in stocks.items() for wh, shelf in stock["shelves"].items()}
    for place in shelves.keys() | received.keys():
        shelf = shelves.get(place, {"on_hand": 0, "held": 0, "aside": 0})
        aside = sum(
            one["left"].get(place[1], 0)
            for one in stocks.get(place[0], {}).get("asides", {}).values()
            if not one["over"]
        )
        if (
            shelf["on_hand"] < 0
            or min(shelf["held"], shelf["aside"]) < 0
            or shelf["held"] + shelf["aside"] > shelf["on_hand"]
        ):
            result.oversold += 1
            result.note(
                f"{place[0]} in {place[1]}: {shelf['held']} held, {shelf['aside']} aside of {shelf['on_hand']} on hand"
            )
        off = abs(received[place] - picked[place] - shelf["on_hand"]) + abs(held[place] - shelf["held"])
        off += abs(aside - shelf["aside"])
        if off:
            result.stock_imbalance += off
            result.note(f"{place[0]} in {place[1]}: received {received[place]}, picked {picked[place]}, on hand "
                        f"{shelf['on_hand']}; holds {held[place]}, held {shelf['held']}, "
                        f"campaigns {aside}, aside {shelf['aside']}")  # fmt: skip


def _held_for_nothing(result: Audit, holds: list[dict[str, Any]], orders: dict[str, Any]) -> None:
    for hold in holds:
        status = orders.get(hold["key"], {}).get("status", "absent")
        if hold["status"] == "held" and status in {*ENDED_UNSHIPPED, "completed", "delivered", "absent"}:
            result.stuck += 1
            result.note(f"{hold['root']}: still held for order {hold['key']}, which is {status}")


def _twice(result: Audit, events: Counter[tuple[str, str]], shipments: Iterable[Any], asked: set[str]) -> None:
    for (type_name, order_id), count in events.items():
        if count > 1:
            result.duplicated += count - 1
            result.note(f"{order_id}: {type_name} was announced {count} times")
    places = Counter((shipment["order_id"], shipment["warehouse_id"]) for shipment in shipments)
    for (order_id, warehouse), count in places.items():
        if count > 1:
            result.duplicated += count - 1
            result.note(f"{order_id}: {count} shipments from {warehouse}")
    lost = asked - {shipment["_id"] for shipment in shipments}
    result.lost += len(lost)
    for shipment_id in lost:
        result.note(f"{shipment_id}: was asked for, and is not stored")


async def _topics(kafka: str) -> tuple[dict[tuple[str, str], int], Counter[tuple[str, str]], set[str]]:
    """What was received (by SKU and warehouse), each order's events, and the shipments asked for; repeats left out."""
    receipts: dict[tuple[str, str], tuple[str, str, int]] = {}
    events: Counter[tuple[str, str]] = Counter()
    asked: set[str] = set()
    seen: set[tuple[bytes, ...]] = set()
    async with consumer(kafka) as client:
        async for record in history(client, [STOCK_INBOX, ORDER_EVENTS, SHIPMENT_INBOX]):
            headers = dict(record.headers)
            type_name = headers.get("ce_type", b"").decode()
            number = (headers.get("ce_source", b""), headers.get("ce_id", b""), type_name.encode())
            if record.topic == ORDER_EVENTS:
                # The same message published twice has the same source and id, and is one event.
                if number not in seen:
                    seen.add(number)
                    events[type_name, (record.key or b"").decode()] += 1
            elif type_name in {ReceiveStock.TYPE, CreateShipment.TYPE}:
                message = MESSAGE_TYPES[type_name].from_json(record.value or b"")
                if isinstance(message, ReceiveStock):
                    receipt = (message.sku_id, message.warehouse_id, message.pieces)
                    receipts.setdefault((message.sku_id, message.receipt_id), receipt)
                elif isinstance(message, CreateShipment):
                    asked.add(message.shipment_id)
    received: defaultdict[tuple[str, str], int] = defaultdict(int)
    for sku, warehouse, pieces in receipts.values():
        received[sku, warehouse] += pieces
    return received, events, asked
