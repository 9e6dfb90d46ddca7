"""Custom orders through the door: who acts is who asks, and a standing that is away is said to be."""

from __future__ import annotations

from headwater.contracts.base import Refused
from headwater.contracts.inquiries import OrderUnderInquiry
from headwater.stubs.orders.v1 import inquiries_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, answer, basket, world

BODY = {
    "version": 1, "batch": "bulk", "pieces": [{"size": "M", "pieces": 10}], "destination": basket()["destination"],
}  # fmt: skip


async def test_an_order_under_an_inquiry_is_its_account_s_and_answers_as_an_order() -> None:
    async with world() as gateway:
        gateway.commands.reply = answer("confirmed")
        response = await gateway.http.post("/v1/inquiries/inq_1/orders", json=BODY, headers=SHOP)
        assert (response.status_code, response.json()["status"]) == (201, "confirmed")
        [command] = gateway.commands.sent
        assert isinstance(command, OrderUnderInquiry)
        assert (command.buyer_id, command.inquiry_id) == ("shop-1", "inq_1")


async def test_a_refusal_below_the_minimum_is_told_by_name() -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="ord_1", code="below_minimum", detail="Order more.")
        response = await gateway.http.post("/v1/inquiries/inq_1/orders", json=BODY, headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/below-minimum")


async def test_proposals_are_compared_and_a_standing_that_is_away_is_said_to_be() -> None:
    async with world() as gateway:
        row = pb.ComparedProposal(proposal=pb.Proposal(supplier_id="a"), unit_price_fen=900)
        gateway.door.inquiries = FakeStub(CompareProposals=pb.CompareProposalsResponse(proposals=[row]))
        gateway.door.governance = FakeStub()
        found = (await gateway.http.get("/v1/inquiries/inq_1/comparison", headers=SHOP)).json()
        assert gateway.door.inquiries.asked[0].viewer == "shop-1"
        assert (found["proposals"][0]["unit_price_fen"], "unavailable" in found["proposals"][0]["standing"]) == (
            900, True,
        )  # fmt: skip
