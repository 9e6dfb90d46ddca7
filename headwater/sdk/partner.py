"""Who plugs in: a carrier, an origin warehouse or a payment provider, what it listens to, what it may report."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from headwater.contracts.base import CarrierId, Key, Message, ProviderId, ShipmentId, WarehouseId, WithdrawalId
from headwater.contracts.logistics import ParcelPacked, ParcelReturned, ParcelTracked
from headwater.contracts.payments import PayoutReported
from headwater.contracts.topics import (
    carrier_dispatches,
    carrier_tracking,
    provider_reports,
    provider_requests,
    warehouse_reports,
    warehouse_tasks,
)
from headwater.sdk.settings import PluginSettings

M = TypeVar("M", bound=Message)
Reported: TypeAlias = ParcelPacked | ParcelTracked | ParcelReturned | PayoutReported
"""What partners report. Each has an `event_id`: the platform gives the same one effect once."""
Handler = Callable[[M, "Report"], Awaitable[None]]

LONGEST_KEY = 96
_PARTNER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class Away(Exception):
    """Raised by a handler whose own system does not answer, with the reason.

    That is no fault of the parcel: it is tried again for as long as it takes, and readiness turns false.
    """


class Report:
    """Tells the platform what happened to a parcel. It returns once the broker has the message safely.

    While the broker is away it waits; reports on one parcel arrive in the order in which they were made.
    """

    def __init__(self, topic: str, send: Callable[[Reported], Awaitable[None]]) -> None:
        self._topic = topic
        self._send = send

    async def __call__(self, message: Reported) -> None:
        """Send it. Raises `ValueError` for a report in another partner's name."""
        to = message.address()
        if to.topic != self._topic:
            raise ValueError(f"this partner writes {self._topic}, and the {type(message).__name__} is for {to.topic}")
        await self._send(message)


class Partner:
    """A partner of the platform: it reads its own topic in its own group, and writes its own topic."""

    def __init__(self, name: str, reads: str, writes: str, settings: PluginSettings) -> None:
        self.name = name
        """`partners.<kind>.<id>` or `payments.provider.<id>`: the consumer group, and the source of its reports."""
        self.reads = reads
        self.writes = writes
        self.settings = settings
        self._handlers: dict[type[Message], Handler[Any]] = {}

    def on(self, message_type: type[M]) -> Callable[[Handler[M]], Handler[M]]:
        """The decorated function handles this kind of dispatch.

        It may be called more than once for one parcel (at least once, after a failure or a restart), so it derives its
        event ids from the parcel: `event_id(parcel.shipment_id, "collected")`. Many parcels are handled concurrently.
        """

        def register(handler: Handler[M]) -> Handler[M]:
            if message_type in self._handlers:
                raise ValueError(f"{self.name} has a handler for {message_type.__name__} already")
            self._handlers[message_type] = handler
            return handler

        return register

    def handler_for(self, message: Message) -> Handler[Any] | None:
        """The function that handles it, None if there is none."""
        return self._handlers.get(type(message))

    def handles(self) -> tuple[str, ...]:
        """The wire types that there are handlers for."""
        return tuple(message_type.TYPE for message_type in self._handlers)

    def run(self) -> None:
        """Work until SIGTERM: the whole of a plug-in's `__main__`."""
        from headwater.sdk.running import run  # it knows the partners, so they cannot know it earlier

        asyncio.run(run(self))


class Carrier(Partner):
    """A carrier (承运商): collects parcels at origin warehouses and says where they are."""

    def __init__(self, carrier_id: str, settings: PluginSettings) -> None:
        self.id = CarrierId(_checked(carrier_id))
        super().__init__(
            f"partners.carrier.{self.id}", carrier_dispatches(self.id), carrier_tracking(self.id), settings
        )


class Warehouse(Partner):
    """An origin warehouse (产地仓): picks and packs parcels."""

    def __init__(self, warehouse_id: str, settings: PluginSettings) -> None:
        self.id = WarehouseId(_checked(warehouse_id))
        super().__init__(
            f"partners.warehouse.{self.id}", warehouse_tasks(self.id), warehouse_reports(self.id), settings
        )


class PaymentProvider(Partner):
    """A payment provider (支付机构): pays suppliers out, and says what became of it.

    It is asked by the withdrawal's id: a request that comes again, after a failure or a restart, is the same payout.
    """

    def __init__(self, provider_id: str, settings: PluginSettings) -> None:
        self.id = ProviderId(_checked(provider_id))
        super().__init__(
            f"payments.provider.{self.id}", provider_requests(self.id), provider_reports(self.id), settings
        )


def event_id(subject_id: ShipmentId | WithdrawalId, step: str) -> Key:
    """The id of a report: the same for the same step of the same parcel or payout, whoever computes it and when.

    `step` is a short word of letters, digits, `.`, `-` or `_`, unique within the parcel's journey.
    """
    readable = f"{subject_id}:{step}"
    if len(readable) <= LONGEST_KEY:
        return readable
    return f"evt_{hashlib.sha256(readable.encode()).hexdigest()}"


def _checked(partner_id: str) -> str:
    if not _PARTNER_ID.fullmatch(partner_id):
        raise ValueError(
            f"{partner_id!r} cannot name a partner: use lower-case letters, digits and hyphens, 60 at most"
        )
    return partner_id
