"""Every topic of the platform, its partitions and retention: the one source for `headwater topics apply`.

An **inbox** has one consumer, the aggregate that it is named after. **Events** are announcements for anyone. A
**partner** or a payment provider has a pair of topics of its own, one to read and one to write. Every topic that
somebody consumes has a dead-letter topic. The partition count of an inbox is for good: a key's partition decides who
may write its aggregate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY_MS = 24 * 3600 * 1000
PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be. Times in milliseconds, sizes in bytes."""

    name: str
    partitions: int = PARTITIONS
    retention_ms: int = 7 * DAY_MS
    max_message_bytes: int = 1024 * 1024
    timestamp_type: Literal["LogAppendTime", "CreateTime"] = "LogAppendTime"
    """The broker stamps each record: `decide` gets this as `now`, whatever the senders' clocks say."""
    cleanup_policy: Literal["delete", "compact"] = "delete"

    @property
    def dlq(self) -> Topic:
        """Where messages go that could not be read or whose rule failed; kept long enough for a person to look."""
        return Topic(dlq_of(self.name), partitions=1, retention_ms=30 * DAY_MS, max_message_bytes=4 * 1024 * 1024)


def dlq_of(topic: str) -> str:
    """The dead-letter topic that belongs to a topic."""
    return f"{topic}.dlq"


def carrier_dispatches(carrier_id: str) -> str:
    """What a carrier reads: parcels to collect."""
    return f"partners.carrier.{carrier_id}.dispatches.v1"


def carrier_tracking(carrier_id: str) -> str:
    """What a carrier writes: where its parcels are."""
    return f"partners.carrier.{carrier_id}.tracking.v1"


def warehouse_tasks(warehouse_id: str) -> str:
    """What an origin warehouse reads: parcels to pick and pack."""
    return f"partners.warehouse.{warehouse_id}.tasks.v1"


def warehouse_reports(warehouse_id: str) -> str:
    """What an origin warehouse writes: parcels packed, goods received."""
    return f"partners.warehouse.{warehouse_id}.reports.v1"


def provider_requests(provider_id: str) -> str:
    """What a payment provider reads: payouts to make."""
    return f"payments.provider.{provider_id}.requests.v1"


def provider_reports(provider_id: str) -> str:
    """What a payment provider writes: what became of them."""
    return f"payments.provider.{provider_id}.reports.v1"


CATALOG_SUPPLIER_INBOX = "catalog.supplier.inbox.v1"
CATALOG_SUPPLIER_EVENTS = "catalog.supplier.events.v1"
CATALOG_OFFER_INBOX = "catalog.offer.inbox.v1"
CATALOG_OFFER_EVENTS = "catalog.offer.events.v1"
CATALOG_PRICELIST_INBOX = "catalog.pricelist.inbox.v1"
CATALOG_PRICELIST_EVENTS = "catalog.pricelist.events.v1"
CATALOG_BUYER_INBOX = "catalog.buyer.inbox.v1"
CATALOG_BUYER_EVENTS = "catalog.buyer.events.v1"
CATALOG_PROGRAMME_INBOX = "catalog.programme.inbox.v1"
CATALOG_PROGRAMME_EVENTS = "catalog.programme.events.v1"
CATALOG_TRIAL_INBOX = "catalog.trial.inbox.v1"
CATALOG_TRIAL_EVENTS = "catalog.trial.events.v1"
CATALOG_STANDING_INBOX = "catalog.standing.inbox.v1"
CATALOG_STANDING_EVENTS = "catalog.standing.events.v1"
CATALOG_SHELF_INBOX = "catalog.shelf.inbox.v1"
CATALOG_TRAFFIC_INBOX = "catalog.traffic.inbox.v1"
CATALOG_TRAFFIC_EVENTS = "catalog.traffic.events.v1"
CATALOG_PALLET_INBOX = "catalog.pallet.inbox.v1"
CATALOG_PALLET_EVENTS = "catalog.pallet.events.v1"
CATALOG_DISTRIBUTION_INBOX = "catalog.distribution.inbox.v1"
CATALOG_DISTRIBUTION_EVENTS = "catalog.distribution.events.v1"
CATALOG_CAMPAIGN_INBOX = "catalog.campaign.inbox.v1"
CATALOG_CAMPAIGN_EVENTS = "catalog.campaign.events.v1"
CATALOG_ENROLMENT_INBOX = "catalog.enrolment.inbox.v1"
CATALOG_ENROLMENT_EVENTS = "catalog.enrolment.events.v1"
CATALOG_SAMPLE_INBOX = "catalog.sample.inbox.v1"
CATALOG_SAMPLE_EVENTS = "catalog.sample.events.v1"
CATALOG_SEARCH_REQUESTS = "catalog.search.requests.v1"
ORDER_INBOX = "orders.order.inbox.v1"
ORDER_EVENTS = "orders.order.events.v1"
CHECKOUT_INBOX = "orders.checkout.inbox.v1"
CHECKOUT_EVENTS = "orders.checkout.events.v1"
COMPANY_INBOX = "orders.company.inbox.v1"
COMPANY_EVENTS = "orders.company.events.v1"
INQUIRY_INBOX = "orders.inquiry.inbox.v1"
INQUIRY_EVENTS = "orders.inquiry.events.v1"
ROSTER_INBOX = "orders.roster.inbox.v1"
BUYERSTANDING_INBOX = "orders.buyerstanding.inbox.v1"
BUYERSTANDING_EVENTS = "orders.buyerstanding.events.v1"
ACCOUNT_INBOX = "orders.account.inbox.v1"
ACCOUNT_EVENTS = "orders.account.events.v1"
TRIAL_SALE_INBOX = "orders.trialsale.inbox.v1"
TRIAL_SALE_EVENTS = "orders.trialsale.events.v1"
TEST_PLAN_INBOX = "orders.testplan.inbox.v1"
TEST_PLAN_EVENTS = "orders.testplan.events.v1"
REFUND_EVENTS = "orders.refund.events.v1"
INSURANCE_INBOX = "orders.insurance.inbox.v1"
POOL_INBOX = "orders.pool.inbox.v1"
POOL_EVENTS = "orders.pool.events.v1"
STOCK_INBOX = "logistics.stock.inbox.v1"
STOCK_EVENTS = "logistics.stock.events.v1"
SHIPMENT_INBOX = "logistics.shipment.inbox.v1"
SHIPMENT_EVENTS = "logistics.shipment.events.v1"
FEEDBACK_INBOX = "reviews.feedback.inbox.v1"
FEEDBACK_EVENTS = "reviews.feedback.events.v1"
SKU_INBOX = "reviews.sku.inbox.v1"
ALERT_EVENTS = "reviews.alert.events.v1"
NOTICES_INBOX = "reviews.notices.inbox.v1"
GATEWAY_REPLIES = "gateway.replies.v1"

