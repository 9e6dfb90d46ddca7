"""One round: a platform of its own, business, whatever happens to it, rest, evidence, verdict."""

from __future__ import annotations

import asyncio
import pickle
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
from headwater_proof.chaos.stage import DOUBLED, Stage
from headwater_proof.chaos.striking import Striking, Struck, targets
from headwater_proof.chaos.up import down, up
from headwater_proof.checker import check
from headwater_proof.evidence import Evidence, Violation

PER_SECOND = 8.0
"""Orders. Two cores run the platform, its clients and the proxies: they should not be what is tested."""
TAIL_S = 150.0
"""After the last fault the orders that are open come to their end within so long."""
REST_S = 60.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A platform that is up, and looked after."""

    stage: Stage
    keeper: Keeper
    say: Say


Happening = Callable[[Running], Awaitable[list[Struck]]]
"""What befalls a platform while business goes on; returns what has struck it."""


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
    """Where logs, ledger and evidence are, if something is wrong."""


async def play(seed: int, seconds: float, say: Say, keep: bool = False) -> Outcome:
    """One round of chaos, as its seed has it. What it leaves behind is kept if something is wrong, or if wanted."""

    async def faults(running: Running) -> list[Struck]:
        striking = Striking(running.stage, running.keeper, say)
        await striking.run(plan(seed, seconds, targets(running.stage)))
        return striking.struck

    outcome, _ = await observed(seed, seconds, say, faults, keep=keep)
    return outcome


async def observed(
    seed: int, seconds: float, say: Say, happening: Happening, per_second: float = PER_SECOND,
    doubled: tuple[str, ...] = DOUBLED, keep: bool = False,
) -> tuple[Outcome, Evidence]:  # fmt: skip
    """Business for so long while something happens; then the verdict and what it is based on."""
    async with platform(say, doubled) as running:
        home = running.stage.home.root
        with Ledger(home / "ledger.jsonl") as ledger:
            shop = Shop(running.stage.gateway, ledger, seed)
            await shop.open()
            say("the shop is open")
            trading = asyncio.create_task(shop.trade(seconds, per_second))
            struck = await happening(running)
            say("nothing more happens")
            restless = await _closed(shop, trading, seconds) or await _rested(running)
            found = await evidence(running.stage.kafka, running.stage.store, ledger.entries)
        (home / "evidence.pickle").write_bytes(pickle.dumps(found))
    outcome = await asyncio.to_thread(_judged, seed, found, struck)
    outcome.died = running.keeper.died
    outcome.violations += [Violation("door", "the gateway", surprise) for surprise in shop.surprises]
    outcome.violations += [Violation("ended", "the platform", restless)] if restless else []
    if outcome.violations or keep:
        outcome.kept = home
    else:
        shutil.rmtree(home, ignore_errors=True)
    return outcome, found


@asynccontextmanager
async def platform(say: Say, doubled: tuple[str, ...] = DOUBLED) -> AsyncIterator[Running]:
    """Bring a platform up. Afterwards its processes and its data are gone; its logs stay."""
    home = Home(Path(tempfile.mkdtemp(prefix="headwater-chaos-")))
    stage = stages.prepare(home, stages.cast(doubled))
    keeper = Keeper(stage, say)
    watching: asyncio.Task[None] | None = None
    try:
        await up(stage, say)
        watching = asyncio.create_task(keeper.run())
        yield Running(stage, keeper, say)
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.wait({watching})
        await down(stage)
        shutil.rmtree(home.root / "data", ignore_errors=True)


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


async def _rested(running: Running) -> str | None:
    restless = await Rest(running.stage.kafka, running.stage.store).wait(REST_S)
    running.say("at rest" if restless is None else f"not at rest: {restless}")
    return restless


def _judged(seed: int, found: Evidence, struck: list[Struck]) -> Outcome:
    violations = check(found, stages.settings_by_service())
    orders = Counter(order["status"] for order in found.documents["orders"].get("order", ()))
    return Outcome(seed, violations, struck, recoveries(struck, found.records), orders)
