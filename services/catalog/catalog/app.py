"""The map of the catalog service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from catalog.domain import offer, supplier
from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.rpc import FIRST_LISTED, MOST_SKUS, CatalogRpc
from headwater.contracts.catalog import OfferListed, OfferRevised
from headwater.contracts.topics import CATALOG_OFFER_EVENTS, CATALOG_OFFER_INBOX, CATALOG_SUPPLIER_INBOX
from headwater.service import Service
from headwater.settings import ServiceSettings
from headwater.stubs.catalog.v1 import catalog_pb2_grpc


def build(settings: ServiceSettings) -> Service:
    """The service with all its parts."""
    service = Service("catalog", settings)
    suppliers = service.aggregate(
        "supplier", Supplier, inbox=CATALOG_SUPPLIER_INBOX, accepts=supplier.ACCEPTS, decide=supplier.decide
    )
    offers = service.aggregate(
        "offer",
        Offer,
        inbox=CATALOG_OFFER_INBOX,
        accepts=offer.ACCEPTS,
        decide=offer.decide,
        indexes=(("skus.sku_id",), ("supplier_id",)),
    )
    lookups = service.cached(offers, events=CATALOG_OFFER_EVENTS)
    by_sku = lookups.index("skus.sku_id", told_by=(OfferListed, OfferRevised), sort=FIRST_LISTED, limit=2 * MOST_SKUS)
    rpc = CatalogRpc(lookups, by_sku, suppliers)
    service.rpc(catalog_pb2_grpc.add_CatalogServicer_to_server, rpc, "headwater.catalog.v1.Catalog")
    return service
