"""One partner at work: in its consumer group, its dispatches in hand, its offsets committed at the low-water mark."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from headwater.logs import log
from headwater.polling import POLL_MS, LongPoll
from headwater.producer import PublishFailed
from headwater.sdk.counts import Counts
from headwater.sdk.desk import Desk
from headwater.sdk.in_flight import InFlight
from headwater.sdk.line import Line
from headwater.sdk.partner import Partner

COMMIT_EVERY_S = 1.0
PROBE_S = 2.0
RECONNECT_S = 1.0
LEAVE_S = 1.0
"""Each of the three last steps of a stop (commit, leave the group, disconnect) may take so long."""


class Working(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs a partner: waits for the broker, reads, hands to the desk, commits, and leaves in good order."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.counts = Counts(partner.name)
        self._line = Line(partner.settings.kafka, partner.name)
        self._desk = Desk(partner, self._line, self.counts)
        self._in_flight = InFlight(partner.settings.in_flight)
        self._consumer: Any = None
        self._joined = False
        self._away: str | None = None
        self._committed_at = time.monotonic()
        self._stopping = False

    async def work(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is in hand and leave. Only a bug in here ends it earlier."""
        reading = asyncio.create_task(self._keep_reading())
        watching = asyncio.create_task(self._watch())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._in_flight.forget_all()
            raise
        finally:
            self._stopping = True
            for task in (reading, watching, stopping):
                task.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await self._leave()

    def why_not_ready(self) -> str | None:
        """What this partner waits for, None when it works."""
        if self._stopping:
            return "stopping"
        if self._away or self._line.away:
            return f"waits for Kafka: {self._away or self._line.away}"
        if not self._joined:
            return "waits for its consumer group"
        if self._desk.away:
            return f"waits for its own system: {self._desk.away}"
        return None

    def measured(self) -> Counts:
        """The counts as of now."""
        self.counts.in_flight = len(self._in_flight)
        self.counts.oldest_s = self._in_flight.oldest_s
        self.counts.lag = sum(self._unfinished(tp, mark) for tp, mark in self._in_flight.marks().items())
        return self.counts

    def _unfinished(self, tp: TopicPartition, mark: int) -> int:
        if self._consumer is None or tp not in self._consumer.assignment():
            return 0
        return max(0, (self._consumer.highwater(tp) or mark) - mark)

    # --- the group ---------------------------------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """The group begins to share out anew: commit what is finished, let go of the rest."""
        self._joined = False
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await self._commit()
        self._in_flight.forget(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group has shared out; a member without a partition is ready to take one over."""
        self._joined = True
        log.info("joined", partner=self.partner.name, partitions=sorted(tp.partition for tp in assigned))

    # --- reading -----------------------------------------------------------------------------------------------------

    async def _keep_reading(self) -> None:
        while True:
            try:
                await self._connect()
                await self._read()
            except (KafkaError, PublishFailed) as error:
                self._notice(str(error) or type(error).__name__)
            await self._disconnect()
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self) -> None:
        await self._line.require(self.partner.reads)
        settings = self.partner.settings
        consumer = LongPoll(
            bootstrap_servers=settings.kafka,
            client_id=self.partner.name,
            group_id=self.partner.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=min(1000, settings.session_timeout_ms // 3),
            max_poll_interval_ms=24 * 3600 * 1000,  # with all hands full nothing is polled, however long that lasts
            fetch_max_wait_ms=POLL_MS,
        )
        self._consumer = consumer
        consumer.subscribe([self.partner.reads], listener=self)
        await consumer.start()
        self._notice(None)

    async def _read(self) -> None:
        while True:
            room = await self._in_flight.room()
            polled = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=room)
            for tp, records in polled.items():
                for record in records:
                    self._in_flight.start(tp, record.offset, self._desk.handle(record))
            if time.monotonic() - self._committed_at >= COMMIT_EVERY_S:
                await self._commit()

    async def _commit(self) -> None:
        marks = self._in_flight.to_commit()
        self._committed_at = time.monotonic()
        if marks and self._consumer is not None:
            try:
                await self._consumer.commit(marks)
            except (KafkaError, IllegalStateError) as error:
                # Whoever has these partitions by now begins at the marks committed before: done twice, never skipped.
                log.warning("offsets were not committed", partner=self.partner.name, reason=str(error))
            else:
                self._in_flight.committed(marks)

    async def _watch(self) -> None:
        """Notice that the broker is away, even when nothing is to be sent."""
        while True:
            await asyncio.sleep(PROBE_S)
            consumer = self._consumer
            if consumer is None or not self._joined:
                continue
            try:
                async with asyncio.timeout(PROBE_S):
                    await consumer.end_offsets([TopicPartition(self.partner.reads, 0)])
            except Exception as error:  # whatever it fails of, the broker cannot be used
                if consumer is self._consumer:
                    self._notice(str(error) or f"{self.partner.settings.kafka} does not answer")
            else:
                self._notice(None)

    def _notice(self, away: str | None) -> None:
        if away and self._away is None:
            log.warning("waiting for Kafka; nothing is lost", partner=self.partner.name, reason=away)
        elif self._away and away is None:
            log.info("Kafka is there again", partner=self.partner.name)
        self._away = away

    # --- leaving -----------------------------------------------------------------------------------------------------

    async def _leave(self) -> None:
        unfinished = await self._in_flight.drain(self.partner.settings.stop_within_s - 3 * LEAVE_S)
        for step in (self._commit, self._disconnect, self._line.stop):
            try:
                async with asyncio.timeout(LEAVE_S):
                    await step()
            except TimeoutError:
                log.warning("stopping goes on without the broker", partner=self.partner.name)
        log.info("stopped", partner=self.partner.name, begun_again_by_the_next=unfinished)

    async def _disconnect(self) -> None:
        self._in_flight.forget_all()
        self._joined = False
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError):
                await consumer.stop()
