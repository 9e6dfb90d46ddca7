"""`headwater bench NAME`: run a benchmark and report it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated

import psutil
import typer
import uvloop

from headwater_bench.page import keep
from headwater_bench.report import Report, err
from headwater_cli.problem import Problem, told

BENCHES = {
    "journey": "headwater_bench.journey:journey",
    "hot-sku": "headwater_bench.hot_sku:hot_sku",
    "festival": "headwater_bench.festival:festival",
    "latency": "headwater_bench.latency:latency",
    "lookup": "headwater_bench.lookup:lookup",
    "quote": "headwater_bench.quote:quote",
    "growth": "headwater_bench.growth:growth",
    "scale": "headwater_bench.scale:scale",
    "listing": "headwater_bench.listing.bench:listing",
    "search": "headwater_bench.search.bench:search",
}
"""Where each is. They use the services' rules, which `headwater up` need not wait for: loaded when they are run."""


LOOK_S = 3.0
"""How long we look what else the machine does, before a bench."""


def bench(
    name: Annotated[str, typer.Argument(help=f"Which: {', '.join(BENCHES)}, or all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a bench, last on stdout.")] = False,
    into: Annotated[Path | None, typer.Option("--into", help="Keep figures, plots and performance.md there.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Less of everything: shows that it runs, not how fast.")
    ] = False,
) -> None:
    """Measure us beside references that do the same work without our rules, in one run."""
    with told(err):
        if name != "all" and name not in BENCHES:
            raise Problem(f"There is no bench {name}.", f"There are: {', '.join(BENCHES)}, or all.")
        uvloop.install()
        reports = [_run(one, quick, into) for one in (BENCHES if name == "all" else [name])]
    for report in reports if as_json else ():
        print(json.dumps(report.figures()))
    raise typer.Exit(0 if all(report.held for report in reports) else 1)


def _run(name: str, quick: bool, into: Path | None) -> Report:
    measure: Callable[..., Coroutine[None, None, Report]] = resolve_name(BENCHES[name])
    busy = psutil.cpu_percent(interval=LOOK_S)
    report = replace(asyncio.run(measure(quick=quick)), busy_before=busy)
    for line in report.lines():
        err.print(line, soft_wrap=True, highlight=False)
    if into is not None:
        keep(report, into, {name: _told(place) for name, place in BENCHES.items()})
    return report


def _told(place: str) -> str:
    """What a bench measures, as its module says."""
    text = (import_module(place.partition(":")[0]).__doc__ or "").strip().partition(": ")[2]
    return text[:1].upper() + text[1:]
