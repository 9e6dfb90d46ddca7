"""Orders as the look-ups show them."""

from __future__ import annotations

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import orders_pb2 as pb
from orders.domain.state import Order


def view(order: Order) -> pb.Order:
    """The whole order."""
    return pb.Order(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, status=order.status,
        lines=[
            pb.OrderLine(sku_id=line.sku_id, offer_id=line.offer_id, quantity=line.quantity,
                         unit_price_fen=line.unit_price_fen)
            for line in order.lines
        ],
        total_fen=order.total_fen, paid_fen=order.paid_fen, settled_fen=order.settled_fen, currency=order.currency,
        allocations=[
            pb.Allocation(sku_id=held.sku_id, warehouse_id=held.warehouse_id, pieces=held.pieces)
            for held in order.allocations
        ],
        shipments=[pb.OrderShipment(shipment_id=id, status=status) for id, status in order.shipments.items()],
        history=[pb.Step(what=step.what, at=stamp(step.at), note=step.note) for step in order.history],
        placed_at=stamp(order.placed_at), pay_by=stamp(order.pay_by), accept_by=stamp(order.accept_by),
        refusal=order.refusal or "", out_order_id=order.out_order_id or "", payment_id=order.payment_id or "",
        city=order.destination.city,
    )  # fmt: skip
