"""How a command of the catalog is answered: done, or refused by name. Only whoever asks to be told is told."""

from __future__ import annotations

from typing import Protocol

from headwater.contracts.base import Done, Key, Refused, ReplyTo, Sent

Fault = tuple[str, str]
"""A code for programs, and a sentence for people."""


class Asked(Protocol):
    """A command that may name where its answer goes."""

    @property
    def reply_to(self) -> ReplyTo | None: ...


def done(id: Key, asked: Asked) -> tuple[Sent, ...]:
    """It is carried out, or was before."""
    return (Sent(to=asked.reply_to, message=Done(id=id)),) if asked.reply_to else ()


def refused(id: Key, asked: Asked, fault: Fault) -> tuple[Sent, ...]:
    """Nothing has changed, and why."""
    if asked.reply_to is None:
        return ()
    return (Sent(to=asked.reply_to, message=Refused(id=id, code=fault[0], detail=fault[1])),)
