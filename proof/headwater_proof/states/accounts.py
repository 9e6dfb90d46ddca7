"""The world of a buyer's account: linked as host, as guest, and when both sides give each other's code at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from headwater.contracts.base import BuyerId, Message, OrderId, ReplyTo
from headwater.contracts.buyerstanding import (
    AskLinkCode,
    CountFact,
    EndLink,
    GiveLinkCode,
    JoinLink,
    LeaveLink,
    LinkJoined,
    LinkRefused,
    ShareStanding,
    UndoLink,
)
from headwater_proof.states.explore import Given, World, dumped
from orders.domain import buyerstanding
from orders.domain.levels import reckon

NOW = datetime(2026, 11, 11, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
"""After a code's time."""
SHOP, SISTER = BuyerId("shop-1"), BuyerId("shop-2")
CALLER = ReplyTo(topic="gateway.replies.v1", key="request")
RIGHT, WRONG = "0" * 32, "f" * 32


def _given(message: Message, label: str = "", now: datetime = NOW) -> Given:
    return Given(label or type(message).__name__, message, now)


def _join(digest: str, join_id: str) -> JoinLink:
    return JoinLink(host=SHOP, guest=SISTER, join_id=join_id, digest=digest, turn=0, tallies=())


_ASK = AskLinkCode(account=SHOP, other=SISTER, digest=RIGHT, change_id="ask", reply_to=CALLER)
_GIVE = GiveLinkCode(account=SHOP, other=SISTER, digest=RIGHT, change_id="give", reply_to=CALLER)
_UNDO = UndoLink(account=SHOP, other=SISTER, change_id="undo", reply_to=CALLER)
_AS_HOST = (
    _given(CountFact(buyer_id=SHOP, order_id=OrderId("ord_1"), fact="accepted", at=NOW)),
    _given(_ASK),
    _given(_join(WRONG, "guess"), "JoinLink of a wrong code"),
    _given(_join(RIGHT, "late"), "JoinLink after the code's time", LATER),
    _given(_join(RIGHT, "join")),
    _given(LeaveLink(host=SHOP, guest=SISTER, join_id="join")),
    _given(_GIVE),
    _given(_UNDO),
)
_AS_GUEST = (
    _given(_GIVE),
    _given(LinkJoined(guest=SHOP, host=SISTER, join_id="give")),
    _given(LinkRefused(guest=SHOP, host=SISTER, join_id="give", code="wrong_code", detail="It is wrong.")),
    _given(
        ShareStanding(
            guest=SHOP, host=SISTER, join_id="give", turn=1, shared=reckon(()), members=(SISTER, SHOP),
        )
    ),
    _given(EndLink(guest=SHOP, host=SISTER, join_id="give")),
    _given(_ASK),
    _given(_UNDO),
)  # fmt: skip
_AT_ONCE = (_given(_ASK), _given(_GIVE), _given(_join(RIGHT, "join")), _given(_UNDO))

ACCOUNT = World(
    "orders", "buyerstanding", buyerstanding.decide, (_AS_HOST, _AS_GUEST, _AT_ONCE),
    dumped("reasons", "turn", "level_turn"),
)  # fmt: skip
