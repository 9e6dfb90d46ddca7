"""What each service declares, for those who judge it: its consumer groups with their rules."""

from __future__ import annotations

from functools import cache
from typing import Any

from catalog.app import build as catalog
from headwater.service import Subscription
from headwater.settings import ServiceSettings
from logistics.app import build as logistics
from logistics.settings import Settings as LogisticsSettings
from orders.app import build as orders
from orders.settings import Settings as OrdersSettings
from reviews.app import build as reviews
from reviews.settings import Settings as ReviewsSettings

BUILDERS: dict[str, tuple[Any, type[ServiceSettings]]] = {
    "catalog": (catalog, ServiceSettings),
    "orders": (orders, OrdersSettings),
    "logistics": (logistics, LogisticsSettings),
    "reviews": (reviews, ReviewsSettings),
}


@cache
def subscriptions(service: str, **settings: Any) -> tuple[Subscription, ...]:
    """The groups of a service as its `app.py` declares them, under these settings and the environment's."""
    build, kind = BUILDERS[service]
    return tuple(build(kind(**settings)).subscriptions)
