"""How long business stood still, as the topics tell it."""

from __future__ import annotations

from headwater.contracts.logistics import ParcelTracked
from headwater.contracts.orders import OrderConfirmed, OrderLine, PlaceOrder
from headwater.contracts.topics import (
    CARRIERS,
    ORDER_EVENTS,
    ORDER_INBOX,
    PROVIDERS,
    carrier_tracking,
    provider_reports,
)
from headwater_proof.chaos.groups import PARTITIONS
from headwater_proof.chaos.plan import Fault
from headwater_proof.chaos.recovery import Confirmed, percentile, recovered, recoveries
from headwater_proof.chaos.striking import Struck
from headwater_proof.evidence import Record

HERE, THERE = 0, 1
"""Two partitions."""
TRACKING = carrier_tracking(CARRIERS[0])
PAYOUTS = provider_reports(PROVIDERS[0])


def order(placed: int, confirmed: int, partition: int = HERE) -> Confirmed:
    return Confirmed(placed, confirmed, partition, frozenset({partition}))


def test_a_service_has_recovered_when_each_of_its_partitions_has() -> None:
    orders = [order(110, 150), order(120, 6_300, THERE), order(6_400, 6_500, THERE), order(90, 9_000)]
    assert recovered("orders", orders, at=100) == 6_300
    assert recovered("logistics", orders, at=100) == 6_300


def test_a_door_has_recovered_with_the_first_order_that_comes_through() -> None:
    assert recovered("gateway", [order(2_000, 2_100), order(2_050, 9_000, THERE)], at=100) == 2_100


def test_an_order_from_before_the_kill_proves_nothing() -> None:
    assert recovered("orders", [order(90, 200)], at=100) is None


def test_kills_are_counted_by_service_from_what_stands_on_the_topics() -> None:
    line = OrderLine.model_construct(sku_id="sku-1", offer_id="off-1", quantity=1, unit_price_fen=1)
    placing = PlaceOrder.model_construct(order_id="ord-1", lines=(line,)).to_json()
    records = {topic: [] for topic in PARTITIONS} | {
        ORDER_INBOX: [Record(ORDER_INBOX, 3, 0, 11_000, b"ord-1", placing, [("ce_type", PlaceOrder.TYPE.encode())])],
        ORDER_EVENTS: [
            Record(ORDER_EVENTS, 3, 0, 16_500, b"ord-1", b"{}", [("ce_type", OrderConfirmed.TYPE.encode())])
        ],
        TRACKING: [said(9_000, "a"), said(10_400, "a"), said(12_000, "b")],
        PAYOUTS: [said(9_500, "a", "payments.provider"), said(13_000, "b", "payments.provider")],
    }
    killed = [Struck(Fault(0.0, "kill", name, 0.2), at=10.0) for name in ("orders-2", "carrier", "payments")]
    found = {"orders": [6_500], "carrier": [2_000], "payments": [3_000]}
    assert recoveries(killed, records) == found, "what is said again is not new"


def said(at: int, event: str, kind: str = "partners.carrier") -> Record:
    source = f"{kind}.{CARRIERS[0]}".encode()
    headers = [("ce_type", ParcelTracked.TYPE.encode()), ("ce_source", source), ("ce_id", event.encode())]
    return Record(TRACKING, 0, 0, at, b"shp", b"{}", headers)


def test_the_middle_and_the_tail_of_some_times() -> None:
    assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.99)] == [51, 100]
    assert percentile([], 0.5) == 0
