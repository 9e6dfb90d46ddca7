"""What every route needs: the commands, the look-ups, who asks, and what a reply means."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from http import HTTPStatus
from secrets import token_hex
from typing import Annotated, Any

import grpc
from fastapi import Depends, Header, Request
from google.protobuf.message import Message as Proto

from gateway.exposures import Exposures
from gateway.plain import plain
from gateway.problems import Problem, away, refused, unconfirmed
from gateway.pulse import Pulse
from gateway.settings import Settings
from headwater.commands import Commands
from headwater.contracts.base import Message, Refused
from headwater.logs import log
from headwater.producer import PublishFailed
from headwater.rpc import channel
from headwater.streams import Streams
from headwater.stubs.catalog.v1 import (
    campaigns_pb2_grpc,
    catalog_pb2_grpc,
    governance_pb2_grpc,
    listing_pb2_grpc,
    search_pb2_grpc,
    terms_pb2_grpc,
)
from headwater.stubs.logistics.v1 import logistics_pb2_grpc
from headwater.stubs.orders.v1 import (
    accounts_pb2_grpc,
    buyerstandings_pb2_grpc,
    companies_pb2_grpc,
    inquiries_pb2_grpc,
    orders_pb2_grpc,
    pools_pb2_grpc,
    refunds_pb2_grpc,
    testplans_pb2_grpc,
    trials_pb2_grpc,
)
from headwater.stubs.reviews.v1 import reviews_pb2_grpc

OPERATOR = "operator"
"""The account that may see everything, until identity exists."""
_TRACE = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Door:
    """The gateway's connections. It keeps no other state but a few seconds of what was shown (`exposures`)."""

    def __init__(self, settings: Settings, commands: Commands, streams: Streams, pulse: Pulse) -> None:
        self.settings = settings
        self.pulse = pulse
        self.commands = commands
        self.streams = streams
        self._channels = {
            name: channel(address)
            for name, address in (
                ("catalog", settings.catalog_grpc), ("orders", settings.orders_grpc),
                ("logistics", settings.logistics_grpc), ("reviews", settings.reviews_grpc),
            )
        }  # fmt: skip
        self.exposures = Exposures()
        self.governance: Any = governance_pb2_grpc.GovernanceStub(self._channels["catalog"])
        self.catalog: Any = catalog_pb2_grpc.CatalogStub(self._channels["catalog"])
        self.terms: Any = terms_pb2_grpc.TermsStub(self._channels["catalog"])
        self.campaigns: Any = campaigns_pb2_grpc.CampaignsStub(self._channels["catalog"])
        self.search: Any = search_pb2_grpc.SearchStub(self._channels["catalog"])
        self.listing: Any = listing_pb2_grpc.ListingStub(self._channels["catalog"])
        self.inquiries: Any = inquiries_pb2_grpc.InquiriesStub(self._channels["orders"])
        self.orders: Any = orders_pb2_grpc.OrdersStub(self._channels["orders"])
        self.companies: Any = companies_pb2_grpc.CompaniesStub(self._channels["orders"])
        self.buyerstandings: Any = buyerstandings_pb2_grpc.BuyerStandingsStub(self._channels["orders"])
        self.accounts: Any = accounts_pb2_grpc.AccountsStub(self._channels["orders"])
        self.trials: Any = trials_pb2_grpc.TrialsStub(self._channels["orders"])
        self.testplans: Any = testplans_pb2_grpc.TestPlansStub(self._channels["orders"])
        self.refunds: Any = refunds_pb2_grpc.RefundsStub(self._channels["orders"])
        self.pools: Any = pools_pb2_grpc.PoolsStub(self._channels["orders"])
        self.logistics: Any = logistics_pb2_grpc.LogisticsStub(self._channels["logistics"])
        self.reviews: Any = reviews_pb2_grpc.ReviewsStub(self._channels["reviews"])

    async def close(self) -> None:
        """Close the channels."""
        await asyncio.gather(*(one.close() for one in self._channels.values()))

    async def look_up(self, method: Any, request: Proto, within_s: float | None = None) -> dict[str, Any]:
        """Ask a service, within so many seconds or what all look-ups have; its answer as JSON. Raises `AioRpcError`."""
        return plain(await method(request, timeout=within_s or self.settings.look_up_within_s))

    async def look_up_or(self, what: str, question: Awaitable[dict[str, Any]]) -> dict[str, Any]:
        """The answer, or a word that there is none for now: a page is shown without it rather than not at all."""
        try:
            return await question
        except grpc.aio.AioRpcError as error:
            log.warning("a look-up is left out of an answer", what=what, reason=error.details())
            return {"unavailable": f"{what} does not answer at the moment"}

    async def ask(self, command: Message, trace: str) -> Message | None:
        """Send a command and wait for its reply; None means: it is on its way, and there is no reply yet.

        Raises `Problem`: a refusal, or 503 when the command is not known to have reached Kafka.
        """
        if self.pulse.why_away is not None:
            raise away("Kafka does not answer, so nothing was sent.")
        settings = self.settings
        try:
            async with asyncio.timeout(settings.send_within_s + settings.reply_within_s):
                reply = await self.commands.ask(command, settings.reply_within_s, trace)
        except (PublishFailed, TimeoutError) as error:
            log.warning("a command could not be sent", command=command.TYPE, reason=repr(error), trace=trace)
            raise unconfirmed() from error
        if isinstance(reply, Refused):
            raise refused(reply)
        return reply


def door_of(request: Request) -> Door:
    """The gateway's connections. Raises a problem while they are being made."""
    door: Door | None = getattr(request.app.state, "door", None)
    if door is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "away", "The gateway is starting: try again in a moment.")
    return door


def account_of(
    x_account: Annotated[str | None, Header(max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")] = None,
) -> str:
    """Who asks. A development stand-in until identity exists: the header is believed."""
    if x_account is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "no-account", "Say who asks: send the header X-Account.")
    return x_account


def visitor_of(
    x_account: Annotated[str | None, Header(max_length=96, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")] = None,
) -> str:
    """Who asks, or nobody: some things are public."""
    return x_account or ""


def key_of(idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None) -> str | None:
    """The request's Idempotency-Key, if it has one."""
    return idempotency_key


def trace_of(request: Request) -> str:
    """The W3C traceparent that the request came with, or the one it was given at the door."""
    return str(request.state.trace)


def new_trace(given: str | None) -> str:
    """A valid traceparent: the given one, or a new one."""
    return given if given and _TRACE.fullmatch(given) else f"00-{token_hex(16)}-{token_hex(8)}-01"


TheDoor = Annotated[Door, Depends(door_of)]
Account = Annotated[str, Depends(account_of)]


def operator_of(account: Account) -> str:
    """The operator. A development stand-in, as the account itself is."""
    if account != OPERATOR:
        detail = f"This is for operators: send X-Account: {OPERATOR}."
        raise Problem(HTTPStatus.FORBIDDEN, "operators-only", detail)
    return account


Operator = Annotated[str, Depends(operator_of)]
Visitor = Annotated[str, Depends(visitor_of)]
IdempotencyKey = Annotated[str | None, Depends(key_of)]
Trace = Annotated[str, Depends(trace_of)]
