"""Pools as the look-ups show them."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.contracts.inquiries import Requirements
from headwater.rpc import stamp
from headwater.stubs.orders.v1 import inquiries_pb2, pools_pb2
from headwater.stubs.orders.v1 import pools_pb2 as pb
from orders.domain.pool_state import Pool, Share
from orders.views import batches_view, lines_view


def pool_view(pool: Pool, shares: Iterable[tuple[str, Share]] = ()) -> pb.Pool:
    """The pool, with these of its shares."""
    wanted = {line.sku_id: line.pieces for line in pool.wanted}
    closed = pool.status not in ("open", "reached")
    return pb.Pool(
        pool_id=pool.pool_id, opened_by=pool.opened_by, supplier_id=pool.supplier_id, offer_id=pool.offer_id,
        status=pool.status, skus=[pb.PoolSku(sku_id=sku, pieces=wanted.get(sku, 0)) for sku in pool.skus],
        target_pieces=pool.target, pieces=pool.pieces, missing_pieces=pool.missing, most_pieces=pool.most_pieces,
        price_fen=pool.price_ranges[0].price_fen,
        unit_price_fen=pool.unit_fen if closed else pool.price_at(pool.pieces),
        price_ranges=[
            inquiries_pb2.PriceStep(start_quantity=step.start_quantity, price_fen=step.price_fen)
            for step in pool.price_ranges
        ],
        closes=pool.closes, closes_at=stamp(pool.closes_at), opened_at=stamp(pool.opened_at),
        shares_open=pool.shares_open, ordered=pool.ordered, returned=pool.returned, held_fen=pool.held_fen,
        design=_design(pool), made_by=stamp(pool.made_by), batches=batches_view(pool.batches),
        inquiry_id=pool.agreed.inquiry_id if pool.agreed else "",
        shares=[share_view(pool.pool_id, id, share) for id, share in shares],
    )  # fmt: skip


def share_view(pool_id: str, share_id: str, share: Share) -> pb.Share:
    """What one buyer wants of it."""
    return pb.Share(
        share_id=share_id, pool_id=pool_id, buyer_id=share.buyer_id, status=share.status,
        lines=lines_view(share.lines), held_fen=share.held_fen, returned_fen=share.returned_fen,
        order_id=share.order_id or "", why=share.why, joined_at=stamp(share.joined_at),
    )  # fmt: skip


def _design(pool: Pool) -> pools_pb2.PoolDesign | None:
    design = pool.design
    if design is None:
        return None
    return pb.PoolDesign(
        title=design.title, requirements=_requirements(design.requirements), pictures=design.pictures,
        lead_days=design.lead_days,
    )  # fmt: skip


def _requirements(asked: Requirements) -> inquiries_pb2.Requirements:
    return inquiries_pb2.Requirements(
        text=asked.text, materials=asked.materials, process=asked.process, sizes=asked.sizes
    )
