"""Governance and chain leaders through the door: who may, which command is sent, what a look-up shows."""

from __future__ import annotations

from typing import Any

import pytest

from headwater.contracts.base import Refused
from headwater.contracts.distribution import Codistribute, EndDistribution, PublishPallet, WithdrawPallet
from headwater.contracts.governance import (
    FileReport,
    GuaranteeSupplier,
    JudgeReport,
    LiftSuspension,
    SuspendSupplier,
    VerifySupplier,
)
from headwater.stubs.catalog.v1 import governance_pb2 as pb
from tests.unit.gateway.building import SHOP, FakeStub, answer, basket, only, quoted, world

OPERATOR = {"X-Account": "operator"}
KEYED = {"Idempotency-Key": "k-1"}
SUP = "/v1/suppliers/sup-1"
VERIFICATION = {"kind": "source_factory", "evidence": ["licence 1"]}
GUARANTEE = {"impressions": 1000, "first_orders": 3, "days": 30}
PALLET = {"leader_id": "sup-1", "name": "Summer", "goods": [{"offer_id": "off-1", "floor_fen": 900}]}
SELLS = {"supplier_id": "shop-9", "leader_offer_id": "off-1", "margin": {"per_mille": 100}}

ASKED: list[tuple[str, dict[str, Any], type[Any], int]] = [
    (f"{SUP}/verification", VERIFICATION, VerifySupplier, 200),
    (f"{SUP}/reports", {"kind": "infringement", "evidence": "a copied logo"}, FileReport, 201),
    (f"{SUP}/reports/rep-1/verdict", {"verdict": "upheld", "note": "seen"}, JudgeReport, 200),
    (f"{SUP}/suspension", {"reason": "fakes", "until": "2030-01-01T00:00:00Z"}, SuspendSupplier, 201),
    (f"{SUP}/suspension/sus-1/lift", {"reason": "settled"}, LiftSuspension, 200),
    (f"{SUP}/guarantee", GUARANTEE, GuaranteeSupplier, 201),
    ("/v1/pallets", PALLET, PublishPallet, 201),
    ("/v1/pallets/pal-1/withdraw", {"leader_id": "sup-1", "reason": "season over"}, WithdrawPallet, 200),
    ("/v1/pallets/pal-1/distributions", SELLS, Codistribute, 201),
    ("/v1/distributions/cod-1/end", {"supplier_id": "shop-9", "reason": "moved on"}, EndDistribution, 200),
]


@pytest.mark.parametrize(("path", "body", "kind", "status"), ASKED)
async def test_a_request_becomes_its_command_and_the_same_key_the_same_command(
    path: str, body: dict[str, Any], kind: type[Any], status: int
) -> None:
    async with world() as gateway:
        responses = [await gateway.http.post(path, json=body, headers={**OPERATOR, **KEYED}) for _ in range(2)]
        assert [response.status_code for response in responses] == [status, status], responses[0].text
        first, again = gateway.commands.sent
        assert isinstance(first, kind)
        assert first == again


@pytest.mark.parametrize(
    "path", [path for path, _, _, _ in ASKED if path.startswith(SUP) and not path.endswith("/reports")]
)
async def test_what_operators_do_others_may_not(path: str) -> None:
    body = next(body for other, body, _, _ in ASKED if other == path)
    async with world() as gateway:
        refused = await gateway.http.post(path, json=body, headers=SHOP)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/operators-only")
        assert gateway.commands.sent == []
        assert (await gateway.http.get(f"{SUP}/reports", headers=SHOP)).status_code == 403


async def test_anyone_with_an_account_may_report_and_is_named() -> None:
    async with world() as gateway:
        body = {"kind": "small_workshop", "evidence": "a garage"}
        assert (await gateway.http.post(f"{SUP}/reports", json=body)).status_code == 401
        told = (await gateway.http.post(f"{SUP}/reports", json=body, headers=SHOP)).json()
        command: Any = gateway.commands.sent[0]
        assert (command.by, command.report_id) == ("shop-1", told["report_id"])


async def test_refusals_come_as_problems_that_say_what_to_do() -> None:
    async with world() as gateway:
        for code, status in (("no_evidence", 422), ("no_such_report", 404), ("not_your_pallet", 403),
                             ("not_a_chain_leader", 409)):  # fmt: skip
            gateway.commands.reply = Refused(id="sup-1", code=code, detail="See GetStanding.")
            response = await gateway.http.post(f"{SUP}/verification", json=VERIFICATION, headers=OPERATOR)
            assert response.status_code == status
            assert "GET /v1/suppliers/{supplier_id}/standing" in response.json()["detail"]


async def test_look_ups_show_what_governance_knows() -> None:
    answers = {
        "GetStanding": pb.GetStandingResponse(standing=pb.Standing(supplier_id="sup-1", kind="trader")),
        "ListReports": pb.ListReportsResponse(reports=[pb.Report(report_id="rep-1")]),
        "GetTraffic": pb.GetTrafficResponse(traffic=pb.Traffic(weight_per_mille=1000)),
        "GetGuarantee": pb.GetGuaranteeResponse(guarantee=pb.Guarantee(outcome="running")),
        "ListPallets": pb.ListPalletsResponse(pallets=[pb.Pallet(pallet_id="pal-1")]),
        "ListDistributions": pb.ListDistributionsResponse(distributions=[pb.Distribution(offer_id="cod-1")]),
        "FindReplacements": pb.FindReplacementsResponse(quantity=20),
    }
    async with world() as gateway:
        gateway.door.governance = FakeStub(**answers)

        async def shown(path: str) -> Any:
            response = await gateway.http.get(path, headers=OPERATOR)
            assert response.status_code == 200, response.text
            return response.json()

        assert (await shown(f"{SUP}/standing"))["kind"] == "trader"
        assert (await shown(f"{SUP}/standing"))["suspension"] is None
        assert (await shown(f"{SUP}/reports"))["reports"][0]["report_id"] == "rep-1"
        assert (await shown(f"{SUP}/traffic"))["weight_per_mille"] == 1000
        assert (await shown(f"{SUP}/guarantee"))["outcome"] == "running"
        assert (await shown("/v1/pallets?leader_id=sup-1"))["pallets"][0]["pallet_id"] == "pal-1"
        assert (await shown("/v1/distributions?supplier_id=shop-9"))["distributions"][0]["offer_id"] == "cod-1"
        assert (await shown("/v1/offers/off-1/replacements?quantity=20"))["quantity"] == 20


async def test_an_order_from_a_co_distributor_is_priced_from_the_offer_that_is_named() -> None:
    async with world() as gateway:
        gateway.door.catalog.answers = {"QuoteBasket": quoted("shop-9")}
        gateway.commands.reply = answer("confirmed")
        body = basket(("tee-L", 2))
        body["lines"][0]["offer_id"] = "cod-1"
        assert (await gateway.http.post("/v1/orders", json=body, headers=SHOP)).status_code == 201
        assert gateway.door.catalog.asked[0].lines[0].offer_id == "cod-1"
        placed = only(gateway.commands)
        assert (placed.supplier_id, placed.lines[0].sku_id) == ("shop-9", "tee-L")
