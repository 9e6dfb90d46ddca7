"""Suppliers, offers and quotes as the look-ups show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from catalog.domain.buyer import Buyer
from catalog.domain.campaign import Campaign
from catalog.domain.categories import Category
from catalog.domain.codistribution import CoOffer
from catalog.domain.enrolment import Enrolment
from catalog.domain.offer import Offer
from catalog.domain.pricelist import PriceList
from catalog.domain.pricing import Quote, QuotedLine
from catalog.domain.programme import Programme
from catalog.domain.supplier import Supplier
from catalog.sealing import SealedPart
from headwater.contracts.base import BuyerId, OfferId, SkuId
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.catalog import PriceRange, Sku
from headwater.contracts.orders import OrderKind
from headwater.rpc import stamp
from headwater.stubs.catalog.v1 import campaigns_pb2 as campaigns
from headwater.stubs.catalog.v1 import catalog_pb2 as pb
from headwater.stubs.catalog.v1 import terms_pb2 as terms


def supplier_view(supplier: Supplier) -> pb.Supplier:
    """A supplier."""
    rule = supplier.mixed_batch
    return pb.Supplier(
        supplier_id=supplier.supplier_id, name=supplier.name, name_zh=supplier.name_zh, town=supplier.town,
        makes=[
            pb.Making(category=one.category, processes=one.processes, monthly_pieces=one.monthly_pieces)
            for one in supplier.makes
        ],
        certificates=supplier.certificates,
        mixed_batch=pb.MixedBatch(pieces=rule.pieces or 0, amount_fen=rule.amount_fen or 0) if rule else None,
    )  # fmt: skip


def offer_view(offer: Offer) -> pb.Offer:
    """An offer with all that it says."""
    pool = offer.pool_price
    return pb.Offer(
        offer_id=offer.offer_id, supplier_id=offer.supplier_id, subject=offer.subject, subject_zh=offer.subject_zh,
        currency=offer.currency, min_order_quantity=offer.min_order_quantity,
        price_ranges=ladder_view(offer.price_ranges),
        skus=[sku_view(sku) for sku in offer.skus], status=offer.status,
        delisted_because=offer.delisted_because or "", order_multiple=offer.order_multiple,
        sample_price_fen=offer.sample_price_fen or 0, trial_pieces=offer.trial_pieces or 0,
        pool_price=pb.PoolPrice(pieces=pool.pieces, price_fen=pool.price_fen) if pool else None,
        mixed_batch=offer.mixed_batch, free_shipping=offer.free_shipping, category=offer.category or "",
        attributes=[pb.Attribute(name=one.name, value=one.value) for one in offer.attributes],
        description=offer.description, pictures=offer.pictures, packaging=offer.packaging or "",
        history=[pb.PastChange(at=stamp(one.at), what=one.what, note=one.note) for one in offer.history],
    )  # fmt: skip


def price_list_view(found: PriceList) -> terms.PriceList:
    """A price list."""
    return terms.PriceList(
        pricelist_id=found.pricelist_id, supplier_id=found.supplier_id, name=found.name, buyers=found.buyers,
        level=found.level or "", starts_at=stamp(found.starts_at), ends_at=stamp(found.ends_at),
        ladders=[
            terms.OfferLadder(offer_id=one.offer_id, price_ranges=ladder_view(one.price_ranges))
            for one in found.ladders
        ],
    )  # fmt: skip


def programme_view(found: Programme) -> terms.Programme:
    """A programme over several suppliers."""
    return terms.Programme(
        programme_id=found.programme_id, name=found.name, suppliers=found.suppliers,
        starts_at=stamp(found.starts_at), ends_at=stamp(found.ends_at),
    )  # fmt: skip


def buyer_view(buyer_id: str, buyer: Buyer | None) -> terms.GetBuyerResponse:
    """A buyer, known or not."""
    known = buyer or Buyer(buyer_id=BuyerId(buyer_id))
    return terms.GetBuyerResponse(
        buyer_id=buyer_id, level=known.holds, given_level=known.level or "", earned_level=known.earned or ""
    )


def ladder_view(ranges: Iterable[PriceRange]) -> list[pb.PriceRange]:
    """A ladder of prices."""
    return [pb.PriceRange(start_quantity=range.start_quantity, price_fen=range.price_fen) for range in ranges]


def category_view(category: Category) -> pb.Category:
    """A leaf of the tree of categories."""
    return pb.Category(path=category.path, name_zh=category.zh, name=category.en, packaging=category.packaging)


def sku_view(sku: Sku) -> pb.Sku:
    """One colour and size."""
    return pb.Sku(sku_id=sku.sku_id, colour=sku.colour, size=sku.size)


def quote_view(
    quote: Quote, sealed: Iterable[SealedPart] = (), campaign: CampaignRun | None = None
) -> pb.QuoteBasketResponse:
    """A priced basket, with what of it is sealed."""
    # The SKUs of an offer have one price: what their lines share is written once, and repeated as bytes. Concatenating
    # messages concatenates their repeated fields (protobuf's rules of encoding), and is far cheaper than copying one.
    alike: dict[OfferId | None, bytes] = {}
    shared = []
    for line in quote.lines:
        if line.code:
            shared.append(_shared(line))
            continue
        common = alike.get(line.offer_id)
        if common is None:
            common = alike[line.offer_id] = _shared(line)
        shared.append(common)
    view = pb.QuoteBasketResponse.FromString(b"".join(shared))
    view.total_fen, view.currency = quote.total_fen, "CNY"
    for shown, (sku_id, quantity, _, _, _, total_fen, _, _) in zip(view.lines, quote.lines, strict=True):
        shown.sku_id, shown.quantity, shown.total_fen = sku_id, quantity, total_fen
    for part in sealed:
        added = view.sealed.add(supplier_id=part.supplier_id, lines=part.places)
        added.seal.secret, added.seal.mac = part.seal.secret, part.seal.mac
        added.seal.expires_at.seconds = int(part.seal.expires_at.timestamp())
        if campaign is not None:
            added.campaign.CopyFrom(run_view(campaign))
    return view


def run_view(run: CampaignRun) -> pb.CampaignRun:
    """When a campaign's goods are sold."""
    return pb.CampaignRun(
        campaign_id=run.campaign_id, starts_at=stamp(run.starts_at), ends_at=stamp(run.ends_at)
    )  # fmt: skip


