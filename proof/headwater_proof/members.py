"""The orders of a checkout in a client's log: each counts as one that was placed, and as answered by its checkout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from headwater_proof.evidence import Kind, What

_OUTCOMES: dict[str, What] = {"confirmed": "ok", "refused": "fail"}
"""Of the other states the client knows nothing for good."""


class Write(Protocol):
    """Writes a line into a client's log."""

    def __call__(self, what: What, kind: Kind, op: str, subject: str, body: Mapping[str, Any]) -> None: ...


def asked(write: Write, orders: Mapping[str, Mapping[str, Any]]) -> None:
    """What is asked for, by the order's id: {buyer_id, lines}, as of any placing."""
    for order_id, wanted in orders.items():
        write("invoke", "place", f"place-{order_id}", order_id, wanted)


def told(write: Write, orders: Iterable[Mapping[str, Any]]) -> None:
    """What the checkout's answer says of its orders."""
    for order in orders:
        order_id, status = order["order_id"], order["status"]
        known = {"status": status} if status in _OUTCOMES else {}
        write(_OUTCOMES.get(status, "unknown"), "place", f"place-{order_id}", order_id, known)
