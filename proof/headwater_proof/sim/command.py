"""`headwater simulate`: thousands of runs by their seeds, one of them again, or the smallest that still fails."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from headwater_cli.problem import Problem, told
from headwater_proof.sim.repeatable import again_repeatable, repeatable

if TYPE_CHECKING:
    from headwater_proof.sim.run import Outcome

err = Console(stderr=True)
FINDINGS = 10
ROW = re.compile(r"^\| `(\S+)` \|.*\| (\d+) \|[^|]*\|$", re.MULTILINE)
"""A line of the table of catches: the bug, and the seed that showed it."""


def simulate_command(
    seeds: Annotated[int, typer.Option(min=1, help="How many runs.")] = 1000,
    first: Annotated[int, typer.Option("--from", min=0, help="The first seed.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Only this run, with all that happens in it.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = os.cpu_count() or 1,
    bug: Annotated[str, typer.Option(help="Plant a bug, to see it caught: a name, `list`, or `all`.")] = "",
    table: Annotated[bool, typer.Option("--table", help="With --bug all: the catches as a Markdown table.")] = False,
    earlier: Annotated[
        Path | None,
        typer.Option("--known", help="With --bug all: an earlier table of catches, whose seeds are tried first."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line of stdout.")] = False,
) -> None:
    """Run the services' own rules and processors on simulated Kafka, store, clock and network, from seeds."""
    if not repeatable():
        raise typer.Exit(again_repeatable())
    from headwater_proof.planted import BUGS  # it brings the services along, which other commands need not wait for

    with told(err):
        if bug == "list":
            for known in BUGS.values():
                print(f"{known.name:34} {known.what}")
            return
        if bug == "all":
            raise typer.Exit(_catch_all(seeds, jobs, as_json, table, _seeds_in(earlier)))
        if bug and bug not in BUGS:
            raise Problem(f"There is no bug {bug}.", "headwater simulate --bug list names them.")
        failed = _one(seed, bug) if seed is not None else _all(first, seeds, jobs, bug, as_json)
    raise typer.Exit(1 if failed else 0)


def _all(first: int, seeds: int, jobs: int, bug: str, as_json: bool) -> bool:
    from headwater_proof.sim.run import many

    started, failing, messages, virtual_s = time.monotonic(), [], 0, 0.0
    with Progress(console=err) as progress:
        task = progress.add_task(f"seeds {first} to {first + seeds - 1}", total=seeds)
        for outcome in many(first, seeds, jobs, bug):
            progress.advance(task)
            messages, virtual_s = messages + outcome.messages, virtual_s + outcome.virtual_s
            if outcome.violations:
                failing.append(outcome)
                _show(outcome)
    seconds = time.monotonic() - started
    err.print(f"{seeds:,} runs, {len(failing)} with violations, in {seconds:.0f} s; "
              f"{messages:,} messages in {virtual_s / 3600:.1f} simulated hours")  # fmt: skip
    if failing:
        err.print(f"again, with all that happens: headwater simulate --seed {failing[0].seed}")
    if as_json:
        print(json.dumps({
            "name": "simulate", "seeds": seeds, "from": first, "violations": sum(len(o.violations) for o in failing),
            "failing": [outcome.seed for outcome in failing], "seconds": round(seconds, 1), "messages": messages,
            "simulated_hours": round(virtual_s / 3600, 1),
        }))  # fmt: skip
    return bool(failing)


def _seeds_in(table: Path | None) -> dict[str, int]:
    """By bug the seed in a page that `--table` wrote."""
    return {bug: int(seed) for bug, seed in ROW.findall(table.read_text())} if table is not None else {}


def _catch_all(seeds: int, jobs: int, as_json: bool, as_table: bool, known: Mapping[str, int]) -> int:
    from headwater_proof.planted import BUGS
    from headwater_proof.sim.run import catch_all

    table, missed = {}, 0
    for found in catch_all(seeds, jobs, known):
        missed += found.seed is None
        table[found.bug] = {"what": BUGS[found.bug].what, "seed": found.seed, "rules": found.rules}
        shown = f"seed {found.seed}: {', '.join(found.rules)}" if found.seed else f"NOT CAUGHT in {seeds} seeds"
        err.print(f"{found.bug:32} {shown}", highlight=False)
        if as_table:
            print(
                f"| `{found.bug}` | {BUGS[found.bug].what} | {found.seed or 'not caught'} | {', '.join(found.rules)} |"
            )
    err.print(f"{len(table) - missed} of {len(table)} planted bugs caught")
    if as_json:
        print(json.dumps({"name": "planted", "bugs": len(table), "missed": missed, "caught": table}))
    return 1 if missed else 0


def _one(seed: int, bug: str) -> bool:
    from headwater_proof.sim.plan import plan
    from headwater_proof.sim.run import shrink, simulate

    outcome = simulate(seed, bug)
    for line in outcome.told:
        print(line)
    print(
        f"{outcome.messages} messages of {outcome.orders} orders in {outcome.virtual_s:.0f} s; digest {outcome.digest}"
    )
    if not outcome.violations:
        print("nothing is wrong")
        return False
    _show(outcome)
    err.print("looking for the smallest run that still fails")
    small = shrink(plan(seed), bug, lambda p: err.print(f"  {len(p.faults)} faults, {p.orders} orders"))
    for act in small.acts:
        print(f"{act.at:6.2f} s  order {act.number}, plot {act.plot!r}: {act.lines}")
    for basket in small.baskets:
        kind = "all or none" if basket.all_or_none else "each for itself"
        print(f"{basket.at:6.2f} s  checkout {basket.number}, {kind}, plot {basket.plot!r}: {basket.parts}")
    for fault in small.faults:
        print(str(fault))
    return True


def _show(outcome: Outcome) -> None:
    err.print(f"seed {outcome.seed}: {len(outcome.violations)} violations", style="bold")
    for violation in outcome.violations[:FINDINGS]:
        err.print(f"  {violation.rule:12} {violation.about}: {violation.found[:300]}", markup=False, highlight=False)
