"""What a buyer may take instead of an offer: offers of verified suppliers, by how near their price is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from catalog.domain.offer import Offer
from catalog.domain.pricing import unit_price
from catalog.domain.standing_state import Standing


class Replacement(NamedTuple):
    """An offer, who stands behind it, and what a piece of it costs in fen."""

    offer: Offer
    supplier: Standing
    unit_price_fen: int


def price_at(offer: Offer, quantity: int) -> int | None:
    """What a piece costs in fen when so many are bought; None if so many cannot be ordered of it."""
    if quantity < offer.min_order_quantity or quantity % offer.order_multiple:
        return None
    return unit_price(offer.price_ranges, quantity)


def replacements(
    wanted: Offer, quantity: int, offers: Iterable[Offer], standings: Mapping[str, Standing]
) -> list[Replacement]:
    """Those of `offers` that may stand in, the nearest in price first; of equally near ones the strictly selected."""
    found = []
    for offer in offers:
        supplier = standings.get(offer.supplier_id)
        if supplier is None or supplier.kind == "unverified" or supplier.suspension is not None:
            continue
        price = price_at(offer, quantity)
        if offer.status == "listed" and offer.supplier_id != wanted.supplier_id and price is not None:
            found.append(Replacement(offer, supplier, price))
    asked = unit_price(wanted.price_ranges, quantity)
    return sorted(found, key=lambda one: (abs(one.unit_price_fen - asked), not one.supplier.strict, one.offer.offer_id))
