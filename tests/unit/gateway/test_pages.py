"""Health, the page, and the description of the API."""

from __future__ import annotations

from html.parser import HTMLParser

import openapi_spec_validator
import pytest

from gateway.routes.pages import PAGE
from tests.unit.gateway.building import world


async def test_the_gateway_is_ready_once_kafka_answers() -> None:
    async with world() as gateway:
        assert (await gateway.http.get("/readyz")).status_code == 200
        gateway.pulse.why_away = "Kafka at 127.0.0.1:1 does not answer"
        assert (await gateway.http.get("/readyz")).text == "Kafka at 127.0.0.1:1 does not answer\n"


async def test_a_gateway_that_stops_lives_but_is_not_ready() -> None:
    async with world() as gateway:
        gateway.app.state.closing.set()
        assert (await gateway.http.get("/livez")).status_code == 200
        assert (await gateway.http.get("/readyz")).status_code == 503


async def test_before_kafka_is_there_requests_are_told_to_come_again() -> None:
    async with world() as gateway:
        del gateway.app.state.door
        response = await gateway.http.get("/v1/offers")
        assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert (await gateway.http.get("/readyz")).text == "starting\n"


class Links(HTMLParser):
    """Collects what a page loads, and what a strict policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loaded += [found[name] or "" for name in ("src", "href") if name in found and tag != "a"]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]


async def test_the_page_loads_nothing_from_elsewhere_and_all_that_it_names_is_there() -> None:
    async with world() as gateway:
        page = await gateway.http.get("/")
        links = Links()
        links.feed(page.text)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert links.inline == []
        for address in links.loaded:
            assert address.startswith("/page/")
            assert (await gateway.http.get(address)).status_code == 200


@pytest.mark.parametrize("file", sorted(path.name for path in PAGE.iterdir()))
async def test_no_file_of_the_page_speaks_of_another_host(file: str) -> None:
    text = (PAGE / file).read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text


@pytest.mark.parametrize("name", ["..%2Fapp.py", "nothing.js", "%00", "x" * 300 + ".js"])
async def test_no_other_file_is_given_away(name: str) -> None:
    async with world() as gateway:
        assert (await gateway.http.get(f"/page/{name}")).status_code == 404


async def test_the_api_describes_itself() -> None:
    async with world() as gateway:
        described = (await gateway.http.get("/openapi.json")).json()
        openapi_spec_validator.validate(described)
        assert described["openapi"] == "3.1.0"
        for path, operations in described["paths"].items():
            for operation in operations.values():
                assert "application/problem+json" in operation["responses"]["default"]["content"], path
                assert all("schema" in next(iter(r["content"].values())) for r in operation["responses"].values())
