"""A buyer's standing through the door: whose it is, who sees it, and how codes travel."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from gateway.link_codes import ALPHABET, digest_of, new_code
from headwater.contracts.base import Refused
from headwater.contracts.buyerstanding import AskLinkCode, CountFact, GiveLinkCode, UndoLink
from headwater.stubs.orders.v1 import buyerstandings_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, order, world

OTHER = {"X-Account": "shop-2"}
CREDIT = "/v1/suppliers/sup-1/buyers/shop-1/standing"


async def test_an_account_sees_its_own_standing() -> None:
    stub = FakeStub(GetBuyerStanding=pb.GetBuyerStandingResponse(standing=pb.BuyerStanding(level="L3", integrity=90)))
    async with world() as gateway:
        gateway.door.buyerstandings = stub
        shown = (await gateway.http.get("/v1/account/standing", headers=SHOP)).json()
        assert (shown["level"], shown["integrity"], shown["history"]) == ("L3", 90, [])
        assert stub.asked == [pb.GetBuyerStandingRequest(buyer_id="shop-1")]


@pytest.mark.parametrize(("account", "status"), [("sup-1", 200), ("operator", 200), ("sup-2", 404), ("shop-1", 404)])
async def test_a_credit_is_for_the_supplier_itself(account: str, status: int) -> None:
    stub = FakeStub(GetCredit=pb.GetCreditResponse(credit=pb.BuyerCredit(buyer_id="shop-1", level="L3")))
    async with world() as gateway:
        gateway.door.buyerstandings = stub
        response = await gateway.http.get(CREDIT, headers={"X-Account": account})
        assert response.status_code == status
        assert len(stub.asked) == (1 if status == 200 else 0)


async def test_no_order_between_them_is_a_404() -> None:
    async with world() as gateway:
        gateway.door.buyerstandings = FakeStub(GetCredit=grpc.StatusCode.NOT_FOUND)
        response = await gateway.http.get(CREDIT, headers={"X-Account": "sup-1"})
        assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


async def test_a_code_is_shown_once_and_sent_on_as_a_digest_that_the_other_side_comes_to_as_well() -> None:
    async with world() as gateway:
        made = await gateway.http.post("/v1/account/link-codes", json={"account": "shop-2"}, headers=SHOP)
        assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
        code = made.json()["code"]
        typed = code.lower().replace("-", " ")
        for body in ({"account": "shop-1", "code": code}, {"account": "shop-1", "code": typed}):
            given = await gateway.http.post("/v1/account/links", json=body, headers=OTHER)
            assert given.status_code == 201, given.text
        asked, first, second = gateway.commands.sent
        assert (type(asked), asked.account, asked.other) == (AskLinkCode, "shop-1", "shop-2")
        assert (type(first), first.account, first.other) == (GiveLinkCode, "shop-2", "shop-1")
        assert asked.digest == first.digest == second.digest
        assert code not in asked.model_dump_json() + first.model_dump_json()


def test_codes_differ_and_a_digest_is_of_one_code_for_two_accounts_in_their_roles() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code.replace("-", "")) for code in codes} == {12}
    assert {letter for code in codes for letter in code} == {*ALPHABET, "-"}
    assert digest_of("K7QX-2M9T-P4O1", "a", "b") == digest_of("k7qx2m9tp40I", "a", "b")
    assert len({digest_of("K7QX-2M9T-P4WD", *of) for of in (("a", "b"), ("b", "a"), ("a", "c"))}) == 3


async def test_the_same_request_has_the_same_change_id_and_another_code_another() -> None:
    headers = {**OTHER, "Idempotency-Key": "k"}
    async with world() as gateway:
        for code in ("AAAA", "AAAA", "BBBB"):
            await gateway.http.post("/v1/account/links", json={"account": "shop-1", "code": code}, headers=headers)
        for _ in range(2):
            await gateway.http.delete("/v1/account/links/shop-1", headers=headers)
        ids = [command.change_id for command in gateway.commands.sent]
        assert ids[0] == ids[1] != ids[2]
        assert ids[3] == ids[4]
        assert isinstance(gateway.commands.sent[4], UndoLink)


@pytest.mark.parametrize(
    ("code", "status"), [("wrong_code", 422), ("own_account", 422), ("already_linked", 409), ("no_such_link", 404)]
)
async def test_a_refusal_is_a_problem_with_the_way_out(code: str, status: int) -> None:
    async with world() as gateway:
        gateway.commands.reply = Refused(id="shop-1", code=code, detail="Do this instead.")
        body = {"account": "shop-2", "code": "AAAA"}
        response = await gateway.http.post("/v1/account/links", json=body, headers=SHOP)
        assert (response.status_code, response.json()["detail"]) == (status, "Do this instead.")
        assert response.json()["type"] == f"/problems/{code.replace('_', '-')}"


@pytest.mark.parametrize(
    ("account", "buyer", "status"),
    [("operator", "shop-1", 201), ("operator", "shop-2", 404), ("shop-1", "shop-1", 403)],
)
async def test_a_lost_dispute_is_the_operators_word_about_an_order_of_that_buyer(
    account: str, buyer: str, status: int
) -> None:
    body: dict[str, Any] = {"order_id": "ord_1", "note": "paid back twice"}
    async with world() as gateway:
        gateway.door.orders = FakeStub(GetOrder=order())
        response = await gateway.http.post(f"/v1/buyers/{buyer}/disputes", json=body, headers={"X-Account": account})
        assert response.status_code == status, response.text
        if status == 201:
            [command] = gateway.commands.sent
            assert isinstance(command, CountFact)
            assert (command.fact, command.note, command.order_id) == ("dispute_lost", "paid back twice", "ord_1")
        else:
            assert not gateway.commands.sent
