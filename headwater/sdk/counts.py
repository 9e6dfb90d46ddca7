"""What one partner has done in this process, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_METRICS = (
    ("headwater_messages_total", "counter", "Messages consumed, by what came of them."),
    ("headwater_reports_total", "counter", "Reports that the broker has safely."),
    ("headwater_retries_total", "counter", "Attempts at a dispatch after the first."),
    ("headwater_in_flight", "gauge", "Dispatches in hand."),
    ("headwater_oldest_unfinished_seconds", "gauge", "Age of the oldest dispatch in hand: a handler that hangs."),
    ("headwater_lag_messages", "gauge", "Dispatches on the broker that are not finished, as far as known here."),
)


@dataclass(slots=True)
class Counts:
    """Every consumed message is counted once, as applied or as dead-lettered, when it is done with."""

    processor: str
    applied: int = 0
    dead_lettered: int = 0
    reports: int = 0
    retries: int = 0
    in_flight: int = 0
    oldest_s: float = 0.0
    lag: int = 0


def exposition(all_counts: Iterable[Counts]) -> str:
    """The counts of all partners in Prometheus' text format."""
    found = tuple(all_counts)
    lines = []
    for name, kind, meaning in _METRICS:
        lines += [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
        lines += [sample for counts in found for sample in _samples(name, counts)]
    return "\n".join(lines) + "\n"


def _samples(name: str, counts: Counts) -> list[str]:
    label = f'processor="{counts.processor}"'
    match name:
        case "headwater_messages_total":
            return [
                f'{name}{{{label},outcome="applied"}} {counts.applied}',
                f'{name}{{{label},outcome="dead_lettered"}} {counts.dead_lettered}',
            ]
        case "headwater_reports_total":
            value: float = counts.reports
        case "headwater_retries_total":
            value = counts.retries
        case "headwater_in_flight":
            value = counts.in_flight
        case "headwater_oldest_unfinished_seconds":
            value = round(counts.oldest_s, 3)
        case _:
            value = counts.lag
    return [f"{name}{{{label}}} {value}"]
