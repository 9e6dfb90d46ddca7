"""The check of pools: what the rules make of one is right, and each planted error is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headwater_proof.checks.case import Case
from headwater_proof.checks.money import posted
from headwater_proof.checks.pools import settled
from headwater_proof.evidence import Evidence
from tests.unit.orders.pooling import SOON, Town, batch, join, leave, opened, preorder, wake, want

Stored = dict[str, list[dict[str, Any]]]


def stored(town: Town) -> Stored:
    """What the orders service would have in its database."""
    assert town.pool is not None
    root = town.pool.pool_id
    return {
        "pool": [{"_id": root, **town.pool.model_dump(exclude={"shares"})}],
        "pool.shares": [{"_id": f"{root}/{id}", **share.model_dump()} for id, share in town.shares.items()],
        "order": [{"_id": id, **order.model_dump(exclude={"postings"})} for id, order in town.orders.items()],
        "order.postings": [
            {"_id": f"{id}/{name}", **posting.model_dump()}
            for id, order in town.orders.items() for name, posting in order.postings.items()
        ],
    }  # fmt: skip


def findings(documents: Stored) -> list[str]:
    case = Case(Evidence((), {}, {"orders": documents}, {}))
    return [one.found for rule in (settled, posted) for one in rule(case)]


def reached(stock: int = 20) -> Town:
    """A pool of three, of whose goods there is enough for two."""
    return Town(stock).give(opened(), join("a"), join("b"), join("c")).run()


def fallen() -> Town:
    town = Town().give(preorder(), want("a", 25), want("b", 30), want("c")).give(leave("c"), wake(SOON), at=SOON)
    return town.run().give(batch("all", 55)).run()


def test_a_pool_as_the_rules_make_it_is_right_at_any_time() -> None:
    for town in (reached(), fallen(), Town().give(opened(), join("a"), join("b"), leave("a"))):
        assert findings(stored(town)) == []
    town = Town(100).give(opened(), join("a", 30))
    while town.waiting:
        assert findings(stored(town)) == []
        town.step()


def share(documents: Stored, number: int) -> dict[str, Any]:
    return documents["pool.shares"][number]


PLANTED: list[tuple[str, Callable[[Stored], Any]]] = [
    ("its order took 7000 fen", lambda it: share(it, 0).update(status="returned")),
    ("are with the pool", lambda it: share(it, 0).update(held_fen=7_000)),
    ("had 0 fen back", lambda it: share(it, 2).update(returned_fen=0)),
    ("is ordered, and its order was paid nothing", lambda it: it["order.postings"].clear()),
    ("costs 7000 fen, and has posted a charge of 0", lambda it: share(it, 1)["postings"].pop("charge")),
    ("posted the pledge from", lambda it: share(it, 1)["postings"]["pledge"].update(credit="escrow")),
    ("is no share of a pool", lambda it: it["pool.shares"].pop(1)),
    ("says that it holds 5 fen", lambda it: it["pool"][0].update(held_fen=5)),
    ("says that it holds 0 fen of 1 shares", lambda it: it["pool"][0].update(shares_open=1)),
]


@pytest.mark.parametrize(("says", "plant"), PLANTED, ids=[says for says, _ in PLANTED])
def test_money_that_is_in_two_places_or_in_none_is_found(says: str, plant: Callable[[Stored], Any]) -> None:
    documents = stored(reached())
    plant(documents)
    assert any(says in found for found in findings(documents)), findings(documents)
