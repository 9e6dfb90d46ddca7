"""The map of the orders service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from functools import partial

from headwater.contracts.orders import PlaceOrder
from headwater.contracts.topics import ORDER_INBOX
from headwater.service import Service
from headwater.stubs.orders.v1 import orders_pb2_grpc
from orders.domain import order
from orders.domain.state import Order
from orders.rpc import OrdersRpc
from orders.settings import Settings


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("orders", settings)
    orders = service.aggregate(
        "order",
        Order,
        inbox=ORDER_INBOX,
        accepts=order.ACCEPTS,
        decide=partial(order.decide, settings.policy()),
        begins=(PlaceOrder,),
        wakes=True,
        indexes=(("buyer_id", "-placed_at"), ("supplier_id", "-placed_at")),
    )
    service.rpc(orders_pb2_grpc.add_OrdersServicer_to_server, OrdersRpc(orders), "headwater.orders.v1.Orders")
    return service
