"""The map of the catalog service: what it listens to, what decides, which look-ups it answers."""

from __future__ import annotations

from catalog.domain import offer, supplier
from catalog.domain.offer import Offer
from catalog.domain.supplier import Supplier
from catalog.rpc import CatalogRpc
from headwater.contracts.topics import CATALOG_OFFER_INBOX, CATALOG_SUPPLIER_INBOX
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
    rpc = CatalogRpc(offers, suppliers)
    service.rpc(catalog_pb2_grpc.add_CatalogServicer_to_server, rpc, "headwater.catalog.v1.Catalog")
    return service
