"""A supplier's inbox: notices, each told once, and how many of them are unread."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from headwater.contracts.base import Done, Message, Refused, Sent, SkuId, SupplierId, UtcTime
from headwater.contracts.reviews import MarkNoticesRead, NotifySupplier
from headwater.decision import Decision, Part, State

ACCEPTS = (NotifySupplier, MarkNoticesRead)
REMEMBERED = 64
"""How many of the last notices an inbox knows by their ids alone; a notice of the same time is known for ever."""


class Notice(Part):
    """Something that a supplier should know."""

    notice_id: str
    kind: str
    title: str
    body: str
    at: UtcTime
    sku_id: SkuId | None = None


class Inbox(State):
    """All notices of a supplier. Each is a part: an inbox may grow for years, read or not."""

    supplier_id: SupplierId
    total: int = 0
    read: int = 0
    """So many of the first notices have been seen."""
    told: tuple[str, ...] = ()
    """Ids of the last notices, oldest first."""
    notices: dict[str, Notice] = Field(default_factory=dict)

    @property
    def unread(self) -> int:
        """How many notices have come since the supplier looked."""
        return self.total - self.read


def key_of(message: NotifySupplier) -> str:
    """The key of a notice: in the order of time, so that the newest come last."""
    return f"{message.at.timestamp() * 1000:015.0f}-{message.notice_id}"


def touched(message: Message) -> tuple[str, ...]:
    """The notice that a message is about."""
    return (key_of(message),) if isinstance(message, NotifySupplier) else ()


def decide(inbox: Inbox | None, message: Message, now: datetime) -> Decision[Inbox]:
    """The outcome of one message for one supplier's inbox."""
    match message:
        case NotifySupplier():
            return put(inbox or Inbox(supplier_id=message.supplier_id), message)
        case MarkNoticesRead():
            return mark_read(inbox, message)
        case _:
            return Decision(inbox)


def put(inbox: Inbox, message: NotifySupplier) -> Decision[Inbox]:
    """Put a notice in, unless it is there."""
    key = key_of(message)
    if key in inbox.notices or message.notice_id in inbox.told:
        return Decision(inbox)
    notice = Notice(
        notice_id=message.notice_id, kind=message.kind, title=message.title, body=message.body, at=message.at,
        sku_id=message.sku_id,
    )  # fmt: skip
    told = (*inbox.told[1 - REMEMBERED :], message.notice_id)
    return Decision(inbox.evolve(total=inbox.total + 1, told=told, notices={**inbox.notices, key: notice}))


def mark_read(inbox: Inbox | None, message: MarkNoticesRead) -> Decision[Inbox]:
    """The first `seen` notices are read. What came in meanwhile stays unread, and a late mark takes nothing back."""
    if inbox is None:
        detail = f"Supplier {message.supplier_id} has no notices: there is nothing to mark as read."
        return Decision(inbox, _answer(message, Refused(id=message.supplier_id, code="no_notices", detail=detail)))
    read = min(message.seen, inbox.total)
    after = inbox.evolve(read=read) if read > inbox.read else inbox
    return Decision(after, _answer(message, Done(id=message.supplier_id)))


def _answer(message: MarkNoticesRead, answer: Message) -> tuple[Sent, ...]:
    return (Sent(to=message.reply_to, message=answer),) if message.reply_to else ()
