"""`headwater audit`: all money that is stored, added up. What is wrong is told by kind; then it exits with 1."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from headwater.store import StoreAway
from headwater_cli.auditing.books import Books, Finding, read
from headwater_cli.auditing.rules import audit as judged
from headwater_cli.auditing.rules import balances
from headwater_cli.platform import addresses
from headwater_cli.problem import Problem, told

err = Console(stderr=True)
LOOKS = 6
BETWEEN_S = 0.5
SHOWN = 50
KINDS = (
    "unbalanced", "overdrawn", "twice", "missing", "differs", "without_cause", "escrow", "refunded_and_released",
    "balance", "paid_and_returned",
)  # fmt: skip
"""Of findings, in the order in which they are told."""


def audit(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False) -> None:
    """Add up all money that is stored: every posting, every order. Exits with 1 if something is wrong."""
    with told(err):
        try:
            books, findings = asyncio.run(audited(addresses().store))
        except StoreAway as away:
            raise Problem(f"The store cannot be read: {away}", "Start it with: headwater up") from None
    if as_json:
        print(json.dumps(report(books, findings)))
    else:
        _print(books, findings)
    raise typer.Exit(1 if findings else 0)


async def audited(store_uri: str) -> tuple[Books, list[Finding]]:
    """The books, and what is wrong in each of a few looks: while money moves, no look sees all of one moment.

    A finding of something that is merely underway is gone in the next look. Raises `StoreAway`.
    """
    books = await read(store_uri)
    findings = judged(books)
    for _ in range(LOOKS - 1):
        if not findings:
            break
        await asyncio.sleep(BETWEEN_S)
        books = await read(store_uri)
        again = set(judged(books))
        findings = [one for one in findings if one in again]
    return books, findings


def report(books: Books, findings: list[Finding]) -> dict[str, Any]:
    """What `--json` prints: counts by kind, the first findings, and what each sort of account holds in fen."""
    counts = Counter(one.kind for one in findings)
    return {
        "findings": {kind: counts[kind] for kind in KINDS},
        "total": len(findings),
        "first": [{"kind": one.kind, "about": one.about, "found": one.found} for one in findings[:SHOWN]],
        "orders": len(books.orders),
        "postings": len(books.postings),
        "balances_fen": sums(books),
    }


def sums(books: Books) -> dict[str, int]:
    """What accounts of each sort hold together: `payable` is that of all suppliers."""
    found: Counter[str] = Counter()
    for account, fen in balances(books.postings).items():
        found[str(account).partition(":")[0]] += fen
    return dict(sorted(found.items()))


def _print(books: Books, findings: list[Finding]) -> None:
    table = Table("account", "fen", "finding", "")
    counts = Counter(one.kind for one in findings)
    accounts, kinds = list(sums(books).items()), [(kind, counts[kind]) for kind in KINDS]
    for row in range(max(len(accounts), len(kinds))):
        cells = [side[row] if row < len(side) else ("", "") for side in (accounts, kinds)]
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for pair in cells for cell in pair))
    console = Console()
    console.print(table)
    console.print(f"{len(books.orders):,} orders, {len(books.postings):,} postings, {len(findings):,} findings")
    for one in findings[:SHOWN]:
        console.print(f"  {one.kind}: {one.about} {one.found}", style="red", markup=False)
