"""Trials and samples as the look-ups show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headwater.rpc import stamp
from headwater.stubs.orders.v1 import trials_pb2 as pb
from orders.domain.state import Order
from orders.domain.trialsale_state import TrialSale
from orders.views import lines_view

MOST_SHOWN = 20


def trial_view(sale: TrialSale) -> pb.TrialSale:
    """What becomes of a delivered trial."""
    asked = sale.follow_up
    signed = None if asked is None else pb.SignedOrder(
        order_id=asked.order_id, total_fen=asked.total_fen, lines=lines_view(asked.lines), refused_because=asked.why
    )  # fmt: skip
    return pb.TrialSale(
        order_id=sale.order_id, buyer_id=sale.buyer_id, supplier_id=sale.supplier_id, offer_ids=sale.offers,
        status=sale.status, delivered_at=stamp(sale.delivered_at), decide_by=stamp(sale.decide_by), signed=signed,
        walked_because=sale.walked_because,
    )  # fmt: skip


def samples_view(samples: Iterable[Order], since: Sequence[Order]) -> list[pb.Sample]:
    """Each sampled SKU, with those of the orders `since` (the newest first) that are of its offer and came later."""
    shown = []
    for order in samples:
        for line in order.lines:
            later = [
                pb.OrderSince(order_id=one.order_id, kind=one.kind, status=one.status, quantity=pieces)
                for one in reversed(since)
                if one.placed_at >= order.placed_at
                and (pieces := sum(other.quantity for other in one.lines if other.offer_id == line.offer_id))
            ]
            shown.append(
                pb.Sample(
                    order_id=order.order_id, sku_id=line.sku_id, offer_id=line.offer_id,
                    supplier_id=order.supplier_id, quantity=line.quantity, unit_price_fen=line.unit_price_fen,
                    placed_at=stamp(order.placed_at), status=order.status, orders_since=later[:MOST_SHOWN],
                )
            )  # fmt: skip
    return shown
