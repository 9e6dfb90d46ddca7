"""A network that can be torn: each link is a TCP proxy between two of our processes.

What a link may do with the bytes of its connections:

    pass          nothing
    delay         hand on each piece so many seconds later
    slow          hand on so many bytes a second
    cut           connections break, new ones are refused
    deaf          half open: what the client says is swallowed, and nobody is told
    mute          half open: what the server answers is swallowed
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from headwater_cli.ports import LOOPBACK

Mode = Literal["pass", "delay", "slow", "cut", "deaf", "mute"]
MODES: tuple[Mode, ...] = ("pass", "delay", "slow", "cut", "deaf", "mute")
PIECE = 64 * 1024
SLOW_STEP_S = 0.05
"""A slow link hands on what fits into so many seconds at a time."""


@dataclass(slots=True, eq=False)
class Pair:
    """A connection: the client's side and the server's."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    torn: bool = False
    """Something of it was swallowed: it can never be whole again."""

    def abort(self) -> None:
        """Break both sides at once."""
        self.client.transport.abort()
        self.server.transport.abort()


class Link:
    """A port that leads to another one."""

    def __init__(self, name: str, port: int, target: int) -> None:
        self.name = name
        self.port = port
        self.target = target
        """The port it leads to; new connections follow a change."""
        self.mode: Mode = "pass"
        self._amount = 0.0
        self._server: asyncio.Server | None = None
        self._pairs: set[Pair] = set()

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def close(self) -> None:
        """Break all connections and listen no longer."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for pair in tuple(self._pairs):
            pair.abort()

    async def become(self, mode: Mode, amount: float = 0.0) -> None:
        """Change what happens to bytes: `amount` is seconds for delay, bytes a second for slow."""
        self.mode, self._amount = mode, amount
        for pair in tuple(self._pairs):
            if pair.torn and mode not in ("deaf", "mute"):
                pair.abort()
        if mode == "cut":
            await self.close()
        elif self._server is None:
            await self.open()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, server)
        if self.mode == "cut":
            pair.abort()
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._carry(reader, server, pair, "deaf"), self._carry(answers, writer, pair, "mute"))
        finally:
            self._pairs.discard(pair)

    async def _carry(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, pair: Pair, swallowed_by: Mode
    ) -> None:
        """Hand on one direction until either side ends; then both do."""
        with suppress(OSError, RuntimeError):  # uvloop's word for a connection that was broken meanwhile
            while data := await source.read(PIECE):
                if self.mode == swallowed_by:
                    pair.torn = True
                else:
                    await self._hand_on(data, sink)
        with suppress(OSError, RuntimeError):
            sink.close()

    async def _hand_on(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        if self.mode == "delay":
            await asyncio.sleep(self._amount)
        while data:
            piece = data
            if self.mode == "slow":
                piece = data[: max(1, int(self._amount * SLOW_STEP_S))]
                await asyncio.sleep(SLOW_STEP_S)
            data = data[len(piece) :]
            sink.write(piece)
            await sink.drain()
