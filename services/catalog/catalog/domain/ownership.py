"""Whose a SKU is. The rules of an offer see that offer only, so two may name the same SKU: readers settle it here."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from catalog.domain.offer import Offer
from headwater.contracts.base import SkuId


def owning_offers(wanted: Collection[SkuId], offers: Iterable[Offer]) -> dict[SkuId, Offer]:
    """The offer that sells each SKU. `offers`: those with any of these SKUs, by `first_listed_at`.

    A SKU belongs to the supplier who listed it first: no one else can sell it, not even while it is delisted. Of that
    supplier's offers it is in the first that is listed, else in the first. A draft sells nothing.
    """
    owners: dict[SkuId, Offer] = {}
    for offer in offers:
        if offer.status == "draft":
            continue
        for sku in offer.skus:
            if sku.sku_id in wanted:
                owner = owners.get(sku.sku_id)
                if owner is None or _sells_instead(owner, offer):
                    owners[sku.sku_id] = offer
    return owners


def _sells_instead(owner: Offer, offer: Offer) -> bool:
    return owner.supplier_id == offer.supplier_id and (owner.status, offer.status) == ("delisted", "listed")
