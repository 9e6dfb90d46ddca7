"""The page `docs/performance.md`: written anew from the figures of every bench that was kept there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater_bench.report import Report

INTRODUCTION = """\
# Performance

Each bench measures us beside a reference in one run: in turn, after a warm-up, with the same acks, write concern and
bytes, on a broker and a store of their own. So the ratios count; absolute numbers depend on the machine and on what
else it does. A ratio is ours ÷ reference: the median of the rounds' own ratios, which stand beside it. A goal that was
missed is shown so.

`make bench` runs all and writes this page; it wants a machine that does nothing else. `make bench BENCH=journey` runs
one and writes nothing; `headwater bench journey --into docs` measures one anew for this page.
"""
BUSY = """\
## Measured on

After each bench's date stands how busy other things kept the machine just before. Above a few percent its figures are
noise more than measure: a reference that was disturbed makes us look better than we are, and the other way round.

"""
Figures = dict[str, Any]


def keep(report: Report, docs: Path, told: Mapping[str, str]) -> None:
    """Write a bench's figures and its plot into `docs/performance/`, and the page from all figures there.

    `told` says of each bench, in the order of the page, what it measures.
    """
    folder = docs / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{report.name}.json").write_text(json.dumps(report.figures(), indent=1, ensure_ascii=False) + "\n")
    (folder / f"{report.name}.svg").write_text(report.plot.svg())
    kept = {name: json.loads(path.read_text()) for name in told if (path := folder / f"{name}.json").exists()}
    (docs / "performance.md").write_text(page(kept, told))


def page(kept: Mapping[str, Figures], told: Mapping[str, str]) -> str:
    """The page's text."""
    rows = [row for figures in kept.values() for row in _rows(figures)]
    parts = [INTRODUCTION, _table("| bench | beside | ours | reference | ratio | rounds | goal | |", rows)]
    parts.append(_measured_on(kept))
    for name, figures in kept.items():
        parts.append(f"## {name}\n\n{told[name]}\n\n![{name}](performance/{name}.svg)\n\n{_more(figures['more'])}")
    return "\n".join(parts)


def _rows(figures: Figures) -> list[str]:
    link = f"[{figures['name']}](#{figures['name']})"
    rows = []
    for goal in figures["goals"]:
        sign = "≥" if goal["better"] == "higher" else "≤"
        ratios = ", ".join(f"{ours / reference:.3g}" for ours, reference in goal["rounds"])
        rows.append(
            f"| {link} | {goal['beside']} | {goal['ours']:,} {goal['unit']} | {goal['reference']:,} | "
            f"**{goal['ratio']:.3g}** | {ratios} | {sign} {goal['goal']:g} | {_verdict(goal['held'])} |"
        )
    claims = figures["claims"].items()
    return rows + [f"| {link} | {what.replace('_', ' ')} | | | | | | {_verdict(true)} |" for what, true in claims]


def _measured_on(kept: Mapping[str, Figures]) -> str:
    """A line for each machine and set of versions; one, where all was measured on one."""
    found: dict[str, list[str]] = {}
    for name, figures in kept.items():
        machine, versions = figures["machine"], ", ".join(f"{k} {v}" for k, v in figures["versions"].items())
        line = (
            f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, {machine['system']}; {versions}"
        )
        busy = f"{figures['busy_before_percent']:.0f} %"
        found.setdefault(line, []).append(f"{name} on {figures['date']}, {busy}")
    return BUSY + "".join(f"- {line}: {'; '.join(names)}.\n" for line, names in found.items())


def _more(more: Mapping[str, Any]) -> str:
    return "".join(f"- {name.replace('_', ' ')}: {_told(value)}\n" for name, value in more.items())


def _told(value: Any) -> str:
    if isinstance(value, dict):
        joint = "; " if any(isinstance(one, dict) for one in value.values()) else ", "
        return joint.join(f"{_told(key)}: {_told(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " / ".join(map(_told, value))
    if isinstance(value, str) and value.isdigit():
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _verdict(held: bool) -> str:
    return "held" if held else "**missed**"


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows]) + "\n"
