"""The map of the orders service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from headwater.contracts.accounts import CreditSupplier
from headwater.contracts.checkouts import PlaceCheckout
from headwater.contracts.inquiries import OpenInquiry
from headwater.contracts.orders import PlaceOrder
from headwater.contracts.payments import PayoutReported
from headwater.contracts.pools import JoinPool, OpenPool
from headwater.contracts.refunds import CollectPremium
from headwater.contracts.rosters import KeepRoster
from headwater.contracts.testplans import StartPlan
from headwater.contracts.topics import (
    ACCOUNT_INBOX,
    BUYERSTANDING_INBOX,
    CATALOG_STANDING_EVENTS,
    CHECKOUT_INBOX,
    COMPANY_INBOX,
    FEEDBACK_EVENTS,
    INQUIRY_INBOX,
    INSURANCE_INBOX,
    ORDER_EVENTS,
    ORDER_INBOX,
    POOL_INBOX,
    PROVIDERS,
    ROSTER_INBOX,
    TEST_PLAN_INBOX,
    TRIAL_SALE_INBOX,
    provider_reports,
)
from headwater.contracts.trialsales import OpenTrialSale
from headwater.rules import merged
from headwater.service import Parts, Service
from headwater.store import Reader
from headwater.stubs.orders.v1 import (
    accounts_pb2_grpc,
    buyerstandings_pb2_grpc,
    companies_pb2_grpc,
    inquiries_pb2_grpc,
    orders_pb2_grpc,
    pools_pb2_grpc,
    refunds_pb2_grpc,
    testplans_pb2_grpc,
    trials_pb2_grpc,
)
from orders.accounts_rpc import AccountsRpc
from orders.buyerstandings_rpc import BuyerStandingsRpc
from orders.company_rpc import CompaniesRpc
from orders.domain import (
    account,
    buyerstanding,
    checkout,
    company,
    inquiry,
    insurance,
    order,
    pool,
    refunds,
    roster,
    testplan,
    trialsale,
    withdrawals,
)
from orders.domain.account_state import Entry as AccountEntry
from orders.domain.account_state import SupplierAccount
from orders.domain.buyerstanding_state import BuyerStanding, OrderFacts
from orders.domain.checkout import Checkout
from orders.domain.company_state import Company, Paper
from orders.domain.inquiry_state import Entry, Inquiry
from orders.domain.insurance import Insurance
from orders.domain.ledger import Posting
from orders.domain.pool_state import Pool, Share
from orders.domain.roster import Roster
from orders.domain.state import Order
from orders.domain.testplan_state import Plan, Signal
from orders.domain.trialsale_state import TrialSale
from orders.inquiries_rpc import InquiriesRpc
from orders.pools_rpc import PoolsRpc
from orders.refunds_rpc import RefundsRpc
from orders.rpc import OrdersRpc
from orders.settings import Settings
from orders.testplans_rpc import TestPlansRpc
from orders.trials_rpc import TrialsRpc


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("orders", settings)
    orders = service.aggregate(
        "order",
        Order,
        inbox=ORDER_INBOX,
        accepts=refunds.ACCEPTS,
        decide=partial(refunds.decide, settings.policy()),
        parts=Parts("postings", Posting, order.touched_postings),
        begins=(PlaceOrder,),
        wakes=True,
        indexes=(
            ("buyer_id", "-placed_at"),
            ("supplier_id", "-placed_at"),
            ("supplier_id", "buyer_id"),
            ("cases.status", "-placed_at"),
        ),
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
    _standing(service, orders, clock)
    _settling(service, settings)
    _refunding(service, orders)
    _pooling(service, settings)
    _trying(service, settings, orders)
    return service


def _trying(service: Service, settings: Settings, orders: Reader[Order]) -> None:
    """What buyers try before they buy more: trials, samples, test plans."""
    trials = service.aggregate(
        "trialsale", TrialSale, inbox=TRIAL_SALE_INBOX, accepts=trialsale.ACCEPTS,
        decide=partial(trialsale.decide, settings.policy()), begins=(OpenTrialSale,), wakes=True,
        indexes=(("buyer_id", "-delivered_at"), ("supplier_id", "-delivered_at")),
    )  # fmt: skip
    plans = service.aggregate(
        "testplan", Plan, inbox=TEST_PLAN_INBOX, accepts=testplan.ACCEPTS, decide=testplan.decide,
        parts=Parts("signals", Signal, testplan.touched_signals), begins=(StartPlan,), wakes=True,
        indexes=(("buyer_id", "-started_at"),),
    )  # fmt: skip
    service.route(
        "trial-orders", topics=(ORDER_EVENTS, FEEDBACK_EVENTS), on=merged(trialsale.FOLLOWS, testplan.FOLLOWS)
    )
    service.rpc(
        testplans_pb2_grpc.add_TestPlansServicer_to_server, TestPlansRpc(plans), "headwater.orders.v1.TestPlans"
    )
    service.rpc(trials_pb2_grpc.add_TrialsServicer_to_server, TrialsRpc(trials, orders), "headwater.orders.v1.Trials")


def _standing(service: Service, orders: Reader[Order], clock: Callable[[], Awaitable[datetime]]) -> None:
    """What buyers' orders say of them, and which accounts share it."""
    standings = service.aggregate(
        "buyerstanding", BuyerStanding, inbox=BUYERSTANDING_INBOX, accepts=buyerstanding.ACCEPTS,
        decide=buyerstanding.decide, parts=Parts("orders", OrderFacts, buyerstanding.touched_orders), wakes=True,
    )  # fmt: skip
    service.route("buyer-facts", topics=(ORDER_EVENTS,), on=buyerstanding.FOLLOWS)
    service.rpc(
        buyerstandings_pb2_grpc.add_BuyerStandingsServicer_to_server, BuyerStandingsRpc(standings, orders, clock),
        "headwater.orders.v1.BuyerStandings",
    )  # fmt: skip


