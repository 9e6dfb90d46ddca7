"""Refunds as the look-ups show them."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import refunds_pb2 as pb
from orders.domain.refund_state import Case
from orders.domain.state import Order


def refund_view(order: Order, case: Case) -> pb.Refund:
    """A case of an order, with its history."""
    return pb.Refund(
        case_id=case.case_id, order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id,
        status=case.status, reason=case.reason, early=case.early, returns=case.returns,
        lines=[pb.RefundLine(sku_id=line.sku_id, pieces=line.pieces) for line in case.lines],
        asked_fen=case.asked_fen, refunded_fen=case.refunded_fen, due=stamp(case.due),
        parcels=[pb.RecalledParcel(shipment_id=id, fate=fate) for id, fate in case.parcels.items()],
        carrier=case.carrier, tracking_number=case.tracking_number,
        inspected=[
            pb.InspectedLine(
                sku_id=line.sku_id, warehouse_id=line.warehouse_id, restocked=line.restocked,
                written_off=line.written_off,
            )
            for line in case.inspected or ()
        ],
        freight_fen=case.freight_fen,
        history=[
            pb.RefundStep(what=step.what, by=step.by, at=stamp(step.at), why=step.why, evidence=step.evidence)
            for step in case.history
        ],
    )  # fmt: skip
