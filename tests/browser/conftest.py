"""A browser, a page in it, and the gateway that the page talks to."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.fake_gateway import FakeGateway, Script

CHROMIUM = Path("/usr/bin/chromium")
PRESENT = CHROMIUM.exists()
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]


@dataclass
class Seat:
    """An operator's seat: the page, what it complained about, what it asked for."""

    page: Page
    script: Script
    address: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """A gateway with nothing to say yet."""
    server = FakeGateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.script.cut_off()
    server.shutdown()
    server.server_close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    if not PRESENT:
        pytest.skip(f"{CHROMIUM} is absent: install the package chromium to run the tests of the live page")
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def seat(gateway: FakeGateway, browser: Browser) -> Seat:
    """The page, opened at a desk, in English."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = await context.new_page()
    seat = Seat(page, gateway.script, gateway.address)
    page.on("console", lambda said: seat.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seat.complaints.append(str(error)))
    page.on("request", lambda request: seat.requests.append(request.url))
    await page.goto(gateway.address)
    return seat
