"""`headwater import`: offers from CSV, XLSX or JSON Lines into the catalog; what is refused is told line by line."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from headwater.commands import Commands
from headwater.contracts.catalog import ListOffer, SaveDraft
from headwater.producer import PublishFailed
from headwater.settings import ServiceSettings
from headwater_cli.home import Home
from headwater_cli.importing.offers import Candidate, Command, Refusal, candidates, candidates_of_objects
from headwater_cli.importing.rows import csv_rows, json_rows
from headwater_cli.importing.sending import GOES_ON, Import, Place, Tally
from headwater_cli.platform import addresses
from headwater_cli.problem import Problem, told

commands = typer.Typer(no_args_is_help=True, help="Bring offers into the catalog from a file.")
err = Console(stderr=True)
SHOWN = 10
TEMPLATE = (
    ("offer_id", "supplier_id", "subject", "subject_zh", "prices_yuan", "order_multiple", "category", "attributes",
     "sample_price_fen", "free_shipping", "pictures", "packaging", "sku_id", "colour", "size"),
    ("off-linen-1", "sup-1", "Linen shirt", "亚麻衬衫", "2:59.90 20:54.90 200:49.90", "1", "apparel/men/shirts",
     "面料=亚麻; 领型=立领", "7900", "yes", "front.jpg back.jpg", "generic", "linen-1-white-M", "white", "M"),
    ("off-linen-1", "", "", "", "", "", "", "", "", "", "", "", "linen-1-white-L", "white", "L"),
)  # fmt: skip


@commands.command("template")
def template() -> None:
    """Print a CSV file with an offer of two SKUs, to begin with."""
    csv.writer(typer.get_text_stream("stdout"), lineterminator="\n").writerows(TEMPLATE)


@commands.command("offers")
def offers(
    file: Annotated[
        Path, typer.Argument(help=".csv, .xlsx, or .jsonl (an offer a line).", exists=True, dir_okay=False)
    ],
    drafts: Annotated[bool, typer.Option("--drafts", help="Keep them as drafts: nobody can order them yet.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and check the form; send nothing.")] = False,
    refused: Annotated[
        Path | None, typer.Option("--refused", help="Where the refused lines go. [default: FILE.refused.csv]")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line of stdout.")] = False,
) -> None:
    """List the offers of a file. The same file again goes on where it was interrupted, and repeats nothing."""
    kind: type[Command] = SaveDraft if drafts else ListOffer
    report = refused or file.with_name(f"{file.name}.refused.csv")
    with told(err):
        found = _candidates(file, kind)
        place = Place.of(Home.current().root / "imports", file, f"{kind.__name__} {dry_run}")
        began = time.monotonic()
        with _reported(report, place.settled) as refuse, _bar(file) as progress:
            work = Import(place, refuse, progress)
            asyncio.run(_check(work, found) if dry_run else _send(work, found))
        place.forget()
        seconds = time.monotonic() - began
    _tell(work.tally, report, seconds, dry_run)
    if as_json:
        told_of = {"listed": work.tally.listed, "skus": work.tally.skus, "refused": work.tally.refused,
                   "skipped": work.tally.skipped, "seconds": round(seconds, 1)}  # fmt: skip
        print(json.dumps({**told_of, "report": str(report) if work.tally.refused else None}))
    raise typer.Exit(1 if work.tally.refused else 0)


def _candidates(file: Path, kind: type[Command]) -> Iterator[Candidate]:
    with file.open("rb") as opened:
        is_zip = opened.read(4) == b"PK\x03\x04"
    if is_zip or file.suffix.lower() == ".xlsx":
        from headwater_cli.importing.xlsx import xlsx_rows  # brings much along

        return candidates(xlsx_rows(file), kind)
    match file.suffix.lower():
        case ".csv":
            return candidates(csv_rows(file), kind)
        case ".jsonl" | ".ndjson":
            return candidates_of_objects(json_rows(file), kind)
        case other:
            raise Problem(
                f"{file.name} is of no kind that can be read: {other or 'it has no ending'}.",
                "There are .csv, .xlsx and .jsonl; begin with: headwater import template > offers.csv",
            )


async def _send(work: Import, found: Iterator[Candidate]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        async with Commands(ServiceSettings(kafka=addresses().kafka), source="import") as catalog:
            await work.run(catalog, found)
    except PublishFailed as error:
        raise Problem(str(error), f"See `headwater status`. {GOES_ON}") from error
    except asyncio.CancelledError:
        raise Problem(f"Interrupted after {work.place.settled:,} offers of the file.", GOES_ON) from None


async def _check(work: Import, found: Iterator[Candidate]) -> None:
    for candidate in found:
        for refusal in candidate.refusals:
            work.refuse(refusal)
        work.tally.refused += candidate.command is None
        work.tally.listed += candidate.command is not None
        work.tally.skus += len(candidate.command.skus) if candidate.command else 0
        work.progress(candidate)


@contextmanager
def _reported(report: Path, settled: int) -> Iterator[Any]:
    """Writes refusals as they come; after an interruption behind those that were written before."""
    file = None
    shown = 0

    def refuse(one: Refusal) -> None:
        nonlocal file, shown
        if file is None:
            file = report.open("a" if settled else "w", encoding="utf-8-sig", newline="")
            if file.tell() == 0:
                csv.writer(file).writerow(("line", "offer_id", "field", "why"))
        csv.writer(file).writerow((one.line, one.offer_id, one.field, one.why))
        file.flush()
        shown += 1
        if shown <= SHOWN:
            err.print(f"line {one.line}, {one.offer_id or 'no offer_id'}, {one.field}: {one.why}", markup=False,
                      highlight=False, soft_wrap=True)  # fmt: skip

    try:
        yield refuse
    finally:
        if file is not None:
            file.close()


@contextmanager
def _bar(file: Path) -> Iterator[Any]:
    """A bar of how much of the file is read, and how many offers that were."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
               TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=err, refresh_per_second=4) as bar:
        task = bar.add_task(file.name, total=max(file.stat().st_size, 1))
        count = 0

        def progress(candidate: Candidate) -> None:
            nonlocal count
            count += 1
            bar.update(task, completed=candidate.end or None, description=f"{file.name}: {count:,} offers")

        yield progress
        bar.update(task, completed=max(file.stat().st_size, 1))


def _tell(tally: Tally, report: Path, seconds: float, dry_run: bool) -> None:
    what = "are well-formed" if dry_run else "are in the catalog"
    speed = f"{tally.skus / seconds:,.0f} SKUs/s" if seconds and tally.skus else ""
    before = f"; {tally.skipped:,} were settled before" if tally.skipped else ""
    err.print(
        f"Offers that {what}: {tally.listed:,}, with {tally.skus:,} SKUs{before}. {seconds:.1f} s {speed}",
        highlight=False,
    )
    if tally.refused:
        err.print(f"Offers that were refused: {tally.refused:,}. {report} says why, line by line.", soft_wrap=True)
