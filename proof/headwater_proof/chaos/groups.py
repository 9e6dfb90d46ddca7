"""Who reads what: the consumer groups of our services and of the partners, with their topics."""

from __future__ import annotations

from headwater.contracts.topics import (
    CARRIERS,
    PROVIDERS,
    TOPICS,
    WAREHOUSES,
    carrier_dispatches,
    provider_requests,
    warehouse_tasks,
)
from headwater_proof.services import subscriptions

SERVICES = ("catalog", "orders", "logistics", "reviews")
PARTITIONS = {topic.name: topic.partitions for topic in TOPICS}
OURS = {(service, group.name): group.topics for service in SERVICES for group in subscriptions(service)}
"""By service and name."""
PARTNERS = {f"partners.carrier.{id}": (carrier_dispatches(id),) for id in CARRIERS}
PARTNERS |= {f"partners.warehouse.{id}": (warehouse_tasks(id),) for id in WAREHOUSES}
PARTNERS |= {f"payments.provider.{id}": (provider_requests(id),) for id in PROVIDERS}
GROUPS = {name: topics for (_, name), topics in OURS.items()} | PARTNERS
