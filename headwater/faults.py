"""Fault points for tests: a process can be made to die at a named point of the road, as the power would do it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

POINTS = ("polled", "taken", "loaded", "decided", "sealed", "committed", "published", "told")
"""Every point, in the order of the road; `processor.py` passes them."""


def from_environment(processor: str) -> Callable[[str], None]:
    """What happens at the points of a processor: nothing, unless `HEADWATER_DIE_AT` is `processor:point:count`.

    Then the process kills itself (SIGKILL) the count-th time that it passes the point. Only tests set this.
    """
    plan = os.environ.get("HEADWATER_DIE_AT", "")
    name, _, rest = plan.partition(":")
    point, _, count = rest.partition(":")
    if name != processor:
        return lambda _point: None
    if point not in POINTS:
        raise ValueError(f"HEADWATER_DIE_AT={plan}: the points are {', '.join(POINTS)}")
    passed = 0

    def pass_by(at: str) -> None:
        nonlocal passed
        if at == point:
            passed += 1
            if passed == int(count or 1):
                os.kill(os.getpid(), signal.SIGKILL)

    return pass_by
