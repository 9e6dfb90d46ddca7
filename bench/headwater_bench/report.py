"""What a bench reports: ours beside the reference, as medians over interleaved rounds, and whether the goal held."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.console import Console

err = Console(stderr=True)
Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark's outcome. `ratio` is ours ÷ reference."""

    name: str
    ours: float
    reference: float
    unit: str
    better: Literal["higher", "lower"]
    goal: float
    rounds: Sequence[tuple[float, float]]
    more: dict[str, Any]

    @property
    def ratio(self) -> float:
        """Ours ÷ reference, the median over the rounds' own ratios: what drifts hits both sides of a round."""
        return statistics.median(ours / reference for ours, reference in self.rounds)

    @property
    def held(self) -> bool:
        """Whether the goal was met."""
        return self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal

    def figures(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "name": self.name, "ours": round(self.ours, 1), "reference": round(self.reference, 1), "unit": self.unit,
            "ratio": round(self.ratio, 3), "better": self.better, "goal": self.goal, "held": self.held,
            "rounds": [[round(ours, 1), round(reference, 1)] for ours, reference in self.rounds],
            "machine": machine(), **self.more,
        }  # fmt: skip


async def compare(
    name: str, unit: str, goal: float, ours: Measure, reference: Measure, rounds: int,
    better: Literal["higher", "lower"] = "higher", **more: Any,
) -> Report:  # fmt: skip
    """Measure both in turn, the first one changing from round to round; one uncounted round warms both up."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        if number % 2:
            theirs = await reference()
            mine = await ours()
        else:
            mine = await ours()
            theirs = await reference()
        word = "warm-up" if number == 0 else f"round {number}/{rounds}"
        err.print(f"{name} {word}: ours {mine:,.1f}, reference {theirs:,.1f} {unit}, ratio {mine / theirs:.2f}")
        if number:
            pairs.append((mine, theirs))
    medians = [statistics.median(side) for side in zip(*pairs, strict=True)]
    return Report(name, medians[0], medians[1], unit, better, goal, pairs, more)


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform(terse=True),
        "load_1min": round(os.getloadavg()[0], 2),
    }  # fmt: skip
