"""What a rule answers: the state from now on, and the messages that follow. Pure: no I/O, no clock, no chance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from headwater.contracts.base import Message, Sent


class State(BaseModel):
    """The state of one aggregate: one document. A subclass adds its fields; `wake_at` (UTC) asks for a `Wake` then.

    A state that owns many small things (a SKU its holds, a supplier its notices) keeps them as **parts**: a field
    `dict[str, Part]` that is stored as one document per entry, so that the cost of a change does not grow with their
    number. A rule sees of that dict only the entries that its message touches.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    wake_at: datetime | None = None

    def evolve(self: S, **changes: Any) -> S:
        """A copy with some fields changed. Values are taken as they are: a rule builds them from validated messages."""
        # What `model_copy(update=changes)` does for a model without private or extra fields, three times as fast.
        copy = type(self).__new__(type(self))
        fields = self.__dict__
        for name, value in (
            ("__dict__", {**fields, **changes}),
            ("__pydantic_fields_set__", {*self.__pydantic_fields_set__, *changes}),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(copy, name, value)
        return copy


class Part(BaseModel):
    """One of the many small things that an aggregate owns, stored as a document of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")


S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """The outcome of one message. The same `state` object as before (or `None` as before) means: nothing changed."""

    state: S | None
    messages: tuple[Message | Sent, ...] = ()