def _settling(service: Service, settings: Settings) -> None:
    """What suppliers are credited with, and how it is paid out."""
    accounts = service.aggregate(
        "account", SupplierAccount, inbox=ACCOUNT_INBOX, accepts=account.ACCEPTS,
        decide=partial(account.decide, settings.settlement()), wakes=True,
        parts=Parts("postings", AccountEntry, account.touched_postings, begins=(CreditSupplier,),
                    indexes=(("root", "at", "number"),)),
    )  # fmt: skip
    service.route("standing", topics=(CATALOG_STANDING_EVENTS,), on=account.FOLLOWS)
    service.route(
        "payouts", topics=[provider_reports(id) for id in PROVIDERS], on={PayoutReported: withdrawals.reported},
        with_topic=True, external=True,
    )  # fmt: skip
    service.rpc(
        accounts_pb2_grpc.add_AccountsServicer_to_server, AccountsRpc(accounts, settings.settlement()),
        "headwater.orders.v1.Accounts",
    )  # fmt: skip


def _refunding(service: Service, orders: Reader[Order]) -> None:
    """Money that goes back: its cases are the orders' own, the pool of freight insurance is one for all."""
    pools = service.aggregate(
        "insurance", Insurance, inbox=INSURANCE_INBOX, accepts=insurance.ACCEPTS, decide=insurance.decide,
        parts=Parts("postings", Posting, insurance.touched_postings, begins=(CollectPremium,)),
    )  # fmt: skip
    service.rpc(
        refunds_pb2_grpc.add_RefundsServicer_to_server, RefundsRpc(orders, pools), "headwater.orders.v1.Refunds"
    )


def _pooling(service: Service, settings: Settings) -> None:
    """Goods that buyers want together, and those that are made once enough are wanted."""
    pools = service.aggregate(
        "pool",
        Pool,
        inbox=POOL_INBOX,
        accepts=pool.ACCEPTS,
        decide=partial(pool.decide, settings.policy()),
        parts=Parts("shares", Share, pool.touched_shares, begins=(JoinPool,), indexes=(("buyer_id", "-joined_at"),)),
        begins=(OpenPool,),
        wakes=True,
        indexes=(("status", "-opened_at"), ("offer_id", "-opened_at"), ("supplier_id", "-opened_at")),
    )
    service.rpc(pools_pb2_grpc.add_PoolsServicer_to_server, PoolsRpc(pools), "headwater.orders.v1.Pools")
