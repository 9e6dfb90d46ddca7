"""Parcels: what was bought is sent once, by the warehouse that held it, and its carrier is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation


def once(case: Case) -> Iterator[Violation]:
    """Each parcel is one task for a warehouse and one dispatch for a carrier."""
    tasks: Counter[tuple[str, str]] = Counter()
    for topic in case.evidence.records:
        if topic.startswith("partners.") and topic.endswith((".tasks.v1", ".dispatches.v1")):
            for message in case.told(topic):
                tasks[message.body["shipment_id"], message.type] += 1
    for (shipment_id, type_name), count in tasks.items():
        if count > 1:
            yield Violation("dispatch", shipment_id, f"{count} different {type_name} were sent")
    for shipment_id, shipment in case.documents("logistics", "shipment").items():
        wanted = ["logistics.PackParcel.v1"]
        wanted += ["logistics.CollectParcel.v1"] if shipment["status"] != "created" else []
        for type_name in wanted:
            if not tasks[shipment_id, type_name]:
                yield Violation("dispatch", shipment_id, f"is {shipment['status']}, and no {type_name} was sent")


def complete(case: Case) -> Iterator[Violation]:
    """The parcels of an order hold its lines, piece by piece; only a paid order has parcels."""
    sent: dict[str, Counter[str]] = {}
    for shipment_id, shipment in case.documents("logistics", "shipment").items():
        order = case.orders.get(shipment["order_id"])
        if order is None or not _was_paid(order):
            yield Violation("dispatch", shipment_id, f"belongs to {shipment['order_id']}, which is not paid")
        pieces = sent.setdefault(shipment["order_id"], Counter())
        for line in shipment["lines"]:
            pieces[line["sku_id"]] += line["pieces"]
    for order_id, order in case.orders.items():
        wanted = Counter({line["sku_id"]: line["quantity"] for line in order["lines"]})
        if _was_paid(order) and sent.get(order_id, Counter()) != wanted:
            yield Violation("dispatch", order_id, f"{dict(wanted)} bought, {dict(sent.get(order_id, {}))} sent")


def delivered(case: Case) -> Iterator[Violation]:
    """A parcel counts as delivered when its own carrier said so, and an order as completed when all of its are."""
    said: set[tuple[str, str]] = set()
    for topic in case.evidence.records:
        if topic.startswith("partners.carrier.") and topic.endswith(".tracking.v1"):
            carrier = topic.split(".")[2]
            said |= {(carrier, m.body.get("shipment_id", "")) for m in case.told(topic)
                     if m.type == "logistics.ParcelTracked.v1" and m.body.get("status") == "delivered"}  # fmt: skip
    for shipment_id, shipment in case.documents("logistics", "shipment").items():
        if shipment["status"] == "delivered" and (shipment["carrier_id"], shipment_id) not in said:
            yield Violation("dispatch", shipment_id, f"is delivered, and {shipment['carrier_id']} never said so")
        completed = case.orders.get(shipment["order_id"], {}).get("status") == "completed"
        if shipment["status"] != "delivered" and completed and not shipment.get("recall"):
            yield Violation("dispatch", shipment_id, f"is {shipment['status']}, and its order is completed")


def _was_paid(order: Mapping[str, Any]) -> bool:
    """Whether it was, even if the money went back since then, with its parcels called back."""
    return bool(order["paid_fen"] or order.get("cases"))
