"""Plays the script: every buyer at once through the gateway, and what each of them was told is written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random

import httpx

from headwater_cli.demo.belt import Belt
from headwater_cli.demo.door import Door
from headwater_cli.demo.script import Act
from headwater_cli.problem import Problem

BUYERS = 64
"""So many buyers are in the shop at the same time; more would only queue on a laptop."""
PLACING = 16
"""So many of them place at the same moment."""
WITHIN_S = 90.0
"""An order that has not come to its end by then is stuck."""
NOT_YET = {409, 404}


@dataclass(slots=True)
class Told:
    """What one buyer was told by the platform."""

    act: Act
    order_id: str = ""
    place_ms: float = 0.0
    paid_fen: int = 0
    status: str = "not placed"
    surprises: list[str] = field(default_factory=list)


Progress = Callable[[str], None]


async def stock_up(door: Door, belt: Belt, seed: int, run: str, step: Progress) -> dict[tuple[str, str], int]:
    """Bring the belt in: factories, offers, goods. Returns the pieces received by SKU and warehouse."""
    await _each(belt.suppliers, lambda body: _made(door, "/v1/suppliers", body), step)
    await _each(belt.offers, lambda body: _listed(door, body), step)
    receipts = list(belt.receipts(Random(f"receipts {seed}"), run))
    await _each(receipts, lambda body: _made(door, "/v1/stock/receipts", body), step)
    return {(receipt["sku_id"], receipt["warehouse_id"]): receipt["pieces"] for receipt in receipts}


async def play(door: Door, acts: Iterable[Act], step: Progress) -> list[Told]:
    """Play all acts, as many at a time as there is room for."""
    placing, buyers = asyncio.Semaphore(PLACING), asyncio.Semaphore(BUYERS)

    async def one(act: Act) -> Told:
        async with buyers:
            return await _play(door, act, placing, step)

    async with door.listening():
        return await asyncio.gather(*map(one, acts))


async def _play(door: Door, act: Act, placing: asyncio.Semaphore, step: Progress) -> Told:
    told = Told(act)
    async with placing:
        await _place(door, act, told)
    if told.order_id:
        await _go_on(door, act, told)
    step(told.status)
    return told


async def _place(door: Door, act: Act, told: Told) -> None:
    started = time.perf_counter()
    answer = await door.post("/v1/orders", act.body, act.buyer, act.key)
    told.place_ms = (time.perf_counter() - started) * 1000
    if answer.status_code not in {201, 202, 409}:
        told.surprises.append(f"placing was answered {answer.status_code}: {answer.text[:300]}")
        return
    told.order_id = _order_id(answer)
    if answer.status_code == httpx.codes.CREATED:
        door.heard(told.order_id, "confirmed")
    if act.twice:
        again = await door.post("/v1/orders", act.body, act.buyer, act.key)
        if _order_id(again) != told.order_id:
            told.surprises.append(f"the same key made two orders, {told.order_id} and {_order_id(again)}")


async def _go_on(door: Door, act: Act, told: Told) -> None:
    order_id, buyer = told.order_id, act.buyer
    told.status = await door.until(order_id, buyer, {"confirmed"}, WITHIN_S)
    if told.status == "confirmed" and act.plot == "cancel":
        await door.post(f"/v1/orders/{order_id}/cancel", {"reason": "changed my mind"}, buyer, f"{act.key}-cancel")
    elif told.status == "confirmed" and act.plot in {"accept", "wait"}:
        await _pay(door, act, told)
        told.status = await door.until(order_id, buyer, {"delivered"}, WITHIN_S)
        if told.status == "delivered" and act.plot == "accept":
            await door.post(f"/v1/orders/{order_id}/accept", {}, buyer, f"{act.key}-accept")
            await _review(door, act, told)
    told.status = await door.until(order_id, buyer, {act.end}, WITHIN_S)


async def _pay(door: Door, act: Act, told: Told) -> None:
    total = (await door.order(told.order_id, act.buyer))["total_fen"]
    body = {"payment_id": f"pay-{act.key}", "amount_fen": total}
    for _ in range(2 if act.twice else 1):
        answer = await door.post(f"/v1/orders/{told.order_id}/pay", body, act.buyer, f"{act.key}-pay")
        if answer.status_code not in {200, 202}:
            told.surprises.append(f"paying was answered {answer.status_code}: {answer.text[:300]}")
            return
    told.paid_fen = total


async def _review(door: Door, act: Act, told: Told) -> None:
    if act.review is None:
        return
    rating, text = act.review
    body = {"sku_id": act.body["lines"][0]["sku_id"], "rating": rating, "text": text}
    for _ in range(20):  # the reviews service hears of the delivery a moment later
        answer = await door.post(f"/v1/orders/{told.order_id}/reviews", body, act.buyer, f"{act.key}-review")
        if answer.status_code not in NOT_YET:
            break
        await asyncio.sleep(0.5)
    if answer.status_code not in {200, 201, 202}:
        told.surprises.append(f"the review was answered {answer.status_code}: {answer.text[:300]}")


def _order_id(answer: httpx.Response) -> str:
    found = answer.json().get("order_id") or answer.headers.get("location", "").rpartition("/")[2]
    return str(found)


async def _made(door: Door, path: str, body: dict[str, object]) -> None:
    answer = await door.post(path, body)
    if answer.status_code not in {200, 201, 202}:
        raise Problem(f"POST {path} was answered {answer.status_code}: {answer.text[:300]}")


async def _listed(door: Door, body: dict[str, object]) -> None:
    """An offer of the belt, on the shelf. One that an older belt has left there is revised."""
    answer = await door.post("/v1/offers", body)
    if answer.status_code == 409 and answer.json()["type"] == "/problems/already-listed":
        contents = {name: value for name, value in body.items() if name not in ("offer_id", "supplier_id")}
        answer = await door.put(f"/v1/offers/{body['offer_id']}", contents)
    if answer.status_code not in {200, 201, 202}:
        raise Problem(f"Listing {body['offer_id']} was answered {answer.status_code}: {answer.text[:300]}")


async def _each(bodies: list[dict[str, object]], make: Callable[[dict[str, object]], object], step: Progress) -> None:
    limit = asyncio.Semaphore(PLACING)

    async def one(body: dict[str, object]) -> None:
        async with limit:
            await make(body)  # type: ignore[misc]
        step("")

    await asyncio.gather(*(one(body) for body in bodies))
