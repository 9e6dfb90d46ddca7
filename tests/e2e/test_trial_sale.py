"""A half-price trial: delivered, it is signed for at the buyer's price list, or walked away from; and samples."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)


def bought(market: Market, kind: str, **pieces: int) -> str:
    """The path of an order of this kind that is delivered."""
    placed = market.order(market.quote(kind, **pieces)["sealed"][0]).json()
    path = f"/v1/orders/{placed['order_id']}"
    market.sent("POST", f"{path}/pay", {"amount_fen": placed["total_fen"]}, market.shop)
    until(lambda: got(market, path)["status"] in ("delivered", "completed"), 60, f"the delivery of a {kind}")
    return path


def got(market: Market, path: str) -> Any:
    return market.door.get(path, headers=market.shop).json()


def test_a_trial_is_signed_for_at_the_price_list_and_another_is_walked_away_from(platform: Platform) -> None:
    market = Market(platform)
    trials = {name: bought(market, "trial", **{name: 5}) for name in "ab"}
    until(lambda: len(got(market, "/v1/trials?status=deciding")["trials"]) == 2, 20, "two decisions to be due")

    walked = market.sent("POST", f"{trials['b']}/trial/walk", {"reason": "it shrinks"}, market.shop)
    assert walked["status"] == "walked"

    ladder = {"offer_id": f"off-{market.run}-a", "price_ranges": [{"start_quantity": 50, "price_fen": 700}]}
    agreed = {"supplier_id": f"sup-{market.run}-a", "name": "signed", "buyers": [market.shop["X-Account"]]}
    market.sent("PUT", f"/v1/pricelists/signed-{market.run}", {**agreed, "ladders": [ladder]})
    body = {"lines": [{"sku_id": market.sku("b"), "quantity": 100}], "destination": HOME}
    wrong = market.door.post(f"{trials['a']}/trial/sign", json=body, headers=market.shop)
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/other-goods")
    body["lines"] = [{"sku_id": market.sku("a"), "quantity": 100}]
    key = {**market.shop, "Idempotency-Key": "sign"}
    signed = [market.sent("POST", f"{trials['a']}/trial/sign", body, key) for _ in range(2)]
    assert [(one["status"], one["total_fen"]) for one in signed] == [("signed", 70_000)] * 2
    pay = {"amount_fen": 70_000}
    market.sent("POST", f"/v1/orders/{signed[0]['follow_up_id']}/pay", pay, market.shop)
    until(lambda: got(market, f"{trials['a']}/trial")["status"] == "fulfilled", 20, "the signature to be fulfilled")

    assert {market.quote("trial", **{name: 5})["lines"][0]["code"] for name in "ab"} == {"tried_before"}
    factory = {"X-Account": f"sup-{market.run}-b"}
    seen = market.door.get("/v1/trials", params={"as_supplier": True}, headers=factory).json()["trials"]
    assert [(one["status"], one["walked_because"]) for one in seen] == [("walked", "it shrinks")]


def test_three_samples_of_a_sku_are_had_and_listed_with_what_was_ordered_since(platform: Platform) -> None:
    market = Market(platform)
    taken = [market.order(market.quote("sample", a=1)["sealed"][0]).json()["order_id"] for _ in range(3)]

    def code() -> str:
        return str(market.quote("sample", a=1)["lines"][0]["code"])

    until(lambda: code() == "sampled_before", 20, "the samples to be counted")
    market.sent("POST", f"/v1/orders/{taken[0]}/cancel", {"reason": "the wrong colour"}, market.shop)
    until(lambda: not code(), 20, "the cancelled sample to be had again")
    goods = market.order(market.quote(a=20)["sealed"][0]).json()["order_id"]
    samples = got(market, "/v1/samples")["samples"]
    assert {one["order_id"]: one["status"] for one in samples} == {
        taken[0]: "cancelled", taken[1]: "confirmed", taken[2]: "confirmed",
    }  # fmt: skip
    assert [[since["order_id"] for since in one["orders_since"]] for one in samples] == [[goods]] * 3
