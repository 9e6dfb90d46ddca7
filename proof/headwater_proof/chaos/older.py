"""A service that is one release behind: `python -m headwater_proof.chaos.older orders orders.PayOrder.v1`.

It is the service as it is, but for one type of message, which it does not know yet.
"""

from __future__ import annotations

import runpy
import sys

from headwater.contracts import catalog, logistics, orders, reviews  # noqa: F401  (they make their types known)
from headwater.contracts.base import MESSAGE_TYPES

if __name__ == "__main__":
    module, unknown = sys.argv[1:]
    del MESSAGE_TYPES[unknown]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