def campaign_view(found: Campaign) -> campaigns.Campaign:
    """A campaign."""
    return campaigns.Campaign(
        campaign_id=found.campaign_id, name=found.name, status=found.status, enrol_from=stamp(found.enrol_from),
        enrol_until=stamp(found.enrol_until), starts_at=stamp(found.starts_at), ends_at=stamp(found.ends_at),
    )  # fmt: skip


def enrolment_view(found: Enrolment) -> campaigns.Enrolment:
    """An offer in a campaign."""
    return campaigns.Enrolment(
        enrolment_id=found.enrolment_id, campaign_id=found.run.campaign_id, offer_id=found.offer_id,
        supplier_id=found.supplier_id, status=found.status, refusal=found.refusal or "", price_fen=found.price_fen,
        limit_per_buyer=found.limit_per_buyer or 0,
        skus=[campaigns.SetAsidePieces(sku_id=one.sku_id, pieces=one.pieces) for one in found.skus],
    )  # fmt: skip


def _shared(line: QuotedLine) -> bytes:
    """A response of this line alone, without its SKU, its pieces and its total."""
    view, price = pb.QuoteBasketResponse(), line.price
    shown = view.lines.add()
    shown.offer_id, shown.supplier_id = line.offer_id or "", line.supplier_id or ""
    shown.unit_price_fen, shown.list_price_fen, shown.vouched_fen = price.unit_fen, price.list_fen, price.vouched_fen
    shown.code, shown.detail = line.code, line.detail
    for reduction in price.reductions:
        told = shown.reductions.add()
        told.code, told.fen, told.detail = reduction
    return view.SerializeToString()


def name_leaders(
    view: pb.QuoteBasketResponse, quote: Quote, offers: Mapping[SkuId, Offer], kind: OrderKind
) -> pb.QuoteBasketResponse:
    """The same quote, naming on lines of co-distributed offers whose goods they are, and what their seller earns."""
    pieces: Counter[OfferId | None] = Counter()
    for line in quote.lines:
        pieces[line.offer_id] += line.quantity if line.code in ("", "amount_too_large") else 0
    for shown, line in zip(view.lines, quote.lines, strict=True):
        offer = offers.get(line.sku_id)
        if isinstance(offer, CoOffer):
            shown.leader_id = offer.leader_id
            if not line.code:
                shown.margin_fen = offer.earned(line.price, pieces[line.offer_id], kind) * line.quantity
    return view
