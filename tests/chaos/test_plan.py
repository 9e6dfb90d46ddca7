"""The plan of a round follows from its seed, is over in time, and has something of everything."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from headwater_proof.chaos.plan import DECK, INFRA, INFRA_LASTS_S, OPENING, Fault, Targets, counted, plan

EVERYTHING = Targets(
    processes=("orders", "orders-2", "logistics", "gateway", "carrier"),
    links=("orders>kafka", "orders>store", "logistics>store", "client>gateway"),
    groups=("orders.order", "logistics.stock"),
    controlled=("orders", "logistics"),
)
SEEDS = range(200)


def test_the_same_seed_makes_the_same_plan_and_another_one_another() -> None:
    assert plan(7, 120, EVERYTHING) == plan(7, 120, EVERYTHING)
    assert plan(7, 120, EVERYTHING) != plan(8, 120, EVERYTHING)


@pytest.mark.parametrize("seconds", [25, 60, 120])
def test_every_fault_is_over_when_the_round_ends(seconds: int) -> None:
    for seed in SEEDS:
        assert all(fault.ends_at <= seconds for fault in plan(seed, seconds, EVERYTHING))


def test_the_shortest_round_has_two_kills_a_frozen_process_a_cut_and_poison() -> None:
    for seed in SEEDS:
        found = counted(plan(seed, 25, EVERYTHING))
        assert all(found[kind] >= OPENING.count(kind) for kind in OPENING), f"seed {seed}: {found}"


def test_a_long_run_has_every_kind_and_kills_enough() -> None:
    faults = [fault for seed in range(30) for fault in plan(seed, 120, EVERYTHING)]
    assert counted(faults).keys() == DECK.keys()
    assert counted(faults)["kill"] >= 200
    assert {fault.target for fault in faults if fault.kind == "kill"} == {*EVERYTHING.processes, *INFRA}


def test_no_target_is_struck_twice_at_a_time_and_broker_and_store_not_both() -> None:
    for seed in SEEDS:
        by_target: dict[str, list[Fault]] = defaultdict(list)
        for fault in plan(seed, 120, EVERYTHING):
            if fault.target:
                by_target["infra" if fault.target in INFRA else fault.target].append(fault)
        for faults in by_target.values():
            assert all(one.ends_at < other.at for one, other in pairwise(faults))
        assert all(fault.for_s <= INFRA_LASTS_S for fault in by_target["infra"])


def test_without_a_compiler_clocks_and_disks_are_left_alone() -> None:
    bare = Targets(EVERYTHING.processes, EVERYTHING.links, EVERYTHING.groups)
    assert not {"clock", "disk-full"} & {fault.kind for seed in SEEDS for fault in plan(seed, 120, bare)}


def test_a_plan_says_in_words_what_will_happen() -> None:
    assert str(Fault(3.0, "slow", "orders>store", 4.25, 8000)) == "slow orders>store (8000) for 4.2 s"
    assert str(Fault(3.0, "poison", "", 0.0)) == "poison"
