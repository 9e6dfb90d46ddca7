"""A supplier's money from the buyers' acceptance to its bank, with processes killed while it is on its way."""

from __future__ import annotations

import csv
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from tests.e2e.conftest import Platform
from tests.e2e.test_journey import until
from tests.e2e.test_prices import OPERATOR, Market

pytestmark = pytest.mark.timeout(500)
ENDS = ("paid", "failed")
PAYEE = "=card 6222"


class Books:
    """Two suppliers of a market, and the account of each as it is asked for at the door."""

    def __init__(self, platform: Platform) -> None:
        self.market = Market(platform)
        self.door = platform.door

    def supplier(self, name: str) -> str:
        return f"sup-{self.market.run}-{name}"

    def get(self, name: str, path: str) -> Any:
        return self.door.get(f"/v1/suppliers/{self.supplier(name)}/{path}", headers={"X-Account": self.supplier(name)})

    def holds(self, name: str) -> tuple[int, int, int]:
        found = self.get(name, "account").json()["balances"]
        return found["payable_fen"], found["withdrawable_fen"], found["paying_fen"]

    def withdraws(self, name: str, fen: int, key: str) -> Any:
        headers = {"X-Account": self.supplier(name), "Idempotency-Key": f"{self.market.run}-{key}"}
        path = f"/v1/suppliers/{self.supplier(name)}/withdrawals"
        return self.door.post(path, json={"amount_fen": fen, "payee": PAYEE}, headers=headers)

    def buys(self, name: str, pieces: int) -> dict[str, Any]:
        order: dict[str, Any] = self.market.order(self.market.quote(**{name: pieces})["sealed"][0]).json()
        paid = {"amount_fen": order["total_fen"]}
        self.market.sent("POST", f"/v1/orders/{order['order_id']}/pay", paid, self.market.shop)
        return order

    def accepts(self, order: dict[str, Any]) -> None:
        path = f"/v1/orders/{order['order_id']}"

        def accepted() -> bool:
            done = self.door.post(f"{path}/accept", headers=self.market.shop)
            return done.status_code == 200 and done.json()["status"] == "completed"

        until(accepted, 90, "the acceptance")

    def statement(self, name: str) -> list[dict[str, str]]:
        today = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d")
        return list(csv.DictReader(StringIO(self.get(name, f"statements/{today}").text)))


def test_money_reaches_the_supplier_once_though_processes_are_killed_on_its_way(platform: Platform) -> None:
    books = Books(platform)
    verified = {"kind": "source_factory", "evidence": ["licence"]}
    books.market.sent("POST", f"/v1/suppliers/{books.supplier('a')}/verification", verified, OPERATOR)
    until(lambda: books.get("a", "account").json().get("settles_at_once"), 30, "the standing to be known")
    quick, slow = books.buys("a", 10), books.buys("b", 10)
    for order in (quick, slow):
        books.accepts(order)
    until(lambda: books.holds("a") == (0, 10_000, 0), 20, "T+0 for a verified factory")
    until(lambda: sum(books.holds("b")) == 10_000, 20, "the credit of the other supplier")
    assert books.get("b", "account").json()["settles_at_once"] is False
    until(lambda: books.holds("b") == (0, 10_000, 0), 30, "the end of the other's period")

    too_much = books.withdraws("a", 10_001, "all")
    assert (too_much.status_code, too_much.json()["type"]) == (422, "/problems/insufficient-funds")
    stolen = books.door.get(f"/v1/suppliers/{books.supplier('a')}/account", headers=books.market.shop)
    assert stolen.status_code == 403

    platform.end("payments", signal.SIGKILL)
    first = [books.withdraws("a", 1_000, f"w-{number}") for number in range(4)]
    assert [(one.status_code, one.json()["status"]) for one in first] == [(201, "asked")] * 4
    assert books.holds("a") == (0, 6_000, 4_000), "in flight while the provider is away"
    platform.run("up")
    more = [books.withdraws("a", 1_000, f"w-{number}") for number in range(4, 8)]
    for name in ("payments", "orders"):
        platform.end(name, signal.SIGKILL)
    platform.run("up")
    ids = [one.json()["withdrawal_id"] for one in (*first, *more)]

    def ended() -> list[str]:
        found = [books.get("a", f"withdrawals/{id}").json()["status"] for id in ids]
        return found if all(status in ENDS for status in found) else []

    statuses = Counter(until(ended, 90, "the end of every withdrawal"))
    assert books.holds("a") == (0, 10_000 - 1_000 * statuses["paid"], 0)
    again = [books.withdraws("a", 1_000, f"w-{number}").json() for number in range(8)]
    assert [one["withdrawal_id"] for one in again] == ids
    assert Counter(one["status"] for one in again) == statuses, "the same request again withdraws nothing more"
    assert books.holds("a") == (0, 10_000 - 1_000 * statuses["paid"], 0)

    rows = books.statement("a")
    kinds = Counter(row["kind"] for row in rows)
    assert (rows[0]["kind"], rows[-1]["kind"]) == ("opening", "closing")
    assert (kinds["withdraw"], kinds["payout"], kinds["return"]) == (8, statuses["paid"], statuses["failed"])
    assert int(rows[-1]["withdrawable_fen"]) == books.holds("a")[1]
    assert {row["note"] for row in rows if row["kind"] == "withdraw"} == {f"'{PAYEE}"}
