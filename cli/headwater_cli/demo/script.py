"""What each buyer of the demo will do, and how the order must end. Decided before the first request, by the seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from headwater_cli.demo.belt import CITIES, PLENTY, Belt

Plot = Literal["accept", "wait", "cancel", "unpaid", "too_much"]
"""accept: pays and confirms receipt; wait: lets the acceptance window end; cancel: before paying; unpaid: never pays;
too_much: wants more than there is."""

ENDS: dict[Plot, str] = {
    "accept": "completed", "wait": "completed", "cancel": "cancelled", "unpaid": "expired", "too_much": "refused",
}  # fmt: skip
WEIGHTS: dict[Plot, int] = {"accept": 66, "wait": 8, "cancel": 9, "unpaid": 8, "too_much": 9}
REVIEWS = (
    (5, "质量很好，物流快"), (4, "有点偏小，建议拍大一码"), (2, "偏小，色差明显"), (5, "good quality, fast delivery"),
    (3, "runs small but good fabric"), (1, "起球，有异味"), (4, "不偏小，正好"), (5, "面料舒服，回购"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One buyer's order from placing to its end."""

    key: str
    """The Idempotency-Key: unique to the run."""
    buyer: str
    body: dict[str, Any]
    plot: Plot
    twice: bool
    """The buyer's client sends the order twice with the same key, as a client does that heard no answer."""
    review: tuple[int, str] | None

    @property
    def end(self) -> str:
        """The status that the order must end in."""
        return ENDS[self.plot]


def write(belt: Belt, orders: int, seed: int, run: str) -> Iterator[Act]:
    """So many acts. The run's name keeps two runs of one seed apart."""
    rng = Random(f"script {seed}")
    for number in range(orders):
        plot = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        offer = rng.choice(belt.offers)
        skus = rng.sample(offer["skus"], rng.choice((1, 1, 2, 3)))
        least = offer["min_order_quantity"]
        lines = [{"sku_id": sku["sku_id"], "quantity": least * rng.choice((1, 1, 2))} for sku in skus]
        if plot == "too_much":
            lines[-1]["quantity"] = PLENTY * 1_000
        yield Act(
            key=f"demo-{run}-{number}",
            buyer=f"shop-{rng.randrange(40):02d}",
            body={
                "lines": lines,
                "destination": {
                    "city": rng.choice(CITIES), "address": f"{rng.randrange(1, 400)} Market Street",
                    "consignee": rng.choice(("王芳", "李伟", "María García", "Ade Obi")), "phone": "+86 138 0000 0000",
                },
                **({"pay_within_s": 2} if plot == "unpaid" else {}),
            },
            plot=plot,
            twice=rng.random() < 0.06,
            review=rng.choice(REVIEWS) if plot == "accept" and rng.random() < 0.5 else None,
        )  # fmt: skip
