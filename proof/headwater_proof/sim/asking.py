"""A client of the simulation: it asks until it is answered, and writes down what it asked for and what it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headwater.contracts.base import Message, ReplyTo
from headwater.contracts.topics import GATEWAY_REPLIES
from headwater.envelope import encode
from headwater.producer import PublishFailed, Record, partition_of
from headwater_proof.checks.case import read
from headwater_proof.evidence import Entry, Kind, What
from headwater_proof.evidence import Record as Stored
from headwater_proof.sim.broker import Broker, Producer

PATIENCE_S = 5.0
TRIES = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request."""

    type: str
    body: Mapping[str, Any]

    @property
    def refused(self) -> bool:
        """Whether nothing was done, for good."""
        return self.type.startswith("base.Refused") or self.body.get("status") == "refused"

    @property
    def outcome(self) -> What:
        """What the client knows now. A repeat that is underway may still find what was not there yet."""
        if self.body.get("code") == "no_such_order":
            return "unknown"
        return "fail" if self.refused else "ok"


class Client:
    """Everybody at the platform's door."""

    def __init__(self, broker: Broker, producer: Producer, now: Callable[[], datetime]) -> None:
        self.history: list[Entry] = []
        self.now = now
        self._broker = broker
        self._producer = producer
        self._asked: dict[str, asyncio.Future[Answer]] = {}
        broker.watchers.setdefault(GATEWAY_REPLIES, []).append(self._heard)

    async def ask(
        self, kind: Kind, op: str, subject: str, body: dict[str, Any], make: Callable[[ReplyTo], Message]
    ) -> Answer | None:
        """Send the same request until it is answered, and write down both. None: there was no answer."""
        self.write("invoke", kind, op, subject, body)
        answer = await self._answer(op, make)
        if answer is None:
            self.write("unknown", kind, op, subject, {})
        else:
            self.write(answer.outcome, kind, op, subject, answer.body)
        return answer

    def write(self, what: What, kind: Kind, op: str, subject: str, body: Mapping[str, Any]) -> None:
        """A line of the clients' log."""
        self.history.append(Entry(self._broker.loop.time(), op, what, kind, subject, body))

    async def _answer(self, op: str, make: Callable[[ReplyTo], Message]) -> Answer | None:
        message = make(ReplyTo(topic=GATEWAY_REPLIES, key=op))
        asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[op] = asked
        for attempt in range(TRIES):
            try:
                await self._send(message, f"{op}-{attempt}")
                async with asyncio.timeout(PATIENCE_S):
                    return await asyncio.shield(asked)
            except (PublishFailed, TimeoutError):
                continue
        return None

    async def _send(self, message: Message, id: str) -> None:
        to = message.address()
        key = to.key.encode()
        headers, value = encode(message, id=id, source="gateway", time=self.now(), subject=to.key)
        partition = partition_of(key, await self._producer.partitions(to.topic) or 1)
        await self._producer.publish([Record(to.topic, partition, key, value, headers)])

    def _heard(self, record: Stored) -> None:
        message = read(record)
        asked = self._asked.get((record.key or b"").decode())
        if message is not None and asked is not None and not asked.done():
            asked.set_result(Answer(message.type, message.body))
