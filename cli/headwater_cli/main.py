"""The `headwater` command: what it can do, and the modules that do it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from headwater_cli import dlq, importing, infra, lifecycle, search, supervisor, topics
from headwater_cli.auditing import audit
from headwater_cli.demo import demo
from headwater_cli.home import Home, locked
from headwater_cli.platform import DEPLOYABLES, addresses
from headwater_cli.problem import Problem, told
from headwater_cli.progress import Board
from headwater_cli.status import statuses
from headwater_cli.tail import tail

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Headwater (源头): run, look into and drive the platform.",
)
# The commands that live in modules of their own. A group is a Typer in its module; a single command is a function.
app.add_typer(topics.commands, name="topics")
app.add_typer(dlq.commands, name="dlq")
app.add_typer(search.commands, name="search")
app.add_typer(importing.commands, name="import")
app.command()(tail)
app.command()(demo)
app.command()(audit)
# Commands of other packages, such as `bench`, that are installed beside this one.
for found in sorted(entry_points(group="headwater.commands"), key=lambda found: found.name):
    app.command(found.name)(found.load())

NAMES = [*infra.PARTS, "topics", *(deployable.name for deployable in DEPLOYABLES)]
err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line of stdout.")]


@contextmanager
def _at_work(home: Home, names: list[str]) -> Iterator[Board]:
    """One `up` or `down` at a time; problems become two lines."""
    with (
        told(err),
        locked(home.run.parent / "lock", lambda: err.print("waiting: another headwater command is at work")),
        Board(err, names) as board,
    ):
        yield board


@app.command()
def up(
    only: Annotated[str | None, typer.Option(help="`infra`: just Kafka and the store.")] = None,
    free_ports: Annotated[bool, typer.Option("--free-ports", help="Pick free ports and keep to them.")] = False,
    as_json: Json = False,
) -> None:
    """Start what does not run yet, and wait until all of it is ready."""
    if only not in (None, "infra"):
        raise typer.BadParameter("can only be infra", param_hint="--only")
    home = Home.current()
    with _at_work(home, [*infra.PARTS] if only else NAMES) as board:
        found = lifecycle.up(home, board, only_infra=only == "infra", free_ports=free_ports)
    if as_json:
        print(json.dumps({"kafka": found.kafka, "store": found.store, "gateway": found.gateway, "ports": found.ports}))
    elif not only:
        Console().print(f"The platform is up: {found.gateway}")


@app.command()
def prepare() -> None:
    """Fetch Kafka and fetch or build the store (minutes, once), so that `up` need not."""
    home = Home.current()
    with _at_work(home, [*infra.PARTS]) as board:
        infra.prepare(home, board)


@app.command()
def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="Delete the data as well.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop what `up` started, and nothing else. The data stays."""
    home = Home.current()
    if wipe and not yes:
        typer.confirm(f"Delete all topics and all stored data under {home.root}?", abort=True)
    with _at_work(home, [name for name in reversed(NAMES) if name != "topics"]) as board:
        lifecycle.down(home, board, wipe)


@app.command()
def restart(name: str) -> None:
    """Stop one service or plug-in and start it again."""
    home = Home.current()
    with _at_work(home, [name]) as board:
        lifecycle.restart(home, board, name)


@app.command()
def status(as_json: Json = False) -> None:
    """Tell what runs, where, how it is, and how much memory it holds. Exits 1 if something died or is not ready."""
    found = statuses(Home.current())
    if as_json:
        print(json.dumps({one.name: one.as_dict() for one in found}))
    else:
        colours = {"ready": "green", "stopped": "dim"}
        table = Table("process", "state", Column("address", overflow="fold"), "pid", "up", "memory")
        for one in found:
            colour = colours.get(one.state, "red")
            since = "" if one.up_s is None else f"{one.up_s:.0f} s"
            memory = "" if one.memory_mb is None else f"{one.memory_mb:,} MB"
            pid = str(one.pid) if one.pid else "" if one.by == "headwater" else one.by
            table.add_row(one.name, f"[{colour}]{one.state}[/]", Text(one.address), pid, since, memory)
        Console().print(table)
    raise typer.Exit(int(any(one.state in ("dead", "not ready") for one in found)))


@app.command()
def logs(
    name: str,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it writes.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 50,
) -> None:
    """Show what a process has logged."""
    log = supervisor.log_of(Home.current(), name)
    with told(err):
        if not log.exists():
            raise Problem(f"{name} has no log here.", f"Processes: {', '.join(NAMES)}.")
    try:
        subprocess.run(["tail", "-n", str(lines), *(["-f"] if follow else []), str(log)], check=False)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def env() -> None:
    """Print the addresses as shell exports: eval "$(headwater env)"."""
    with told(err):
        for variable, address in addresses(Home.current()).env().items():
            print(f"export {variable}='{address}'")


def run() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    run()
