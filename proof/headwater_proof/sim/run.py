"""Runs by their seeds: one, many, and the smallest that still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing import get_context
from typing import Any

from headwater_proof.checker import check
from headwater_proof.evidence import Evidence, Violation
from headwater_proof.planted import BUGS
from headwater_proof.sim.plan import Plan, plan
from headwater_proof.sim.world import SETTINGS, World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run."""

    seed: int
    violations: tuple[Violation, ...]
    told: tuple[str, ...]
    """What happened, line by line."""
    orders: int
    messages: int
    virtual_s: float
    digest: str
    """Of everything that is on the topics: the same for the same run."""


@dataclass(frozen=True, slots=True)
class Catch:
    """Which seed shows a planted bug first, and which rules it breaks."""

    bug: str
    seed: int | None
    rules: tuple[str, ...]


def simulate(seed: int, bug: str = "") -> Outcome:
    """The run of a seed, with a bug on purpose if one is named."""
    return play(plan(seed), bug)


def play(chosen: Plan, bug: str = "") -> Outcome:
    """Run a plan and judge it."""
    planted: AbstractContextManager[Any] = BUGS[bug].plant() if bug else nullcontext()
    world = World(chosen)
    with planted:
        evidence = world.run()
    return Outcome(
        chosen.seed, tuple(check(evidence, SETTINGS)), tuple(world.told), chosen.orders,
        sum(map(len, evidence.records.values())), world.loop.time(), _digest(evidence),
    )  # fmt: skip


def _digest(evidence: Evidence) -> str:
    found = sha256()
    for topic in sorted(evidence.records):
        for record in evidence.records[topic]:
            found.update(repr(record).encode())
    return found.hexdigest()[:16]


def many(first: int, count: int, jobs: int, bug: str = "") -> Iterator[Outcome]:
    """The runs of so many seeds, in any order, on so many processes."""
    seeds = range(first, first + count)
    if jobs == 1:
        yield from (simulate(seed, bug) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(simulate, seeds, [bug] * count, chunksize=8)


def catch(bug: str, most: int, known: int | None = None) -> Catch:
    """Plant a bug and look for the first seed that shows it. One that is `known` to show it is tried first."""
    for seed in [*([known] if known else []), *range(1, most + 1)]:
        outcome = simulate(seed, bug)
        if outcome.violations:
            return Catch(bug, seed, tuple(sorted({violation.rule for violation in outcome.violations})))
    return Catch(bug, None, ())


def catch_all(most: int, jobs: int, known: Mapping[str, int]) -> Iterator[Catch]:
    """Plant each bug in turn; see `catch` for the seeds that are known, by bug."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(catch, BUGS, [most] * len(BUGS), map(known.get, BUGS))


def shrink(chosen: Plan, bug: str = "", tell: Callable[[Plan], None] = lambda _: None) -> Plan:
    """The same run with fewer faults and orders, as long as it still fails: each that can be left out is."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(chosen):
            if play(candidate, bug).violations:
                chosen, smaller = candidate, True
                tell(chosen)
                break
    return chosen


def _smaller(chosen: Plan) -> Iterator[Plan]:
    for size in (4, 2, 1):
        for start in range(0, len(chosen.faults), size):
            yield chosen.without(faults=range(start, start + size))
        for start in range(0, len(chosen.acts), size):
            yield chosen.without(acts=range(start, start + size))
    for place in range(len(chosen.baskets)):
        yield chosen.without(baskets=(place,))
