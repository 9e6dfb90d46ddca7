"""After a SIGKILL of a service its business goes on within its session timeout and two seconds."""

from __future__ import annotations

from headwater_proof.chaos.measures.measured import Measured, spread
from headwater_proof.chaos.plan import Fault
from headwater_proof.chaos.round import Running, Say, observed
from headwater_proof.chaos.stage import SESSION_TIMEOUT_S
from headwater_proof.chaos.striking import Striking, Struck

KILLED = ("orders", "logistics", "catalog", "orders-2", "logistics-2", "gateway")
TIMES = 3
FIRST_S, APART_S, RESTART_S = 4.0, 14.0, 0.2
BOUND_MS = int(SESSION_TIMEOUT_S * 1000) + 2000


async def measure(seed: int, say: Say) -> Measured:
    """Kill each a few times, with nothing else going wrong."""
    faults = [Fault(FIRST_S + number * APART_S, "kill", name, RESTART_S) for number, name in enumerate(KILLED * TIMES)]

    async def kills(running: Running) -> list[Struck]:
        striking = Striking(running.stage, running.keeper, say)
        await striking.run(faults)
        return striking.struck

    outcome, _ = await observed(seed, faults[-1].at + APART_S, say, kills)
    every = [value for values in outcome.recovery_ms.values() for value in values]
    figures = {
        "session_timeout_ms": int(SESSION_TIMEOUT_S * 1000), "bound_ms": BOUND_MS, "kills": len(every),
        "recovery_ms": spread(every),
        "by_service": {name: spread(values) for name, values in sorted(outcome.recovery_ms.items())},
    }  # fmt: skip
    held = bool(every) and max(every) <= BOUND_MS
    return Measured("recovery", figures, held, outcome.violations)
