"""Pricing: what a basket costs, by the ladder of each offer. Pure; exact in fen, since nothing is ever divided.

The pieces of all SKUs of one offer add up (1688 counts an offer so): together they reach the minimum order quantity,
and together they choose the range. With a ladder of 2: 1000 fen, 20: 900 fen, 200: 800 fen and a minimum of 2:

    basket                          price of a piece   line totals
    L 1                             refused: below the minimum of 2, add 1
    L 2                             1000               2000
    L 10, M 9                       1000               10000, 9000
    L 10, M 10                       900               9000, 9000
    L 150, M 50                      800               120000, 40000
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from catalog.domain.offer import Offer
from headwater.contracts.base import OfferId, SkuId, SupplierId
from headwater.contracts.catalog import PriceRange

MOST_PIECES = 10**9
MOST_FEN = 10**15
"""What one line may cost, and one order: the published language counts no further (`Fen`)."""


_START = attrgetter("start_quantity")


class BasketLine(NamedTuple):
    """So many pieces of a SKU are wanted."""

    sku_id: SkuId
    quantity: int


class QuotedLine(NamedTuple):
    """A line with its price in fen, or with the reason why it has none (`code` is stable, `detail` is for people)."""

    sku_id: SkuId
    quantity: int
    offer_id: OfferId | None = None
    supplier_id: SupplierId | None = None
    unit_price_fen: int = 0
    total_fen: int = 0
    code: str = ""
    detail: str = ""


class Quote(NamedTuple):
    """All lines in the order asked for, and the total of those that have a price, in fen."""

    lines: tuple[QuotedLine, ...]
    total_fen: int


def quote(basket: Sequence[BasketLine], offers: Mapping[SkuId, Offer]) -> Quote:
    """Price a basket. `offers` has the offer of each SKU that exists."""
    pieces: dict[OfferId, int] = {}
    for line in basket:
        offer = offers.get(line.sku_id)
        if offer is not None:
            # A line that is refused for its quantity is not bought: it must not make the others cheaper.
            bought = line.quantity if _orderable(line.quantity) else 0
            pieces[offer.offer_id] = pieces.get(offer.offer_id, 0) + bought
    lines = tuple([_line(line, offers.get(line.sku_id), pieces) for line in basket])
    return Quote(lines, sum([line.total_fen for line in lines]))


def unit_price(ranges: Sequence[PriceRange], pieces: int) -> int:
    """What a piece costs in fen when so many are bought; `pieces` is at least the first range's start."""
    index = bisect_right(ranges, pieces, key=_START)
    return ranges[max(index - 1, 0)].price_fen


def _line(line: BasketLine, offer: Offer | None, pieces: Mapping[OfferId, int]) -> QuotedLine:
    if offer is None:
        detail = f"SKU {line.sku_id} is not listed; GET /v1/offers shows what is."
        return QuotedLine(line.sku_id, line.quantity, code="no_such_sku", detail=detail)
    together = pieces[offer.offer_id]
    price = unit_price(offer.price_ranges, together)
    fault = _fault(line, offer, together, price)
    if fault is not None:
        code, detail = fault
        return QuotedLine(line.sku_id, line.quantity, offer.offer_id, offer.supplier_id, code=code, detail=detail)
    return QuotedLine(line.sku_id, line.quantity, offer.offer_id, offer.supplier_id, price, price * line.quantity)


def _fault(line: BasketLine, offer: Offer, together: int, price: int) -> tuple[str, str] | None:
    """Why a line has no price, though its SKU exists; `together` are the basket's pieces of the offer."""
    if offer.status != "listed":
        return "delisted", f"Offer {offer.offer_id} of SKU {line.sku_id} is delisted: {offer.delisted_because}."
    if not _orderable(line.quantity):
        return "bad_quantity", f"{line.quantity} pieces of {line.sku_id} cannot be ordered: from 1 to {MOST_PIECES:,}."
    short = offer.min_order_quantity - together
    if short > 0:
        return "below_minimum", (
            f"{together} pieces of {offer.offer_id} are below its minimum of {offer.min_order_quantity}: add {short}."
        )
    if price * line.quantity > MOST_FEN:
        return "amount_too_large", (
            f"{line.quantity} pieces of {line.sku_id} at {price} fen are more than {MOST_FEN:,} fen: order at most "
            f"{MOST_FEN // price:,} pieces at this price."
        )
    return None


def _orderable(quantity: int) -> bool:
    return 0 < quantity <= MOST_PIECES
