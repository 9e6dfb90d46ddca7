"""What the routes answer, for `/openapi.json`: look-ups by their protos, commands by models, errors as problems."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from pydantic import BaseModel, ConfigDict, Field

from gateway.account_bodies import WithdrawalNow
from gateway.pool_bodies import ShareNow
from headwater.contracts.checkouts import CheckoutOrder, CheckoutStatus
from headwater.contracts.companies import PurchasedOrder, RequisitionStatus
from headwater.contracts.orders import OrderStatus
from headwater.contracts.refunds import RefundStatus
from headwater.contracts.trialsales import TrialSaleStatus

Schema = dict[str, Any]
TIMESTAMP = "google.protobuf.Timestamp"
KINDS: dict[Any, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_INT32: {"type": "integer"},
    FieldDescriptor.TYPE_INT64: {"type": "integer"},
}
PROBLEM = {
    "description": "A problem (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class ProblemDocument(BaseModel):
    """A problem (RFC 9457). Some carry more members, such as the order they are about."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(description="/problems/<name>: stable, to branch on.")
    title: str
    status: int
    detail: str = Field(description="What happened, and what to do.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[Schema] = Field(default=[], description="What is wrong with which field or line.")


class Outcome(BaseModel):
    """What became of a command. Not done (202): it is on its way, and `location` will show what comes of it."""

    model_config = ConfigDict(extra="allow")

    done: bool
    location: str


class OrderNow(BaseModel):
    """The order as it is now, in fen. While its stock is asked for (reserving) nothing more is known of it."""

    order_id: str
    status: OrderStatus
    total_fen: int | None
    currency: str | None
    pay_by: str | None
    refusal: str | None
    location: str


class CheckoutNow(BaseModel):
    """The checkout as it is now, with its orders; amounts in fen. While it is placed nothing more is known of it."""

    checkout_id: str
    status: CheckoutStatus
    total_fen: int | None
    orders: list[CheckoutOrder]
    location: str


class RefundNow(BaseModel):
    """The refund as it is now, in fen. While it is on its way (202) nothing more is known of it."""

    case_id: str
    order_id: str
    status: RefundStatus | None
    asked_fen: int | None
    refunded_fen: int | None
    due: str | None = Field(description="When it goes on by itself.")
    location: str


class RequisitionNow(BaseModel):
    """The requisition as it is now, in fen; it waits for an approver, or for its stock, or is placed."""

    requisition_id: str
    status: RequisitionStatus
    total_fen: int | None
    why: str
    orders: list[PurchasedOrder]
    location: str


class LinkCodeMade(Outcome):
    """The code, shown this once. `code` may be given once within so many seconds, by `account` alone."""

    code: str
    account: str
    expires_in_s: int


class TrialNow(BaseModel):
    """A half-price trial as it is now: what its buyer decided, and the order that was signed for, in fen."""

    order_id: str
    status: TrialSaleStatus
    decide_by: str
    follow_up_id: str | None
    total_fen: int | None
    location: str


SHOWN: tuple[type[BaseModel], ...] = (
    ProblemDocument, Outcome, OrderNow, CheckoutNow, RequisitionNow, LinkCodeMade, WithdrawalNow, TrialNow,
    RefundNow, ShareNow,
)  # fmt: skip
"""What answers have that no message of the published language describes."""


def looks_up(kind: type[Message], **more: Schema) -> dict[str, Any]:
    """What a route answers that looks something up; `more` are fields that the gateway adds or says in its words."""
    shown = schema(kind.DESCRIPTOR)
    properties = {**shown["properties"], **more}
    shown = {**shown, "properties": properties, "required": list(properties)}
    return {"response_model": None, "responses": {200: _content("As it was last stored.", shown)}}


def carries_out(kind: type[BaseModel], status: int = 200, later: type[BaseModel] = Outcome) -> dict[str, Any]:
    """What a route answers that sends a command; `later` is what it answers while there is no reply."""
    responses = {
        status: _content("Carried out, now or before.", _ref(kind)),
        202: _content("On its way, and not decided yet.", _ref(later)),
    }
    return {"status_code": status, "response_model": None, "responses": responses}


def schema(descriptor: Any) -> Schema:
    """The JSON Schema of a message as `plain` writes it."""
    properties = {field.name: _of(field) for field in descriptor.fields}
    return {"type": "object", "title": descriptor.name, "properties": properties, "required": list(properties)}


def or_away(kind: type[Message]) -> Schema:
    """A part of an answer that may be missing, which is then said in `unavailable`."""
    away = {"type": "object", "properties": {"unavailable": {"type": "string"}}, "required": ["unavailable"]}
    return {"anyOf": [schema(kind.DESCRIPTOR), away]}


def complete(app: FastAPI) -> None:
    """Let `/openapi.json` have the schemas that the routes refer to."""
    described = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            schemas = described().setdefault("components", {}).setdefault("schemas", {})
            for kind in SHOWN:
                shown = kind.model_json_schema(ref_template="#/components/schemas/{model}")
                schemas |= shown.pop("$defs", {})
                schemas[shown["title"]] = shown
        return described()

    app.openapi = openapi  # type: ignore[method-assign]


def _of(field: FieldDescriptor) -> Schema:
    if field.message_type is not None and field.message_type.full_name == TIMESTAMP:
        one: Schema = {"type": ["string", "null"], "format": "date-time"}
    else:
        one = schema(field.message_type) if field.message_type is not None else KINDS[field.type]
    return {"type": "array", "items": one} if field.is_repeated else one


def _content(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(kind: type[BaseModel]) -> Schema:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
