"""Pools: a share's money is with the pool, in its order, or back with its buyer; and never in two places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation

OVER = ("ordered", "failed")
GONE = ("left", "returned")
KINDS = {
    "charge": ("provider", "buyer"), "pledge": ("buyer", "pool"), "unpledge": ("pool", "buyer"),
    "repay": ("buyer", "provider"),
}  # fmt: skip


def settled(case: Case) -> Iterator[Violation]:
    """What a share paid is what the pool holds of it, what its order was charged from the pool, and what went back."""
    held: Counter[str] = Counter()
    open_shares: Counter[str] = Counter()
    charged = _charged(case)
    for id, share in case.documents("orders", "pool.shares").items():
        pool_id, _, share_id = id.partition("/")
        held[pool_id] += share["held_fen"]
        open_shares[pool_id] += share["status"] not in ("ordered", *GONE)
        for fault in _faults(pool_id, share_id, share, charged.pop(share_id, 0)):
            yield Violation("money", id, fault)
    for share_id, amount in charged.items():
        yield Violation("money", share_id, f"is no share of a pool, and its order took {amount} fen from one")
    for pool_id, pool in case.documents("orders", "pool").items():
        said, found = (pool["held_fen"], pool["shares_open"]), (held[pool_id], open_shares[pool_id])
        if said != found:
            detail = f"says that it holds {said[0]} fen of {said[1]} shares; they are {found[0]} of {found[1]}"
            yield Violation("money", pool_id, detail)
        if pool["status"] in OVER and held[pool_id]:
            yield Violation("money", pool_id, f"is {pool['status']}, and still holds {held[pool_id]} fen")


def _charged(case: Case) -> dict[str, int]:
    """By share what its order has taken from the pool."""
    postings = case.documents("orders", "order.postings")
    found: dict[str, int] = {}
    for order_id, order in case.orders.items():
        charge = postings.get(f"{order_id}/charge")
        if order.get("pool") and charge is not None:
            found[order["pool"]["share_id"]] = charge["amount_fen"]
    return found


def _faults(pool_id: str, share_id: str, share: Mapping[str, Any], charged: int) -> Iterator[str]:
    accounts = {"provider": "provider", "buyer": f"buyer:{share['buyer_id']}", "pool": f"pool:{pool_id}"}
    sums: Counter[str] = Counter()
    for name, posting in share["postings"].items():
        debit, credit = (accounts[one] for one in KINDS[posting["kind"]])
        sums[posting["kind"]] += posting["amount_fen"]
        if (posting["debit"], posting["credit"]) != (debit, credit):
            yield f"has posted the {name} from {posting['debit']} to {posting['credit']}"
    cost = sum(line["quantity"] * line["unit_price_fen"] for line in share["lines"])
    if (sums["charge"], sums["pledge"]) != (cost, cost):
        yield f"costs {cost} fen, and has posted a charge of {sums['charge']} and a pledge of {sums['pledge']}"
    if not sums["unpledge"] == sums["repay"] == share["returned_fen"]:
        yield f"had {share['returned_fen']} fen back, and has posted {sums['unpledge']} and {sums['repay']}"
    # An order that was paid, and of which the pool has not heard yet, has what the pool still counts.
    with_pool = share["held_fen"] if not charged or share["status"] == "ordered" else 0
    if cost != with_pool + charged + sums["unpledge"]:
        yield f"paid {cost} fen; {with_pool} are with the pool, {charged} in its order, {sums['unpledge']} went back"
    if share["status"] == "ordered" and not charged:
        yield "is ordered, and its order was paid nothing"
    if share["status"] in GONE and (charged or share["held_fen"]):
        yield f"is {share['status']}, and its order took {charged} fen"
