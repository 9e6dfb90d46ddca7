"""What clients were told is true: every acknowledged order is there once, in a state that its inputs allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from headwater_proof.checks.case import FINAL, Case
from headwater_proof.checks.checkouts import given_up
from headwater_proof.evidence import Violation


def acknowledged(case: Case) -> Iterator[Violation]:
    """An order that a client heard of is stored, with what the client asked for; no order comes from nowhere."""
    for placing in case.asked("place"):
        order = case.orders.get(placing.subject)
        if order is None:
            if placing.outcome != "unknown" and placing.answer.get("status"):
                yield Violation("acknowledged", placing.subject, f"its client was told {placing.answer}; not stored")
            continue
        wanted = Counter({line["sku_id"]: line["quantity"] for line in placing.asked["lines"]})
        stored = Counter({line["sku_id"]: line["quantity"] for line in order["lines"]})
        if wanted != stored or order["buyer_id"] != placing.asked["buyer_id"]:
            yield Violation("acknowledged", placing.subject, f"asked for {dict(wanted)}, stored {dict(stored)}")
    known = {placing.subject for placing in case.asked("place")}
    for order_id in case.orders.keys() - known:
        yield Violation("acknowledged", order_id, "is stored, and nobody asked for it")


def allowed(case: Case) -> Iterator[Violation]:
    """The final state of an order follows from what its client did and was told."""
    cancelled_with_others = given_up(case)
    for order_id, order in case.orders.items():
        status, done = order["status"], _outcomes(case, order_id)
        why = None if status == "cancelled" and order_id in cancelled_with_others else _why_not(status, done)
        if why:
            yield Violation("acknowledged", order_id, f"is {status}, and {why}: {done}")


def _outcomes(case: Case, order_id: str) -> dict[str, set[str]]:
    done: dict[str, set[str]] = {}
    for operation in case.operations.get(order_id, ()):
        done.setdefault(operation.kind, set()).add(operation.outcome)
    return done


def _why_not(status: str, done: dict[str, set[str]]) -> str | None:
    paid, cancelled = done.get("pay", set()), done.get("cancel", set())
    if status == "completed" and not paid & {"ok", "unknown"}:
        return "nobody paid it"
    if status != "completed" and "ok" in paid and status in FINAL:
        return "its client was told that it is paid"
    if status == "cancelled" and not cancelled & {"ok", "unknown"}:
        return "nobody cancelled it"
    if status != "cancelled" and "ok" in cancelled:
        return "its client was told that it is cancelled"
    if status == "refused" and "ok" in done.get("place", set()):
        return "its client was told that it is confirmed"
    return None


def ended(case: Case) -> Iterator[Violation]:
    """At rest every order is at its end, and nothing is held for it."""
    for order_id, order in case.orders.items():
        if order["status"] not in FINAL:
            yield Violation("ended", order_id, f"is still {order['status']}")
    for id, hold in case.documents("logistics", "stock.holds").items():
        if hold["status"] == "held":
            status = case.orders.get(hold["order_id"], {}).get("status", "unknown")
            yield Violation("ended", id, f"{hold['allocations']} are held, and the order is {status}")
