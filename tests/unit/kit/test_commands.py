"""Commands and their replies: whoever asks gets its own answer, or learns in time that there is none yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from headwater.commands import Commands
from headwater.contracts.base import Done, Key, Message, ReplyTo
from headwater.envelope import decode, encode
from headwater.producer import PublishFailed, Record, partition_of
from headwater.settings import ServiceSettings
from tests.unit.kit.fakes import NOW

ASKED = "kit.asked.inbox.v1"
REPLIES = "kit.replies.v1"


class Ask(Message, to=ASKED, key="id"):
    """A command with an answer."""

    id: Key
    reply_to: ReplyTo | None = None


class Wire:
    """A broker that hands each command to whoever answers, and the answers back."""

    def __init__(self, answers: Any) -> None:
        self.sent: list[Record] = []
        self._answers = answers
        self._replies: asyncio.Queue[Any] = asyncio.Queue()

    async def partitions(self, topic: str) -> int | None:
        """The inbox is there, other topics are not."""
        return 8 if topic == ASKED else None

    async def send(self, record: Record) -> None:
        """A command comes in, and what is answered comes back."""
        self.sent.append(record)
        for key, message in self._answers(decode(record.headers, record.value).message):
            self.reply(key, message)

    def reply(self, key: bytes | None, message: Message | None) -> None:
        """A record of the replies topic."""
        headers, value = ([], b"{") if message is None else encode(message, id="1", source="x", time=NOW, subject="x")
        self._replies.put_nowait(SimpleNamespace(key=key, value=value, headers=headers))

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            yield await self._replies.get()


class Asking:
    """Commands on a wire."""

    def __init__(self, answers: Any = lambda _message: ()) -> None:
        self.wire = Wire(answers)
        self.commands = Commands(ServiceSettings(), replies=REPLIES)
        self.commands._producer = self.wire  # type: ignore[assignment]
        self.commands._consumer = self.wire

    async def __aenter__(self) -> Commands:
        self._task = asyncio.create_task(self.commands._read())
        return self.commands

    async def __aexit__(self, *_: object) -> None:
        assert self.commands._waiting == {}, "nobody is left waiting"
        assert not self._task.done(), "it still reads"
        self._task.cancel()


def answered(message: Ask) -> list[tuple[bytes, Message]]:
    assert message.reply_to is not None
    return [(message.reply_to.key.encode(), Done(id=message.id))]


async def test_a_command_goes_to_its_inbox_and_its_reply_comes_back() -> None:
    asking = Asking(answered)
    async with asking as commands:
        assert await commands.ask(Ask(id="jar-1"), 5) == Done(id="jar-1")
    (record,) = asking.wire.sent
    assert (record.topic, record.partition, record.key) == (ASKED, partition_of(b"jar-1", 8), b"jar-1")


async def test_many_at_once_each_get_their_own() -> None:
    async with Asking(answered) as commands:
        asked = [commands.ask(Ask(id=f"jar-{number}"), 5) for number in range(50)]
        assert await asyncio.gather(*asked) == [Done(id=f"jar-{number}") for number in range(50)]


async def test_no_reply_in_time_is_no_error() -> None:
    async with Asking() as commands:
        started = time.monotonic()
        assert await commands.ask(Ask(id="jar-1"), 0.05) is None
        assert time.monotonic() - started < 2


async def test_a_reply_that_comes_twice_or_to_nobody_or_broken_disturbs_no_one() -> None:
    def odd(message: Ask) -> Any:
        ((key, done),) = answered(message)
        return [(None, done), (b"req_of_another", done), (b"\xff", done), (key, None), (key, done), (key, done)]

    async with Asking(odd) as commands:
        assert await commands.ask(Ask(id="jar-1"), 5) == Done(id="jar-1")
        assert await commands.ask(Ask(id="jar-2"), 5) == Done(id="jar-2")


async def test_a_missing_inbox_is_named_with_what_to_do() -> None:
    class Lost(Message, to="kit.lost.v1", key="id"):
        id: Key
        reply_to: ReplyTo | None = None

    async with Asking() as commands:
        with pytest.raises(PublishFailed, match=r"topic kit\.lost\.v1 is missing: run `headwater topics apply`"):
            await commands.ask(Lost(id="jar-1"), 5)
