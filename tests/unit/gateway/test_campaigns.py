"""Campaigns through the door: who may announce, whose SKUs may be enrolled, and in which campaign an order is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from headwater.contracts.base import Done, Refused
from headwater.contracts.campaigns import CampaignRun, enrolment_id
from headwater.stubs.catalog.v1 import catalog_pb2 as catalog
from tests.unit.gateway.building import SHOP, FakeStub, World, answer, basket, only, quoted, world

OPERATOR = {"X-Account": "operator"}
TERMS = {
    "name": "囤货节", "enrol_from": "2026-11-01T00:00:00Z", "enrol_until": "2026-11-10T00:00:00Z",
    "starts_at": "2026-11-11T00:00:00Z", "ends_at": "2026-11-12T00:00:00Z",
}  # fmt: skip
ENROLMENT = {"supplier_id": "sup-1", "price_fen": 400, "skus": [{"sku_id": "tee-L", "pieces": 20}]}
START, END = datetime(2026, 11, 11, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)


def done(command: Any) -> Done:
    return Done(id="any")


def owned(gateway: World, offer: str = "off-1", supplier: str = "sup-1") -> None:
    found = catalog.FoundSku(sku=catalog.Sku(sku_id="tee-L"), offer_id=offer, supplier_id=supplier, status="listed")
    gateway.door.catalog = FakeStub(BatchGetSkus=catalog.BatchGetSkusResponse(skus=[found]))


async def test_the_operator_announces_and_nobody_else() -> None:
    async with world() as gateway:
        gateway.commands.reply = done
        refused = await gateway.http.put("/v1/campaigns/festival", json=TERMS, headers=SHOP)
        assert refused.status_code == 403
        taken = await gateway.http.put("/v1/campaigns/festival", json=TERMS, headers=OPERATOR)
        assert (taken.status_code, taken.headers["location"]) == (200, "/v1/campaigns/festival")
        command: Any = only(gateway.commands)
        assert (command.campaign_id, command.starts_at) == ("festival", START)


async def test_an_offer_is_enrolled_with_its_price_and_pieces() -> None:
    async with world() as gateway:
        owned(gateway)
        gateway.commands.reply = done
        response = await gateway.http.put("/v1/campaigns/festival/enrolments/off-1", json=ENROLMENT)
        command: Any = only(gateway.commands)
        assert response.json() == {"done": True, "location": "/v1/campaigns/festival/enrolments/off-1"}
        assert (command.campaign_id, command.offer_id, command.price_fen) == ("festival", "off-1", 400)


async def test_goods_of_another_supplier_are_not_set_aside() -> None:
    async with world() as gateway:
        owned(gateway, "off-9", "sup-9")
        response = await gateway.http.put("/v1/campaigns/festival/enrolments/off-1", json=ENROLMENT)
        assert (response.status_code, response.json()["type"]) == (403, "/problems/not-your-sku")
        assert gateway.commands.sent == []


async def test_a_withdrawal_names_the_enrolment_by_campaign_and_offer() -> None:
    async with world() as gateway:
        gateway.commands.reply = done
        path = "/v1/campaigns/festival/enrolments/off-1/withdraw"
        await gateway.http.post(path, json={"supplier_id": "sup-1"})
        command: Any = only(gateway.commands)
        assert command.enrolment_id == enrolment_id("festival", "off-1")


async def test_an_order_in_a_campaign_carries_when_it_runs_and_a_refusal_says_when_to_come_back() -> None:
    async with world() as gateway:
        quote = quoted()
        quote.sealed[0].campaign.campaign_id = "festival"
        quote.sealed[0].campaign.starts_at.FromDatetime(START)
        quote.sealed[0].campaign.ends_at.FromDatetime(END)
        gateway.door.catalog = FakeStub(QuoteBasket=quote)
        gateway.commands.reply = lambda command: Refused(
            id=command.order_id, code="campaign_not_started", detail="Campaign festival starts then."
        )
        response = await gateway.http.post("/v1/orders", json={**basket(), "campaign_id": "festival"}, headers=SHOP)
        assert only(gateway.commands).campaign == CampaignRun(campaign_id="festival", starts_at=START, ends_at=END)
        assert (response.status_code, response.json()["type"]) == (409, "/problems/campaign-not-started")


async def test_an_order_without_a_campaign_is_in_none() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted())
        gateway.commands.reply = answer("confirmed")
        await gateway.http.post("/v1/orders", json=basket(), headers=SHOP)
        assert only(gateway.commands).campaign is None
