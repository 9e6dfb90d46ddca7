"""Test plans through the door: lots priced at once, a part for each supplier, under ids of the Idempotency-Key."""

from __future__ import annotations

from typing import Any

from headwater.contracts.testplans import ClosePlan, ReportSales, StartPlan
from headwater.stubs.orders.v1 import testplans_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, basket, quoted, world

BODY: dict[str, Any] = {
    **basket(("tee-L", 2), ("tee-M", 2)), "name": "autumn", "follow_up_pieces": 50, "ends_at": "2027-01-01T00:00:00Z",
    "limits": {"style_pieces": 60, "style_fen": 60_000, "pieces": 100, "fen": 100_000},
}  # fmt: skip


async def test_a_plan_has_a_sealed_lot_of_each_supplier_and_one_id_for_one_key() -> None:
    async with world() as gateway:
        gateway.door.catalog = FakeStub(QuoteBasket=quoted("sup-1", "sup-2"))
        for _ in range(2):
            response = await gateway.http.post("/v1/testplans", json=BODY, headers={**SHOP, "Idempotency-Key": "k"})
            assert response.status_code == 201, response.text
        first, second = gateway.commands.sent
        assert isinstance(first, StartPlan)
        assert [lot.supplier_id for lot in first.lots] == ["sup-1", "sup-2"]
        assert (first.plan_id, first.fingerprint, first.buyer_id) == (second.plan_id, second.fingerprint, "shop-1")
        assert response.json()["location"] == f"/v1/testplans/{first.plan_id}"


async def test_thresholds_that_leave_no_room_between_them_are_told() -> None:
    async with world() as gateway:
        wrong = {**BODY, "thresholds": {"scale_percent": 20, "stop_percent": 20}}
        response = await gateway.http.post("/v1/testplans", json=wrong, headers=SHOP)
        assert (response.status_code, "stop_percent is below scale_percent" in response.text) == (422, True)


async def test_sales_and_the_end_are_the_account_s_own_and_so_is_what_is_shown() -> None:
    async with world() as gateway:
        sales = {"sold": [{"sku_id": "tee-L", "day": "2026-11-11", "pieces": 3}]}
        assert (await gateway.http.post("/v1/testplans/tpl_1/sales", json=sales, headers=SHOP)).status_code == 200
        assert (await gateway.http.post("/v1/testplans/tpl_1/close", json={"reason": "x"}, headers=SHOP)).is_success
        report, close = gateway.commands.sent
        assert isinstance(report, ReportSales)
        assert isinstance(close, ClosePlan)
        assert (report.buyer_id, close.buyer_id, report.sold[0].pieces) == ("shop-1", "shop-1", 3)
        gateway.door.testplans = FakeStub(
            GetPlan=pb.GetPlanResponse(plan=pb.TestPlan(plan_id="tpl_1")),
            ListPlans=pb.ListPlansResponse(plans=[pb.TestPlan(plan_id="tpl_1")]),
        )
        assert (await gateway.http.get("/v1/testplans/tpl_1", headers=SHOP)).json()["plan_id"] == "tpl_1"
        assert len((await gateway.http.get("/v1/testplans", headers=SHOP)).json()["plans"]) == 1
        assert [gateway.door.testplans.asked[0].viewer, gateway.door.testplans.asked[1].buyer_id] == ["shop-1"] * 2
