"""A toy service on the real kit: `a` adds up what comes in and carries it on to `b`, which remembers each entry.

Its topics carry the run's name (`TOY_RUN`), so that every test has an inbox, a database and marks of its own.
"""

from __future__ import annotations

import os
from datetime import datetime

from headwater.contracts.base import Key, Message
from headwater.decision import Decision, Part, State
from headwater.service import Parts, Service
from headwater.settings import ServiceSettings

RUN = os.environ.get("TOY_RUN", "toy")


class Add(Message, to=f"{RUN}.a.inbox.v1", key="id"):
    """Add `n` to a total."""

    id: Key
    entry: Key
    n: int


class Carry(Message, to=f"{RUN}.b.inbox.v1", key="id"):
    """What `a` added, for `b`."""

    id: Key
    entry: Key
    n: int


class Total(State):
    """A sum."""

    total: int = 0


class Entry(Part):
    """One entry of a ledger, and how often it was carried there."""

    n: int
    times: int


class Ledger(State):
    """A sum with its entries."""

    total: int = 0
    entries: dict[str, Entry] = {}  # noqa: RUF012


def add(state: Total | None, message: Add, now: datetime) -> Decision[Total]:
    """Add up and carry on."""
    known = state or Total()
    carry = Carry(id=f"ledger-{message.id[-1]}", entry=message.entry, n=message.n)
    return Decision(known.evolve(total=known.total + message.n), (carry,))


def keep(state: Ledger | None, message: Carry, now: datetime) -> Decision[Ledger]:
    """Add up and remember."""
    known = state or Ledger()
    times = known.entries[message.entry].times if message.entry in known.entries else 0
    entries = {**known.entries, message.entry: Entry(n=message.n, times=times + 1)}
    return Decision(known.evolve(total=known.total + message.n, entries=entries))


def build(settings: ServiceSettings) -> Service:
    """The toy service; its name, and so its database, is the run's."""
    service = Service(RUN, settings)
    service.aggregate("a", Total, inbox=f"{RUN}.a.inbox.v1", accepts=(Add,), decide=add)
    service.aggregate(
        "b",
        Ledger,
        inbox=f"{RUN}.b.inbox.v1",
        accepts=(Carry,),
        decide=keep,
        parts=Parts("entries", Entry, lambda message: (message.entry,)),
    )
    return service
