"""`bench festival`: a stocking festival: 100,000 styles of 13,000 suppliers, which all start in one second.

Ours: sealed campaign orders on the orders inbox from the second of the start on -> pieces drawn from what is set aside
-> `OrderConfirmed`. The hot 1 % of the styles take half of the orders. Beside it, in the same rounds, the orders of
`bench journey`: as many, spread evenly over 1,000 SKUs without a campaign.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from headwater.contracts.base import (
    BuyerId,
    CampaignId,
    Message,
    OfferId,
    OrderId,
    Refused,
    ReplyTo,
    SupplierId,
    new_id,
)
from headwater.contracts.campaigns import CampaignRun, enrolment_id
from headwater.contracts.logistics import SetStockAside
from headwater.contracts.orders import OrderConfirmed, OrderLine, PlaceOrder
from headwater.contracts.quotes import sealed, to_seal
from headwater.contracts.topics import GATEWAY_REPLIES, ORDER_EVENTS, STOCK_INBOX
from headwater_bench.grounds import Grounds, grounds
from headwater_bench.journey import rate, start_ours
from headwater_bench.load import HOME, PLENTY, SECRETS, receipts, records, sku
from headwater_bench.plot import Bars
from headwater_bench.report import Comparison, Report, err, interleave, medians, per_s
from headwater_bench.stored import AT_ONCE
from logistics.domain import setting_aside
from logistics.domain.network import Network

GOAL = 0.8
STYLES, SUPPLIERS = 100_000, 13_000
JOURNEY_SKUS = 1000
HOT_SHARE, HOT_ORDERS = 0.01, 0.5
CAMPAIGN = CampaignId("festival")
REPLY = ReplyTo(topic=STOCK_INBOX, key="bench")


async def festival(quick: bool = False) -> Report:
    """Orders per second from the second of the start on, beside the same number without a campaign."""
    count, rounds, styles = (1000, 1, 2000) if quick else (5000, 3, STYLES)
    async with grounds() as here:
        await start_ours(here, JOURNEY_SKUS)
        starts_at = (datetime.now(UTC) + timedelta(seconds=20 if quick else 90)).replace(microsecond=0)
        run = CampaignRun(campaign_id=CAMPAIGN, starts_at=starts_at, ends_at=starts_at + timedelta(days=1))
        await _set_aside(here, styles, run)
        too_early = await _refused_before(here, styles, run)
        await asyncio.sleep(max(0.0, (starts_at - datetime.now(UTC)).total_seconds()))
        waits: list[float] = []
        chance = Random(1111)
        sides = {
            "festival": partial(_rate, here, count, styles, run, chance, waits),
            "journey": partial(rate, here, count, JOURNEY_SKUS),
        }
        found = await interleave("festival", sides, rounds, per_s)
        oversold, conserved = await _oversold(here)
    waits = sorted(waits[count:])  # the warm-up's are left out
    return Report(
        "festival",
        [
            Comparison(
                "journey_ratio", "as many orders without a campaign", "orders/s", GOAL,
                [*zip(found["festival"], found["journey"], strict=True)],
            )
        ],
        Bars("Orders from placed to confirmed", "orders/s", medians(found)),
        here.parts,
        claims={"never_oversold": oversold == 0, "conserved": conserved, "refused_before_the_start": too_early},
        more={
            "orders": count, "styles": styles, "suppliers": min(SUPPLIERS, styles), "oversold": oversold,
            "p50_ms": round(waits[len(waits) // 2]), "p99_ms": round(waits[len(waits) * 99 // 100]),
        },
    )  # fmt: skip


async def _set_aside(here: Grounds, styles: int, run: CampaignRun) -> None:
    """Put the stock of so many styles into the store, all of it set aside, as our own rules write it."""
    err.print(f"setting aside {styles:,} styles")
    network, now = Network.load(), datetime.now(UTC)
    ask = SetStockAside(
        sku_id=sku(0), enrolment_id="enr_1", turn=1, run=run, pieces=PLENTY // 1000, reply_to=REPLY,
    )  # fmt: skip
    samples = []
    for receipt in receipts(6, "festival"):
        received = setting_aside.decide(network, None, receipt, now).state
        state = setting_aside.decide(network, received, ask, now).state
        assert state is not None
        samples.append(state.model_dump(exclude={"holds"}))
    collection = here.database("logistics")["stock"]
    for start in range(0, styles, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, styles))
        await collection.insert_many([_stock(samples[number % 6], number) for number in numbers], ordered=False)


def _stock(sample: dict[str, Any], number: int) -> dict[str, Any]:
    id = sku(JOURNEY_SKUS + number)
    (aside,) = sample["asides"].values()
    asides = {enrolment_id(CAMPAIGN, _offer(number)): aside}
    return {"_id": id, "version": 2, **sample, "sku_id": id, "asides": asides}


def _offer(number: int) -> OfferId:
    return OfferId(f"off-{number}")


def _orders(count: int, styles: int, run: CampaignRun, chance: Random) -> list[Message]:
    """Half of them over the hot styles, half over the others, each with one style."""
    hot = max(1, int(styles * HOT_SHARE))
    return [
        _order(number, chance.randrange(hot) if chance.random() < HOT_ORDERS else chance.randrange(hot, styles), run)
        for number in range(count)
    ]


def _order(number: int, style: int, run: CampaignRun) -> PlaceOrder:
    lines = (OrderLine(sku_id=sku(JOURNEY_SKUS + style), offer_id=_offer(style), quantity=2, unit_price_fen=1999),)
    buyer_id, supplier_id = BuyerId(f"shop-{number % 500}"), SupplierId(f"sup-{style % SUPPLIERS}")
    seal = sealed(SECRETS, run.ends_at, buyer_id, supplier_id, "CNY", "goods", to_seal(lines), run)
    return PlaceOrder(
        order_id=OrderId(new_id("ord")), buyer_id=buyer_id, supplier_id=supplier_id, currency="CNY", destination=HOME,
        fingerprint="bench", lines=lines, reply_to=ReplyTo(topic=GATEWAY_REPLIES, key=f"req_{number}"), seal=seal,
        campaign=run,
    )  # fmt: skip


async def _refused_before(here: Grounds, styles: int, run: CampaignRun) -> bool:
    """An order before the start is refused by name; so this must run before it."""
    early = await records(here.producer, _orders(1, styles, run, Random(1)))
    async with here.arrivals(GATEWAY_REPLIES) as arrivals:
        await here.publish(early)
        async for replies in arrivals.of([Refused.TYPE], 1, within_s=10):
            return all(b"campaign_not_started" in reply.value for reply in replies)
    return False


async def _rate(here: Grounds, count: int, styles: int, run: CampaignRun, chance: Random, waits: list[float]) -> float:
    """Orders per second; `waits` takes each one's milliseconds from the first one published to its confirmation."""
    load = await records(here.producer, _orders(count, styles, run, chance))
    async with here.arrivals(ORDER_EVENTS) as arrivals:
        started, at = time.perf_counter(), time.time() * 1000
        await here.publish(load)
        async for confirmed in arrivals.of([OrderConfirmed.TYPE], count):
            waits += [record.timestamp - at for record in confirmed]
        return count / (time.perf_counter() - started)


async def _oversold(here: Grounds) -> tuple[int, bool]:
    """Shelves that promise more than there is; and whether what pools lack is in the holds, piece by piece."""
    oversold, aside, pools, lacking = 0, 0, 0, 0
    async for stock in here.database("logistics")["stock"].find({}, {"shelves": 1, "asides": 1}):
        for shelf in stock["shelves"].values():
            parts = (shelf["held"], shelf["aside"], shelf["on_hand"] - shelf["held"] - shelf["aside"])
            oversold += min(parts) < 0
            aside += shelf["aside"]
        for pool in stock["asides"].values():
            pools += sum(pool["left"].values())
            lacking += pool["pieces"] - sum(pool["left"].values())
    held = 0
    async for hold in here.database("logistics")["stock.holds"].find({"drawn": {"$ne": None}}, {"allocations": 1}):
        held += sum(hold["allocations"].values())
    return oversold, (aside, lacking) == (pools, held)
