"""Suppliers of the simulation who withdraw what they have, and a payment provider as bad as providers are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import Random

from headwater.contracts.accounts import FundsSettled, WithdrawFunds
from headwater.contracts.base import SupplierId, WithdrawalId
from headwater.contracts.payments import PayoutOutcome, PayoutReported, RequestPayout
from headwater.contracts.topics import ACCOUNT_EVENTS, PROVIDERS, provider_reports, provider_requests
from headwater.envelope import encode
from headwater.producer import Record, partition_of
from headwater_proof.checks.case import read
from headwater_proof.evidence import Record as Stored
from headwater_proof.sim.asking import Client
from headwater_proof.sim.broker import Broker

FAILED_SHARE, REPEATED_SHARE = 0.3, 0.4
MOST_SHARE = 1.2
"""Of what was settled last; a supplier who asks for more than it has is refused."""
SLOWEST_S = 4.0


class Treasury:
    """Each supplier withdraws some of what is settled; the provider answers late, repeatedly and in any order."""

    def __init__(self, broker: Broker, client: Client, chance: Random, now: Callable[[], datetime]) -> None:
        self._broker = broker
        self._client = client
        self._chance = chance
        self._now = now
        self._asking: set[asyncio.Task[None]] = set()
        self._asked = 0
        broker.watchers.setdefault(ACCOUNT_EVENTS, []).append(self._settled)
        for provider in PROVIDERS:
            broker.watchers.setdefault(provider_requests(provider), []).append(self._pay)

    @property
    def idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self._asking

    def _settled(self, record: Stored) -> None:
        message = read(record)
        if message is None or message.type != FundsSettled.TYPE:
            return
        self._asked += 1
        fen = max(1, int(message.body["amount_fen"] * self._chance.uniform(0.1, MOST_SHARE)))
        withdrawing = self._withdraw(message.body["supplier_id"], f"wdr_{self._asked:04d}", fen)
        task = self._broker.loop.create_task(withdrawing)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _withdraw(self, supplier: str, id: str, fen: int) -> None:
        await self._client.ask(
            "withdraw", id, id, {"supplier_id": supplier, "amount_fen": fen},
            lambda reply_to: WithdrawFunds(
                supplier_id=SupplierId(supplier), withdrawal_id=WithdrawalId(id), amount_fen=fen, payee="card",
                reply_to=reply_to,
            ),
        )  # fmt: skip

    def _pay(self, record: Stored) -> None:
        request = RequestPayout.from_json(record.value or b"")
        assert isinstance(request, RequestPayout)
        # Asked twice it is the same payout, and ends alike.
        fails = Random(f"payout {request.withdrawal_id}").random() < FAILED_SHARE
        end: PayoutOutcome = "failed" if fails else "paid"
        outcomes: list[PayoutOutcome] = ["accepted", end]
        if self._chance.random() < REPEATED_SHARE:
            outcomes += ["accepted", end]
        for outcome in outcomes:
            self._broker.loop.call_later(self._chance.uniform(0.1, SLOWEST_S), self._report, request, outcome)

    def _report(self, request: RequestPayout, outcome: PayoutOutcome) -> None:
        if not self._broker.server.up:
            self._broker.loop.call_later(1.0, self._report, request, outcome)
            return
        message = PayoutReported(
            withdrawal_id=request.withdrawal_id, provider_id=request.provider_id, supplier_id=request.supplier_id,
            event_id=f"{request.withdrawal_id}:{outcome}", outcome=outcome, amount_fen=request.amount_fen,
            occurred_at=self._now(),
        )  # fmt: skip
        topic, key = provider_reports(request.provider_id), request.withdrawal_id.encode()
        headers, value = encode(
            message, id=message.event_id, source=f"partner:{topic}", time=self._now(), subject=request.withdrawal_id
        )
        partition = partition_of(key, len(self._broker.logs[topic]))
        self._broker.append([Record(topic, partition, key, value, headers)])
