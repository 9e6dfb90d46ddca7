"""A company buys: within a member's limit at once, above it once an approver agrees; strangers see nothing of it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import HOME, until
from tests.e2e.test_prices import Market

pytestmark = pytest.mark.timeout(400)
INVOICE = {"title": "Sea Ltd", "tax_number": "91350100M000100Y43", "address": "Fuzhou"}
LIMIT_FEN = 10_000


def test_a_purchase_above_a_members_limit_is_placed_once_an_approver_agrees(platform: Platform) -> None:
    market = Market(platform)
    ann, bo, eve = ({"X-Account": f"{name}-{market.run}"} for name in ("ann", "bo", "eve"))
    company = market.sent("POST", "/v1/companies", {"name": "Sea Ltd", "limit_fen": 100_000, "invoice": INVOICE}, ann)
    path = f"/v1/companies/{company['company_id']}"
    market.sent("PUT", f"{path}/members/{bo['X-Account']}", {"roles": ["buyer"], "limit_fen": LIMIT_FEN}, ann)

    def asks(pieces: int) -> Any:
        lines = [{"sku_id": market.sku("a"), "quantity": pieces}]
        body = {"lines": lines, "destination": HOME, "po_number": "PO-7"}
        return market.door.post(f"{path}/requisitions", json=body, headers=bo)

    within, above = asks(10), asks(20)
    assert (within.status_code, within.json()["status"]) == (201, "placed"), within.text
    assert (above.status_code, above.json()["status"], above.json()["orders"]) == (202, "waiting", []), above.text
    waiting = market.door.get(f"{path}/requisitions", params={"waiting": True}, headers=ann).json()["requisitions"]
    assert [one["requisition_id"] for one in waiting] == [above.json()["requisition_id"]]

    approve = f"{above.json()['location']}/approve"
    own = market.door.post(approve, json={"total_fen": 18_000}, headers=bo)
    assert own.status_code == 403 or own.status_code == 409, "nobody approves what it asked for itself"
    for _ in range(2):
        placed = market.sent("POST", approve, {"total_fen": 18_000}, ann)
        assert (placed["status"], len(placed["orders"])) == ("placed", 1)
    (order,) = placed["orders"]
    market.sent("POST", f"/v1/orders/{order['order_id']}/pay", {"amount_fen": 18_000}, bo)

    def spent() -> int:
        return int(market.door.get(path, headers=ann).json()["spent_fen"])

    until(lambda: spent() == 28_000, 30, "the counting of both purchases")
    first = within.json()["orders"][0]["order_id"]
    market.sent("POST", f"/v1/orders/{first}/cancel", {"reason": "changed my mind"}, bo)
    until(lambda: spent() == 18_000, 30, "the giving back of what is cancelled")

    month = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m")
    statement = market.door.get(f"{path}/statements/{month}", params={"format": "csv"}, headers=ann).text
    rows = {row["order_id"]: row for row in csv.DictReader(StringIO(statement.removeprefix("\ufeff")))}
    assert {order["order_id"], first} <= rows.keys()
    assert all(market.door.get(f"{path}{more}", headers=eve).status_code == 404 for more in ("", "/requisitions"))
