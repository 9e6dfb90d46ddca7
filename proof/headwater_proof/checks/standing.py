"""Buyers' standing: what each account has counted is what its orders say, each fact once, and nothing beside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation

LATE_TENTH = 10


def counted(case: Case) -> Iterator[Violation]:
    """At rest the tallies of every account are those that its orders' histories and completions call for."""
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for order in case.orders.values():
        said[order["buyer_id"]].update(_facts(order))
    completed: Counter[str] = Counter()
    for message in case.told("orders.order.events.v1"):
        if message.type == "orders.OrderCompleted.v1":
            completed[message.body["buyer_id"]] += message.body["settled_fen"]
    stored = case.documents("orders", "buyerstanding")
    for buyer_id in said.keys() | stored.keys():
        tallies = stored.get(buyer_id, {}).get("tallies", ())
        found: Counter[str] = Counter()
        for tally in tallies:
            found.update(tally["counts"])
        found.pop("dispute_lost", None)  # the operator's word: no order shows it
        if found != said[buyer_id]:
            yield Violation("standing", buyer_id, f"has counted {dict(found)}; its orders say {dict(said[buyer_id])}")
        amount_fen = sum(tally["amount_fen"] for tally in tallies)
        if amount_fen != completed[buyer_id]:
            yield Violation("standing", buyer_id, f"has counted {amount_fen} fen, should be {completed[buyer_id]}")


def _facts(order: Mapping[str, Any]) -> Counter[str]:
    """What an order says of its buyer, from its history alone."""
    steps = {step["what"]: step for step in order.get("history", ())}
    facts: Counter[str] = Counter()
    if "paid" in steps:
        left, window = order["pay_by"] - steps["paid"]["at"], order["pay_by"] - steps["confirmed"]["at"]
        facts["paid_late" if left * LATE_TENTH < window else "paid_in_time"] += 1
    facts["completed"] += "completed" in steps
    facts["accepted"] += steps.get("accepted", {}).get("note") == "by buyer"
    facts["expired_unpaid"] += "expired" in steps
    held = "confirmed" in steps and {one["sku_id"] for one in order["allocations"]} == {
        line["sku_id"] for line in order["lines"]
    }
    facts["cancelled_held"] += "cancelled" in steps and "paid" not in steps and held
    return facts
