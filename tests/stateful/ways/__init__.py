"""The ways to buy, one class each; `EverythingAtOnce` mixes them. To add a way: write its class, and name it here."""

from __future__ import annotations

from tests.stateful.ways.campaigns import Campaigns
from tests.stateful.ways.companies import Companies
from tests.stateful.ways.custom import CustomOrders
from tests.stateful.ways.plain import PlainOrders


class EverythingAtOnce(PlainOrders, Companies, CustomOrders, Campaigns):
    """All ways to buy, of the same goods, with the same money, at the same time."""
