"""Sealing quotes: what was priced, a part for each supplier, so that orders can be placed at these prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.domain.pricing import Quote
from headwater.contracts.base import BuyerId, OfferId, SkuId, SupplierId
from headwater.contracts.orders import OrderKind, QuoteSeal
from headwater.contracts.quotes import Secrets, sealed


class PricedLine(NamedTuple):
    """A line as it is sealed."""

    sku_id: SkuId
    offer_id: OfferId
    quantity: int
    unit_price_fen: int
    vouched_fen: int


class SealedPart(NamedTuple):
    """One supplier's lines, by their places in the basket, under a seal."""

    supplier_id: SupplierId
    places: tuple[int, ...]
    seal: QuoteSeal


class Sealing(NamedTuple):
    """With which secrets, and for how long."""

    secrets: Secrets
    holds: timedelta

    def parts(self, quote: Quote, buyer_id: BuyerId, kind: OrderKind, now: datetime) -> Iterator[SealedPart]:
        """A seal for each supplier over its lines that have a price, in the order of the basket."""
        until = (now + self.holds).replace(microsecond=0)
        by_supplier: defaultdict[SupplierId, dict[int, PricedLine]] = defaultdict(dict)
        for place, line in enumerate(quote.lines):
            if line.offer_id is not None and line.supplier_id is not None and not line.code:
                by_supplier[line.supplier_id][place] = PricedLine(
                    line.sku_id, line.offer_id, line.quantity, line.price.unit_fen, line.price.vouched_fen
                )
        for supplier_id, lines in by_supplier.items():
            seal = sealed(self.secrets, until, buyer_id, supplier_id, "CNY", kind, lines.values())
            yield SealedPart(supplier_id, tuple(lines), seal)
