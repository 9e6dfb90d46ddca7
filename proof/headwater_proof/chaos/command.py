"""`headwater chaos`: the whole platform under faults, from a seed, and an independent verdict on what came of it."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from headwater_cli.problem import Problem, told
from headwater_proof.chaos.plan import CONTROLLED
from headwater_proof.chaos.preload import compiled
from headwater_proof.chaos.report import Report
from headwater_proof.chaos.round import Outcome, play

err = Console(stderr=True)


def chaos(
    seconds: Annotated[float, typer.Option(min=10, help="How long business and faults last in each round.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan; each round has the next.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="So many rounds, each on a platform of its own.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line of stdout.")] = False,
) -> None:
    """Kill, freeze, cut off and poison a whole platform under steady load; then judge all that is stored."""
    uvloop.install()
    outcomes = []
    with told(err):
        for number in range(seed, seed + rounds):
            err.print(f"seed {number}", highlight=False)
            outcomes.append(asyncio.run(_ended_by_signal(play(number, seconds, _progress()))))
    report = Report(seed, seconds, outcomes, () if compiled() else CONTROLLED)
    for line in report.lines():
        err.print(line, soft_wrap=True, highlight=False, markup=False)
    if as_json:
        print(json.dumps(report.figures(), ensure_ascii=False))
    raise typer.Exit(1 if report.violations else 0)


async def _ended_by_signal(round: Coroutine[Any, Any, Outcome]) -> Outcome:
    """SIGTERM ends a round in good order, too: none of its processes is left behind."""
    task = asyncio.ensure_future(round)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise Problem("The round was ended by a signal.") from None


def _progress() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda text: err.print(f"  {time.monotonic() - began:5.1f} s  {text}", highlight=False, markup=False)
