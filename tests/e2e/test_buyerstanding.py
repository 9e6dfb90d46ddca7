"""A buyer earns its level by what it orders, its suppliers see its credit, and a second shop of it shares both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import until
from tests.e2e.test_prices import OPERATOR, Market

pytestmark = pytest.mark.timeout(400)
MINE = "/v1/account/standing"


def test_an_earned_level_is_shared_by_linked_shops_and_shown_to_suppliers_with_an_order(platform: Platform) -> None:
    market = Market(platform)
    shop, sister = market.shop, {"X-Account": f"sister-{market.run}"}
    a, b = ({"X-Account": f"sup-{market.run}-{name}"} for name in "ab")
    prices = {
        "supplier_id": a["X-Account"], "name": "L2", "level": "L2",
        "ladders": [{"offer_id": f"off-{market.run}-a", "price_ranges": [{"start_quantity": 2, "price_fen": 850}]}],
    }  # fmt: skip
    market.sent("PUT", f"/v1/pricelists/l2-{market.run}", prices)

    def standing(whose: dict[str, str]) -> Any:
        return market.door.get(MINE, headers=whose).json()

    def credit(who: dict[str, str], buyer: str) -> Any:
        path = f"/v1/suppliers/{who['X-Account']}/buyers/{buyer}/standing"
        response = market.door.get(path, headers=who)
        return response.status_code, response.json()

    def price(whose: dict[str, str]) -> int:
        lines = {"lines": [{"sku_id": market.sku("a"), "quantity": 2}]}
        return int(market.sent("POST", "/v1/quote", lines, whose)["total_fen"]) // 2

    assert (standing(shop)["level"], price(shop)) == ("L1", 1000)
    order = market.order(market.quote(a=200)["sealed"][0]).json()
    path = f"/v1/orders/{order['order_id']}"
    market.sent("POST", f"{path}/pay", {"amount_fen": order["total_fen"]}, shop)
    until(lambda: market.door.get(path, headers=shop).json()["status"] == "delivered", 60, "the delivery")
    market.sent("POST", f"{path}/accept", {}, shop)

    # It has earned a level by what it did, and its price follows.
    until(lambda: standing(shop)["level"] == "L2", 20, "the second level")
    earned = standing(shop)
    assert (earned["amount_fen"], earned["integrity"], earned["generosity"]) == (180_000, 112, 110)
    assert {one["what"]: one["about"] for one in earned["history"]} == dict.fromkeys(
        ("paid_in_time", "accepted", "completed"), order["order_id"]
    )
    until(lambda: price(shop) == 850, 20, "the price of its level")

    # Its supplier sees its credit. To another there is nobody.
    status, seen = credit(a, shop["X-Account"])
    assert (status, seen["level"], seen["integrity"], seen["orders_completed"]) == (200, "L2", 112, "1+")
    stranger, nobody = credit(b, shop["X-Account"]), credit(b, f"nobody-{market.run}")
    assert (stranger[0], nobody[0]) == (404, 404)
    hidden = (
        stranger[1]["detail"].replace(shop["X-Account"], "x"),
        nobody[1]["detail"].replace(f"nobody-{market.run}", "x"),
    )
    assert hidden[0] == hidden[1]

    # A second shop of the same people: proven from both sides, by a code that works once.
    code = market.sent("POST", "/v1/account/link-codes", {"account": sister["X-Account"]}, shop)["code"]
    wrong = market.door.post("/v1/account/links", json={"account": shop["X-Account"], "code": "AAAA"}, headers=sister)
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/wrong-code")
    market.sent("POST", "/v1/account/links", {"account": shop["X-Account"], "code": code}, sister)
    until(lambda: standing(sister)["level"] == "L2", 20, "the shared level")
    assert standing(sister)["accounts"] == standing(shop)["accounts"] == [shop["X-Account"], sister["X-Account"]]
    until(lambda: price(sister) == 850, 20, "the price of the shared level")
    assert credit(a, sister["X-Account"])[0] == 404, "the supplier has no order of the second shop"

    # What one of them does counts for both, the operator's word about it too.
    dispute = {"order_id": order["order_id"], "note": "claimed what had come"}
    market.sent("POST", f"/v1/buyers/{shop['X-Account']}/disputes", dispute, OPERATOR)
    until(lambda: standing(sister)["integrity"] == 82, 20, "the loss of the dispute")

    # Undone from the side that gave the code: each is its own again.
    market.door.delete(f"/v1/account/links/{shop['X-Account']}", headers=sister).raise_for_status()
    until(lambda: price(sister) == 1000, 20, "the price of an account of its own")
    alone = standing(sister)
    assert (alone["level"], alone["integrity"], alone["amount_fen"], alone["link"]) == ("L1", 100, 0, "alone")
    until(lambda: standing(shop)["link"] == "alone", 20, "the other side's hearing of it")
    assert (standing(shop)["level"], standing(shop)["integrity"]) == ("L2", 82)
    used = market.door.post("/v1/account/links", json={"account": shop["X-Account"], "code": code}, headers=sister)
    assert used.json()["type"] == "/problems/wrong-code"
