"""A link between a client and a server that echoes, and what becomes of their words when it is torn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from headwater_cli.ports import LOOPBACK, free_ports
from headwater_proof.chaos.links import Link


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    """Leads to a server that echoes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    here, there = free_ports(2)
    server = await asyncio.start_server(echo, LOOPBACK, there)
    link = Link("echo", here, there)
    await link.open()
    yield link
    await link.close()
    server.close()


class Client:
    """One connection over the link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def echoed(self, said: bytes, within_s: float = 2.0) -> bytes:
        """What comes back; nothing when the connection breaks."""
        self._writer.write(said)
        async with asyncio.timeout(within_s):
            try:
                return await self._reader.readexactly(len(said))
            except (asyncio.IncompleteReadError, ConnectionError):
                return b""


async def connect(link: Link) -> Client:
    return Client(*await asyncio.open_connection(LOOPBACK, link.port))


async def test_a_link_passes_on_what_is_said_and_answered(link: Link) -> None:
    assert await (await connect(link)).echoed(b"x" * 300_000) == b"x" * 300_000


async def test_a_cut_link_breaks_its_connections_and_refuses_new_ones_until_it_is_healed(link: Link) -> None:
    client = await connect(link)
    assert await client.echoed(b"hello") == b"hello"
    await link.become("cut")
    assert await client.echoed(b"hello?") == b""
    with pytest.raises(ConnectionRefusedError):
        await connect(link)
    await link.become("pass")
    assert await (await connect(link)).echoed(b"again") == b"again"


@pytest.mark.parametrize("mode", ["deaf", "mute"])
async def test_a_half_open_link_swallows_and_tells_nobody(link: Link, mode: str) -> None:
    client = await connect(link)
    await link.become(mode)  # type: ignore[arg-type]
    with pytest.raises(TimeoutError):
        await client.echoed(b"hello", within_s=0.2)
    with pytest.raises(TimeoutError):
        await (await connect(link)).echoed(b"hello", within_s=0.2)


async def test_a_connection_that_lost_words_is_broken_when_the_link_heals_and_others_go_on(link: Link) -> None:
    torn, quiet = await connect(link), await connect(link)
    assert (await torn.echoed(b"1"), await quiet.echoed(b"1")) == (b"1", b"1")
    await link.become("deaf")
    with pytest.raises(TimeoutError):
        await torn.echoed(b"lost", within_s=0.2)
    await link.become("pass")
    assert (await torn.echoed(b"2"), await quiet.echoed(b"2")) == (b"", b"2")


async def test_a_delayed_link_answers_late_and_a_slow_one_drips(link: Link) -> None:
    client, started = await connect(link), monotonic()
    await link.become("delay", 0.1)
    assert await client.echoed(b"hello") == b"hello"
    assert monotonic() - started >= 0.2, "there and back"
    await link.become("slow", 10_000)
    started = monotonic()
    assert await client.echoed(b"x" * 2_000) == b"x" * 2_000
    assert monotonic() - started >= 0.2


async def test_new_connections_follow_a_link_that_leads_elsewhere(link: Link) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"!")

    (elsewhere,) = free_ports(1)
    server = await asyncio.start_server(greet, LOOPBACK, elsewhere)
    before = await connect(link)
    link.target = elsewhere
    assert await (await connect(link)).echoed(b"?") == b"!"
    assert await before.echoed(b"?") == b"?"
    server.close()


async def test_a_link_to_a_dead_server_breaks_connections(link: Link) -> None:
    (link.target,) = free_ports(1)
    assert await (await connect(link)).echoed(b"hello?") == b""
