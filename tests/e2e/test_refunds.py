"""Money back on the real platform: before the goods arrive; after it with evidence, refusal, ruling, insurance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import OPERATOR, Market

pytestmark = pytest.mark.timeout(400)


class Shop(Market):
    """A market whose buyer orders ten pieces of its first supplier, and asks for money back."""

    @property
    def factory(self) -> dict[str, str]:
        return {"X-Account": f"sup-{self.run}-a"}

    def buys(self, insured: bool = False) -> str:
        """Order and pay; returns the order's path."""
        body = {"lines": [{"sku_id": self.sku("a"), "quantity": 10}], "destination": HOME}
        placed = self.sent("POST", "/v1/orders", body, self.shop)
        path = f"/v1/orders/{placed['order_id']}"
        premium = self.shown(path)["premium_fen"]
        money = {"amount_fen": placed["total_fen"] + (premium if insured else 0), "insured": insured}
        self.sent("POST", f"{path}/pay", money, self.shop)
        return path

    def shown(self, path: str) -> Any:
        return self.door.get(path, headers=self.shop).json()

    def refund(self, path: str) -> Any:
        return self.shown(f"{path}/refunds")["refunds"][0]

    def asks(self, path: str, **more: Any) -> str:
        """Ask for money back; returns the refund's path."""
        asked = self.sent("POST", f"{path}/refunds", {"reason": "damaged", **more}, self.shop)
        return f"{path}/refunds/{asked['case_id']}"

    def on_hand(self) -> int:
        shelves = self.door.get(f"/v1/stock/{self.sku('a')}").json()["shelves"]
        return int(sum(shelf["on_hand"] for shelf in shelves))


@pytest.fixture
def shop(platform: Platform) -> Shop:
    return Shop(platform)


def test_before_arrival_the_money_is_back_at_once_and_so_are_the_goods_in_the_end(shop: Shop) -> None:
    path = shop.buys()
    refund = shop.asks(path)
    order = shop.shown(path)
    assert (order["status"], order["paid_fen"], order["refunded_fen"]) == ("cancelled", 0, 10_000)
    until(lambda: shop.refund(path)["status"] != "recalling", 60, "the end of the recall")
    status = shop.refund(path)["status"]
    assert status in ("recalled", "back", "returning"), "by how far the parcel was"
    if status == "returning":
        shop.sent("POST", f"{refund}/return", {"carrier": "SF", "tracking_number": "SF1"}, shop.shop)
    if status != "recalled":
        lines = [{"sku_id": shop.sku("a"), "warehouse_id": "yiwu", "restocked": 10}]
        shop.sent("POST", f"{refund}/inspection", {"lines": lines}, shop.factory)
    until(lambda: shop.on_hand() == 1000, 30, "the return of every piece to its shelf")


def test_after_arrival_a_refusal_is_disputed_and_an_operator_rules_a_part(shop: Shop) -> None:
    path = shop.buys()
    until(lambda: shop.shown(path)["status"] == "delivered", 60, "the delivery")
    lines = [{"sku_id": shop.sku("a"), "pieces": 4}]
    without = shop.door.post(f"{path}/refunds", json={"reason": "damaged", "lines": lines}, headers=shop.shop)
    assert without.json()["type"] == "/problems/no-evidence"
    refund = shop.asks(path, lines=lines, evidence=["torn.jpg"])
    accepted = shop.door.post(f"{path}/accept", headers=shop.shop)
    assert (accepted.status_code, accepted.json()["type"]) == (409, "/problems/refund-open")
    shop.sent("POST", f"{refund}/answer", {"agrees": False, "reason": "it left whole"}, shop.factory)
    shop.sent("POST", f"{refund}/dispute", {"text": "see the seam", "evidence": ["seam.jpg"]}, shop.shop)
    listed = shop.door.get("/v1/refunds", params={"as": "supplier", "status": "disputed"}, headers=shop.factory).json()
    assert [one["case_id"] for one in listed["refunds"]] == [refund.rpartition("/")[2]]
    ruling = {"ruling": "part", "amount_fen": 1_500, "reason": "one seam of four"}
    assert shop.door.post(f"{refund}/ruling", json=ruling, headers=shop.shop).status_code == 403
    for _ in range(2):
        assert shop.sent("POST", f"{refund}/ruling", ruling, OPERATOR)["refunded_fen"] == 1_500
    until(lambda: shop.shown(path)["status"] == "completed", 30, "the completion of what is left")
    order = shop.shown(path)
    assert (order["settled_fen"], order["refunded_fen"], order["left_fen"]) == (8_500, 1_500, 8_500)


def test_an_insured_return_is_inspected_paid_and_its_freight_covered(shop: Shop) -> None:
    path = shop.buys(insured=True)
    until(lambda: shop.shown(path)["status"] == "delivered", 60, "the delivery")
    before = shop.door.get("/v1/insurance/freight").json()
    lines = [{"sku_id": shop.sku("a"), "pieces": 3}]
    refund = shop.asks(path, lines=lines, evidence=["faded.jpg"], returns=True)
    shop.sent("POST", f"{refund}/answer", {"agrees": True}, shop.factory)
    assert shop.refund(path)["status"] == "returning"
    shop.sent("POST", f"{refund}/return", {"carrier": "SF", "tracking_number": "SF2"}, shop.shop)
    found = [{"sku_id": shop.sku("a"), "warehouse_id": "yiwu", "restocked": 2, "written_off": 1}]
    done = shop.sent("POST", f"{refund}/inspection", {"lines": found}, shop.factory)
    assert (done["status"], done["refunded_fen"]) == ("refunded", 3_000)
    until(lambda: shop.refund(path)["freight_fen"] == 1_800, 30, "the freight of the return")
    until(lambda: shop.on_hand() == 992, 30, "the return of the good pieces")
    pool = shop.door.get("/v1/insurance/freight").json()
    assert pool["balance_fen"] >= 0
    assert pool["claimed_fen"] - before["claimed_fen"] == 1_800
    covered = pool["collected_fen"] - pool["balance_fen"] + pool["by_platform_fen"]
    assert covered == pool["claimed_fen"], "of premiums, and what they lacked by the platform"
    shop.sent("POST", f"{path}/accept", {}, shop.shop)
    assert shop.shown(path)["settled_fen"] == 7_000
