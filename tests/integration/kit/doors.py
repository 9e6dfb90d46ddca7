"""A toy service whose rules can be made to fail, and which hears partners: what bad input is thrown at."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Literal

from headwater.contracts.base import Done, Key, Message, ReplyTo, Sent
from headwater.decision import Decision, State
from headwater.service import Service
from headwater.settings import ServiceSettings

RUN = os.environ.get("TOY_RUN", "toy")
LOAD = 6 * 1024 * 1024


class Knock(Message, to=f"{RUN}.a.inbox.v1", key="id"):
    """Someone is at the door, and behaves."""

    id: Key
    how: Literal["well", "with a bug", "heavily"] = "well"
    n: int = 1
    reply_to: ReplyTo | None = None


class House(State):
    """Who knocked at a door, and what they left there."""

    knocks: int = 0
    sum: int = 0
    load: str = ""


def open_door(house: House | None, knock: Knock, now: datetime) -> Decision[House]:
    """Count the knock; a heavy one leaves so much that three of them are more than a document holds."""
    known = house or House()
    if knock.how == "with a bug":
        raise RuntimeError("nobody taught me this knock")
    load = known.load + "x" * LOAD if knock.how == "heavily" else known.load
    opened = known.evolve(knocks=known.knocks + 1, sum=known.sum + knock.n, load=load)
    return Decision(opened, (Sent(to=knock.reply_to, message=Done(id=knock.id)),) if knock.reply_to else ())


def build(settings: ServiceSettings) -> Service:
    """The door, and a route that takes what partners say to it."""
    service = Service(RUN, settings)
    service.aggregate("a", House, inbox=f"{RUN}.a.inbox.v1", accepts=(Knock,), decide=open_door)
    service.route("b", topics=(f"{RUN}.b.inbox.v1",), on={Knock: lambda knock, now: (knock,)}, external=True)
    return service
