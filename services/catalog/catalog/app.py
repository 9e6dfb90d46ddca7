"""The map of the catalog service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from catalog.domain import buyer, offer, pricelist, programme, supplier, trial
from catalog.domain.buyer import Buyer
from catalog.domain.offer import Offer
from catalog.domain.pricelist import PriceList
from catalog.domain.programme import Programme
from catalog.domain.supplier import Supplier
from catalog.domain.trial import Trial
from catalog.rpc import FIRST_LISTED, MOST_SKUS, CatalogRpc
from catalog.settings import Settings
from catalog.terms import MOST_LISTS, BuyerTerms
from catalog.terms_rpc import TermsRpc
from headwater.contracts import topics
from headwater.contracts.catalog import OfferListed, OfferRevised, PriceListSet, ProgrammeSet
from headwater.service import Service
from headwater.stubs.catalog.v1 import catalog_pb2_grpc, terms_pb2_grpc


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("catalog", settings)

    # --- who sells what
    suppliers = service.aggregate(
        "supplier", Supplier, inbox=topics.CATALOG_SUPPLIER_INBOX, accepts=supplier.ACCEPTS, decide=supplier.decide
    )
    offers = service.aggregate(
        "offer", Offer, inbox=topics.CATALOG_OFFER_INBOX, accepts=offer.ACCEPTS, decide=offer.decide,
        indexes=(("skus.sku_id",), ("supplier_id",)),
    )  # fmt: skip

    # --- what else a price depends on
    pricelists = service.aggregate(
        "pricelist", PriceList, inbox=topics.CATALOG_PRICELIST_INBOX, accepts=pricelist.ACCEPTS,
        decide=pricelist.decide, indexes=(("supplier_id",),),
    )  # fmt: skip
    buyers = service.aggregate(
        "buyer", Buyer, inbox=topics.CATALOG_BUYER_INBOX, accepts=buyer.ACCEPTS, decide=buyer.decide
    )
    programmes = service.aggregate(
        "programme", Programme, inbox=topics.CATALOG_PROGRAMME_INBOX, accepts=programme.ACCEPTS,
        decide=programme.decide, indexes=(("suppliers",),),
    )  # fmt: skip
    trials = service.aggregate(
        "trial", Trial, inbox=topics.CATALOG_TRIAL_INBOX, accepts=trial.ACCEPTS, decide=trial.decide
    )
    service.route("trials", topics=(topics.ORDER_EVENTS,), on=trial.FOLLOWS)

    # --- what it answers
    known = service.cached(offers, events=topics.CATALOG_OFFER_EVENTS)
    by_sku = known.index("skus.sku_id", told_by=(OfferListed, OfferRevised), sort=FIRST_LISTED, limit=2 * MOST_SKUS)
    lists = service.cached(pricelists, events=topics.CATALOG_PRICELIST_EVENTS, absent=True)
    lists_by_supplier = lists.index("supplier_id", told_by=(PriceListSet,), sort=[("_id", 1)], limit=MOST_LISTS)
    running = service.cached(programmes, events=topics.CATALOG_PROGRAMME_EVENTS, absent=True)
    running_by_supplier = running.index("suppliers", told_by=(ProgrammeSet,), sort=[("_id", 1)], limit=MOST_LISTS)
    terms = BuyerTerms(
        service.cached(suppliers, events=topics.CATALOG_SUPPLIER_EVENTS, absent=True),
        service.cached(buyers, events=topics.CATALOG_BUYER_EVENTS, absent=True),
        service.cached(trials, events=topics.CATALOG_TRIAL_EVENTS, absent=True),
        (lists_by_supplier, lists),
        (running_by_supplier, running),
    )
    rpc = CatalogRpc(known, by_sku, suppliers, terms, settings.sealing(), service.clock())
    service.rpc(catalog_pb2_grpc.add_CatalogServicer_to_server, rpc, "headwater.catalog.v1.Catalog")
    agreed = TermsRpc(pricelists, programmes, buyers)
    service.rpc(terms_pb2_grpc.add_TermsServicer_to_server, agreed, "headwater.catalog.v1.Terms")
    return service
