"""What an order's state calls for: which postings there must be, reckoned from the order alone.

It repeats no rule of the orders service, and asks none: what was written is judged by what the order says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PAID = frozenset({"paid", "shipped", "delivered", "completed"})
OPEN = PAID - {"completed"}
Transfer = tuple[str, str, int]
"""Debit, credit, and the amount in fen."""


def called_for(order: Mapping[str, Any]) -> dict[str, Transfer]:
    """The postings of an order by kind."""
    refunded = order["status"] == "cancelled" and order.get("refunded_fen")
    if not refunded and order["status"] not in PAID:
        return {}
    total, vouched = total_fen(order), vouched_fen(order)
    buyer = f"buyer:{order['buyer_id']}"
    wanted = {"charge": ("provider", buyer, total), "purchase": (buyer, "escrow", total)}
    if vouched:
        wanted["vouch"] = ("vouched", "escrow", vouched)
    if order["status"] == "completed":
        wanted["release"] = ("escrow", "clearing", total + vouched)
    if refunded:
        wanted |= {"refund": ("escrow", buyer, total), "repay": (buyer, "provider", total)}
        if vouched:
            wanted["unvouch"] = ("escrow", "vouched", vouched)
    return wanted


def open_fen(order: Mapping[str, Any]) -> int:
    """What escrow must hold for an order: all of it from the payment to the completion, else nothing."""
    return total_fen(order) + vouched_fen(order) if order["status"] in OPEN else 0


def total_fen(order: Mapping[str, Any]) -> int:
    """What its buyer pays for its lines."""
    return sum(int(line["quantity"]) * int(line["unit_price_fen"]) for line in order["lines"])


def vouched_fen(order: Mapping[str, Any]) -> int:
    """What the platform adds."""
    return sum(int(line["quantity"]) * int(line.get("vouched_fen", 0)) for line in order["lines"])
