"""Orders as the look-ups show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.contracts.orders import OrderLine
from headwater.rpc import stamp
from headwater.stubs.orders.v1 import orders_pb2 as pb
from orders.domain.batches import Batch
from orders.domain.checkout import Checkout
from orders.domain.premium import premium_fen
from orders.domain.state import Order, Production


def view(order: Order) -> pb.Order:
    """The whole order."""
    return pb.Order(
        order_id=order.order_id, buyer_id=order.buyer_id, supplier_id=order.supplier_id, status=order.status,
        lines=lines_view(order.lines),
        total_fen=order.total_fen, paid_fen=order.paid_fen, settled_fen=order.settled_fen, currency=order.currency,
        allocations=[
            pb.Allocation(sku_id=held.sku_id, warehouse_id=held.warehouse_id, pieces=held.pieces)
            for held in order.allocations
        ],
        shipments=[pb.OrderShipment(shipment_id=id, status=status) for id, status in order.shipments.items()],
        history=[pb.Step(what=step.what, at=stamp(step.at), note=step.note) for step in order.history],
        placed_at=stamp(order.placed_at), pay_by=stamp(order.pay_by), accept_by=stamp(order.accept_by),
        refusal=order.refusal or "", out_order_id=order.out_order_id or "", payment_id=order.payment_id or "",
        city=order.destination.city, company_id=order.company.company_id if order.company else "",
        po_number=order.company.po_number if order.company else "",
        refunded_fen=order.refunded_fen, production=production_view(order.production),
        premium_fen=order.premium_fen or premium_fen(order.lines), insured=order.premium_fen > 0,
        left_fen=order.left_fen,
    )  # fmt: skip


def lines_view(lines: Iterable[OrderLine]) -> list[pb.OrderLine]:
    """What is bought."""
    return [
        pb.OrderLine(
            sku_id=line.sku_id, offer_id=line.offer_id, quantity=line.quantity, unit_price_fen=line.unit_price_fen
        )
        for line in lines
    ]


def production_view(made: Production | None) -> pb.Production | None:
    """How far goods are that are made for an order."""
    if made is None:
        return None
    return pb.Production(
        inquiry_id=made.made.inquiry_id,
        version=made.made.version,
        stage=made.stage,
        made_by=stamp(made.made_by),
        batches=batches_view(made.batches),
    )


def batches_view(batches: Iterable[Batch]) -> list[pb.Batch]:
    """What a factory has brought."""
    return [
        pb.Batch(
            batch_id=batch.batch_id, warehouse_id=batch.warehouse_id, why=batch.why,
            lines=[
                pb.BatchLine(sku_id=line.sku_id, pieces=line.pieces, answer=answer)
                for line, answer in zip(batch.lines, batch.answers, strict=True)
            ],
        )
        for batch in batches
    ]  # fmt: skip


def checkout_view(checkout: Checkout, orders: Mapping[str, Order]) -> pb.Checkout:
    """A checkout, its orders as they are now; one that was not taken has none, and shows what the checkout knows."""
    shown = pb.Checkout(
        checkout_id=checkout.checkout_id, buyer_id=checkout.buyer_id, status=checkout.status,
        all_or_none=checkout.all_or_none, total_fen=checkout.total_fen, placed_at=stamp(checkout.placed_at),
        fingerprint=checkout.fingerprint,
    )  # fmt: skip
    for one in checkout.orders:
        order = orders.get(one.order_id)
        shown.orders.add(
            order_id=one.order_id, supplier_id=one.supplier_id, total_fen=one.total_fen, why=one.why,
            status=one.status if order is None or order.status == "reserving" else order.status,
            pay_by=stamp(order.pay_by) if order is not None else None,
        )  # fmt: skip
    return shown
