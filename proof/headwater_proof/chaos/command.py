"""`headwater chaos`: the whole platform under faults, from a seed, and an independent verdict on what came of it."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from collections.abc import Callable, Coroutine
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import structlog
import typer
import uvloop
from rich.console import Console

from headwater_cli.problem import Problem, told

if TYPE_CHECKING:
    from headwater_proof.chaos.report import Report

T = TypeVar("T")
MEASURES = {
    name: f"headwater_proof.chaos.measures.{name}:measure" for name in ("recovery", "rolling", "stall", "redrive")
}
err = Console(stderr=True)


def chaos(
    seconds: Annotated[float, typer.Option(min=10, help="How long business and faults last in each round.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan; each round has the next.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="So many rounds, each on a platform of its own.")] = 1,
    measure: Annotated[
        str | None, typer.Option(help=f"Instead of rounds, measure one promise: {', '.join(MEASURES)}, or all.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep logs, ledger and evidence of clean rounds, too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object for each round as it ends, and one of all on the last line.")
    ] = False,
) -> None:
    """Kill, freeze, cut off and poison a whole platform under steady load; then judge all that is stored."""
    # Here, since they bring much along that other commands need not wait for.
    from headwater_proof.chaos.plan import CONTROLLED
    from headwater_proof.chaos.preload import compiled
    from headwater_proof.chaos.report import Report
    from headwater_proof.chaos.round import play

    uvloop.install()
    silence()
    if measure is not None:
        return _measure(measure, seed, as_json)
    skipped = () if compiled() else CONTROLLED
    outcomes = []
    with told(err):
        for number in range(seed, seed + rounds):
            err.print(f"seed {number}", highlight=False)
            outcomes.append(_run(play(number, seconds, _progress(), keep)))
            if rounds > 1:
                _tell(Report(number, seconds, outcomes[-1:], skipped), as_json)
    report = Report(seed, seconds, outcomes, skipped)
    _tell(report, as_json)
    raise typer.Exit(1 if report.violations else 0)


def _tell(report: Report, as_json: bool) -> None:
    for line in report.lines():
        err.print(line, soft_wrap=True, highlight=False, markup=False)
    if as_json:
        print(json.dumps(report.figures(), ensure_ascii=False), flush=True)


def _measure(name: str, seed: int, as_json: bool) -> None:
    with told(err):
        if name != "all" and name not in MEASURES:
            raise Problem(f"There is no measure {name}.", f"There are: {', '.join(MEASURES)}, or all.")
        found = []
        for one in MEASURES if name == "all" else [name]:
            err.print(one, highlight=False)
            measured = _run(resolve_name(MEASURES[one])(seed, _progress()))
            err.print(json.dumps(measured.as_dict(), indent=1), soft_wrap=True, highlight=False, markup=False)
            if as_json:
                print(json.dumps(measured.as_dict(), ensure_ascii=False))
            found.append(measured)
    raise typer.Exit(0 if all(one.held and not one.violations for one in found) else 1)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run it to its end. SIGTERM ends it in good order, too: none of its processes is left behind."""

    async def ended_by_signal() -> T:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            raise Problem("It was ended by a signal.") from None

    return asyncio.run(ended_by_signal())


def silence() -> None:
    """What our own Kafka clients say of a broker that is away is no news here, and standard output is for reports."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def _progress() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda text: err.print(f"  {time.monotonic() - began:5.1f} s  {text}", highlight=False, markup=False)
