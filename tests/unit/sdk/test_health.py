"""Health and metrics, as a probe and Prometheus read them."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from http import HTTPStatus

import pytest
from prometheus_client.parser import text_string_to_metric_families

from headwater.sdk.counts import Counts, exposition
from headwater.sdk.health import HealthServer


async def ask(port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /readyz HTTP/1.1", "503 Service Unavailable"),
        ("GET /livez?x=1 HTTP/1.1", "200 OK"),
        ("GET / HTTP/1.1", "404 Not Found"),
        ("POST /livez HTTP/1.1", "405 Method Not Allowed"),
        ("\xff", "404 Not Found"),
    ],
)
async def test_each_request_gets_its_answer(request_line: str, status: str) -> None:
    server = HealthServer("127.0.0.1", 0, {
        "/livez": lambda: (HTTPStatus.OK, "ok\n"),
        "/readyz": lambda: (HTTPStatus.SERVICE_UNAVAILABLE, "waits for Kafka\n"),
    })  # fmt: skip
    port = await server.start()
    answer = await ask(port, request_line.encode("latin-1") + b"\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status}\r\n")
    await server.stop()


async def test_an_endless_header_is_cut_off_and_the_next_request_answered() -> None:
    server = HealthServer("127.0.0.1", 0, {"/livez": lambda: (HTTPStatus.OK, "ok\n")})
    port = await server.start()
    with suppress(ConnectionError):  # the rest of it may meet a closed door
        assert await ask(port, b"x" * 100_000) == ""
    assert "200 OK" in await ask(port, b"GET /livez HTTP/1.1\r\n\r\n")
    await server.stop()


async def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {taken} .* set HEADWATER_HTTP_PORT"):
            await HealthServer("127.0.0.1", taken, {}).start()


def test_prometheus_reads_the_metrics() -> None:
    text = exposition([Counts("partners.carrier.a", applied=3, dead_lettered=1), Counts("partners.carrier.b", lag=7)])
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["headwater_messages_total", "partners.carrier.a", "applied"] == 3
    assert samples["headwater_messages_total", "partners.carrier.a", "dead_lettered"] == 1
    assert samples["headwater_lag_messages", "partners.carrier.b"] == 7
