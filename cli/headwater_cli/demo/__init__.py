"""`headwater demo`: the platform's main job, once, on a belt that a seed grows; then an audit of what is stored."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from headwater_cli import lifecycle
from headwater_cli.demo.audit import Audit, audit
from headwater_cli.demo.belt import grow
from headwater_cli.demo.door import Door
from headwater_cli.demo.drive import Told, play, stock_up
from headwater_cli.demo.script import write
from headwater_cli.home import Home, locked
from headwater_cli.infra import PARTS
from headwater_cli.platform import DEPLOYABLES, Addresses
from headwater_cli.problem import told as problems_told
from headwater_cli.progress import Board

err = Console(stderr=True)


def demo(
    orders: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many orders.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed grows the same belt and the same script.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line of stdout.")] = False,
) -> None:
    """Seed an industrial belt, drive orders through the gateway to their ends, and audit what is stored."""
    home = Home.current()
    names = [*PARTS, "topics", *(deployable.name for deployable in DEPLOYABLES)]
    with problems_told(err):
        waiting = "waiting: another headwater command is at work"
        with locked(home.run.parent / "lock", lambda: err.print(waiting)), Board(err, names) as board:
            addresses = lifecycle.up(home, board)
        found, told, seconds = asyncio.run(_run(addresses, orders, seed))
    report = _report(found, told, seconds)
    _print(report, found, addresses)
    if as_json:
        print(json.dumps(report))
    raise typer.Exit(0 if found.clean else 1)


async def _run(addresses: Addresses, orders: int, seed: int) -> tuple[Audit, list[Told], float]:
    run = f"{seed}-{int(time.time()):x}"
    belt = grow(seed)
    door = Door(addresses.gateway)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=err) as progress:
            goods = sum(1 for offer in belt.offers for _ in offer["skus"])
            belt_task = progress.add_task(f"the belt ({goods} SKUs)", total=None)
            await stock_up(door, belt, seed, run, lambda _status: progress.advance(belt_task))
            progress.update(belt_task, total=progress.tasks[0].completed)
            order_task = progress.add_task("orders to their ends", total=orders)
            started = time.perf_counter()
            told = await play(door, write(belt, orders, seed, run), lambda _status: progress.advance(order_task))
            seconds = time.perf_counter() - started
            audit_task = progress.add_task("audit of the stores", total=1)
            found = await _at_rest(addresses, told)
            progress.advance(audit_task)
    finally:
        await door.close()
    return found, told, seconds


async def _at_rest(addresses: Addresses, told: list[Told]) -> Audit:
    """Audit; what is still on its way (a release, the last shipment's progress) gets a moment to arrive."""
    for _ in range(5):
        found = await audit(addresses.kafka, addresses.store, told)
        if found.clean:
            break
        await asyncio.sleep(1)
    return found


def _report(found: Audit, told: Sequence[Told], seconds: float) -> dict[str, Any]:
    ends = Counter(one.status for one in told)
    latencies = sorted(one.place_ms for one in told)
    p99 = latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))]
    return {
        "orders": {
            "placed": sum(1 for one in told if one.order_id),
            **{end: ends[end] for end in ("completed", "refused", "cancelled", "expired")},
        },
        "audit": found.figures(),
        "latency_ms": {"place_p50": round(statistics.median(latencies), 1), "place_p99": round(p99, 1)},
        "orders_per_s": round(len(told) / seconds, 1),
    }


def _print(report: dict[str, Any], found: Audit, addresses: Addresses) -> None:
    table = Table("orders", "", "audit", "")
    rows = [list(report["orders"].items()), list(report["audit"].items())]
    for index in range(max(map(len, rows))):
        cells = [rows[side][index] if index < len(rows[side]) else ("", "") for side in (0, 1)]
        table.add_row(*(str(cell) for pair in cells for cell in pair))
    err.print(table)
    latency = report["latency_ms"]
    err.print(f"placed to confirmed: p50 {latency['place_p50']} ms, p99 {latency['place_p99']} ms; "
              f"{report['orders_per_s']} orders/s from placing to their ends")  # fmt: skip
    for finding in found.findings:
        err.print(f"  {finding}", style="red", markup=False)
    if not found.clean:
        err.print("The audit found something. See the lines above, and `headwater dlq list`.", style="bold red")
    err.print(f"Watch orders move: {addresses.gateway}/   One order's life: docs/tour.md")
