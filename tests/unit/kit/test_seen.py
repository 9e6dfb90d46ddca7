"""What has been seen of each source, beside the plainest model of it: a set of all numbers that ever came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.marks import Seen

SOURCES = st.sampled_from(["orders.order:inbox/0", "orders.order:inbox/1", "timers:orders"])
ARRIVALS = st.lists(st.tuples(SOURCES, st.integers(min_value=1, max_value=40)), max_size=200)


@given(ARRIVALS)
def test_a_number_is_new_exactly_once_in_whatever_order_numbers_come(arrivals: list[tuple[str, int]]) -> None:
    seen, model = Seen({}), set[tuple[str, int]]()
    for source, number in arrivals:
        assert seen.is_new(source, number) == ((source, number) not in model)
        model.add((source, number))


@given(ARRIVALS)
def test_what_is_kept_says_exactly_which_numbers_came(arrivals: list[tuple[str, int]]) -> None:
    seen = Seen({})
    for source, number in arrivals:
        seen.is_new(source, number)
    for source, (high, missing) in seen.marks.items():
        gone = {number for first, last in missing for number in range(first, last + 1)}
        assert set(range(1, high + 1)) - gone == {number for name, number in arrivals if name == source}
        assert all(first <= last for first, last in missing), "no range is empty"


@given(ARRIVALS, ARRIVALS)
def test_it_goes_on_from_what_was_kept(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    one = Seen({})
    whole = [one.is_new(*arrival) for arrival in before + after]
    first = Seen({})
    halves = [first.is_new(*arrival) for arrival in before]
    second = Seen(first.marks)
    assert halves + [second.is_new(*arrival) for arrival in after] == whole


def test_marks_that_were_given_are_left_as_they_were() -> None:
    stored = {"source": (3, ((1, 2),))}
    assert Seen(stored).is_new("source", 1)
    assert stored == {"source": (3, ((1, 2),))}


def test_in_order_nothing_is_kept_but_the_highest_number() -> None:
    seen = Seen({})
    assert all(seen.is_new("source", number) for number in range(1, 1001))
    assert seen.marks == {"source": (1000, ())}
