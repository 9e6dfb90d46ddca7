"""The live page at `/`, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Seat
from tests.browser.fake_gateway import Script, now

pytestmark = pytest.mark.browser
SCRIPT = "<script>window.harm = 1</script><img src=x onerror='window.harm = 1'>"


def place(script: Script, order_id: str, total_fen: int = 123_456) -> None:
    script.tell("OrderPlaced", order_id, order_id=order_id, total_fen=total_fen, currency="CNY", city="Wuhan", lines=[])


def pay(script: Script, order_id: str, amount_fen: int = 123_456) -> None:
    script.tell("OrderPaid", order_id, order_id=order_id, amount_fen=amount_fen, currency="CNY", lines=[])


def delay(script: Script, order_id: str, reason: str = "snow at Wuhan") -> None:
    script.tell(
        "ShipmentDelayed", "shp-1", shipment_id="shp-1", order_id=order_id, reason=reason, delay_hours=4,
        promised_at="2026-11-24T09:00:00Z",
    )  # fmt: skip


def know(script: Script, order_id: str, **fields: Any) -> None:
    """The look-ups answer for this order."""
    line = {"sku_id": "xi1-red-M", "offer_id": "off-1", "quantity": 3, "unit_price_fen": 41_152}
    history = [{"what": "placed", "at": "2026-11-23T09:00:00Z", "note": ""},
               {"what": "shipped", "at": "2026-11-23T09:03:00Z", "note": ""}]  # fmt: skip
    scan = {"status": "packed", "occurred_at": "2026-11-23T09:02:00Z", "heard_at": "2026-11-23T09:02:01Z",
            "place": "wh-keqiao", "note": ""}  # fmt: skip
    order = {
        "order_id": order_id, "buyer_id": "buyer-1", "supplier_id": "sup-1", "status": "shipped", "lines": [line],
        "total_fen": 123_456, "paid_fen": 123_456, "settled_fen": 0, "currency": "CNY", "allocations": [],
        "shipments": [], "history": history, "placed_at": now(), "pay_by": now(), "accept_by": None, "refusal": "",
        "city": "Wuhan",
    }  # fmt: skip
    parcel = {"shipment_id": "shp-1", "warehouse_id": "wh-keqiao", "carrier_id": "demo", "status": "packed",
              "promised_at": now(), "weight_g": 1200, "scans": [scan]}  # fmt: skip
    script.answers[f"/v1/orders/{order_id}"] = order | fields
    script.answers[f"/v1/orders/{order_id}/track"] = {"order_id": order_id, "shipments": [parcel]}


async def test_an_order_moves_from_stage_to_stage_with_its_money(seat: Seat) -> None:
    count = seat.page.locator(".lane-count")
    place(seat.script, "ord-1")
    await expect(count.nth(0)).to_have_text("1")

    seat.script.tell("OrderConfirmed", "ord-1", order_id="ord-1", allocations=[])
    pay(seat.script, "ord-1")
    await expect(count).to_have_text(["0", "0", "1", "0", "0", "0"])
    await expect(seat.page.locator("#money-transit")).to_have_text("¥1,234.56")

    seat.script.tell("OrderCompleted", "ord-1", order_id="ord-1", settled_fen=123_456, currency="CNY")
    await expect(count).to_have_text(["0", "0", "0", "0", "0", "1"])
    await expect(seat.page.locator("#money-transit")).to_have_text("¥0.00")
    await expect(seat.page.locator("#money-settled")).to_have_text("¥1,234.56")


async def test_an_order_that_is_refused_leaves_the_river(seat: Seat) -> None:
    place(seat.script, "ord-1")
    seat.script.tell("OrderRefused", "ord-1", order_id="ord-1", reason="3 of 40 pieces free")
    await expect(seat.page.locator(".aside-count")).to_have_text(["1", "0", "0"])
    await expect(seat.page.locator(".lane-count").nth(0)).to_have_text("0")


async def test_a_late_parcel_is_named_with_its_reason_until_it_arrives(seat: Seat) -> None:
    delay(seat.script, "ord-1")
    late = seat.page.locator("#late-rows")
    await expect(late).to_contain_text("snow at Wuhan")
    await expect(late).to_contain_text("+4 h")
    seat.script.tell("ShipmentMoved", "shp-1", shipment_id="shp-1", order_id="ord-1", status="delivered", place="Wuhan")
    await expect(seat.page.locator("#late-none")).to_be_visible()


async def test_a_restock_alert_is_shown(seat: Seat) -> None:
    seat.script.tell("RestockSuggested", "xi66781-L", sku_id="xi66781-L", sold=10_020, threshold=10_000)
    await expect(seat.page.locator("#restock-rows")).to_contain_text("xi66781-L")
    await expect(seat.page.locator("#restock-rows")).to_contain_text("sold 10,020, past 10,000")


async def test_events_that_come_again_after_a_reconnection_count_once(seat: Seat) -> None:
    place(seat.script, "ord-1")
    await expect(seat.page.locator("#since")).to_contain_text("Events counted: 1,")
    seat.script.cut_off()
    await expect(seat.page.locator("#badge-name")).to_have_text("Offline")
    seat.script.cut_off(False)
    place(seat.script, "ord-2")
    await expect(seat.page.locator("#since")).to_contain_text("Events counted: 2,", timeout=15_000)
    await expect(seat.page.locator(".lane-count").nth(0)).to_have_text("2")


async def test_silence_is_stale_and_a_broken_connection_is_offline(seat: Seat) -> None:
    badge = seat.page.locator("#badge")
    seat.script.beat()
    await expect(badge).to_contain_text("Live")
    await expect(badge).to_contain_text("Stale silent for", timeout=12_000)
    seat.script.beat()
    await expect(badge).to_contain_text("Live")
    seat.script.cut_off()
    await expect(badge).to_contain_text("Offline for")
    seat.script.cut_off(False)
    await expect(badge).to_contain_text("Live", timeout=15_000)


async def test_an_order_opens_and_closes_by_keyboard_alone(seat: Seat) -> None:
    know(seat.script, "ord-1")
    place(seat.script, "ord-1")
    slot = seat.page.get_by_role("button", name="Order ord-1")
    await slot.first.focus()
    await seat.page.keyboard.press("Enter")
    dialog = seat.page.get_by_role("dialog", name="Order · Shipped")
    await expect(dialog).to_be_visible()
    await expect(dialog.locator(".life-what")).to_have_text(["Placed", "Packed", "Shipped"])
    await seat.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(slot.first).to_be_focused()


async def test_an_order_that_does_not_exist_is_said_so(seat: Seat) -> None:
    await seat.page.locator("#find-id").fill("ord-nowhere")
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_role("dialog")).to_contain_text("There is no order ord-nowhere.")


async def test_markup_in_what_people_write_is_only_text(seat: Seat) -> None:
    know(seat.script, "ord-1", city=SCRIPT, refusal=SCRIPT)
    delay(seat.script, "ord-1", reason=SCRIPT)
    seat.script.tell("OrderCancelled", "ord-1", order_id="ord-1", reason=SCRIPT)
    await expect(seat.page.locator("#late-rows")).to_contain_text("<script>")
    await seat.page.locator("#late-rows button").first.click()
    await expect(seat.page.get_by_role("dialog")).to_contain_text("<script>")
    assert await seat.page.evaluate("window.harm") is None


async def test_nothing_is_asked_of_another_origin_and_nothing_fails(seat: Seat) -> None:
    know(seat.script, "ord-1")
    place(seat.script, "ord-1")
    await seat.page.get_by_role("button", name="Order ord-1").first.click()
    await expect(seat.page.locator(".life")).to_be_visible()
    assert seat.complaints == []
    assert [url for url in seat.requests if not url.startswith(f"{seat.address}/")] == []


async def test_the_language_is_switched_and_remembered(seat: Seat) -> None:
    await seat.page.locator("#language").click()
    await expect(seat.page.locator(".lane-name").first).to_have_text("已下单")
    await seat.page.reload()
    await expect(seat.page.locator(".lane-name").first).to_have_text("已下单")
    assert await seat.page.evaluate("document.documentElement.lang") == "zh-CN"


async def test_the_dark_theme_is_chosen_and_remembered(seat: Seat) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    bright = await seat.page.evaluate(background)
    await seat.page.locator("#theme").click()
    await seat.page.locator("#theme").click()
    await seat.page.reload()
    assert await seat.page.evaluate(background) != bright


async def test_an_empty_river_tells_how_to_make_it_move(seat: Seat) -> None:
    await expect(seat.page.locator("#empty")).to_contain_text("make demo")
    place(seat.script, "ord-1")
    await expect(seat.page.locator("#empty")).to_be_hidden()


async def test_a_narrow_page_does_not_scroll_sideways(seat: Seat) -> None:
    await seat.page.set_viewport_size({"width": 360, "height": 780})
    place(seat.script, "ord_" + "a" * 92, total_fen=10**15)
    delay(seat.script, "ord_" + "a" * 92, reason="a very long reason " * 10)
    know(seat.script, "ord_" + "a" * 92)
    await expect(seat.page.locator("#late-rows")).to_contain_text("a very long reason")
    assert await seat.page.evaluate("document.documentElement.scrollWidth") <= 360
    await seat.page.locator("#late-rows button").first.click()
    await expect(seat.page.locator(".life")).to_be_visible()
    dialog = "(d => d.scrollWidth <= d.clientWidth)(document.getElementById('order'))"
    assert await seat.page.evaluate(dialog)


async def test_a_thousand_events_a_second_keep_the_page_small_and_smooth(seat: Seat) -> None:
    for number in range(3_000):
        place(seat.script, f"ord-{number}")
    await expect(seat.page.locator(".lane-count").first).to_have_text("3,000", timeout=15_000)
    assert await seat.page.evaluate("document.querySelectorAll('*').length") < 800
    await seat.page.evaluate(
        "window.longest = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "one => window.longest = Math.max(window.longest, one.duration))).observe({type: 'longtask'})"
    )
    for number in range(20):
        for order in range(50):
            pay(seat.script, f"ord-{50 * number + order}")
        await seat.page.wait_for_timeout(50)
    await expect(seat.page.locator(".lane-count").nth(2)).to_have_text("1,000")
    assert await seat.page.evaluate("window.longest") < 200
