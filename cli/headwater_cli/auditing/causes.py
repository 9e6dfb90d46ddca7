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
    """The postings of an order by kind; those of a refund by kind and the number of its case."""
    cases = order.get("cases", ())
    refunded = order["status"] == "cancelled" and order.get("refunded_fen")
    if not refunded and order["status"] not in PAID:
        return {}
    total, vouched, premium = total_fen(order), vouched_fen(order), premium_fen(order)
    buyer = f"buyer:{order['buyer_id']}"
    source = f"pool:{order['pool']['pool_id']}" if order.get("pool") else "provider"
    wanted = {
        "charge": (source, buyer, total + premium), "purchase": (buyer, "escrow", total),
        "vouch": ("vouched", "escrow", vouched), "insure": (buyer, "freight", premium),
    }  # fmt: skip
    for number, (refund, (fen, unvouched)) in enumerate(zip(cases, given_back(order), strict=True)):
        wanted |= _back(buyer, fen, unvouched, f".{number}")
        wanted[f"compensate.{number}"] = ("freight", buyer, int(refund["freight_fen"]))
        wanted[f"reimburse.{number}"] = (buyer, "provider", int(refund["freight_fen"]))
    if refunded and not cases:
        wanted |= _back(buyer, total, vouched, "")
    if order["status"] == "completed":
        wanted["release"] = ("escrow", "clearing", left_fen(order))
    return {kind: transfer for kind, transfer in wanted.items() if transfer[2]}


def _back(buyer: str, fen: int, unvouched: int, of: str) -> dict[str, Transfer]:
    return {
        f"refund{of}": ("escrow", buyer, fen), f"repay{of}": (buyer, "provider", fen),
        f"unvouch{of}": ("escrow", "vouched", unvouched),
    }  # fmt: skip


def given_back(order: Mapping[str, Any]) -> list[tuple[int, int]]:
    """By refund, what went back to the buyer, and to the platform of what it vouched for; the last takes the rest."""
    total, vouched = total_fen(order), vouched_fen(order)
    found: list[tuple[int, int]] = []
    for refund in order.get("cases", ()):
        fen = int(refund["refunded_fen"])
        back, unvouched = sum(one[0] for one in found), sum(one[1] for one in found)
        part = _unvouched(order, refund) if back + fen < total else vouched - unvouched
        found.append((fen, part if fen else 0))
    return found


def _unvouched(order: Mapping[str, Any], refund: Mapping[str, Any]) -> int:
    """What of the vouched money goes back with a refund: as much of it as of the pieces' price."""
    lines = {line["sku_id"]: line for line in order["lines"]}
    price = sum(one["pieces"] * lines[one["sku_id"]]["unit_price_fen"] for one in refund["lines"])
    vouched = sum(one["pieces"] * lines[one["sku_id"]].get("vouched_fen", 0) for one in refund["lines"])
    return int(vouched * refund["refunded_fen"] // price)


def left_fen(order: Mapping[str, Any]) -> int:
    """What is left for the supplier of a paid order: what was paid and vouched for, and did not go back."""
    return total_fen(order) + vouched_fen(order) - sum(map(sum, given_back(order)))


def open_fen(order: Mapping[str, Any]) -> int:
    """What escrow must hold for an order: what is left of it from the payment to the completion, else nothing."""
    return left_fen(order) if order["status"] in OPEN else 0


def total_fen(order: Mapping[str, Any]) -> int:
    """What its buyer pays for its lines."""
    return sum(int(line["quantity"]) * int(line["unit_price_fen"]) for line in order["lines"])


def vouched_fen(order: Mapping[str, Any]) -> int:
    """What the platform adds."""
    return sum(int(line["quantity"]) * int(line.get("vouched_fen", 0)) for line in order["lines"])


def premium_fen(order: Mapping[str, Any]) -> int:
    """What its buyer pays for freight insurance besides."""
    return int(order.get("premium_fen", 0))
