"""Commands from outside the stream: send one to an inbox and, if wanted, wait for the reply. Holds no state."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import TopicPartition

from headwater.contracts.base import Message, ReplyTo, new_id
from headwater.contracts.topics import GATEWAY_REPLIES
from headwater.envelope import Unreadable, decode, encode
from headwater.logs import log
from headwater.polling import LongPoll
from headwater.producer import Producer, PublishFailed, Record, partition_of
from headwater.settings import ServiceSettings


class Commands:
    """Sends commands and matches replies by a request id, which is the key of the reply.

    Each instance reads the whole replies topic from its end and picks its own: any number of gateways can run.
    """

    def __init__(self, settings: ServiceSettings, source: str = "gateway", replies: str = GATEWAY_REPLIES) -> None:
        self._settings = settings
        self._source = source
        self._replies = replies
        self._producer = Producer(settings.kafka, f"headwater-{source}")
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._consumer: Any = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._producer.start()
        count = await self._producer.partitions(self._replies)
        if count is None:
            await self._producer.stop()
            raise PublishFailed(f"topic {self._replies} is missing: run `headwater topics apply`")
        self._consumer = LongPoll(
            bootstrap_servers=self._settings.kafka, client_id=f"headwater-{self._source}", enable_auto_commit=False
        )
        await self._consumer.start()
        partitions = [TopicPartition(self._replies, number) for number in range(count)]
        self._consumer.assign(partitions)
        for partition, end in (await self._consumer.end_offsets(partitions)).items():
            self._consumer.seek(partition, end)
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._consumer is not None:
            await self._consumer.stop()
        await self._producer.stop()

    async def ask(self, message: Message, timeout_s: float, trace: str | None = None) -> Message | None:
        """Send a command and wait for its reply; None when there is none yet. Raises `PublishFailed`.

        The command must have a `reply_to` field, which is set here.
        """
        request = new_id("req")
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[request] = reply
        try:
            reply_to = ReplyTo(topic=self._replies, key=request)
            await self.tell(message.model_copy(update={"reply_to": reply_to}), trace, id=request)
            async with asyncio.timeout(timeout_s):
                return await reply
        except TimeoutError:
            return None
        finally:
            del self._waiting[request]

    async def tell(self, message: Message, trace: str | None = None, id: str | None = None) -> None:
        """Send a command; it is on the broker when this returns. Raises `PublishFailed`."""
        to = message.address()
        partitions = await self._producer.partitions(to.topic)
        if partitions is None:
            raise PublishFailed(f"topic {to.topic} is missing: run `headwater topics apply`")
        key = to.key.encode()
        headers, value = encode(
            message,
            id=id or new_id("msg"),
            source=self._source,
            time=datetime.now(UTC),
            subject=to.key,
            traceparent=trace,
        )
        await self._producer.send(Record(to.topic, partition_of(key, partitions), key, value, headers))

    async def _read(self) -> None:
        async for record in self._consumer:
            waiting = self._waiting.get((record.key or b"").decode(errors="replace"))
            if waiting is None or waiting.done():
                continue
            try:
                waiting.set_result(decode(record.headers, record.value).message)
            except Unreadable as error:
                log.error("a reply could not be read", request=record.key, reason=str(error))
