"""Health and metrics over HTTP: `/livez`, `/readyz`, `/metrics`, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

READ_WITHIN_S = 5.0
Page = Callable[[], tuple[HTTPStatus, str]]


class HealthServer:
    """A very small HTTP/1.1 server: GET, one request per connection."""

    def __init__(self, host: str, port: int, pages: Mapping[str, Page]) -> None:
        self._host = host
        self._port = port
        self._pages = pages
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen; returns the port. Raises `SystemExit` with what to do when the port is taken."""
        try:
            self._server = await asyncio.start_server(self._answer, self._host, self._port, limit=8192)
        except OSError as error:
            why = f"Port {self._port} on {self._host} is taken ({error}); set HEADWATER_HTTP_PORT."
            raise SystemExit(why) from None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A peer that goes away or sends nonsense is not worth a log line.
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(READ_WITHIN_S):
                request = await reader.readuntil(b"\r\n\r\n")
                status, text = self._page(request.split(b"\r\n", 1)[0].decode("latin-1"))
                body = text.encode()
                writer.write(
                    f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        writer.close()

    def _page(self, request_line: str) -> tuple[HTTPStatus, str]:
        method, _, rest = request_line.partition(" ")
        path = rest.split(" ")[0].split("?")[0]
        page = self._pages.get(path)
        if page is None:
            return HTTPStatus.NOT_FOUND, f"there is {', '.join(self._pages)}\n"
        if method != "GET":
            return HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n"
        return page()
