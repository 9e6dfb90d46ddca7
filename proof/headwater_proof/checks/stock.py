"""Stock: every piece that came in, or back, is on a shelf or in a parcel, and no shelf holds less than promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation

INBOX = "logistics.stock.inbox.v1"
Shelf = tuple[str, str]


def conserved(case: Case) -> Iterator[Violation]:
    """By SKU and warehouse: received = on hand + gone; held = open holds; aside = what campaigns have left."""
    received, (held, picked) = _received(case), _holds(case)
    shelves: set[Shelf] = set(received) | set(held) | set(picked)
    stocks = case.documents("logistics", "stock")
    for sku, stock in stocks.items():
        shelves |= {(sku, warehouse) for warehouse in stock["shelves"]}
    for sku, warehouse in sorted(shelves):
        shelf = stocks.get(sku, {"shelves": {}})["shelves"].get(warehouse, {"on_hand": 0, "held": 0, "aside": 0})
        place = (sku, warehouse)
        if received[place] != shelf["on_hand"] + picked[place]:
            yield Violation("stock", f"{sku} in {warehouse}", f"{received[place]} pieces received, "
                            f"{shelf['on_hand']} on hand, {picked[place]} gone into parcels")  # fmt: skip
        if held[place] != shelf["held"]:
            yield Violation("stock", f"{sku} in {warehouse}", f"{shelf['held']} held, holds say {held[place]}")
        aside = _aside(stocks.get(sku, {}), warehouse)
        if aside != shelf["aside"]:
            yield Violation(
                "stock", f"{sku} in {warehouse}", f"{shelf['aside']} set aside, campaigns have {aside} left"
            )
        free = shelf["on_hand"] - shelf["held"] - shelf["aside"]
        if min(shelf["on_hand"], shelf["held"], shelf["aside"], free) < 0:
            yield Violation("stock", f"{sku} in {warehouse}", f"oversold: {dict(shelf)}")


def _aside(stock: Mapping[str, Any], warehouse: str) -> int:
    return sum(one["left"].get(warehouse, 0) for one in stock.get("asides", {}).values() if not one["over"])


def set_aside(case: Case) -> Iterator[Violation]:
    """What campaigns set aside is left, or in their orders' holds; given back at the end, it is no more than that."""
    drawn: Counter[tuple[str, str, int]] = Counter()
    for hold in case.documents("logistics", "stock.holds").values():
        if (pool := hold.get("drawn")) is not None:
            pieces = hold["picked"] if hold["status"] == "released" else hold["allocations"]
            drawn[hold["root"], pool["enrolment_id"], pool["turn"]] += sum(pieces.values())
    for sku, stock in case.documents("logistics", "stock").items():
        for id, one in stock.get("asides", {}).items():
            sold, left = drawn[sku, id, one["turn"]], sum(one["left"].values())
            # What its orders released after the end went to everyone, and is in neither.
            if sold + left > one["pieces"] or (not one["over"] and sold + left < one["pieces"]):
                yield Violation("stock", f"{sku} for {id}", f"{one['pieces']} set aside, {sold} sold, {left} left")


def _received(case: Case) -> Counter[Shelf]:
    received: Counter[Shelf] = Counter()
    counted: set[str] = set()
    for message in case.told(INBOX):
        if message.type == "logistics.ReceiveStock.v1" and message.body["receipt_id"] not in counted:
            counted.add(message.body["receipt_id"])
            received[message.body["sku_id"], message.body["warehouse_id"]] += message.body["pieces"]
    return received


def _holds(case: Case) -> tuple[Counter[Shelf], Counter[Shelf]]:
    held: Counter[Shelf] = Counter()
    picked: Counter[Shelf] = Counter()
    for hold in case.documents("logistics", "stock.holds").values():
        for warehouse, pieces in hold["allocations"].items():
            gone = hold["picked"].get(warehouse, 0)
            picked[hold["root"], warehouse] += gone
            if hold["status"] == "held":
                held[hold["root"], warehouse] += pieces - gone
        for back in hold.get("back", {}).values():
            picked[hold["root"], back["warehouse_id"]] -= back["restocked"]
    return held, picked


def receipts(case: Case) -> Iterator[Violation]:
    """A receipt that was acknowledged has been counted."""
    known = {receipt for stock in case.documents("logistics", "stock").values() for receipt in stock["receipts"]}
    for receipt in case.asked("receive"):
        if receipt.outcome == "ok" and receipt.subject not in known:
            yield Violation("stock", receipt.subject, "was acknowledged, and its SKU does not know it")


def never_negative(case: Case) -> Iterator[Violation]:
    """No shelf was ever announced with less than nothing, or with more free than there is."""
    for message in case.told("logistics.stock.events.v1"):
        body = message.body
        if not 0 <= body["available"] <= body["on_hand"]:
            yield Violation("stock", body["sku_id"], f"announced {body['on_hand']} on hand, {body['available']} free")


def sold(case: Case) -> Iterator[Violation]:
    """What left the shelves, and is not on them again, is what was sold: the orders that went out, piece by piece."""
    wanted: Counter[str] = Counter()
    for order in case.orders.values():
        if order["status"] == "completed" or order.get("cases"):
            wanted.update({line["sku_id"]: line["quantity"] for line in order["lines"]})
            wanted.subtract(_not_gone(order))
    gone: Counter[str] = Counter()
    for (sku, _), pieces in _holds(case)[1].items():
        gone[sku] += pieces
    for sku in sorted(wanted.keys() | gone.keys()):
        if wanted[sku] != gone[sku]:
            yield Violation("stock", sku, f"{wanted[sku]} pieces sold, {gone[sku]} left the shelves")


def _not_gone(order: Mapping[str, Any]) -> Counter[str]:
    """Of an order that was paid and refunded: what never left its shelf, or is on it again."""
    pieces: Counter[str] = Counter()
    for refund in order.get("cases", ()):
        for line in refund["inspected"] or ():
            pieces[line["sku_id"]] += line["restocked"]
        for held in order["allocations"]:
            parcel = f"shp_{order['_id'].removeprefix('ord_')}-{held['warehouse_id']}"
            if refund["parcels"].get(parcel) == "stopped":
                pieces[held["sku_id"]] += held["pieces"]
    return pieces
