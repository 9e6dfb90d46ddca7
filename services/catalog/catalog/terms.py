"""Gathers what holds for one buyer: its level and price lists, its trials, mixed batches, programmes that run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from catalog.domain.buyer import Buyer
from catalog.domain.enrolment import Enrolment
from catalog.domain.pricelist import PriceList
from catalog.domain.pricing import AgreedLadder, CampaignPrice, CampaignTerms, Terms
from catalog.domain.programme import Programme
from catalog.domain.sample import Samples
from catalog.domain.supplier import Supplier
from catalog.domain.trial import Trial
from headwater.contracts.base import BuyerId, CampaignId, OfferId, SkuId, SupplierId
from headwater.contracts.buyerstanding import LOWEST
from headwater.contracts.campaigns import CampaignRun, enrolment_id
from headwater.contracts.catalog import trial_id
from headwater.contracts.orders import OrderKind
from headwater.contracts.samples import sample_id

MOST_LISTS = 5000
"""So many price lists, and programmes, of the suppliers of one basket are looked at, those that ended among them."""


class ById(Protocol):
    """States by id, those that exist."""

    async def get_many(self, ids: Iterable[str]) -> dict[str, Any]: ...


class Index(Protocol):
    """Which ids have a value."""

    async def get_many(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]: ...


class BuyerTerms:
    """All that is known of agreements, as look-ups from memory."""

    def __init__(
        self, suppliers: ById, buyers: ById, trials: ById, pricelists: tuple[Index, ById],
        programmes: tuple[Index, ById], enrolments: ById, samples: ById,
    ) -> None:  # fmt: skip
        """`pricelists` and `programmes` each come with an index of them by supplier."""
        self._suppliers = suppliers
        self._buyers = buyers
        self._trials = trials
        self._pricelists = pricelists
        self._programmes = programmes
        self._enrolments = enrolments
        self._samples = samples

    async def of(
        self, buyer_id: BuyerId, offers: Mapping[OfferId, SupplierId], kind: OrderKind, now: datetime
    ) -> Terms:
        """What holds for this buyer and these offers, each with its supplier, at this time."""
        if kind == "trial":
            return Terms(tried=await self._tried(buyer_id, offers))
        if kind != "goods":
            return Terms()
        sellers = set(offers.values())
        suppliers: dict[SupplierId, Supplier] = await self._suppliers.get_many(sellers)  # type: ignore[assignment]
        return Terms(
            ladders=await self._ladders(buyer_id, offers, now),
            mixed={id: one.mixed_batch for id, one in suppliers.items() if one.mixed_batch is not None},
            programmes=await self._running(sellers, now),
        )

    async def campaign(
        self, campaign_id: CampaignId, offers: Collection[OfferId], now: datetime
    ) -> tuple[CampaignTerms, CampaignRun | None]:
        """What these offers cost in a campaign, and when it runs; None if none of them is in it, or it is over."""
        found = await self._enrolments.get_many({enrolment_id(campaign_id, id) for id in offers})
        enrolled: list[Enrolment] = [
            one for one in found.values() if one.status == "enrolled" and now < one.run.ends_at
        ]
        prices = {one.offer_id: CampaignPrice(one.price_fen, {sku.sku_id for sku in one.skus}) for one in enrolled}
        if not enrolled:
            return CampaignTerms("", prices), None
        return CampaignTerms(enrolled[0].campaign_name, prices), enrolled[0].run

    async def sampled(self, buyer_id: BuyerId, skus: Collection[SkuId]) -> dict[SkuId, int]:
        """Pieces of these SKUs that the buyer has had as samples; a buyer without a name has had none."""
        by_id = {sample_id(buyer_id, sku_id): sku_id for sku_id in skus} if buyer_id else {}
        found: dict[str, Samples] = await self._samples.get_many(by_id)
        return {by_id[id]: one.pieces for id, one in found.items()}

    async def _tried(self, buyer_id: BuyerId, offers: Collection[OfferId]) -> set[OfferId]:
        """Of which the buyer has had its trial; a buyer without a name has had none."""
        by_trial = {trial_id(buyer_id, offer_id): offer_id for offer_id in offers} if buyer_id else {}
        trials: dict[str, Trial] = await self._trials.get_many(by_trial)
        return {by_trial[id] for id, trial in trials.items() if trial.orders}  # type: ignore[index]

    async def _ladders(
        self, buyer_id: BuyerId, offers: Mapping[OfferId, SupplierId], now: datetime
    ) -> dict[OfferId, list[AgreedLadder]]:
        """Of the price lists that hold. A supplier's list says nothing about another's offers, whatever is in it."""
        if not buyer_id:
            return {}
        found = await _all(self._pricelists, set(offers.values()))
        if not found:
            return {}
        buyer: Buyer | None = (await self._buyers.get_many((buyer_id,))).get(buyer_id)
        ladders: defaultdict[OfferId, list[AgreedLadder]] = defaultdict(list)
        one: PriceList
        for one in found:
            if one.holds_for(buyer_id, buyer.holds if buyer else LOWEST, now):
                for ladder in one.ladders:
                    if offers.get(ladder.offer_id) == one.supplier_id:
                        ladders[ladder.offer_id].append(AgreedLadder(one.name, ladder.price_ranges))
        return ladders

    async def _running(self, sellers: Collection[SupplierId], now: datetime) -> dict[SupplierId, list[str]]:
        by_supplier: defaultdict[SupplierId, list[str]] = defaultdict(list)
        one: Programme
        for one in await _all(self._programmes, sellers):
            if one.runs(now):
                for supplier_id in one.suppliers:
                    if supplier_id in sellers:
                        by_supplier[supplier_id].append(one.name)
        return by_supplier


async def _all(kept: tuple[Index, ById], sellers: Collection[SupplierId]) -> list[Any]:
    index, states = kept
    ids = {id for found in (await index.get_many(sellers)).values() for id in found}
    return list((await states.get_many(ids)).values()) if ids else []
