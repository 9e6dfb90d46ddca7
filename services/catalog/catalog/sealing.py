"""Sealing quotes: what was priced, a part for each supplier, so that orders can be placed at these prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from catalog.domain.pricing import Quote
from headwater.contracts.base import BuyerId, SupplierId
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.orders import OrderKind, QuoteSeal
from headwater.contracts.quotes import SealedLine, Secrets, sealed


class SealedPart(NamedTuple):
    """One supplier's lines, by their places in the basket, under a seal."""

    supplier_id: SupplierId
    places: tuple[int, ...]
    seal: QuoteSeal


class Sealing(NamedTuple):
    """With which secrets, and for how long."""

    secrets: Secrets
    holds: timedelta

    def parts(
        self, quote: Quote, buyer_id: BuyerId, kind: OrderKind, now: datetime, campaign: CampaignRun | None = None
    ) -> Iterator[SealedPart]:
        """A seal for each supplier over its lines that have a price, in the order of the basket.

        In a campaign that is to come it holds from the start on as long as any, so that baskets can be ready by then.
        """
        until = ((now if campaign is None else max(now, campaign.starts_at)) + self.holds).replace(microsecond=0)
        by_supplier: defaultdict[SupplierId, dict[int, SealedLine]] = defaultdict(dict)
        for place, (sku_id, quantity, offer_id, supplier_id, price, _, code, _) in enumerate(quote.lines):
            if offer_id is not None and supplier_id is not None and not code:
                by_supplier[supplier_id][place] = (sku_id, offer_id, quantity, price.unit_fen, price.vouched_fen)
        for supplier_id, lines in by_supplier.items():
            seal = sealed(self.secrets, until, buyer_id, supplier_id, "CNY", kind, lines.values(), campaign)
            yield SealedPart(supplier_id, tuple(lines), seal)
