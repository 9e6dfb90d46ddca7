"""A supplier's inbox: notices, each told once."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from headwater.contracts.base import Message, SkuId, SupplierId, UtcTime
from headwater.contracts.reviews import NotifySupplier
from headwater.decision import Decision, Part, State

ACCEPTS = (NotifySupplier,)


class Notice(Part):
    """Something that a supplier should know."""

    notice_id: str
    kind: str
    title: str
    body: str
    at: UtcTime
    sku_id: SkuId | None = None


class Inbox(State):
    """All notices of a supplier. Each is a part: an inbox may grow for years."""

    supplier_id: SupplierId
    total: int = 0
    notices: dict[str, Notice] = Field(default_factory=dict)


def key_of(message: NotifySupplier) -> str:
    """The key of a notice: in the order of time, so that the newest come last."""
    return f"{message.at.timestamp() * 1000:015.0f}-{message.notice_id}"


def touched(message: Message) -> tuple[str, ...]:
    """The notice that a message is about."""
    return (key_of(message),) if isinstance(message, NotifySupplier) else ()


def decide(inbox: Inbox | None, message: Message, now: datetime) -> Decision[Inbox]:
    """Put a notice into the inbox, unless it is there."""
    if not isinstance(message, NotifySupplier):
        return Decision(inbox)
    known, key = inbox or Inbox(supplier_id=message.supplier_id), key_of(message)
    if key in known.notices:
        return Decision(inbox)
    notice = Notice(
        notice_id=message.notice_id, kind=message.kind, title=message.title, body=message.body, at=message.at,
        sku_id=message.sku_id,
    )  # fmt: skip
    return Decision(known.evolve(total=known.total + 1, notices={**known.notices, key: notice}))
