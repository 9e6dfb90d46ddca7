"""What no request gets past: size, kind and time of its body, and the form of every error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.unit.gateway.building import JSON, SHOP, basket, world

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def is_problem(response: httpx.Response, status: int, type: str) -> bool:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= body.keys()
    assert (response.status_code, body["type"], body["status"]) == (status, f"/problems/{type}", status)
    return True


async def test_a_body_that_says_it_is_too_large_is_refused() -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/quote", content=b" " * 300_000, headers=JSON)
        assert is_problem(response, 413, "body-too-large")


async def test_a_body_that_does_not_say_its_size_is_counted() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 10_000

    async with world() as gateway:
        response = await gateway.http.post("/v1/quote", content=endless(), headers=JSON)
        assert is_problem(response, 413, "body-too-large")


async def test_a_body_that_never_ends_is_given_up() -> None:
    async def dripping() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    async with world(body_within_s=0.05) as gateway:
        assert is_problem(await gateway.http.post("/v1/quote", content=dripping(), headers=JSON), 408, "body-too-slow")


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}])
async def test_a_body_must_be_json_by_its_type(headers: dict[str, str]) -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/quote", content=b"{}", headers=headers)
        assert is_problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"lines": ' + b"9" * 5000 + b"}", b"\xff"])
async def test_what_is_not_json_is_told_so(body: bytes) -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/quote", content=body, headers=JSON)
        assert is_problem(response, 400, "malformed-json")


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "NaN", "Infinity", "1e400", "9" * 400, '"2"', "null", "true"])
async def test_a_quantity_is_a_whole_number_of_at_least_one(quantity: str) -> None:
    body = f'{{"lines": [{{"sku_id": "tee-L", "quantity": {quantity}}}]}}'
    async with world() as gateway:
        response = await gateway.http.post("/v1/quote", content=body, headers=JSON)
        assert is_problem(response, 422, "invalid")
        assert response.json()["errors"][0]["field"] == "body.lines.0.quantity"


async def test_a_negative_price_is_refused() -> None:
    body = {"price_ranges": [{"start_quantity": 1, "price_fen": -5}]}
    async with world() as gateway:
        assert is_problem(await gateway.http.post("/v1/offers/off-1/prices", json=body), 422, "invalid")


async def test_ten_thousand_lines_are_refused() -> None:
    body = {"lines": [{"sku_id": "a", "quantity": 1}] * 10_000}
    async with world(largest_body=1_000_000) as gateway:
        response = await gateway.http.post("/v1/quote", json=body)
        assert is_problem(response, 422, "invalid")


async def test_a_field_nobody_knows_is_refused() -> None:
    async with world() as gateway:
        response = await gateway.http.post("/v1/orders", json={**basket(), "price": 1}, headers=SHOP)
        assert is_problem(response, 422, "invalid")


@pytest.mark.parametrize("city", ["\\ud800", "x" * 201])
async def test_a_text_must_be_text_of_bounded_length(city: str) -> None:
    body = f'{{"sku_id": "a", "pieces": 1, "city": "{city}"}}'
    async with world() as gateway:
        assert is_problem(await gateway.http.post("/v1/promise", content=body, headers=JSON), 422, "invalid")


@pytest.mark.parametrize("path", ["/v1/orders/%20/cancel", "/v1/orders/a%2Fb/cancel", "/v1/orders/%00/cancel"])
async def test_a_path_that_is_no_id_is_never_a_bug(path: str) -> None:
    async with world() as gateway:
        response = await gateway.http.post(path, json={"reason": "x"}, headers=SHOP)
        assert response.status_code in {404, 422}
        assert gateway.commands.sent == []


async def test_what_is_not_there_is_said_so() -> None:
    async with world() as gateway:
        assert is_problem(await gateway.http.get("/v1/nothing"), 404, "not-found")


async def test_a_method_that_is_not_offered_names_those_that_are() -> None:
    async with world() as gateway:
        response = await gateway.http.put("/v1/quote", json={})
        assert is_problem(response, 405, "method-not-allowed")
        assert response.headers["allow"] == "POST"


async def test_a_bug_is_a_problem_with_its_trace() -> None:
    async with world() as gateway:
        gateway.commands.reply = RuntimeError("a bug")
        body = {"sku_id": "a", "warehouse_id": "yiwu", "pieces": 1}
        response = await gateway.http.post("/v1/stock/receipts", json=body)
        assert is_problem(response, 500, "internal")
        assert response.headers["traceparent"].startswith("00-")


async def test_the_clients_trace_goes_with_the_command_and_comes_back() -> None:
    async with world() as gateway:
        body = {"sku_id": "a", "warehouse_id": "yiwu", "pieces": 1}
        response = await gateway.http.post("/v1/stock/receipts", json=body, headers={"traceparent": TRACE})
        assert response.headers["traceparent"] == TRACE
        assert gateway.commands.traces == [TRACE]


@pytest.mark.parametrize("given", ["", "nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", TRACE.upper()])
async def test_a_trace_that_cannot_be_read_is_replaced(given: str) -> None:
    async with world() as gateway:
        response = await gateway.http.get("/livez", headers={"traceparent": given})
        assert response.headers["traceparent"] not in {"", given}


async def test_every_error_of_a_parameter_is_named() -> None:
    async with world() as gateway:
        response = await gateway.http.get("/v1/offers", params={"page_size": "many"})
        assert is_problem(response, 422, "invalid")
        assert response.json()["errors"][0]["field"] == "query.page_size"


async def test_answers_count_by_route_and_status() -> None:
    async with world() as gateway:
        await gateway.http.get("/v1/offers/off-1")
        page = (await gateway.http.get("/metrics")).text
        assert 'headwater_http_requests_total{method="GET",route="/v1/offers/{offer_id}",status="503"} 1.0' in page


async def test_nothing_is_let_into_a_frame_or_guessed_at() -> None:
    async with world() as gateway:
        headers: Any = (await gateway.http.get("/livez")).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
