"""The main job, through the public API, on the whole platform: and it survives what happens to its processes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import headwater
from tests.e2e.conftest import Platform

pytestmark = pytest.mark.timeout(400)
NOTHING_WRONG = {
    "oversold": 0, "lost": 0, "duplicated": 0, "stock_imbalance": 0, "money_imbalance_fen": 0, "ledger": 0, "stuck": 0,
}  # fmt: skip
ARRIVED = {"delivered", "completed"}
"""Who looks late finds an order that is delivered completed already, by the acceptance window of 5 s."""
SHOP = {"X-Account": "e2e-shop"}
HOME = {"city": "Madrid", "address": "Calle Mayor 1", "consignee": "María", "phone": "+34 600 000 000"}


@pytest.fixture(scope="module")
def belt(platform: Platform) -> dict[str, Any]:
    """The report of a demo, which also leaves a belt of goods behind."""
    return platform.demo(40, 1)


@pytest.fixture(scope="module")
def sku(platform: Platform, belt: dict[str, Any]) -> str:
    """A SKU of the belt, which is listed and in stock; what other tests have listed may be in no warehouse."""
    offers = platform.door.get("/v1/offers", params={"supplier_id": "sup-1-00", "page_size": 1}).json()["offers"]
    return str(offers[0]["skus"][0]["sku_id"])


def until(condition: Callable[[], Any], within_s: float, what: str) -> Any:
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen in {within_s} s"
        time.sleep(0.2)
    return found


def place(platform: Platform, sku: str, key: str | None = None, quantity: int = 20) -> Any:
    body = {"lines": [{"sku_id": sku, "quantity": quantity}], "destination": HOME}
    return platform.door.post("/v1/orders", json=body, headers={**SHOP, "Idempotency-Key": key or uuid4().hex})


def status_of(platform: Platform, order_id: str) -> str:
    return str(platform.door.get(f"/v1/orders/{order_id}", headers=SHOP).json()["status"])


def pay(platform: Platform, order: dict[str, Any]) -> Any:
    path = f"/v1/orders/{order['order_id']}/pay"
    return platform.door.post(path, json={"amount_fen": order["total_fen"]}, headers=SHOP)


def test_every_order_of_the_demo_ends_as_its_script_says_and_the_audit_finds_nothing(belt: dict[str, Any]) -> None:
    assert belt["audit"] == NOTHING_WRONG
    ends = {name: count for name, count in belt["orders"].items() if name != "placed"}
    assert sum(ends.values()) == belt["orders"]["placed"] == 40
    assert all(ends.values()), "each kind of end was played"


def test_one_order_goes_from_placing_to_completion(platform: Platform, sku: str) -> None:
    placed = place(platform, sku)
    assert placed.status_code == 201, placed.text
    order = placed.json()
    assert pay(platform, order).status_code == 200
    until(lambda: status_of(platform, order["order_id"]) in ARRIVED, 60, "the delivery")
    review = {"sku_id": sku, "rating": 4, "text": "质量很好，call me at 138 0000 0000"}
    path = f"/v1/orders/{order['order_id']}"
    until(lambda: platform.door.post(f"{path}/reviews", json=review, headers=SHOP).status_code == 201, 30, "the review")
    until(lambda: status_of(platform, order["order_id"]) == "completed", 30, "the acceptance by the window")
    whole = platform.door.get(path, headers=SHOP).json()
    steps = [step["what"] for step in whole["history"]]
    assert steps == ["placed", "confirmed", "paid", "shipped", "delivered", "accepted", "completed"]
    assert whole["settled_fen"] == whole["paid_fen"] == whole["total_fen"]
    tracked = platform.door.get(f"{path}/track", headers=SHOP).json()["shipments"]
    assert all(parcel["status"] == "delivered" and len(parcel["scans"]) >= 5 for parcel in tracked)


def test_the_same_request_again_gives_the_same_order_and_another_body_is_refused(platform: Platform, sku: str) -> None:
    key = uuid4().hex
    first, again, other = (place(platform, sku, key, quantity) for quantity in (20, 20, 30))
    assert first.json()["order_id"] == again.json()["order_id"]
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-conflict")


def test_what_makes_no_sense_is_refused_at_the_door_with_what_to_do(platform: Platform, sku: str) -> None:
    line = {"sku_id": sku, "quantity": 20}
    order = {"lines": [line], "destination": HOME}
    offer = {"offer_id": "off-x", "supplier_id": "s", "subject": "x", "subject_zh": "x", "min_order_quantity": 1,
             "price_ranges": [{"start_quantity": 1, "price_fen": -5}],
             "skus": [{"sku_id": "x", "colour": "red", "size": "L"}]}  # fmt: skip
    refused: list[tuple[str, Any, int]] = [
        ("/v1/orders", b"{this is no JSON", 400),
        ("/v1/orders", {**order, "lines": [{"sku_id": "ghost", "quantity": 1}]}, 422),
        ("/v1/orders", {**order, "lines": [{"sku_id": sku, "quantity": 0}]}, 422),
        ("/v1/orders", {**order, "lines": [{"sku_id": f"s{n}", "quantity": 1} for n in range(10_000)]}, 413),
        ("/v1/orders", {**order, "lines": [{"sku_id": f"s{n}", "quantity": 1} for n in range(101)]}, 422),
        ("/v1/orders", b'{"lines": "' + b"x" * 2_000_000 + b'"}', 413),
        ("/v1/orders", {**order, "future": 1}, 422),
        ("/v1/orders", {**order, "destination": {**HOME, "city": "Atlantis"}}, 409),
        ("/v1/offers", offer, 422),
        ("/v1/orders/ord_unknown/cancel", {"reason": "x"}, 404),
        ("/v1/nowhere", {}, 404),
    ]
    for path, body, status in refused:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {**SHOP, "Content-Type": "application/json"}
        answer = platform.door.post(path, content=content, headers=headers)
        assert answer.status_code == status, f"{path} {str(body)[:80]}: {answer.status_code} {answer.text[:200]}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.json()["detail"]) > 20
    assert place(platform, sku).status_code == 201, "and the next order goes through"


def test_orders_wait_while_the_carrier_is_away_and_none_is_lost(platform: Platform, sku: str) -> None:
    platform.end("carrier", signal.SIGTERM)
    orders = [place(platform, sku).json() for _ in range(5)]
    assert all(pay(platform, order).status_code == 200 for order in orders)
    ids = [order["order_id"] for order in orders]

    def packed(order_id: str) -> bool:
        found = platform.door.get(f"/v1/orders/{order_id}/track", headers=SHOP).json()["shipments"]
        return bool(found) and all(parcel["status"] == "packed" for parcel in found)

    until(lambda: all(map(packed, ids)), 30, "packing")
    assert {status_of(platform, id) for id in ids} == {"paid"}
    platform.run("up")
    until(lambda: all(status_of(platform, id) in ARRIVED for id in ids), 60, "the deliveries")


def confirmed(platform: Platform) -> int:
    """How many orders the gateway has answered 201."""
    found = re.search(
        r'requests_total\{method="POST",route="/v1/orders",status="201"\} (\d+)', platform.door.get("/metrics").text
    )
    return int(found[1]) if found else 0


def test_services_killed_in_the_middle_of_a_demo_lose_and_double_nothing(platform: Platform) -> None:
    before = confirmed(platform)
    command = [sys.executable, "-c", DEMO, str(platform.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        until(lambda: confirmed(platform) >= before + 15, 60, "the middle of the demo")
        for name in ("orders", "logistics", "reviews"):
            platform.end(name, signal.SIGKILL)
        platform.run("up")
        out, _ = demo.communicate(timeout=200)
    report = json.loads(out.splitlines()[-1])
    assert report["audit"] == NOTHING_WRONG
    assert report["orders"]["placed"] == 60


DEMO = """
import pathlib, sys
from tests.conftest import headwater
done = headwater(pathlib.Path(sys.argv[1]), "demo", "--orders", "60", "--seed", "7", "--json")
print(done.stderr[-3000:], file=sys.stderr)
print(done.stdout, end="")
"""


def test_the_command_shows_topics_and_dead_letters(platform: Platform, belt: dict[str, Any]) -> None:
    line = platform.run("tail", "orders.order.events.v1", "--end", "--limit", "1", "--json").splitlines()[0]
    assert json.loads(line)["headers"]["ce_type"].startswith("orders.")
    assert json.loads(platform.run("dlq", "list", "--json")) == []
    wrong = headwater(platform.home, "tail", "no.such.topic")
    assert (wrong.returncode, "There is no topic" in wrong.stderr) == (1, True)
