"""The checker: all rules over the evidence of one run. It trusts no service, and asks none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headwater_proof.checks import checkouts, clients, dispatch, money, pools, replay, reviews, standing, stock
from headwater_proof.checks.case import Case
from headwater_proof.evidence import Evidence, Violation
from headwater_proof.services import subscriptions

RULES = (
    clients.acknowledged, clients.allowed, clients.ended,
    checkouts.acknowledged, checkouts.settled, checkouts.together,
    money.balanced, money.posted, money.withdrawn, money.payments, money.ledger,
    stock.conserved, stock.set_aside, stock.receipts, stock.never_negative, stock.sold,
    dispatch.once, dispatch.complete, dispatch.delivered,
    reviews.counted, reviews.taken_in,
    standing.counted,
    pools.settled,
)  # fmt: skip


def check(evidence: Evidence, settings: Mapping[str, Mapping[str, Any]] | None = None) -> list[Violation]:
    """Everything that is wrong; nothing, if the road held.

    `settings` are, by service, those that its rules ran under where they are not the environment's.
    """
    case = Case(evidence)
    found = [violation for rule in RULES for violation in rule(case)]
    for service in evidence.documents:
        groups = subscriptions(service, **(settings or {}).get(service, {}))
        found += replay.replayed(case, service, groups)
    return found
