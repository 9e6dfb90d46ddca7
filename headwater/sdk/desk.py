"""What happens to one dispatch: it is read, handled, tried again if need be, and done with in any case."""

from __future__ import annotations

import asyncio

from structlog.contextvars import bound_contextvars

from headwater.contracts.base import Message
from headwater.contracts.topics import dlq_of
from headwater.envelope import Envelope, Raw, Unreadable, dead_letter_headers, decode
from headwater.logs import log
from headwater.sdk.counts import Counts
from headwater.sdk.partner import Away, Partner, Report, Reported
from headwater.sdk.reporting import Sender, send_report


class Desk:
    """Handles the dispatches of one partner."""

    def __init__(self, partner: Partner, line: Sender, counts: Counts) -> None:
        self._partner = partner
        self._settings = partner.settings
        self._line = line
        self._counts = counts
        self._waiting: dict[int, str] = {}

    @property
    def away(self) -> str | None:
        """Why a handler waits for the partner's own system, None if none does."""
        return next(iter(self._waiting.values()), None)

    async def handle(self, record: Raw) -> None:
        """Returns when the dispatch is done with: its handler has returned, or it is among the dead letters."""
        shipment = (record.key or b"").decode(errors="replace")
        with bound_contextvars(partner=self._partner.name, shipment=shipment):
            try:
                envelope = self._read(record)
            except Unreadable as error:
                fault: str | None = str(error)
            else:
                fault = await self._attempts(envelope)
            if fault is None:
                self._counts.applied += 1
            else:
                await self._dead_letter(record, fault)

    def _read(self, record: Raw) -> Envelope:
        envelope = decode(record.headers, record.value)
        message = envelope.message
        if self._partner.handler_for(message) is None:
            handled = ", ".join(self._partner.handles()) or "nothing"
            raise Unreadable(f"{message.TYPE} has no handler here; {self._partner.name} handles {handled}")
        if _topic_of(message) != record.topic:
            raise Unreadable(f"this {message.TYPE} is for another partner: it belongs to {_topic_of(message)}")
        return envelope

    async def _attempts(self, envelope: Envelope) -> str | None:
        """Try until it works; None then, or why it did not at the last attempt."""
        failures, pause = 0, self._settings.retry_first_s
        try:
            while True:
                try:
                    await self._attempt(envelope)
                    return None
                except Away as away:
                    self._waiting[id(envelope)] = str(away)
                    log.warning("the partner's own system is away; the dispatch waits for it", reason=str(away))
                except (Exception, asyncio.CancelledError) as error:
                    if _cancelled_by_us(error):
                        raise
                    failures += 1
                    if failures == self._settings.attempts:
                        return f"{type(error).__name__}: {error} (attempt {failures}, the last)"
                    log.warning("a handler failed; it is tried again", attempt=failures, exc_info=error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._settings.retry_most_s)
                self._counts.retries += 1
        finally:
            self._waiting.pop(id(envelope), None)

    async def _attempt(self, envelope: Envelope) -> None:
        handler = self._partner.handler_for(envelope.message)
        assert handler is not None  # seen to by _read

        async def send(reported: Reported) -> None:
            self._waiting.pop(id(envelope), None)
            await send_report(reported, self._partner, self._line, envelope.traceparent)
            self._counts.reports += 1

        await handler(envelope.message, Report(self._partner.writes, send))

    async def _dead_letter(self, record: Raw, fault: str) -> None:
        log.error("a dispatch goes to the dead letters", topic=dlq_of(record.topic), offset=record.offset, error=fault)
        headers = dead_letter_headers(record, self._partner.name, fault)
        await self._line.send(dlq_of(record.topic), record.key or b"", record.value or b"", headers)
        self._counts.dead_lettered += 1


def _topic_of(message: Message) -> str:
    try:
        return message.address().topic
    except ValueError:
        return "whoever asked for it"


def _cancelled_by_us(error: BaseException) -> bool:
    """A handler may be cancelled from within, which is its failure; being cancelled from here is not."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
