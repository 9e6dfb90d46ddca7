"""One round: a platform of its own, business, faults, rest, evidence, verdict."""

from __future__ import annotations

import asyncio
import pickle
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from headwater_cli.home import Home
from headwater_proof.chaos import stage as stages
from headwater_proof.chaos.collect import evidence
from headwater_proof.chaos.keeper import Keeper
from headwater_proof.chaos.ledger import Ledger
from headwater_proof.chaos.plan import plan
from headwater_proof.chaos.recovery import recoveries
from headwater_proof.chaos.rest import Rest
from headwater_proof.chaos.shop import Shop
from headwater_proof.chaos.stage import Stage
from headwater_proof.chaos.striking import Striking, Struck, targets
from headwater_proof.checker import check
from headwater_proof.evidence import Evidence, Violation

PER_SECOND = 8.0
"""Orders. Two cores run the platform, its clients and the proxies: they should not be what is tested."""
TAIL_S = 150.0
"""After the last fault the orders that are open come to their end within so long."""
REST_S = 60.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Outcome:
    """What came of a round."""

    seed: int
    violations: list[Violation]
    struck: list[Struck]
    recovery_ms: dict[str, list[int]]
    """By service."""
    orders: Counter[str]
    """By final status."""
    died: Counter[str] = field(default_factory=Counter)
    """Processes that ended though nobody killed them."""
    kept: Path | None = None
    """Where logs and evidence are, if something is wrong."""


@asynccontextmanager
async def platform(say: Say, doubled: tuple[str, ...] = stages.DOUBLED) -> AsyncIterator[tuple[Stage, Keeper]]:
    """A platform that is up, and looked after; it is gone afterwards, but for its logs if it still has a home."""
    home = Home(Path(tempfile.mkdtemp(prefix="headwater-chaos-")))
    stage = stages.prepare(home, stages.cast(doubled))
    keeper = Keeper(stage)
    watching: asyncio.Task[None] | None = None
    try:
        await stages.up(stage, say)
        watching = asyncio.create_task(keeper.run())
        yield stage, keeper
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})
        await stages.down(stage)
        shutil.rmtree(home.root / "data", ignore_errors=True)


async def play(seed: int, seconds: float, say: Say) -> Outcome:
    """One round from a seed."""
    async with platform(say) as (stage, keeper):
        striking = Striking(stage, keeper, say)
        with Ledger(stage.home.root / "ledger.jsonl") as ledger:
            shop = Shop(stage.gateway, ledger, seed)
            await shop.open()
            say("the shop is open")
            trading = asyncio.create_task(shop.trade(seconds, PER_SECOND))
            await striking.run(plan(seed, seconds, targets(stage)))
            say("the faults are over")
            restless = await _closed(shop, trading, seconds) or await Rest(stage.kafka, stage.store).wait(REST_S)
            say("at rest" if restless is None else f"not at rest: {restless}")
            found = await evidence(stage.kafka, stage.store, ledger.entries)
        outcome = await asyncio.to_thread(_judged, seed, found, striking.struck)
        outcome.died = keeper.died
        outcome.violations += [Violation("door", "the gateway", surprise) for surprise in shop.surprises]
        outcome.violations += [Violation("ended", "the platform", restless)] if restless else []
    _tidy(stage, outcome, found)
    return outcome


async def _closed(shop: Shop, trading: asyncio.Task[None], seconds: float) -> str | None:
    """Let the buyers finish; says so if they cannot."""
    try:
        async with asyncio.timeout(seconds + TAIL_S):
            await trading
        return None
    except TimeoutError:
        return f"buyers still wait {TAIL_S:.0f} s after the last fault"
    finally:
        await shop.close()


def _judged(seed: int, found: Evidence, struck: list[Struck]) -> Outcome:
    violations = check(found, stages.settings_by_service())
    orders = Counter(order["status"] for order in found.documents["orders"].get("order", ()))
    return Outcome(seed, violations, struck, recoveries(struck, found.records), orders)


def _tidy(stage: Stage, outcome: Outcome, found: Evidence) -> None:
    """Nothing is left of a clean round; of another one the logs, the ledger and the evidence."""
    if outcome.violations:
        outcome.kept = stage.home.root
        with suppress(OSError):
            (stage.home.root / "evidence.pickle").write_bytes(pickle.dumps(found))
    else:
        shutil.rmtree(stage.home.root, ignore_errors=True)
