"""What a co-distributed offer is: the leader's goods under the seller's name, at the seller's price. Pure.

A piece costs the leader's price at that quantity, plus the seller's margin, and never less than the floor that the
pallet states. With a leader's ladder of 2: 1000 fen, 20: 900 fen, 200: 800 fen and a floor of 950:

    margin                    2 pieces   20     200
    none                      1000       950    950
    100 per mille             1100       990    950
    100 per mille + 30 fen    1130       1020   950
    333 per mille             1333       1200   1067     (1066.4 is rounded up: the seller loses no part of a fen)

What the seller earns of a piece is its price less the leader's. A leader's ladder never rises with the quantity, and
neither does this one. SKUs are the leader's own, so that an order of either holds the same stock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.domain.distribution import Distribution
from catalog.domain.offer import Offer
from catalog.domain.pallet import Pallet
from catalog.domain.pricing import MOST_FEN, Price, Terms, unit_price
from catalog.domain.standing_state import Standing
from headwater.contracts.base import SkuId, SupplierId
from headwater.contracts.catalog import PriceRange
from headwater.contracts.distribution import Margin
from headwater.contracts.orders import OrderKind


class CoOffer(Offer):
    """A leader's offer as another seller has it in its shop. Made when it is read, never stored."""

    leader_id: SupplierId
    leader_offer_id: str
    leader_ranges: tuple[PriceRange, ...]
    """What the leader asks for."""
    leader_sample_fen: int | None = None
    """What it asks for a sample."""

    def earned(self, price: Price, pieces: int, kind: OrderKind = "goods") -> int:
        """What the seller earns of each piece, in fen, sold at this price when so many are bought. What the platform
        vouches for it gets as well."""
        leaders = self.leader_sample_fen if kind == "sample" else unit_price(self.leader_ranges, pieces)
        return price.unit_fen + price.vouched_fen - (leaders or 0)


def co_offer(
    distribution: Distribution, pallet: Pallet, offer: Offer, leader: Standing | None, seller: Standing | None
) -> CoOffer:
    """The offer in the seller's shop. `offer` is the leader's; a standing is None where nothing is known."""
    goods = pallet.of(offer.offer_id)
    floor = goods.floor_fen if goods is not None else 0
    because = _why_off(distribution, pallet, offer, leader, seller)
    margin, sample = distribution.margin, offer.sample_price_fen
    own: Mapping[str, Any] = {
        "offer_id": distribution.offer_id, "supplier_id": distribution.supplier_id,
        "status": "listed" if because is None else "delisted", "delisted_because": because,
        "price_ranges": tuple(
            PriceRange(start_quantity=one.start_quantity, price_fen=marked_up(one.price_fen, margin, floor))
            for one in offer.price_ranges
        ),
        "sample_price_fen": None if sample is None else marked_up(sample, margin, floor),
        # What the leader grants its own buyers, others do not grant in its name.
        "trial_pieces": None, "pool_price": None, "mixed_batch": False,
        "history": (), "changes": (), "hold": None,
        "leader_id": offer.supplier_id, "leader_offer_id": offer.offer_id, "leader_ranges": offer.price_ranges,
        "leader_sample_fen": sample,
    }  # fmt: skip
    return CoOffer(**{**dict(offer), **own})


def marked_up(price_fen: int, margin: Margin, floor_fen: int) -> int:
    """What the seller asks for a piece, in fen: with its margin, rounded up, and at least the floor."""
    share = -(-price_fen * margin.per_mille // 1000)
    return min(max(price_fen + share + margin.fen, floor_fen), MOST_FEN)


def chosen_offers(owners: Mapping[SkuId, Offer], chosen: Mapping[SkuId, Offer | None]) -> dict[SkuId, Offer]:
    """The offer that each SKU is bought from. `owners` are those that sell it by themselves; `chosen` those that the
    buyer named, None where there is none. Who neither owns a SKU nor has its owner's consent does not sell it."""
    kept = {sku: offer for sku, offer in owners.items() if sku not in chosen}
    kept |= {
        sku: offer for sku, offer in chosen.items() if offer is not None and _may_sell(offer, sku, owners.get(sku))
    }
    return kept


def above_floors(terms: Terms, offers: Iterable[Offer]) -> Terms:
    """The same without price lists for co-distributed offers: a seller's list could go below the leader's floor."""
    if not terms.ladders:
        return terms
    co_offers = {offer.offer_id for offer in offers if isinstance(offer, CoOffer)}
    return terms._replace(ladders={id: ladders for id, ladders in terms.ladders.items() if id not in co_offers})


def _may_sell(offer: Offer, sku_id: SkuId, owner: Offer | None) -> bool:
    if owner is None or offer.status == "draft" or all(sku.sku_id != sku_id for sku in offer.skus):
        return False
    source = offer.leader_id if isinstance(offer, CoOffer) else offer.supplier_id
    return source == owner.supplier_id


def _why_off(
    distribution: Distribution, pallet: Pallet, offer: Offer, leader: Standing | None, seller: Standing | None
) -> str | None:
    """The first reason why the offer cannot be ordered; None if it can be."""
    if distribution.ended_because is not None:
        return distribution.ended_because
    if pallet.status == "withdrawn":
        return f"its pallet {pallet.pallet_id} is withdrawn ({pallet.withdrawn_because})"
    if pallet.of(offer.offer_id) is None or pallet.leader_id != offer.supplier_id:
        return f"its goods are no longer on pallet {pallet.pallet_id}"
    if leader is None or not leader.leads:
        return f"{pallet.leader_id} is no chain leader at the moment"
    if seller is not None and seller.suspension is not None:
        return f"its supplier is suspended ({seller.suspension.reason})"
    if offer.status != "listed":
        return f"its leader's offer {offer.offer_id} is off the shelf ({offer.delisted_because})"
    return None
