"""The map of the orders service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from functools import partial

from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.inquiries import OpenInquiry
from headwater.contracts.orders import PlaceOrder
from headwater.contracts.rosters import KeepRoster
from headwater.contracts.topics import (
    BUYERSTANDING_INBOX,
    CHECKOUT_INBOX,
    COMPANY_INBOX,
    INQUIRY_INBOX,
    ORDER_EVENTS,
    ORDER_INBOX,
    ROSTER_INBOX,
)
from headwater.service import Parts, Service
from headwater.stubs.orders.v1 import buyerstandings_pb2_grpc, companies_pb2_grpc, inquiries_pb2_grpc, orders_pb2_grpc
from orders.buyerstandings_rpc import BuyerStandingsRpc
from orders.company_rpc import CompaniesRpc
from orders.domain import buyerstanding, checkout, company, inquiry, order, production, roster
from orders.domain.buyerstanding_state import BuyerStanding, OrderFacts
from orders.domain.checkout import Checkout
from orders.domain.company_state import Company, Paper
from orders.domain.inquiry_state import Entry, Inquiry
from orders.domain.ledger import Posting
from orders.domain.roster import Roster
from orders.domain.state import Order
from orders.inquiries_rpc import InquiriesRpc
from orders.rpc import OrdersRpc
from orders.settings import Settings


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("orders", settings)
    orders = service.aggregate(
        "order",
        Order,
        inbox=ORDER_INBOX,
        accepts=production.ACCEPTS,
        decide=partial(production.decide, settings.policy()),
        parts=Parts("postings", Posting, order.touched_postings),
        begins=(PlaceOrder,),
        wakes=True,
        indexes=(("buyer_id", "-placed_at"), ("supplier_id", "-placed_at"), ("supplier_id", "buyer_id")),
    )
    checkouts = service.aggregate(
        "checkout", Checkout, inbox=CHECKOUT_INBOX, accepts=checkout.ACCEPTS, decide=checkout.decide,
        begins=(PlaceCheckout,),
    )  # fmt: skip
    inquiries = service.aggregate(
        "inquiry",
        Inquiry,
        inbox=INQUIRY_INBOX,
        accepts=inquiry.ACCEPTS,
        decide=partial(inquiry.decide, settings.policy()),
        parts=Parts("entries", Entry, inquiry.touched_entries, begins=(OpenInquiry,)),
        begins=(OpenInquiry,),
        wakes=True,
        indexes=(("buyer_id", "-opened_at"), ("invited", "-opened_at"), ("proposals.supplier_id", "-opened_at")),
    )
    rosters = service.aggregate(
        "roster", Roster, inbox=ROSTER_INBOX, accepts=roster.ACCEPTS, decide=roster.decide, begins=(KeepRoster,),
        indexes=(("inquiry_id",),),
    )  # fmt: skip
    companies = service.aggregate(
        "company", Company, inbox=COMPANY_INBOX, accepts=company.ACCEPTS, decide=company.decide,
        parts=Parts("papers", Paper, company.touched_papers), wakes=True, indexes=(("members.member_id",),),
    )  # fmt: skip
    service.rpc(
        orders_pb2_grpc.add_OrdersServicer_to_server, OrdersRpc(orders, checkouts), "headwater.orders.v1.Orders"
    )
    service.route("company-orders", topics=(ORDER_EVENTS,), on=company.FOLLOWS)
    service.rpc(
        companies_pb2_grpc.add_CompaniesServicer_to_server,
        CompaniesRpc(companies, orders, service.clock()),
        "headwater.orders.v1.Companies",
    )
    clock = service.clock().now
    service.rpc(
        inquiries_pb2_grpc.add_InquiriesServicer_to_server, InquiriesRpc(inquiries, rosters, orders, clock),
        "headwater.orders.v1.Inquiries",
    )  # fmt: skip
    standings = service.aggregate(
        "buyerstanding", BuyerStanding, inbox=BUYERSTANDING_INBOX, accepts=buyerstanding.ACCEPTS,
        decide=buyerstanding.decide, parts=Parts("orders", OrderFacts, buyerstanding.touched_orders), wakes=True,
    )  # fmt: skip
    service.route("buyer-facts", topics=(ORDER_EVENTS,), on=buyerstanding.FOLLOWS)
    service.rpc(
        buyerstandings_pb2_grpc.add_BuyerStandingsServicer_to_server, BuyerStandingsRpc(standings, orders, clock),
        "headwater.orders.v1.BuyerStandings",
    )  # fmt: skip
    return service
