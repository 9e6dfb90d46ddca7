"""Trials through the door: who signs is who asks, at a price of this moment or a sealed one."""

from __future__ import annotations

from datetime import UTC, datetime

from headwater.contracts.base import Refused
from headwater.contracts.trialsales import SignTrial, TrialSaleAnswer, WalkAway
from headwater.stubs.orders.v1 import trials_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, basket, quoted, world

PATH = "/v1/orders/ord_1/trial"
BODY = {name: basket()[name] for name in ("lines", "destination")}


async def test_a_signature_is_priced_and_the_same_key_is_the_same_signature() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted())
        gateway.commands.reply = TrialSaleAnswer(
            order_id="ord_1", status="signed", decide_by=datetime(2026, 5, 1, tzinfo=UTC), follow_up_id="ord_sgn_1-0",
            total_fen=1000,
        )  # type: ignore[arg-type]  # fmt: skip
        for _ in range(2):
            response = await gateway.http.post(f"{PATH}/sign", json=BODY, headers={**SHOP, "Idempotency-Key": "k"})
            assert (response.status_code, response.json()["follow_up_id"]) == (200, "ord_sgn_1-0")
        first, second = gateway.commands.sent
        assert isinstance(first, SignTrial)
        assert (first.buyer_id, first.sign_id, first.fingerprint) == ("shop-1", second.sign_id, second.fingerprint)
        assert gateway.door.catalog.asked[0].kind == "goods"


async def test_what_two_suppliers_sell_is_not_signed_for_and_nothing_is_sent() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted("sup-1", "sup-2"))
        response = await gateway.http.post(f"{PATH}/sign", json=BODY, headers=SHOP)
        assert (response.status_code, response.json()["type"]) == (422, "/problems/other-goods")
        assert not gateway.commands.sent


async def test_a_decision_that_is_not_heard_of_yet_is_on_its_way() -> None:
    async with world() as gateway:
        gateway.commands.reply = None
        response = await gateway.http.post(f"{PATH}/walk", json={"reason": "it shrinks"}, headers=SHOP)
        assert (response.status_code, response.json()["location"]) == (202, PATH)
        assert isinstance(gateway.commands.sent[0], WalkAway)
        gateway.commands.reply = Refused(id="ord_1", code="no_such_trial", detail="Decide once it has arrived.")
        refused = await gateway.http.post(f"{PATH}/walk", json={"reason": "it shrinks"}, headers=SHOP)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/no-such-trial")


async def test_a_supplier_lists_the_trials_of_its_goods_and_an_account_its_samples() -> None:
    async with world() as gateway:
        gateway.door.trials = FakeStub(
            ListTrialSales=pb.ListTrialSalesResponse(trials=[pb.TrialSale(order_id="ord_1", status="walked")]),
            ListSamples=pb.ListSamplesResponse(samples=[pb.Sample(sku_id="tee-L")]),
        )
        trials = (await gateway.http.get("/v1/trials", params={"as_supplier": True}, headers=SHOP)).json()["trials"]
        samples = (await gateway.http.get("/v1/samples", headers=SHOP)).json()["samples"]
        assert ([one["status"] for one in trials], [one["sku_id"] for one in samples]) == (["walked"], ["tee-L"])
        whose = [
            (one.supplier_id if hasattr(one, "supplier_id") else one.buyer_id) for one in gateway.door.trials.asked
        ]
        assert whose == ["shop-1", "shop-1"]
