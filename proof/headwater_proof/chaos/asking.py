"""A client that writes down what it asks for and what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from headwater_cli.demo.door import Door
from headwater_cli.problem import Problem
from headwater_proof.chaos.ledger import Ledger
from headwater_proof.evidence import Kind, What

DONE = {httpx.codes.OK, httpx.codes.CREATED}
LATER: frozenset[int] = frozenset({httpx.codes.ACCEPTED})
AGAIN_S = 0.5
TRIES = 30


@dataclass(frozen=True, slots=True)
class Told:
    """How an operation ended, as far as its client knows."""

    what: What
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The order's status as it was told, if it was."""
        return str(self.body.get("status", ""))


@dataclass(slots=True)
class Client:
    """Asks through the door; repeats are tries of one operation, under one Idempotency-Key."""

    door: Door
    ledger: Ledger
    tries: int = TRIES
    """So often an operation is asked for while there is no final answer."""
    surprises: list[str] = field(default_factory=list)
    """Answers that no client should ever see."""

    async def ask(
        self, kind: Kind, op: str, subject: str, asked: Mapping[str, Any], path: str, body: dict[str, Any],
        account: str = "", again: Collection[int] = LATER,
    ) -> Told:  # fmt: skip
        """Post until there is a final answer; those in `again` are not."""
        self.ledger.write("invoke", kind, op, subject, asked)
        told = await self._told(op, path, body, account, again)
        self.ledger.write(told.what, kind, op, subject, told.body)
        return told

    async def _told(self, op: str, path: str, body: dict[str, Any], account: str, again: Collection[int]) -> Told:
        for _ in range(self.tries):
            try:
                answer = await self.door.post(path, body, account, op)
            except Problem:
                return Told("unknown")
            if answer.status_code in DONE:
                return Told("ok", _body(answer))
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                self.surprises.append(f"POST {path} ({op}) was answered {answer.status_code}: {answer.text[:300]}")
                return Told("unknown")
            if answer.status_code not in again:
                return Told("fail", _body(answer))
            await asyncio.sleep(AGAIN_S)
        return Told("unknown")


def _body(answer: httpx.Response) -> dict[str, Any]:
    """What of an answer goes into the ledger."""
    told: dict[str, Any] = answer.json()
    if str(told.get("type", "")).endswith("out-of-stock"):
        told["status"] = "refused"
    elif answer.is_error:
        return {"type": told.get("type"), "detail": told.get("detail")}
    kept = ("status", "order_id", "total_fen", "orders")
    return {name: told[name] for name in kept if name in told}
