"""Checkouts: what their buyers were told is true, and of all or none, all or none is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation

OPEN = ("placing", "confirming")
TOLD = ("confirmed", "partly", "refused")


def acknowledged(case: Case) -> Iterator[Violation]:
    """A checkout that its buyer heard of is stored, with the orders that were asked for, and as it was told."""
    for placing in case.asked("check out"):
        checkout, told = case.checkouts.get(placing.subject), placing.answer.get("status")
        if checkout is None:
            if told in TOLD:
                yield Violation("acknowledged", placing.subject, f"its buyer was told that it is {told}; not stored")
            continue
        stored = [order["order_id"] for order in checkout["orders"]]
        if stored != placing.asked["orders"]:
            yield Violation("acknowledged", placing.subject, f"asked for {placing.asked['orders']}, stored {stored}")
        if told in TOLD and told != checkout["status"]:
            yield Violation("acknowledged", placing.subject, f"its buyer was told {told}; it is {checkout['status']}")
    for checkout_id in case.checkouts.keys() - {placing.subject for placing in case.asked("check out")}:
        yield Violation("acknowledged", checkout_id, "is stored, and nobody asked for it")


def settled(case: Case) -> Iterator[Violation]:
    """At rest every checkout says of its orders what became of them: all confirmed, some, or none."""
    for checkout_id, checkout in case.checkouts.items():
        confirmed = [_was_confirmed(case, order["order_id"]) for order in checkout["orders"]]
        should = "confirmed" if all(confirmed) else "partly" if any(confirmed) else "refused"
        if checkout["status"] in OPEN:
            yield Violation("ended", checkout_id, f"is still {checkout['status']}")
        elif checkout["status"] != should:
            yield Violation("together", checkout_id, f"is {checkout['status']}, and its orders were {confirmed}")


def together(case: Case) -> Iterator[Violation]:
    """Of all or none: if one order was confirmed, so were all but those that the buyer took back."""
    for checkout_id, checkout in case.checkouts.items():
        ids = [order["order_id"] for order in checkout["orders"]]
        left_out = [id for id in ids if not _was_confirmed(case, id) and not case.asked("cancel", id)]
        if checkout["all_or_none"] and left_out and any(_was_confirmed(case, id) for id in ids):
            yield Violation("together", checkout_id, f"is of all or none, and {left_out} of {ids} were not confirmed")


def given_up(case: Case) -> set[str]:
    """The orders that a checkout may have cancelled: one of the same checkout was not to be had."""
    found: set[str] = set()
    for checkout in case.checkouts.values():
        ids = {order["order_id"] for order in checkout["orders"]}
        lost = [id for id in ids if _status(case, id) == "refused" or case.asked("cancel", id)]
        found |= ids if checkout["all_or_none"] and lost else set()
    return found


def _status(case: Case, order_id: str) -> Any:
    return case.orders.get(order_id, {}).get("status")


def _was_confirmed(case: Case, order_id: str) -> bool:
    return any(step["what"] == "confirmed" for step in case.orders.get(order_id, {}).get("history", ()))
