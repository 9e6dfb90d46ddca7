"""How a command is answered: done, or refused by name. Only whoever asks to be told is told."""

from __future__ import annotations

from typing import Protocol

from headwater.contracts.base import Done, Key, Refused, ReplyTo, Sent


class Asked(Protocol):
    """A command that may name where its answer goes."""

    @property
    def reply_to(self) -> ReplyTo | None: ...


def done(message: Asked, id: Key) -> tuple[Sent, ...]:
    """It is carried out, or was before."""
    return (Sent(to=message.reply_to, message=Done(id=id)),) if message.reply_to else ()


def refuse(message: Asked, id: Key, code: str, detail: str) -> tuple[Sent, ...]:
    """Nothing has changed, and why."""
    return (Sent(to=message.reply_to, message=Refused(id=id, code=code, detail=detail)),) if message.reply_to else ()
