"""Errors as RFC 9457 problem details: a stable type for programs, a sentence for people with what to do."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import grpc
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from headwater.contracts.base import Refused
from headwater.explain import why
from headwater.logs import log

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

UNPROCESSABLE = {
    "idempotency_conflict", "bad_price_ranges", "duplicate_sku", "nothing_to_pay", "amount_too_large",
    "unknown_warehouse", "too_many_pieces", "wrong_amount", "not_in_order", "forged_quote", "no_quote",
    "nothing_said", "no_such_category", "bad_order_multiple", "bad_pool_price", "bad_schedule", "for_nobody",
    "duplicate_offer", "not_in_offer", "not_cheaper", "limit_below_minimum", "no_evidence", "too_late", "own_pallet",
    "other_goods", "another_total",
    "bad_times", "own_inquiry", "unknown_size", "pieces_or_roster", "below_minimum",
    "above_trial", "own_account", "wrong_code", "insufficient_funds", "above_limits", "not_in_plan", "bad_day",
    "whole_parcels", "no_reason", "not_in_refund", "other_warehouse",
    "goods_or_design", "bad_target", "bad_price", "above_most", "own_pool", "not_in_pool",
}  # fmt: skip
"""Refusals of what the request says in itself; the others are of the state that things are in."""

BEING_BUILT = "is being built"
"""So says a service that answers, and has not read all yet (`headwater.projection.NotBuilt`)."""

ROUTES = {
    "ListOffers": "GET /v1/offers", "ListSuppliers": "GET /v1/suppliers", "ListOrders": "GET /v1/orders",
    "ListPlaces": "GET /v1/places", "ChangePrices": "POST /v1/offers/{offer_id}/prices",
    "ReviseOffer": "PUT /v1/offers/{offer_id}", "ListPallets": "GET /v1/pallets",
    "ListDistributions": "GET /v1/distributions", "ListReports": "GET /v1/suppliers/{supplier_id}/reports",
    "GetStanding": "GET /v1/suppliers/{supplier_id}/standing",
    "ListCampaigns": "GET /v1/campaigns", "ListEnrolments": "GET /v1/campaigns/{campaign_id}/enrolments",
    "ListRequisitions": "GET /v1/companies/{company_id}/requisitions",
    "ListCategories": "GET /v1/categories", "SearchOffers": "GET /v1/search",
    "ListInquiries": "GET /v1/inquiries", "ListTrialSales": "GET /v1/trials",
    "ListPlans": "GET /v1/testplans",
    "ListRefunds": "GET /v1/refunds",
    "ListPools": "GET /v1/pools",
}  # fmt: skip
"""What other services call by its gRPC or message name, as a client of the gateway knows it."""
_NAMES = re.compile(r"\b(" + "|".join(ROUTES) + r")\b")


class Problem(Exception):
    """What went wrong, as it is told to the client. `type` is the last step of its address, `/problems/<type>`."""

    def __init__(self, status: int, type: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.type = type
        self.detail = detail
        self.more = more

    def at(self, instance: str) -> JSONResponse:
        """The answer to a request for this path."""
        return problem_response(self.status, self.type, self.detail, instance, **self.more)

    def response(self, request: Request) -> JSONResponse:
        """The answer to a request."""
        return self.at(request.url.path)


def problem_response(status: int, type: str, detail: str, instance: str, **more: Any) -> JSONResponse:
    """A problem document."""
    body = {
        "type": f"/problems/{type}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
        "instance": instance, **more,
    }  # fmt: skip
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def refused(refusal: Refused) -> Problem:
    """A business refusal, as the rules gave it."""
    type, detail = refusal.code.replace("_", "-"), for_clients(refusal.detail)
    if refusal.code in UNPROCESSABLE:
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, type, detail)
    if refusal.code.startswith("no_such"):
        return Problem(HTTPStatus.NOT_FOUND, type, detail)
    if refusal.code.startswith("not_your"):
        return Problem(HTTPStatus.FORBIDDEN, type, detail)
    return Problem(HTTPStatus.CONFLICT, type, detail)


def for_clients(detail: str) -> str:
    """A sentence of another service in the words of this API."""
    return _NAMES.sub(lambda found: ROUTES[found[0]], detail)


def looked_up_in_vain(error: grpc.aio.AioRpcError) -> Problem:
    """A look-up that was not answered as it should."""
    detail = for_clients(error.details() or "no reason was given")
    match error.code():
        case grpc.StatusCode.NOT_FOUND:
            return Problem(HTTPStatus.NOT_FOUND, "not-found", detail)
        case grpc.StatusCode.INVALID_ARGUMENT:
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-argument", detail)
        case grpc.StatusCode.FAILED_PRECONDITION:
            return Problem(HTTPStatus.CONFLICT, "failed-precondition", detail)
        case grpc.StatusCode.UNAVAILABLE if BEING_BUILT in detail:
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "away", detail)
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.DEADLINE_EXCEEDED:
            return away("A service that is asked for this does not answer.")
        case code:
            log.error("a look-up failed", code=str(code), reason=detail)
            return Problem(HTTPStatus.BAD_GATEWAY, "look-up-failed", f"A look-up failed ({code.name}).")


def away(what: str) -> Problem:
    """Something is away for the moment."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "away", f"{what} Try again in {RETRY_AFTER_S} s; it is safe.")


def conflict(what: str) -> Problem:
    """An Idempotency-Key (or an id of the client's own) is used for something else than before."""
    detail = f"{what} Use a new Idempotency-Key for a new request."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "idempotency-conflict", detail)


def unconfirmed() -> Problem:
    """A command went out, and Kafka did not say that it has it."""
    detail = (
        "Kafka did not confirm the request: it may be carried out, or not. Repeat it with the same Idempotency-Key; "
        "if it had none, look first whether it was done."
    )
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unconfirmed", detail)


def bug() -> Problem:
    """Ours, not the client's."""
    detail = "Something unforeseen happened here; the log has it under this request's traceparent."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)


def install(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(grpc.aio.AioRpcError, _rpc)


async def _told(request: Request, error: Any) -> JSONResponse:
    return error.response(request)  # type: ignore[no-any-return]


async def _invalid(request: Request, error: Any) -> JSONResponse:
    errors = [{"field": ".".join(str(step) for step in one["loc"]), "detail": why(one)} for one in error.errors()[:50]]
    if any(one["type"] == "json_invalid" for one in error.errors()):
        first_error = error.errors()[0]
        detail = f"The body is no JSON: {first_error['ctx']['error']} at character {first_error['loc'][-1]}."
        return problem_response(HTTPStatus.BAD_REQUEST, "malformed-json", detail, request.url.path)
    first = errors[0] if errors else {"field": "the request", "detail": "is not valid"}
    detail = f"{first['field']}: {first['detail']}. `errors` has all {len(errors)}; /openapi.json has the form."
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, request.url.path, errors=errors)


async def _http(request: Request, error: Any) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.BAD_REQUEST:  # JSON that its reader gives up on: nested too deep, a number too long
        detail = "The body cannot be read as JSON: send one plain JSON object."
        return problem_response(status, "malformed-json", detail, request.url.path)
    detail = {
        HTTPStatus.NOT_FOUND: f"There is nothing at {request.url.path}; /openapi.json lists what there is.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{request.method} is not for {request.url.path}; /openapi.json says what is.",
    }.get(status, str(error.detail))
    response = problem_response(status, status.phrase.lower().replace(" ", "-"), detail, request.url.path)
    response.headers.update(error.headers or {})
    return response


async def _rpc(request: Request, error: Any) -> JSONResponse:
    return looked_up_in_vain(error).response(request)
