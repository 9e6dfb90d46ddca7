"""Try a plug-in's handlers without Kafka: in goes a dispatch, out come the reports."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from headwater.contracts.base import Message
from headwater.envelope import Headers, decode, encode
from headwater.sdk.counts import Counts
from headwater.sdk.desk import Desk
from headwater.sdk.partner import Partner


@dataclass(slots=True)
class Dispatch:
    """A record as the broker would hand it out; `timestamp` in milliseconds since 1970."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    key: bytes | None = None
    partition: int = 0
    offset: int = 0
    timestamp: int = field(default_factory=lambda: time.time_ns() // 1_000_000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a dispatch led to, in order. A dispatch that could not be handled leaves a dead letter."""

    reports: list[Message] = field(default_factory=list)
    dead_letters: list[dict[str, str]] = field(default_factory=list)
    """The headers of each; `dlq_error` says why."""

    async def send(self, topic: str, key: bytes, value: bytes, headers: Headers) -> None:
        """Stands in for the broker."""
        if topic.endswith(".dlq"):
            self.dead_letters.append({name: data.decode(errors="backslashreplace") for name, data in headers})
        else:
            self.reports.append(decode(headers, value).message)


async def handled(partner: Partner, dispatch: Message) -> Outcome:
    """Hand a dispatch to the partner, by the road that it takes from Kafka (retries and their pauses included)."""
    to = dispatch.address()
    headers, value = encode(dispatch, id="test", source="logistics", time=datetime.now(UTC), subject=to.key)
    return await handled_raw(partner, Dispatch(partner.reads, value, headers, key=to.key.encode()))


async def handled_raw(partner: Partner, dispatch: Dispatch) -> Outcome:
    """The same for a record, which may be malformed."""
    outcome = Outcome()
    await Desk(partner, outcome, Counts(partner.name)).handle(dispatch)
    return outcome
