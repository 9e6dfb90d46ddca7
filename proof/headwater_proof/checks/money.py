"""Money: whole fen, from the buyer to the platform to the supplier, and nothing beside."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.contracts.payments import PayoutReported
from headwater.contracts.topics import PROVIDERS, provider_reports
from headwater_cli.auditing.books import books
from headwater_cli.auditing.causes import PAID, total_fen
from headwater_cli.auditing.rules import audit
from headwater_proof.checks.case import Case
from headwater_proof.evidence import Violation

ENDS = {"paid": "payout", "failed": "return"}
"""By what a provider says, the kind of the posting that ends a withdrawal."""


def balanced(case: Case) -> Iterator[Violation]:
    """A paid order took exactly its total, once, and has what did not go back; a settled one has passed that on."""
    for order_id, order in case.orders.items():
        total = total_fen(order)
        left = total - sum(refund["refunded_fen"] for refund in order.get("cases", ()))
        paid = left if order["status"] in PAID else 0
        settled = left if order["status"] == "completed" else 0
        if order.get("cases") and order["refunded_fen"] != total - left:
            yield Violation("money", order_id, f"has {order['refunded_fen']} fen back, its refunds say {total - left}")
        found = (order["total_fen"], order["paid_fen"], order["settled_fen"])
        if found != (total, paid, settled):
            yield Violation("money", order_id, f"{order['status']}: total, paid and settled are {found} fen, "
                                               f"should be {(total, paid, settled)}")  # fmt: skip


def posted(case: Case) -> Iterator[Violation]:
    """The audit of the books (`headwater audit`) finds nothing: no posting is missing, wrong or without a cause."""
    for finding in audit(books(case.evidence.documents.get("orders", {}))):
        yield Violation("money", finding.about, finding.found)


def withdrawn(case: Case) -> Iterator[Violation]:
    """What suppliers were told is withdrawn is; each withdrawal has ended as its provider says."""
    found = case.documents("orders", "account.postings")
    for asked in case.asked("withdraw"):
        posting = found.get(f"{asked.asked['supplier_id']}/withdraw.{asked.subject}")
        if asked.outcome == "ok" and (posting is None or posting["amount_fen"] != asked.asked["amount_fen"]):
            yield Violation("money", asked.subject, f"was acknowledged as {asked.asked}, and {posting} is posted")
    said = _said_by_providers(case)
    for posting in found.values():
        if posting["kind"] == "withdraw":
            supplier, id = posting["root"], posting["cause"]
            ends = said.get((supplier, id), set()) - {"accepted"}
            posted = {end for end, kind in ENDS.items() if f"{supplier}/{kind}.{id}" in found}
            if len(ends) == 1 and ends != posted:
                yield Violation("money", id, f"is {ends} to its provider, and {posted or 'open'} here")


def _said_by_providers(case: Case) -> dict[tuple[str, str], set[str]]:
    """By supplier and withdrawal, what providers have ever said of it."""
    said: dict[tuple[str, str], set[str]] = {}
    for topic in map(provider_reports, PROVIDERS):
        for message in case.told(topic):
            if message.type != PayoutReported.TYPE:  # whatever else partners write there says nothing
                continue
            body = message.body
            said.setdefault((body["supplier_id"], body["withdrawal_id"]), set()).add(body["outcome"])
    return said


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
