"""A rolling restart of everything pauses the confirmation of orders for two seconds at most."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import islice

from headwater_cli import supervisor
from headwater_cli.platform import is_ready
from headwater_cli.ports import LOOPBACK, Port, free_ports
from headwater_cli.supervisor import Program
from headwater_proof.chaos.measures.measured import Measured, spread
from headwater_proof.chaos.round import Running, Say, observed
from headwater_proof.chaos.shop import acts
from headwater_proof.chaos.striking import Struck
from headwater_proof.chaos.up import start
from headwater_proof.evidence import Evidence

BOUND_MS = 2000
SETTLE_S = 3.0
"""As a roll-out does: from ready to the end of the old one, and from that to the next service."""
SECONDS, PER_SECOND = 90.0, 4.0


async def measure(seed: int, say: Say) -> Measured:
    """Replace each process in turn: the new one starts, then the old one is told to end."""

    async def roll(running: Running) -> list[Struck]:
        await asyncio.sleep(SETTLE_S)
        for member in running.stage.members:
            say(f"roll {member.name}")
            await _replace(running, member.name)
        return []

    outcome, found = await observed(seed, SECONDS, say, roll, PER_SECOND, doubled=())
    waits = confirmations(found, seed)
    figures = {"bound_ms": BOUND_MS, "orders": len(waits), "confirmed_after_ms": spread(waits),
               "pause_ms": max(waits, default=0)}  # fmt: skip
    return Measured("rolling", figures, bool(waits) and max(waits) <= BOUND_MS, outcome.violations)


def confirmations(found: Evidence, seed: int) -> list[int]:
    """For each order that was confirmed, from its client's request to the answer, in milliseconds.

    Left out are clients who send the same request twice at once: only one of the two hears when it is confirmed.
    """
    asked = {entry.op: entry.at for entry in found.history if (entry.kind, entry.what) == ("place", "invoke")}
    # A checkout takes two acts from the script, and may be one placing.
    patient = {act.key for act in islice(acts(seed), 2 * len(asked)) if not act.twice}
    return [int(1000 * (entry.at - asked[entry.op])) for entry in found.history
            if (entry.kind, entry.what) == ("place", "ok") and entry.body.get("status") == "confirmed"
            and entry.op in patient]  # fmt: skip


async def _replace(running: Running, name: str) -> None:
    stage = running.stage
    old = stage.programs[name]
    new = _successor(old)
    await start(stage, [new])
    for link in stage.links.values():
        for before, after in zip(old.ports, new.ports, strict=True):
            if link.target == before.number:
                link.target = after.number
    await asyncio.sleep(SETTLE_S)
    del stage.programs[name]
    await asyncio.to_thread(supervisor.stop, stage.home, name)
    await asyncio.sleep(SETTLE_S)


def _successor(old: Program) -> Program:
    """The same on other ports."""
    ports = [Port(number, port.variable) for number, port in zip(free_ports(len(old.ports)), old.ports, strict=True)]
    http = ports[0].number
    variables = ("HEADWATER_HTTP_PORT", "HEADWATER_GRPC_PORT")
    env = {**old.env, **{name: str(port.number) for name, port in zip(variables, ports, strict=False)}}
    return replace(
        old, name=f"{old.name}-next", env=env, ports=ports, address=f"http://{LOOPBACK}:{http}",
        ready=lambda: is_ready(http),
    )  # fmt: skip
