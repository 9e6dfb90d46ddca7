"""From a few words to a listed offer: proposed, looked over, saved, listed."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.e2e.conftest import Platform

pytestmark = pytest.mark.timeout(400)


def test_what_is_proposed_is_saved_and_listed_as_it_is(platform: Platform) -> None:
    offer_id, supplier_id = f"off-{uuid4().hex[:8]}", f"sup-{uuid4().hex[:8]}"
    described = {
        "title": "夏季碎花连衣裙女", "text": "颜色：黑、雾霾蓝 S-2XL 包邮\n2件起批 35元, 100件以上 32元",
        "pictures": ["black.jpg", "../../x.jpg"], "supplier_id": supplier_id,
    }  # fmt: skip
    proposed = platform.door.post("/v1/drafts/proposal", json=described).json()
    assert platform.door.get(f"/v1/offers/{offer_id}").status_code == 404, "a proposal saves nothing"
    draft = {**proposed["draft"], "supplier_id": supplier_id, "offer_id": offer_id}
    assert platform.door.post("/v1/drafts", json=draft).status_code == 201
    assert platform.door.post(f"/v1/offers/{offer_id}/list").status_code == 200
    listed = platform.door.get(f"/v1/offers/{offer_id}").json()
    assert (listed["status"], len(listed["skus"]), listed["pictures"]) == ("listed", 10, ["black.jpg"])
    line = {"sku_id": listed["skus"][0]["sku_id"], "quantity": 100}
    quote = platform.door.post("/v1/quote", json={"lines": [line]}).json()
    assert quote["total_fen"] == 320_000
