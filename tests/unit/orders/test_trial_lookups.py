"""Look-ups of trials and samples: whose they are, and what became of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from headwater.contracts.trialsales import WalkAway
from headwater.stubs.orders.v1 import trials_pb2 as pb
from orders.domain import trialsale
from orders.domain.state import Order
from orders.domain.trialsale_state import TrialSale
from orders.trials_rpc import TrialsRpc
from tests.unit.orders.building import CALLER, NOW, POLICY, after, held, line, place
from tests.unit.orders.test_trialsale import OPENED


class Aborted(Exception):
    """What a real context raises."""


class Context:
    """Tells with which code a look-up was aborted."""

    async def abort(self, code: grpc.StatusCode, detail: str) -> None:
        raise Aborted(code, detail)


class Stored:
    """States in a list, found by those of the filters that name a plain value or one of several."""

    def __init__(self, *states: Any) -> None:
        self._states = states

    async def get(self, id: str) -> Any:
        return next((one for one in self._states if one.order_id == id), None)

    async def find(self, filter: dict[str, Any], sort: Any, limit: int, after: Any) -> list[tuple[str, Any]]:
        found = [one for one in self._states if all(_fits(one, name, want) for name, want in filter.items())]
        found.sort(key=lambda one: getattr(one, sort[0][0]), reverse=True)
        return [(one.order_id, one) for one in found[:limit]]


def _fits(state: Any, name: str, want: Any) -> bool:
    has = {line.offer_id for line in state.lines} if name == "lines.offer_id" else {getattr(state, name)}
    if not isinstance(want, dict):
        return want in has
    return bool(has & set(want["$in"])) if "$in" in want else not has & set(want["$nin"])


def ordered(number: int, kind: str, offer: str = "off-X", **how: Any) -> Order:
    lines = (line().model_copy(update={"offer_id": offer}),)
    order = after(place(*lines, kind=kind), *((held(),) if kind != "sample" else ()))
    return order.evolve(order_id=f"ord_{number}", placed_at=NOW + timedelta(hours=number), **how)


async def test_a_sample_shows_what_was_ordered_of_its_offer_since() -> None:
    orders = Stored(
        ordered(0, "goods"), ordered(1, "sample"), ordered(2, "goods"), ordered(3, "goods", "off-Y"),
        ordered(4, "goods", status="expired"), ordered(5, "trial"), ordered(6, "goods", buyer_id="other"),
    )  # fmt: skip
    found = await TrialsRpc(Stored(), orders).ListSamples(pb.ListSamplesRequest(buyer_id="shop"), Context())  # type: ignore[arg-type]
    (sample,) = found.samples
    assert [(one.order_id, one.kind) for one in sample.orders_since] == [("ord_2", "goods"), ("ord_5", "trial")]
    assert (sample.status, sample.offer_id) == ("reserving", "off-X")


@pytest.mark.parametrize("viewer", ["shop", "factory", ""])
async def test_a_trial_is_shown_to_both_its_sides(viewer: str) -> None:
    walked: Any = WalkAway(order_id="ord_1", buyer_id="shop", reason="it shrinks", reply_to=CALLER)  # type: ignore[arg-type]
    sale: TrialSale | None = trialsale.decide(POLICY, None, OPENED, NOW).state
    sale = trialsale.decide(POLICY, sale, walked, NOW).state
    request = pb.GetTrialSaleRequest(order_id="ord_1", viewer=viewer)
    shown = (await TrialsRpc(Stored(sale), Stored()).GetTrialSale(request, Context())).trial  # type: ignore[arg-type]
    assert (shown.status, shown.walked_because, shown.HasField("signed")) == ("walked", "it shrinks", False)


async def test_a_trial_is_not_there_for_others_and_a_page_is_of_one_side() -> None:
    rpc = TrialsRpc(Stored(trialsale.decide(POLICY, None, OPENED, NOW).state), Stored())
    for call, code in (
        (rpc.GetTrialSale(pb.GetTrialSaleRequest(order_id="ord_1", viewer="eve"), Context()), "NOT_FOUND"),  # type: ignore[arg-type]
        (rpc.ListTrialSales(pb.ListTrialSalesRequest(), Context()), "INVALID_ARGUMENT"),  # type: ignore[arg-type]
        (rpc.ListTrialSales(pb.ListTrialSalesRequest(buyer_id="shop", status="odd"), Context()), "INVALID_ARGUMENT"),  # type: ignore[arg-type]
        (rpc.ListSamples(pb.ListSamplesRequest(), Context()), "INVALID_ARGUMENT"),  # type: ignore[arg-type]
    ):
        with pytest.raises(Aborted) as aborted:
            await call
        assert aborted.value.args[0].name == code
    listed = await rpc.ListTrialSales(pb.ListTrialSalesRequest(supplier_id="factory", status="deciding"), Context())  # type: ignore[arg-type]
    assert [one.order_id for one in listed.trials] == ["ord_1"]
