"""Who may review what, and what follows."""

from __future__ import annotations

import pytest

from headwater.contracts.base import Done, Refused
from headwater.contracts.reviews import CountReview, ReviewAccepted, SubmitReview
from reviews.domain import feedback
from reviews.domain.feedback import Feedback
from tests.unit.reviews.building import NOW, after, delivered, on_feedback, open_feedback, review, told


def test_a_delivered_order_opens_feedback_on_each_line() -> None:
    (command,) = feedback.open_for(delivered("X-L", "X-M"), NOW)
    assert command.address().key == "ord_1"
    assert [(line.sku_id, line.pieces) for line in command.lines] == [("X-L", 2), ("X-M", 2)]


def test_a_review_is_announced_counted_and_answered() -> None:
    decision = on_feedback(after(on_feedback, open_feedback()), review("X-L", "rev_1", rating=4, text="偏小"), NOW)
    (event,), (count,), (done,) = (told(decision, kind) for kind in (ReviewAccepted, CountReview, Done))
    assert (event.sku_id, event.supplier_id, event.rating, event.text) == ("X-L", "factory", 4, "偏小")
    assert (count.sku_id, count.review_id, count.rating, count.text) == ("X-L", "rev_1", 4, "偏小")
    assert done.id == "rev_1"


def test_each_line_has_its_own_review() -> None:
    state: Feedback = after(on_feedback, open_feedback(), review("X-L", "rev_1"), review("X-M", "rev_2"))
    assert {line.sku_id: line.review_id for line in state.lines} == {"X-L": "rev_1", "X-M": "rev_2"}


def test_the_same_review_again_is_done_already() -> None:
    state = after(on_feedback, open_feedback(), review())
    decision = on_feedback(state, review(), NOW)
    assert decision.state is state
    assert [message.message for message in decision.messages] == [Done(id="rev_1")]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (review(buyer="another"), "not_your_order", "Order ord_1 belongs to another buyer"),
        (review("Y"), "not_in_order", "Order ord_1 has no Y: GET /v1/orders/ord_1"),
        (review("X-L", "rev_2"), "already_reviewed", "X-L of order ord_1 has its review already, rev_1"),
        (review("X-M", "rev_1"), "review_id_taken", "Review rev_1 is of another line of order ord_1"),
        (review("X-L", "rev_1", buyer="another"), "not_your_order", "belongs to another buyer"),
    ],
)
def test_what_may_not_be_reviewed_is_refused_by_name(asked: SubmitReview, code: str, says: str) -> None:
    state = after(on_feedback, open_feedback(), review("X-L", "rev_1"))
    decision = on_feedback(state, asked, NOW)
    (refused,) = told(decision, Refused)
    assert decision.state is state
    assert len(decision.messages) == 1
    assert refused.code == code
    assert says in refused.detail


def test_an_order_that_is_not_delivered_cannot_be_reviewed_yet() -> None:
    decision = on_feedback(None, review(), NOW)
    (refused,) = told(decision, Refused)
    assert decision.state is None
    assert refused.code == "not_delivered"
    assert refused.detail == "Order ord_1 is not delivered yet, or not known here: try again once it is."


def test_nobody_is_answered_who_did_not_ask() -> None:
    unasked = review().model_copy(update={"reply_to": None})
    assert on_feedback(None, unasked, NOW).messages == ()


def test_a_second_delivery_changes_nothing() -> None:
    state = after(on_feedback, open_feedback(), review())
    assert on_feedback(state, open_feedback("Y", buyer="another"), NOW).state is state


def test_a_sku_on_two_lines_is_one_line_to_review() -> None:
    state: Feedback = after(on_feedback, open_feedback("X-L", "X-L"))
    assert [(line.sku_id, line.pieces) for line in state.lines] == [("X-L", 4)]


def test_what_is_private_leaves_the_text_before_anyone_reads_it() -> None:
    text = "call 138 1234 5678 or wang@example.com"
    decision = on_feedback(after(on_feedback, open_feedback()), review(text=text), NOW)
    for kind in (ReviewAccepted, CountReview):
        assert told(decision, kind)[0].text == "call ▇▇▇ or ▇▇▇"
