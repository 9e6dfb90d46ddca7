"""A supplier's inbox."""

from __future__ import annotations

from headwater.contracts.base import Done, Refused
from reviews.domain import notices
from reviews.domain.notices import REMEMBERED, Inbox
from tests.unit.reviews.building import NOW, after, mark_read, notify, on_notices, told


def test_notices_are_kept_under_keys_in_the_order_of_time() -> None:
    state: Inbox = after(on_notices, notify("z", minutes=0), notify("a", minutes=1))
    assert [state.notices[key].notice_id for key in sorted(state.notices)] == ["z", "a"]


def test_a_rule_sees_the_notice_that_its_message_is_about() -> None:
    state: Inbox = after(on_notices, notify("n1"))
    assert notices.touched(notify("n1")) == tuple(state.notices)
    assert notices.touched(mark_read(1)) == ()


def test_the_same_notice_again_is_told_once_even_at_another_time() -> None:
    state = after(on_notices, notify("n1"))
    assert on_notices(state, notify("n1"), NOW).state is state
    assert on_notices(state, notify("n1", minutes=5), NOW).state is state


def test_an_old_notice_again_is_known_by_its_part() -> None:
    state: Inbox = after(on_notices, *(notify(f"n{n}", minutes=n) for n in range(REMEMBERED + 1)))
    assert "n0" not in state.told
    assert on_notices(state, notify("n0", minutes=0), NOW).state is state
    assert len(state.told) == REMEMBERED


def test_what_has_been_seen_is_read_and_what_came_since_is_not() -> None:
    state: Inbox = after(on_notices, notify("n1"), notify("n2"), notify("n3"), mark_read(2))
    assert (state.total, state.unread) == (3, 1)


def test_a_late_mark_takes_nothing_back() -> None:
    state = after(on_notices, notify("n1"), notify("n2"), mark_read(2))
    decision = on_notices(state, mark_read(1), NOW)
    assert decision.state is state
    assert told(decision, Done) == [Done(id="factory")]


def test_more_cannot_be_read_than_there_is() -> None:
    assert after(on_notices, notify("n1"), mark_read(99), notify("n2")).unread == 1


def test_a_supplier_without_notices_has_nothing_to_read() -> None:
    decision = on_notices(None, mark_read(1), NOW)
    (refused,) = told(decision, Refused)
    assert decision.state is None
    assert refused.code == "no_notices"
