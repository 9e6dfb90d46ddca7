"""The map of the catalog service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from functools import partial

from catalog.campaigns_rpc import CampaignsRpc
from catalog.domain import (
    buyer,
    campaign,
    distribution,
    enrolment,
    lots,
    pallet,
    pricelist,
    programme,
    sample,
    shelf,
    standing,
    supplier,
    traffic,
    trial,
)
from catalog.domain.buyer import Buyer
from catalog.domain.campaign import Campaign
from catalog.domain.distribution import Distribution
from catalog.domain.enrolment import Enrolment
from catalog.domain.offer import Offer
from catalog.domain.pallet import Pallet
from catalog.domain.pricelist import PriceList
from catalog.domain.programme import Programme
from catalog.domain.sample import Samples
from catalog.domain.shelf import Page, Shelf
from catalog.domain.standing_state import Report, Standing
from catalog.domain.supplier import Supplier
from catalog.domain.traffic import Customer, Traffic
from catalog.domain.trial import Trial
from catalog.governance_rpc import GovernanceRpc, SameCategory
from catalog.listing.endpoint import EndpointExtractor
from catalog.listing.extractor import Extractor, LocalExtractor
from catalog.listing.neighbours import Neighbours
from catalog.listing.rpc import ListingRpc
from catalog.rpc import FIRST_LISTED, MOST_SKUS, CatalogRpc
from catalog.search.alike import Alike
from catalog.search.index import SearchIndex, opened
from catalog.search.rpc import SearchRpc
from catalog.search.traffic import EsteemNow, in_memory
from catalog.settings import Settings
from catalog.shops import Shops
from catalog.terms import MOST_LISTS, BuyerTerms
from catalog.terms_rpc import TermsRpc
from headwater.contracts import topics
from headwater.contracts.buyerstanding import BuyerLevelChanged
from headwater.contracts.catalog import OfferListed, OfferRevised, PriceListSet, ProgrammeSet
from headwater.contracts.orders import OrderPaid
from headwater.contracts.reviews import ReviewAccepted
from headwater.lookups import CachedReader
from headwater.projection import Projection, Source
from headwater.rules import merged
from headwater.service import Parts, Service
from headwater.stubs.catalog.v1 import (
    catalog_pb2_grpc,
    governance_pb2_grpc,
    listing_pb2_grpc,
    search_pb2_grpc,
    terms_pb2_grpc,
)
from headwater.stubs.catalog.v1.campaigns_pb2_grpc import add_CampaignsServicer_to_server


def build(settings: Settings) -> Service:
    """The service with all its parts."""
    service = Service("catalog", settings)

    # --- who sells what
    suppliers = service.aggregate(
        "supplier", Supplier, inbox=topics.CATALOG_SUPPLIER_INBOX, accepts=supplier.ACCEPTS, decide=supplier.decide
    )
    offers = service.aggregate(
        "offer", Offer, inbox=topics.CATALOG_OFFER_INBOX, accepts=lots.ACCEPTS,
        decide=partial(lots.decide, *settings.sealing()),
        indexes=(("skus.sku_id",), ("supplier_id",), ("category",)),
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
    campaigns = service.aggregate(
        "campaign", Campaign, inbox=topics.CATALOG_CAMPAIGN_INBOX, accepts=campaign.ACCEPTS, decide=campaign.decide,
        wakes=True,
    )  # fmt: skip
    enrolments = service.aggregate(
        "enrolment", Enrolment, inbox=topics.CATALOG_ENROLMENT_INBOX, accepts=enrolment.ACCEPTS,
        decide=enrolment.decide, wakes=True, indexes=(("campaign_id",), ("supplier_id",)),
    )  # fmt: skip
    service.route("earned-levels", topics=(topics.BUYERSTANDING_EVENTS,), on={BuyerLevelChanged: buyer.earned})
    samples = service.aggregate(
        "sample", Samples, inbox=topics.CATALOG_SAMPLE_INBOX, accepts=sample.ACCEPTS, decide=sample.decide
    )
    service.route("trials", topics=(topics.ORDER_EVENTS,), on=merged(trial.FOLLOWS, sample.FOLLOWS))

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
        service.cached(enrolments, events=topics.CATALOG_ENROLMENT_EVENTS, absent=True),
        service.cached(samples, events=topics.CATALOG_SAMPLE_EVENTS, absent=True),
    )
    index = service.projection(
        "search index",
        opened,
        of=(
            Source(suppliers, topics.CATALOG_SUPPLIER_EVENTS, named_in=(offers, "supplier_id")),
            Source(offers, topics.CATALOG_OFFER_EVENTS),
        ),
        rebuild_on=topics.CATALOG_SEARCH_REQUESTS,
    )
    shops = _governed(service, known, index)
    rpc = CatalogRpc(shops, by_sku, suppliers, terms, settings.sealing(), service.clock())
    service.rpc(catalog_pb2_grpc.add_CatalogServicer_to_server, rpc, "headwater.catalog.v1.Catalog")
    agreed = TermsRpc(pricelists, programmes, buyers)
    service.rpc(terms_pb2_grpc.add_TermsServicer_to_server, agreed, "headwater.catalog.v1.Terms")
    listing = ListingRpc(_extractor(settings, index), settings.listing_within_s)
    service.rpc(listing_pb2_grpc.add_ListingServicer_to_server, listing, "headwater.catalog.v1.Listing")
    arranged = CampaignsRpc(campaigns, enrolments)
    service.rpc(add_CampaignsServicer_to_server, arranged, "headwater.catalog.v1.Campaigns")
    return service


def _extractor(settings: Settings, index: Projection[SearchIndex]) -> Extractor:
    """What proposes drafts: our own rules, in front of them an endpoint if one is configured."""
    local, endpoint = LocalExtractor(Neighbours(index)), settings.listing()
    return EndpointExtractor(endpoint, local) if endpoint else local


def _governed(service: Service, offers: CachedReader[Offer], index: Projection[SearchIndex]) -> Shops:
    """Governance and co-distribution, beside the offers; returns all offers that there are in shops."""
    service.route(
        "offer-events",
        topics=(topics.CATALOG_OFFER_EVENTS,),
        on={OfferListed: shelf.shelved, OfferRevised: shelf.shelved},
    )
    service.route("order-events", topics=(topics.ORDER_EVENTS,), on={OrderPaid: traffic.orders_of})
    service.route("review-events", topics=(topics.FEEDBACK_EVENTS,), on={ReviewAccepted: standing.ratings_of})
    standings = service.aggregate(
        "standing",
        Standing,
        inbox=topics.CATALOG_STANDING_INBOX,
        accepts=standing.ACCEPTS,
        decide=standing.decide,
        parts=Parts("reports", Report, standing.touched_reports),
        wakes=True,
    )
    service.aggregate(
        "shelf",
        Shelf,
        inbox=topics.CATALOG_SHELF_INBOX,
        accepts=shelf.ACCEPTS,
        decide=shelf.decide,
        parts=Parts("pages", Page, shelf.touched_pages),
    )
    traffics = service.aggregate(
        "traffic",
        Traffic,
        inbox=topics.CATALOG_TRAFFIC_INBOX,
        accepts=traffic.ACCEPTS,
        decide=traffic.decide,
        parts=Parts("buyers", Customer, traffic.touched_buyers),
        wakes=True,
    )
    pallets = service.aggregate(
        "pallet",
        Pallet,
        inbox=topics.CATALOG_PALLET_INBOX,
        accepts=pallet.ACCEPTS,
        decide=pallet.decide,
        indexes=(("leader_id",),),
    )
    distributions = service.aggregate(
        "distribution",
        Distribution,
        inbox=topics.CATALOG_DISTRIBUTION_INBOX,
        accepts=distribution.ACCEPTS,
        decide=distribution.decide,
        indexes=(("supplier_id",), ("pallet_id",)),
    )
    known = service.cached(standings, events=topics.CATALOG_STANDING_EVENTS, absent=True)
    consents = service.cached(pallets, events=topics.CATALOG_PALLET_EVENTS)
    sold = service.cached(distributions, events=topics.CATALOG_DISTRIBUTION_EVENTS)
    shops = Shops(offers, sold, consents, known)
    similar = Alike(index, offers, SameCategory(offers))
    rpc = GovernanceRpc(known, standings, traffics, consents, sold, shops, similar)
    service.rpc(governance_pb2_grpc.add_GovernanceServicer_to_server, rpc, "headwater.catalog.v1.Governance")
    esteem = service.projection(
        "standing of suppliers",
        in_memory,
        of=(
            Source(standings, topics.CATALOG_STANDING_EVENTS),
            Source(traffics, topics.CATALOG_TRAFFIC_EVENTS),
        ),
    )
    search = SearchRpc(index, shops, EsteemNow(esteem))
    service.rpc(search_pb2_grpc.add_SearchServicer_to_server, search, "headwater.catalog.v1.Search")
    return shops
