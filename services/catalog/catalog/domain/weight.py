"""Traffic weight: how much more, or less, a supplier's offers are shown than others. Pure, whole numbers only.

Two figures of the last `WINDOW_WEEKS` weeks make it:

- **new-buyer conversion**: buyers who bought of it for the first time, per time that one of its offers was shown;
- **repeat-buyer retention**: of the buyers whose first order is more than `RETURN_WEEKS` weeks ago, the share who had
  bought again within those weeks. Who came lately has yet to come back, and does not count against the supplier.

Few observations say little, so each figure is drawn towards what is usual, as if `PRIOR` further observations had come
out so: the mean of the posterior of a beta-binomial model, (s + m*k) / (n + k) for s of n, a usual rate of m and a
prior worth k observations (Gelman et al., Bayesian Data Analysis, section 2.4). Divided by the usual rate that is a
factor, 1 for a supplier of whom nothing is known. Each is bounded, so that one figure alone cannot bury or crown a
supplier, and the weight is their geometric mean: twice as good in one and half as good in the other is neutral. In per
mille, rounded down at each step:

    impressions  new buyers  cohort  came back   conversion  retention  weight
    0            0           0       0           1000        1000       1000
    1000         20          20      4           1000        1000       1000
    9000         0           0       0            500        1000        707
    1000         60          60      40          2000        2000       2000
    4000         80          0       0           1000        1000       1000
    4000         80          80      0           1000         500        707

It rises with either figure and never leaves 500 to 2000.
"""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

WINDOW_WEEKS, RETURN_WEEKS = 13, 4
USUAL_CONVERSION = 50
"""One new buyer in so many impressions is usual."""
USUAL_RETENTION = 5
"""One buyer in so many comes back in time."""
PRIOR_IMPRESSIONS = 1000
PRIOR_BUYERS = 20
NEUTRAL, LEAST, MOST = 1000, 500, 2000
"""Per mille."""


class Figures(NamedTuple):
    """What is counted of a supplier within the window."""

    impressions: int = 0
    new_buyers: int = 0
    cohort: int = 0
    """Those of them who have had their time to come back."""
    came_back: int = 0
    """Those of the cohort who did."""


def earned(of: Figures) -> int:
    """The weight that conversion and retention give, per mille."""
    return isqrt(conversion(of) * retention(of))


def conversion(of: Figures) -> int:
    """How new buyers come, per mille of what is usual. Nobody buys what was not shown, so each has seen it once."""
    shown = max(of.impressions, of.new_buyers)
    return _factor(of.new_buyers, shown, USUAL_CONVERSION, PRIOR_IMPRESSIONS)


def retention(of: Figures) -> int:
    """How buyers come back, per mille of what is usual."""
    return _factor(of.came_back, of.cohort, USUAL_RETENTION, PRIOR_BUYERS)


def _factor(successes: int, trials: int, usual: int, prior: int) -> int:
    """(s + k/usual) / (n + k), divided by 1/usual, within its bounds."""
    return min(max(NEUTRAL * (usual * successes + prior) // (trials + prior), LEAST), MOST)
