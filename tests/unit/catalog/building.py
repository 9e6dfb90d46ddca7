"""Builders: offers and their commands with what does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from catalog.domain.offer import Offer, decide
from headwater.contracts.base import Message, ReplyTo, Sent
from headwater.contracts.catalog import ListDraft, ListOffer, PriceRange, ReviseOffer, SaveDraft, Sku
from headwater.decision import Decision

NOW = datetime(2026, 11, 11, tzinfo=UTC)
CALLER = ReplyTo(topic="gateway.replies.v1", key="req_1")


def ladder(*steps: tuple[int, int]) -> tuple[PriceRange, ...]:
    return tuple(PriceRange(start_quantity=start, price_fen=price) for start, price in steps)


LADDER = ladder((2, 1000), (20, 900), (200, 800))


def skus(style: str = "X", *sizes: str) -> tuple[Sku, ...]:
    return tuple(Sku(sku_id=f"{style}-{size}", colour="black", size=size) for size in sizes or ("M", "L"))


def list_offer(**changes: Any) -> ListOffer:
    fields: dict[str, Any] = {
        "offer_id": "off-X", "supplier_id": "factory", "subject": "T-shirt", "subject_zh": "T恤", "currency": "CNY",
        "min_order_quantity": 2, "price_ranges": LADDER, "skus": skus(), "reply_to": CALLER,
    }  # fmt: skip
    return ListOffer(**{**fields, **changes})


def save_draft(**changes: Any) -> SaveDraft:
    return SaveDraft(**{**dict(list_offer()), "change_id": "draft", **changes})


def list_draft(change_id: str = "on") -> ListDraft:
    return ListDraft(offer_id="off-X", change_id=change_id, reply_to=CALLER)


def revise(change_id: str = "r1", **changes: Any) -> ReviseOffer:
    fields = {**dict(list_offer()), "change_id": change_id, **changes}
    return ReviseOffer(**{name: value for name, value in fields.items() if name != "supplier_id"})


def listed(**changes: Any) -> Offer:
    return after(list_offer(**changes))


def after(*commands: Message) -> Offer:
    """The offer after these commands."""
    offer: Offer | None = None
    for command in commands:
        offer = decide(offer, command, NOW).state
    assert offer is not None
    return offer


def told(decision: Decision[Any], kind: type[Message]) -> list[Any]:
    """What a decision tells of one kind, replies included."""
    bodies = [message.message if isinstance(message, Sent) else message for message in decision.messages]
    return [body for body in bodies if isinstance(body, kind)]
