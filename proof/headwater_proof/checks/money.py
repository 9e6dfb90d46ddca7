"""Money: whole fen, from the buyer to the platform to the supplier, and nothing beside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation


def balanced(case: Case) -> Iterator[Violation]:
    """A paid order has taken exactly its total, once; a settled one has passed on exactly that."""
    for order_id, order in case.orders.items():
        total = sum(line["quantity"] * line["unit_price_fen"] for line in order["lines"])
        paid = total if order["status"] in {"paid", "shipped", "delivered", "completed"} else 0
        settled = total if order["status"] == "completed" else 0
        found = (order["total_fen"], order["paid_fen"], order["settled_fen"])
        if found != (total, paid, settled):
            yield Violation("money", order_id, f"{order['status']}: total, paid and settled are {found} fen, "
                                               f"should be {(total, paid, settled)}")  # fmt: skip


def posted(case: Case) -> Iterator[Violation]:
    """Every order has posted exactly what its lines and its status call for; nothing is posted without an order."""
    found = case.documents("orders", "order.postings")
    for order_id, order in case.orders.items():
        for kind, wanted in _called_for(order).items():
            posting = found.pop(f"{order_id}/{kind}", None)
            if posting is None:
                yield Violation("money", order_id, f"is {order['status']}, and has posted no {kind}")
            elif (shown := tuple(posting[name] for name in ("debit", "credit", "amount_fen"))) != wanted:
                yield Violation("money", order_id, f"has posted the {kind} {shown}, should be {wanted}")
    for posting_id in found:
        yield Violation("money", posting_id, "is posted without a cause")


def _called_for(order: Mapping[str, Any]) -> dict[str, tuple[str, str, int]]:
    """Debit, credit and amount by kind, reckoned from the order alone."""
    refunded = order["status"] == "cancelled" and order.get("refunded_fen")
    if not refunded and order["status"] not in {"paid", "shipped", "delivered", "completed"}:
        return {}
    total = sum(line["quantity"] * line["unit_price_fen"] for line in order["lines"])
    vouched = sum(line["quantity"] * line["vouched_fen"] for line in order["lines"])
    buyer = f"buyer:{order['buyer_id']}"
    wanted = {"charge": ("provider", buyer, total), "purchase": (buyer, "escrow", total)}
    if vouched:
        wanted["vouch"] = ("vouched", "escrow", vouched)
    if order["status"] == "completed":
        wanted["release"] = ("escrow", f"payable:{order['supplier_id']}", total + vouched)
    if refunded:
        wanted |= {"refund": ("escrow", buyer, total), "repay": (buyer, "provider", total)}
        if vouched:
            wanted["unvouch"] = ("escrow", "vouched", vouched)
    return wanted


def payments(case: Case) -> Iterator[Violation]:
    """The buyers' payments that were acknowledged are the ones that the orders show, one for each."""
    for order_id, order in case.orders.items():
        payings = case.asked("pay", order_id)
        taken = [paying for paying in payings if paying.outcome == "ok"]
        if len(taken) > 1:
            yield Violation("money", order_id, f"{len(taken)} payments were taken: {[one.op for one in taken]}")
        for paying in taken:
            if paying.asked["payment_id"] != order["payment_id"]:
                yield Violation("money", order_id, f"{paying.asked['payment_id']} was taken, and the order shows "
                                                   f"{order['payment_id']}")  # fmt: skip
        if order["payment_id"] and order["payment_id"] not in {paying.asked["payment_id"] for paying in payings}:
            yield Violation("money", order_id, f"shows payment {order['payment_id']}, which nobody made")


def ledger(case: Case) -> Iterator[Violation]:
    """Over all orders: what was announced as paid is what was announced as settled, went back, or still waits."""
    sums = {"orders.OrderPaid.v1": 0, "orders.OrderCompleted.v1": 0}
    for message in case.told("orders.order.events.v1"):
        if message.type in sums:
            sums[message.type] += message.body.get("amount_fen", 0) + message.body.get("settled_fen", 0)
    paid, settled = sums.values()
    waiting = sum(
        order["paid_fen"] + order.get("refunded_fen", 0) - order["settled_fen"] for order in case.orders.values()
    )
    if paid != settled + waiting:
        yield Violation("money", "the ledger", f"{paid} fen paid, {settled} settled, {waiting} waiting")
