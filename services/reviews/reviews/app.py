"""The map of the reviews service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from functools import partial

from headwater.contracts.orders import OrderDelivered, OrderPaid
from headwater.contracts.reviews import NotifySupplier, OpenFeedback
from headwater.contracts.topics import FEEDBACK_INBOX, NOTICES_INBOX, ORDER_EVENTS, SKU_INBOX
from headwater.service import Parts, Service
from headwater.stubs.reviews.v1 import reviews_pb2_grpc
from reviews.domain import feedback, notices, sku
from reviews.domain.feedback import Feedback
from reviews.domain.notices import Inbox, Notice
from reviews.domain.sku import SkuCounters
from reviews.rpc import ReviewsRpc
from reviews.settings import Settings


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("reviews", settings)
    service.route(
        "order-events",
        topics=(ORDER_EVENTS,),
        on={OrderDelivered: feedback.open_for, OrderPaid: sku.sales_of},
    )
    feedbacks = service.aggregate(
        "feedback",
        Feedback,
        inbox=FEEDBACK_INBOX,
        accepts=feedback.ACCEPTS,
        decide=feedback.decide,
        begins=(OpenFeedback,),
    )
    skus = service.aggregate(
        "sku",
        SkuCounters,
        inbox=SKU_INBOX,
        accepts=sku.ACCEPTS,
        decide=partial(sku.decide, settings.restock_thresholds),
    )
    inboxes = service.aggregate(
        "inbox",
        Inbox,
        inbox=NOTICES_INBOX,
        accepts=notices.ACCEPTS,
        decide=notices.decide,
        parts=Parts("notices", Notice, notices.touched, begins=(NotifySupplier,)),
    )
    rpc = ReviewsRpc(skus, feedbacks, inboxes)
    service.rpc(reviews_pb2_grpc.add_ReviewsServicer_to_server, rpc, "headwater.reviews.v1.Reviews")
    return service
