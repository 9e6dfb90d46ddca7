"""Suppliers are registered, and described anew; only a change is announced."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from catalog.domain.supplier import Supplier, decide
from headwater.contracts.base import Done, Refused
from headwater.contracts.catalog import Making, MixedBatch, RegisterSupplier, SupplierRegistered
from tests.unit.catalog.building import CALLER, NOW, told


def register(town: str, makes: tuple[Making, ...] = ()) -> RegisterSupplier:
    return RegisterSupplier(
        supplier_id="factory", name="Factory", name_zh="厂", town=town, makes=makes, reply_to=CALLER
    )


def test_a_new_supplier_is_announced_and_its_sender_told() -> None:
    decision = decide(None, register("Yiwu"), NOW)
    assert told(decision, SupplierRegistered)[0].name_zh == "厂"
    assert told(decision, Done) == [Done(id="factory")]


def test_a_supplier_registered_again_is_done_already() -> None:
    known = decide(None, register("Yiwu"), NOW).state
    decision = decide(known, register("Yiwu"), NOW)
    assert decision.state is known
    assert [type(answer) for answer in told(decision, Done)] == [Done]
    assert not told(decision, SupplierRegistered)


def test_a_supplier_that_moved_is_announced_anew() -> None:
    known = decide(None, register("Yiwu"), NOW).state
    assert told(decide(known, register("Keqiao"), NOW), SupplierRegistered)[0].town == "Keqiao"


def test_what_a_factory_can_make_is_announced() -> None:
    makes = (Making(category="home/towels", processes=("jacquard",), monthly_pieces=80_000),)
    assert told(decide(None, register("Gaoyang", makes), NOW), SupplierRegistered)[0].makes == makes


def test_a_factory_that_makes_something_unknown_is_refused_with_the_nearest() -> None:
    decision = decide(None, register("Gaoyang", (Making(category="home/towel"),)), NOW)
    assert decision.state is None
    assert "did you mean home/towels?" in told(decision, Refused)[0].detail


def test_a_mixed_batch_without_a_bound_makes_no_sense() -> None:
    with pytest.raises(ValidationError, match="give one of them"):
        MixedBatch()


class OneSupplier(RuleBasedStateMachine):
    """A supplier under fire: it is what the last announcement said, and nothing is announced twice in a row."""

    def __init__(self) -> None:
        super().__init__()
        self.supplier: Supplier | None = None
        self.shown: list[SupplierRegistered] = []

    @rule(town=st.sampled_from(("Yiwu", "Keqiao", "Shishi")))
    def is_registered(self, town: str) -> None:
        decision = decide(self.supplier, register(town), NOW)
        self.supplier = decision.state
        self.shown += told(decision, SupplierRegistered)
        assert told(decision, Done)

    @invariant()
    def the_last_announcement_tells_what_it_is(self) -> None:
        if self.supplier:
            assert self.shown[-1].town == self.supplier.town

    @invariant()
    def nothing_is_announced_twice_in_a_row(self) -> None:
        assert all(earlier != later for earlier, later in pairwise(self.shown))


OneSupplier.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestOneSupplier = OneSupplier.TestCase
