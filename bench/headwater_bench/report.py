"""What a bench reports: ours beside each reference, as medians over interleaved rounds, and whether the goals held."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeVar

import psutil
from rich.console import Console

from headwater_bench.plot import Bars, Lines

err = Console(stderr=True)
T = TypeVar("T")
Measure = Callable[[], Awaitable[T]]
Better = Literal["higher", "lower"]
LIBRARIES = ("aiokafka", "faststream", "motor", "pymongo", "pydantic", "grpcio")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours beside one reference. `ratio` is ours ÷ reference; the goal is its least, or its most where lower is better.

    `rounds` holds both figures of each round, in `unit`.
    """

    name: str
    """What the ratio is called among a report's figures."""
    beside: str
    """What the reference is, for people."""
    unit: str
    goal: float
    rounds: Sequence[tuple[float, float]]
    better: Better = "higher"

    @property
    def ours(self) -> float:
        """Our median."""
        return statistics.median(ours for ours, _ in self.rounds)

    @property
    def reference(self) -> float:
        """The reference's median."""
        return statistics.median(reference for _, reference in self.rounds)

    @property
    def ratio(self) -> float:
        """The median over the rounds' own ratios: what drifts hits both sides of a round."""
        return statistics.median(ours / reference for ours, reference in self.rounds)

    @property
    def held(self) -> bool:
        """Whether the goal was met."""
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal

    def figures(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "name": self.name, "beside": self.beside,
            "ours": _short(self.ours), "reference": _short(self.reference), "unit": self.unit,
            "ratio": round(self.ratio, 3), "better": self.better, "goal": self.goal, "held": self.held,
            "rounds": [[_short(ours), _short(reference)] for ours, reference in self.rounds],
        }  # fmt: skip

    def __str__(self) -> str:
        sign, verdict = ("≥" if self.better == "higher" else "≤"), ("held" if self.held else "MISSED")
        return (f"beside {self.beside}: {_short(self.ours):,} and {_short(self.reference):,} {self.unit}, "
                f"ratio {self.ratio:.3g}, goal {sign} {self.goal:g} {verdict}")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's outcome. The first comparison is its headline; the report held when all of it did."""

    name: str
    comparisons: Sequence[Comparison]
    plot: Bars | Lines
    parts: Mapping[str, str]
    """The versions of the broker and the store that it ran on."""
    claims: Mapping[str, bool] = field(default_factory=dict)
    """What must be true besides, such as `never_oversold`."""
    more: Mapping[str, Any] = field(default_factory=dict)
    busy_before: float = 0.0
    """How busy the machine was with other things just before, in percent of all its cores."""

    @property
    def held(self) -> bool:
        """Whether every goal was met and every claim was true."""
        return all(comparison.held for comparison in self.comparisons) and all(self.claims.values())

    def figures(self) -> dict[str, Any]:
        """One JSON object: the headline's figures, the other comparisons' ratios by name, and all of them in full."""
        return {
            **self.comparisons[0].figures(), "name": self.name, "held": self.held,
            **{besides.name: round(besides.ratio, 3) for besides in self.comparisons[1:]}, "claims": dict(self.claims),
            "goals": [comparison.figures() for comparison in self.comparisons], "more": dict(self.more),
            "date": f"{datetime.now(UTC):%F}", "machine": machine(),
            "busy_before_percent": self.busy_before, "versions": {**versions(), **self.parts},
        }  # fmt: skip

    def lines(self) -> list[str]:
        """For people: a line for each goal."""
        claims = [f"{what.replace('_', ' ')}: {'held' if true else 'MISSED'}" for what, true in self.claims.items()]
        return [f"{self.name} {line}" for line in (*map(str, self.comparisons), *claims)]


def medians(measured: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Each side's median."""
    return {name: statistics.median(figures) for name, figures in measured.items()}


async def interleave(
    bench: str, sides: Mapping[str, Measure[T]], rounds: int, tell: Callable[[T], str] = str
) -> dict[str, list[T]]:
    """What each side measured in each round. Another side begins each round; one uncounted round warms all up."""
    names = list(sides)
    measured: dict[str, list[T]] = {name: [] for name in names}
    for number in range(rounds + 1):
        first = number % len(names)
        found = {name: await sides[name]() for name in names[first:] + names[:first]}
        word = f"round {number}/{rounds}" if number else "warm-up"
        err.print(f"{bench} {word}: {', '.join(f'{name} {tell(found[name])}' for name in names)}", soft_wrap=True)
        if number:
            for name in names:
                measured[name].append(found[name])
    return measured


def per_s(rate: float) -> str:
    """A rate for people."""
    return f"{rate:,.0f}/s"


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(), "cpu": _cpu(), "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
    }  # fmt: skip


def versions() -> dict[str, str]:
    """Of Python and the libraries that a message goes through."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _cpu() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def _short(figure: float) -> float:
    return round(figure, 1 if abs(figure) >= 10 else 3)
