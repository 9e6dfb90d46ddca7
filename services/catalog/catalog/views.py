"""Suppliers, offers and quotes as the look-ups show them."""

from __future__ import annotations

from catalog.domain.offer import Offer
from catalog.domain.pricing import Quote
from catalog.domain.supplier import Supplier
from headwater.contracts.catalog import Sku
from headwater.stubs.catalog.v1 import catalog_pb2 as pb


def supplier_view(supplier: Supplier) -> pb.Supplier:
    """A supplier."""
    return pb.Supplier(
        supplier_id=supplier.supplier_id, name=supplier.name, name_zh=supplier.name_zh, town=supplier.town
    )


def offer_view(offer: Offer) -> pb.Offer:
    """An offer with its SKUs and its ladder."""
    return pb.Offer(
        offer_id=offer.offer_id, supplier_id=offer.supplier_id, subject=offer.subject, subject_zh=offer.subject_zh,
        currency=offer.currency, min_order_quantity=offer.min_order_quantity,
        price_ranges=[
            pb.PriceRange(start_quantity=range.start_quantity, price_fen=range.price_fen)
            for range in offer.price_ranges
        ],
        skus=[sku_view(sku) for sku in offer.skus], status=offer.status,
        delisted_because=offer.delisted_because or "",
    )  # fmt: skip


def sku_view(sku: Sku) -> pb.Sku:
    """One colour and size."""
    return pb.Sku(sku_id=sku.sku_id, colour=sku.colour, size=sku.size)


def quote_view(quote: Quote) -> pb.QuoteBasketResponse:
    """A priced basket."""
    view = pb.QuoteBasketResponse(total_fen=quote.total_fen, currency="CNY")
    add = view.lines.add  # in place: a list of lines would be copied
    for line in quote.lines:
        add(
            sku_id=line.sku_id, quantity=line.quantity, offer_id=line.offer_id or "",
            supplier_id=line.supplier_id or "", unit_price_fen=line.unit_price_fen, total_fen=line.total_fen,
            code=line.code, detail=line.detail,
        )  # fmt: skip
    return view
