"""What all messages share: units, ids, addresses, and the base class."""

from __future__ import annotations

import time
from secrets import randbits
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, NewType, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

KEY_FORM = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
if TYPE_CHECKING:
    Key: TypeAlias = str
else:
    Key = Annotated[str, Field(min_length=1, max_length=96, pattern=KEY_FORM)]

Fen = Annotated[int, Field(ge=0, le=10**15, strict=True, description="Money in fen (分), 1/100 yuan; never a float.")]
Pieces = Annotated[int, Field(ge=1, le=10**9, strict=True, description="A count of goods (件), at least one.")]
Currency = Literal["CNY"]
UtcTime = AwareDatetime
ShortText = Annotated[str, Field(max_length=200)]

# An id of one kind cannot be passed for another; on the wire each is a plain string.
BuyerId = NewType("BuyerId", Key)
CampaignId = NewType("CampaignId", Key)
CaseId = NewType("CaseId", Key)
CarrierId = NewType("CarrierId", Key)
CheckoutId = NewType("CheckoutId", Key)
EnrolmentId = NewType("EnrolmentId", Key)
CompanyId = NewType("CompanyId", Key)
ListId = NewType("ListId", Key)
InquiryId = NewType("InquiryId", Key)
InsuranceId = NewType("InsuranceId", Key)
OfferId = NewType("OfferId", Key)
OrderId = NewType("OrderId", Key)
PlanId = NewType("PlanId", Key)
PoolId = NewType("PoolId", Key)
PriceListId = NewType("PriceListId", Key)
ProgrammeId = NewType("ProgrammeId", Key)
RequisitionId = NewType("RequisitionId", Key)
ShareId = NewType("ShareId", Key)
ShipmentId = NewType("ShipmentId", Key)
SkuId = NewType("SkuId", Key)
SupplierId = NewType("SupplierId", Key)
TrialId = NewType("TrialId", Key)
WarehouseId = NewType("WarehouseId", Key)
ProviderId = NewType("ProviderId", Key)
WithdrawalId = NewType("WithdrawalId", Key)

MESSAGE_TYPES: dict[str, type[Message]] = {}
"""Every published message by its wire type, for instance `orders.OrderPlaced.v1`."""


def new_id(prefix: str) -> str:
    """A new sortable id: the prefix, an underscore, and a UUIDv7 (RFC 9562) in 32 hex digits."""
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | (7 << 76) | (randbits(12) << 64) | (2 << 62) | randbits(62)
    return f"{prefix}_{UUID(int=bits).hex}"


class Value(BaseModel):
    """A part of a message or of a state: immutable, and strict about names that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Value):
    """A command, a reply or an event.

    A subclass says where it goes and by which field it is keyed:
    `class PlaceOrder(Message, to="orders.order.inbox.v1", key="order_id")`. A reply has no address of its own: it
    goes where the request's `reply_to` says, wrapped in `Sent`.
    """

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str | None] = None
    KEY: ClassVar[str | None] = None

    def __init_subclass__(
        cls, *, to: str | None = None, key: str | None = None, version: int = 1, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.TYPE = f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}.v{version}"
        cls.TOPIC = to if to is not None else cls.TOPIC
        cls.KEY = key if key is not None else cls.KEY
        MESSAGE_TYPES[cls.TYPE] = cls

    def address(self) -> Address:
        """The topic and key that this message goes to; a reply has none (`ValueError`)."""
        if self.TOPIC is None or self.KEY is None:
            raise ValueError(f"{self.TYPE} is a reply: send it with Sent(request.reply_to, message)")
        return Address(self.TOPIC, getattr(self, self.KEY))

    def to_json(self) -> bytes:
        """The wire form of the data: compact UTF-8 JSON."""
        return self.__pydantic_serializer__.to_json(self)

    @classmethod
    def from_json(cls, data: bytes) -> Message:
        """Read the wire form; fields that a newer sender added are ignored. Raises `pydantic.ValidationError`."""
        message: Message = cls.__pydantic_validator__.validate_json(data, extra="ignore")
        return message


class Address(NamedTuple):
    """Where a message goes: a topic and the key in it."""

    topic: str
    key: str


class ReplyTo(Value):
    """Where an answer goes: an inbox topic and the key of the one who asked."""

    topic: Annotated[str, Field(min_length=1, max_length=200)]
    key: Key


class Sent(Value):
    """A message with its address, for replies and for topics that are known only at run time."""

    to: ReplyTo
    message: Message


class Wake(Message):
    """The time that an aggregate asked to be woken at has come. Late or twice does no harm."""

    id: Key
    due: UtcTime


class Done(Message):
    """A command was carried out (or had been already): `id` names what it was about."""

    id: Key


class Refused(Message):
    """A business refusal: nothing has changed. `code` is stable for programs, `detail` says what to do, for people."""

    id: Key
    code: Annotated[str, Field(max_length=60)]
    detail: str
