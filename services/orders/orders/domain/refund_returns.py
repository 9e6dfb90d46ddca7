"""Goods that come back (退货): parcels that are called back, those that the buyer sends, and what is found in them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from headwater.contracts.base import ShipmentId, SkuId
from headwater.contracts.logistics import TakeBackStock
from headwater.contracts.refunds import InspectReturn, SendReturn
from headwater.decision import Decision
from orders.domain import order as rules
from orders.domain.refund_case import PLATFORM, Fault, moved, number_of, put, settle, step_of
from orders.domain.refund_state import Case, CaseEvent, Fate
from orders.domain.state import Order, Policy


def parcel_ended(policy: Policy, order: Order, shipment_id: ShipmentId, fate: Fate, now: datetime) -> Decision[Order]:
    """What came of a parcel that was called back; what was heard first counts. The last one decides how it goes on."""
    case = next((one for one in order.cases if shipment_id in one.parcels), None)
    if case is None or case.parcels[shipment_id] != "recalling":
        return Decision(order)
    parcels = {**case.parcels, shipment_id: fate}
    what: CaseEvent = "delivered_all_the_same" if fate == "delivered" else "recalled"
    step = step_of(what, PLATFORM, now, f"{shipment_id} {fate}")
    fates = set(parcels.values())
    if "recalling" in fates:
        return Decision(put(order, case.model_copy(update={"parcels": parcels, "history": (*case.history, step)})))
    if "delivered" in fates:
        due = now + policy.refunds.send_back
        return moved(order, case, "returning", step, parcels=parcels, due=due)
    return moved(order, case, "back" if "returned" in fates else "recalled", step, parcels=parcels)


def send(policy: Policy, order: Order, case: Case, message: SendReturn, now: datetime) -> Decision[Order] | Fault:
    """The buyer has sent the goods back."""
    if case.status != "returning":
        return "not_returning", f"Refund {case.case_id} is {case.status}: no goods are to be sent back for it now."
    step = step_of("sent", order.buyer_id, now, f"{message.carrier} {message.tracking_number}", message)
    return moved(
        order, case, "sent", step, carrier=message.carrier, tracking_number=message.tracking_number,
        due=now + policy.refunds.answer,
    )  # fmt: skip


def inspect(order: Order, case: Case, message: InspectReturn, now: datetime) -> Decision[Order] | Fault:
    """What came back is seen: it goes on a shelf or is written off. If pieces lack, an operator rules on the money."""
    late = case.status == "refunded" and bool(case.tracking_number)
    if case.inspected is not None or not (case.status in {"back", "sent"} or late):
        return "nothing_to_inspect", f"Refund {case.case_id} is {case.status}: no goods wait to be inspected for it."
    expected = expected_of(order, case)
    fault = _inspection_fault(order, message, expected)
    if fault is not None:
        return fault
    found = Counter[SkuId]()
    for line in message.lines:
        found[line.sku_id] += line.restocked + line.written_off
    missing = (expected - found).total()
    said = f"{message.note} ({missing} pieces did not come back)" if missing else message.note
    step = step_of("inspected", message.supplier_id or PLATFORM, now, said, message)
    taken = _taken(order, case, message)
    if late:
        done = moved(order, case, "refunded", step, inspected=message.lines)
    elif missing and not case.early:
        done = moved(order, case, "disputed", step, inspected=message.lines)
    else:
        done = settle(order, case, step, now, inspected=message.lines)
    return Decision(done.state, (*taken, *done.messages))


def expected_of(order: Order, case: Case) -> Counter[SkuId]:
    """The pieces that are to come back: of parcels called back, those that had left their shelf."""
    if not case.early:
        return case.pieces
    pieces: Counter[SkuId] = Counter()
    for held in order.allocations:
        if case.parcels.get(rules.shipment_id_of(order.order_id, held.warehouse_id)) in {"returned", "delivered"}:
            pieces[held.sku_id] += held.pieces
    return pieces


def _taken(order: Order, case: Case, message: InspectReturn) -> tuple[TakeBackStock, ...]:
    number = number_of(order, case)
    return tuple(
        TakeBackStock(
            sku_id=line.sku_id, order_id=order.order_id, return_id=f"{number}.{place}", warehouse_id=line.warehouse_id,
            restocked=line.restocked, written_off=line.written_off,
        )
        for place, line in enumerate(message.lines)
        if line.restocked + line.written_off
    )  # fmt: skip


def _inspection_fault(order: Order, message: InspectReturn, expected: Counter[SkuId]) -> Fault | None:
    if len({(line.sku_id, line.warehouse_id) for line in message.lines}) < len(message.lines):
        return "duplicate_sku", "A SKU stands twice with one warehouse: add its pieces up into one line."
    found: Counter[SkuId] = Counter()
    stopped = {id for case in order.cases for id, fate in case.parcels.items() if fate == "stopped"}
    for line in message.lines:
        shelves = [
            held.warehouse_id for held in order.allocations
            if held.sku_id == line.sku_id
            and rules.shipment_id_of(order.order_id, held.warehouse_id) not in stopped
        ]  # fmt: skip
        if line.sku_id not in expected:
            return "not_in_refund", f"{line.sku_id} is not to come back; {', '.join(expected)} are."
        if line.warehouse_id not in shelves:
            return "other_warehouse", f"{line.sku_id} came from {', '.join(shelves)}: it goes back there."
        found[line.sku_id] += line.restocked + line.written_off
        if found[line.sku_id] > expected[line.sku_id]:
            return "too_many_pieces", f"{expected[line.sku_id]} pieces of {line.sku_id} are to come back, no more."
    return None
