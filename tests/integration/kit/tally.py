"""A toy service that tells each change of a total as an event, and keeps totals in memory for look-ups."""

from __future__ import annotations

from datetime import datetime

from headwater.contracts.base import Key, Message
from headwater.decision import Decision
from headwater.service import Service
from headwater.settings import ServiceSettings
from tests.integration.kit.toy import RUN, Add, Total

EVENTS = f"{RUN}.b.inbox.v1"


class Counted(Message, to=EVENTS, key="id"):
    """A total has changed."""

    id: Key
    total: int


def count(state: Total | None, message: Add, now: datetime) -> Decision[Total]:
    """Add up and tell."""
    known = state or Total()
    counted = known.evolve(total=known.total + message.n)
    return Decision(counted, (Counted(id=message.id, total=counted.total),))


def build(settings: ServiceSettings) -> Service:
    """The tally."""
    service = Service(RUN, settings)
    totals = service.aggregate("a", Total, inbox=f"{RUN}.a.inbox.v1", accepts=(Add,), decide=count)
    service.cached(totals, events=EVENTS)
    return service
