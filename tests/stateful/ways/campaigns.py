"""Campaigns (活动): pieces are set aside, and sold at the campaign's price from one second on until another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from headwater.contracts.base import BuyerId, CampaignId, OfferId, OrderId, SkuId, SupplierId
from headwater.contracts.campaigns import (
    AnnounceCampaign,
    CampaignRun,
    EnrolOffer,
    SetAsidePieces,
    WithdrawEnrolment,
    enrolment_id,
)
from headwater.contracts.catalog import ListOffer, PriceRange, RegisterSupplier, Sku
from headwater.contracts.orders import PlaceOrder
from tests.stateful.market import BUYER, CALLER, CITIES, PRICES, SKUS, SUPPLIERS, WHICH, Market, given, home

HOUR = timedelta(hours=1)
OPEN: tuple[str, ...] = ("setting_aside", "enrolled")


class Campaigns(Market):
    """Festivals one after the other, and some at once."""

    def begin(self) -> None:
        super().begin()
        self.runs: list[CampaignRun] = []
        self.enrolled: list[EnrolOffer] = []
        for supplier in set(SUPPLIERS.values()):
            self.post(RegisterSupplier(supplier_id=SupplierId(supplier), name=supplier, name_zh="厂", town="Yiwu"))
        for sku, fen in PRICES.items():
            self.post(
                ListOffer(
                    offer_id=OfferId(f"off-{sku}"), supplier_id=SupplierId(SUPPLIERS[sku]), subject=sku,
                    subject_zh="货", currency="CNY", min_order_quantity=1,
                    price_ranges=(PriceRange(start_quantity=1, price_fen=fen),),
                    skus=(Sku(sku_id=SkuId(sku), colour="red", size="one"),),
                )
            )  # fmt: skip
        self.mail.all_come()
        self.a_campaign_is_announced()
        self.mail.all_come()
        self.an_offer_is_enrolled(0, "mug", 20, 5)

    @precondition(lambda self: len(self.upcoming()) < 2)
    @rule()
    def a_campaign_is_announced(self) -> None:
        now = self.mail.now
        run = CampaignRun(campaign_id=CampaignId(self.new_id("cmp")), starts_at=now + HOUR, ends_at=now + 2 * HOUR)
        self.runs.append(run)
        self.post(
            AnnounceCampaign(
                campaign_id=run.campaign_id, name="囤货节", enrol_from=now, enrol_until=now + HOUR / 2,
                starts_at=run.starts_at, ends_at=run.ends_at, reply_to=CALLER,
            )
        )  # fmt: skip

    @given("upcoming")
    @rule(which=WHICH, sku=SKUS, pieces=st.sampled_from((3, 20, 60, 500)), limit=st.sampled_from((None, 5)))
    def an_offer_is_enrolled(self, which: int, sku: str, pieces: int, limit: int | None) -> None:
        run = self.one_of(self.upcoming(), which)
        if run is not None:
            wanted = EnrolOffer(
                campaign_id=run.campaign_id, offer_id=OfferId(f"off-{sku}"), supplier_id=SupplierId(SUPPLIERS[sku]),
                price_fen=PRICES[sku] - 1, skus=(SetAsidePieces(sku_id=SkuId(sku), pieces=pieces),),
                limit_per_buyer=limit, change_id=self.new_id("chg"), reply_to=CALLER,
            )  # fmt: skip
            self.enrolled.append(wanted)
            self.post(wanted)

    @given("enrolled")
    @rule(which=WHICH)
    def an_offer_is_withdrawn(self, which: int) -> None:
        asked = self.one_of(self.enrolled, which)
        if asked is not None:
            id = enrolment_id(asked.campaign_id, asked.offer_id)
            self.post(WithdrawEnrolment(enrolment_id=id, supplier_id=asked.supplier_id, reply_to=CALLER))

    @given("enrolled")
    @rule(which=WHICH, buyer=BUYER, pieces=st.sampled_from((2, 4)))
    def somebody_orders_in_a_campaign(self, which: int, buyer: str, pieces: int) -> None:
        asked = self.one_of(self.enrolled, which)
        if asked is None:
            return
        run = next(run for run in self.runs if run.campaign_id == asked.campaign_id)
        sku: Any = asked.skus[0].sku_id
        part = self.quote(buyer, [(sku, pieces)], price=asked.price_fen, run=run)
        order_id = OrderId(self.new_id("ord"))
        self.model.expect(order_id, buyer, part.supplier_id, part.lines)
        self.post(
            PlaceOrder(
                order_id=order_id, buyer_id=BuyerId(buyer), supplier_id=part.supplier_id, currency="CNY",
                lines=part.lines, destination=home(CITIES[0]), fingerprint=order_id, seal=part.seal,
                campaign=run, reply_to=CALLER,
            )
        )  # fmt: skip

    @given("enrolled")
    @rule(buyer=BUYER)
    def the_next_campaign_starts_with_a_rush(self, buyer: str) -> None:
        self.mail.all_come()
        if self.upcoming():
            self.mail.now = min(run.starts_at for run in self.upcoming())
        for pieces in (4, 2):
            self.somebody_orders_in_a_campaign(0, buyer, pieces)

    def upcoming(self) -> list[CampaignRun]:
        """The campaigns that have not started."""
        return [run for run in self.runs if run.starts_at > self.mail.now]

    def at_rest(self) -> None:
        super().at_rest()
        for id, enrolment in self.mail.states("catalog.enrolment").items():
            assert enrolment.status not in OPEN, f"{id} is still {enrolment.status}"
