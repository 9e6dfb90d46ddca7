"""What becomes of a payout, and how it is told: the same for the same withdrawal, however often one asks.

So a payout that is begun again after a restart is the same payout: paid once, or not at all. How it is told is as bad
as providers get: late, twice, and the end before the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from headwater.contracts.payments import PayoutOutcome, RequestPayout

FAILED_SHARE = 0.15
REPEATED_SHARE = 0.3
REVERSED_SHARE = 0.3
SLOW_SHARE, SLOW = 0.1, 4.0
WHY = ("the payee's account is closed", "the payee's name does not match", "the bank is down for the night")


@dataclass(frozen=True, slots=True)
class Told:
    """One report that will be made of the payout: after so many steps since the last one."""

    outcome: PayoutOutcome
    after: float
    reference: str = ""
    reason: str = ""


def payout(request: RequestPayout, seed: int) -> tuple[Told, ...]:
    """Everything that will be told of it, in that order."""
    chance = Random(f"{seed}/{request.supplier_id}/{request.withdrawal_id}")
    slow = SLOW if chance.random() < SLOW_SHARE else 1.0
    accepted = Told("accepted", chance.uniform(0.0, 0.5))
    if chance.random() < FAILED_SHARE:
        end = Told("failed", slow * chance.uniform(0.5, 1.5), reason=chance.choice(WHY))
    else:
        end = Told("paid", slow * chance.uniform(0.5, 1.5), reference=f"T{chance.randrange(10**12):012d}")
    told = [accepted, end]
    if chance.random() < REVERSED_SHARE:
        told.reverse()
    if chance.random() < REPEATED_SHARE:
        told += chance.choices(told, k=chance.randint(1, 3))
    return tuple(told)
