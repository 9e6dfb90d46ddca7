"""What happens in a run: who buys what, and what goes wrong when. All of it follows from the seed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from headwater.faults import POINTS
from headwater_proof.sim.network import Weather

Plot = Literal["accept", "wait", "cancel", "forget", "pay late", "pay twice", "change of mind"]
PLOTS: tuple[Plot, ...] = (
    "accept", "accept", "accept", "wait", "wait", "cancel", "forget", "pay late", "pay twice", "change of mind",
)  # fmt: skip
BasketPlot = Literal["pay", "forget", "change of mind"]
SERVICES = ("orders", "logistics", "reviews")
BUYING_S = 12.0
"""Orders are placed in this time."""
TROUBLE_S = 30.0
"""Nothing new goes wrong afterwards."""
SKUS = 4
Lines = tuple[tuple[int, int], ...]
"""SKU numbers and pieces."""


@dataclass(frozen=True, slots=True)
class Act:
    """One order, and what its buyer will do."""

    number: int
    at: float
    plot: Plot
    lines: Lines


@dataclass(frozen=True, slots=True)
class Basket:
    """One checkout over several suppliers, and what its buyer will do."""

    number: int
    at: float
    plot: BasketPlot
    all_or_none: bool
    parts: tuple[Lines, ...]
    """What is bought of each supplier."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something goes wrong at a time, for a while. Seconds since the run began."""

    at: float
    kind: str
    target: str
    lasts: float = 0.0
    detail: str = ""

    def __str__(self) -> str:
        what = f"{self.kind} {self.target} {self.detail}".strip()
        return f"{self.at:6.2f} s  {what}" + (f", for {self.lasts:.1f} s" if self.lasts else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    seed: int
    members: int
    """Processes of each service."""
    partitions: int
    most: int
    """Records in one poll."""
    hot: int
    """States that are kept in memory."""
    weather: Weather
    acts: tuple[Act, ...]
    baskets: tuple[Basket, ...]
    stock: tuple[int, ...]
    """Pieces of each SKU."""
    faults: tuple[Fault, ...]

    @property
    def orders(self) -> int:
        """How many are placed, those of checkouts included."""
        return len(self.acts) + sum(len(basket.parts) for basket in self.baskets)

    def without(self, faults: Collection[int] = (), acts: Collection[int] = (), baskets: Collection[int] = ()) -> Plan:
        """The same with some of its faults, orders and checkouts left out, by their places."""
        return replace(
            self,
            faults=tuple(one for place, one in enumerate(self.faults) if place not in faults),
            acts=tuple(one for place, one in enumerate(self.acts) if place not in acts),
            baskets=tuple(one for place, one in enumerate(self.baskets) if place not in baskets),
        )


def plan(seed: int) -> Plan:
    """The run of a seed."""
    chance = Random(f"plan {seed}")
    members = chance.choice((1, 2, 2))
    acts = tuple(_act(chance, number) for number in range(chance.choice((3, 5, 8, 12))))
    buyers = Random(f"baskets {seed}")
    baskets = tuple(_basket(buyers, number) for number in range(buyers.choice((0, 0, 1, 2))))
    return Plan(
        seed=seed, members=members, partitions=chance.choice((1, 2, 3)), most=chance.choice((1, 3, 20, 500)),
        hot=chance.choice((0, 2, 1000)), weather=_weather(chance), acts=acts, baskets=baskets,
        stock=tuple(chance.choice((3, 20, 1000, 1000)) for _ in range(SKUS)),
        faults=tuple(sorted((_fault(chance, members) for _ in range(chance.randint(0, 8))), key=lambda one: one.at)),
    )  # fmt: skip


def _act(chance: Random, number: int) -> Act:
    return Act(number, chance.uniform(1, BUYING_S), chance.choice(PLOTS), _lines(chance))


def _basket(chance: Random, number: int) -> Basket:
    parts = tuple(_lines(chance) for _ in range(chance.choice((2, 2, 3))))
    plot: BasketPlot = chance.choice(("pay", "pay", "forget", "change of mind"))
    return Basket(number, chance.uniform(1, BUYING_S), plot, chance.random() < 0.7, parts)


def _lines(chance: Random) -> Lines:
    skus = chance.sample(range(SKUS), chance.choice((1, 1, 2, 3)))
    return tuple((sku, chance.choice((1, 2, 5))) for sku in skus)


def _weather(chance: Random) -> Weather:
    kind = chance.choice(("calm", "calm", "wet", "storm"))
    if kind == "calm":
        return Weather()
    worse = 1 if kind == "wet" else 4
    return Weather(
        lost_requests=0.003 * worse, lost_answers=0.003 * worse, late=0.002 * worse, torn=0.01 * worse,
        slowest_s=chance.choice((0.01, 0.05, 0.2)),
    )  # fmt: skip


def _fault(chance: Random, members: int) -> Fault:
    at = chance.uniform(0.5, TROUBLE_S)
    service = chance.choice(SERVICES)
    node = f"{service}-{chance.randrange(members)}"
    lasts = chance.choice((0.3, 2.0, 6.0, 10.0))
    kind = chance.choice((
        "kill", "kill", "kill in step", "kill at point", "last breath", "pause", "pause", "cut", "slow", "restart",
        "extra member", "broker down", "store down", "clock", "poison", "nonsense", "repeat", "repeat",
    ))  # fmt: skip
    match kind:
        case "cut":
            return Fault(at, kind, node, lasts, chance.choice(("kafka", f"{service} store", "both")))
        case "kill in step":
            return Fault(at, kind, node, lasts, str(chance.randint(1, 40)))
        case "kill at point":
            return Fault(at, kind, node, lasts, chance.choice(POINTS))
        case "broker down":
            return Fault(at, kind, "kafka", lasts)
        case "store down":
            return Fault(at, kind, f"{service} store", lasts)
        case "clock":
            server = chance.choice(("kafka", f"{service} store"))
            return Fault(at, kind, server, detail=str(chance.choice((-20, -3, 3, 20))))
        case "poison" | "nonsense" | "repeat":
            return Fault(at, kind, service, detail=str(chance.randrange(1000)))
        case _:
            return Fault(at, kind, node, lasts)