CARRIERS = ("demo-express", "demo-freight")
"""The carriers that are connected out of the box; the demo carrier plug-in plays both."""
WAREHOUSES = ("yiwu", "guangzhou", "keqiao", "quanzhou", "hangzhou", "zhengzhou")
"""The origin warehouses (产地仓) that are connected out of the box; the demo warehouse plug-in plays them all."""
PROVIDERS = ("demo-pay",)
"""The payment providers that are connected out of the box; the demo payments plug-in plays it."""

_CONSUMED = (
    *(Topic(name) for name in (
        CATALOG_SUPPLIER_INBOX, CATALOG_OFFER_INBOX, CATALOG_OFFER_EVENTS, CATALOG_PRICELIST_INBOX,
        CATALOG_BUYER_INBOX, CATALOG_PROGRAMME_INBOX, CATALOG_TRIAL_INBOX, CATALOG_STANDING_INBOX,
        CATALOG_SHELF_INBOX, CATALOG_TRAFFIC_INBOX, CATALOG_PALLET_INBOX, CATALOG_DISTRIBUTION_INBOX,
        CATALOG_CAMPAIGN_INBOX, CATALOG_ENROLMENT_INBOX,
        ORDER_INBOX, ORDER_EVENTS, CHECKOUT_INBOX, COMPANY_INBOX, INQUIRY_INBOX, ROSTER_INBOX, STOCK_INBOX,
        SHIPMENT_INBOX, FEEDBACK_INBOX, FEEDBACK_EVENTS, SKU_INBOX, NOTICES_INBOX,
        BUYERSTANDING_INBOX, BUYERSTANDING_EVENTS,
        TRIAL_SALE_INBOX, CATALOG_SAMPLE_INBOX, TEST_PLAN_INBOX,
        INSURANCE_INBOX,
        POOL_INBOX,
    )),
    *(Topic(name, partitions=2) for carrier in CARRIERS
      for name in (carrier_dispatches(carrier), carrier_tracking(carrier))),
    *(Topic(name, partitions=2) for warehouse in WAREHOUSES
      for name in (warehouse_tasks(warehouse), warehouse_reports(warehouse))),
    *(Topic(name) for name in (ACCOUNT_INBOX, CATALOG_STANDING_EVENTS)),
    *(Topic(name, partitions=2) for provider in PROVIDERS
      for name in (provider_requests(provider), provider_reports(provider))),
)  # fmt: skip
_ANNOUNCED = tuple(
    Topic(name)
    for name in (
        CATALOG_SUPPLIER_EVENTS, CATALOG_PRICELIST_EVENTS, CATALOG_BUYER_EVENTS, CATALOG_PROGRAMME_EVENTS,
        CATALOG_TRIAL_EVENTS, CATALOG_TRAFFIC_EVENTS, CATALOG_PALLET_EVENTS,
        CATALOG_DISTRIBUTION_EVENTS, CATALOG_CAMPAIGN_EVENTS, CATALOG_ENROLMENT_EVENTS, CHECKOUT_EVENTS,
        COMPANY_EVENTS, INQUIRY_EVENTS, STOCK_EVENTS, SHIPMENT_EVENTS, ALERT_EVENTS,
        ACCOUNT_EVENTS,
        TRIAL_SALE_EVENTS, CATALOG_SAMPLE_EVENTS, TEST_PLAN_EVENTS,
        REFUND_EVENTS,
        POOL_EVENTS,
    )
)  # fmt: skip

TOPICS: tuple[Topic, ...] = (
    *_CONSUMED,
    *(topic.dlq for topic in _CONSUMED),
    *_ANNOUNCED,
    Topic(CATALOG_SEARCH_REQUESTS, partitions=1),
    Topic(GATEWAY_REPLIES, retention_ms=3600 * 1000),
)
