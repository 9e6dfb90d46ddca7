"""What each service declares, for those who judge it: its consumer groups with their rules."""

from __future__ import annotations

from functools import cache
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from headwater_cli import platform
from headwater_cli.platform import DEVELOPMENT

if TYPE_CHECKING:
    from headwater.service import Subscription

QUOTE_SECRETS = DEVELOPMENT[platform.QUOTE_SECRETS]
"""What the platforms that are judged here are started with."""
BUILDERS = {
    "catalog": ("catalog.app:build", "catalog.settings:Settings"),
    "orders": ("orders.app:build", "orders.settings:Settings"),
    "logistics": ("logistics.app:build", "logistics.settings:Settings"),
    "reviews": ("reviews.app:build", "reviews.settings:Settings"),
}
"""By name, and loaded when asked for: `headwater up` knows the commands that use them, and waits for no service."""


@cache
def subscriptions(service: str, **settings: Any) -> tuple[Subscription, ...]:
    """The groups of a service as its `app.py` declares them, under these settings and the environment's."""
    build, kind = map(resolve_name, BUILDERS[service])
    return tuple(build(kind(**{"quote_secrets": QUOTE_SECRETS, **settings})).subscriptions)
