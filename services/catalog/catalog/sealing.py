"""Sealing quotes: what was priced, a part for each supplier, so that orders can be placed at these prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.domain.pricing import Quote
from headwater.contracts.base import BuyerId, SupplierId
from headwater.contracts.orders import OrderKind, OrderLine
from headwater.contracts.quotes import SealedQuote, Secrets, sealed


class Sealing(NamedTuple):
    """With which secrets, and for how long."""

    secrets: Secrets
    holds: timedelta

    def parts(self, quote: Quote, buyer_id: BuyerId, kind: OrderKind, now: datetime) -> Iterator[SealedQuote]:
        """A sealed quote for each supplier, of the lines that have a price; in the order of the basket."""
        until = (now + self.holds).replace(microsecond=0)
        by_supplier: defaultdict[SupplierId, list[OrderLine]] = defaultdict(list)
        for line in quote.lines:
            if not line.code and line.offer_id is not None and line.supplier_id is not None:
                by_supplier[line.supplier_id].append(
                    OrderLine(
                        sku_id=line.sku_id,
                        offer_id=line.offer_id,
                        quantity=line.quantity,
                        unit_price_fen=line.price.unit_fen,
                        vouched_fen=line.price.vouched_fen,
                    )
                )
        for supplier_id, lines in by_supplier.items():
            seal = sealed(self.secrets, until, buyer_id, supplier_id, "CNY", kind, lines)
            yield SealedQuote(
                buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", kind=kind, lines=tuple(lines), seal=seal
            )
