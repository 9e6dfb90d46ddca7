"""The plan of a round: which fault strikes whom, when and for how long. A pure function of the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Kind = Literal[
    "kill", "freeze", "leave", "cut", "deaf", "mute", "delay", "slow",
    "disk-full", "clock", "storm", "poison", "repeat", "nonsense",
]  # fmt: skip
NETWORK: tuple[Kind, ...] = ("cut", "deaf", "mute", "delay", "slow")
CONTROLLED: tuple[Kind, ...] = ("disk-full", "clock")
"""These need the library in front of libc."""

OPENING: tuple[Kind, ...] = ("kill", "freeze", "cut", "poison", "kill")
"""Every round has at least these, however short."""
DECK: Mapping[Kind, int] = {
    "kill": 11, "freeze": 4, "leave": 2, "cut": 3, "deaf": 2, "mute": 2, "delay": 1, "slow": 1,
    "disk-full": 1, "clock": 2, "storm": 2, "poison": 2, "repeat": 2, "nonsense": 1,
}  # fmt: skip
"""How often each comes in a longer round."""
LASTS_S: Mapping[Kind, tuple[float, float]] = {
    "kill": (0.1, 2.0), "freeze": (1.0, 11.0), "leave": (0.1, 1.5), "cut": (1.0, 9.0), "deaf": (2.0, 9.0),
    "mute": (2.0, 9.0), "delay": (3.0, 8.0), "slow": (3.0, 6.0), "disk-full": (2.0, 6.0), "clock": (5.0, 12.0),
    "storm": (4.0, 8.0), "poison": (0.0, 0.0), "repeat": (0.0, 0.0), "nonsense": (1.0, 3.0),
}  # fmt: skip
"""From the first second to the last; for `kill` and `leave` the time until the process is started again."""
INFRA = ("kafka", "store")
INFRA_LASTS_S = 6.0
"""Broker and store are never away for longer in one piece, since all business stands still."""
BREATH_S = 8.0
"""Between two faults of broker or store, or two of one process."""
FIRST_S, APART_S, LAST_S = 2.0, (1.5, 4.5), 1.0
"""From the beginning to the first fault; from one to the next; from the last to the end."""
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    at: float
    """Seconds since business began."""
    kind: Kind
    target: str
    """A process, a link, a consumer group; empty where the kind says it all."""
    for_s: float
    amount: float = 0.0
    """delay: seconds; slow: bytes a second; clock: seconds off; others: nothing."""
    seed: int = 0
    """What the fault itself leaves to chance."""

    @property
    def ends_at(self) -> float:
        """When it is over."""
        return self.at + self.for_s

    def __str__(self) -> str:
        lasts = f" for {self.for_s:.1f} s" if self.for_s else ""
        amount = f" ({self.amount:g})" if self.amount else ""
        return f"{self.kind} {self.target}{amount}{lasts}".replace("  ", " ").rstrip()


@dataclass(frozen=True, slots=True)
class Targets:
    """What there is to strike."""

    processes: Sequence[str]
    links: Sequence[str]
    groups: Sequence[str]
    controlled: Sequence[str] = ()
    """The processes whose clock can be stepped; with none, clocks and disks are left alone."""

    def of(self, kind: Kind) -> Sequence[str]:
        """The ones that this kind may strike."""
        match kind:
            case "kill" | "freeze":
                return (*self.processes, *INFRA)
            case "leave":
                return self.processes
            case "cut" | "deaf" | "mute" | "delay" | "slow":
                return self.links
            case "storm":
                return self.groups
            case "clock":
                return self.controlled
            case "disk-full":
                return ("store",)
            case "poison" | "repeat" | "nonsense":
                return ("",)


def plan(seed: int, seconds: float, targets: Targets) -> list[Fault]:
    """The faults of a round in the order of their beginning; all are over when it ends."""
    chance = Random(f"chaos {seed}")
    faults: list[Fault] = []
    busy: dict[str, float] = {}
    at = FIRST_S
    for kind in _kinds(chance, skipped=() if targets.controlled else CONTROLLED):
        if at > seconds - LAST_S:
            break
        free = [one for one in targets.of(kind) if busy.get(one, 0.0) <= at]
        if not free:
            continue
        target = chance.choice(free)
        for_s = min(_lasts(chance, kind, target), round(seconds - at, 2))
        faults.append(Fault(round(at, 2), kind, target, for_s, _amount(chance, kind), chance.randrange(10**6)))
        for one in INFRA if target in INFRA else (target,):
            busy[one] = at + for_s + BREATH_S
        at += chance.uniform(*APART_S)
    return faults


def counted(faults: Collection[Fault]) -> dict[str, int]:
    """How many there are of each kind."""
    return dict(sorted(Counter(fault.kind for fault in faults).items()))


def _kinds(chance: Random, skipped: Collection[Kind]) -> Iterator[Kind]:
    opening = list(OPENING)
    chance.shuffle(opening)
    yield from opening
    while True:
        deck = [kind for kind, count in DECK.items() for _ in range(count) if kind not in skipped]
        chance.shuffle(deck)
        yield from deck


def _lasts(chance: Random, kind: Kind, target: str) -> float:
    least, most = LASTS_S[kind]
    if target in INFRA:
        most = min(most, INFRA_LASTS_S)
    return round(chance.uniform(least, most), 2)


def _amount(chance: Random, kind: Kind) -> float:
    match kind:
        case "delay":
            return round(chance.uniform(0.02, 0.3), 3)
        case "slow":
            return float(chance.randrange(4_000, 40_000))
        case "clock":
            return chance.choice((HOUR_S, -HOUR_S))
        case _:
            return 0.0
