"""Catalog: suppliers (供应商), offers (货源) with colour x size SKUs, and quantity price ranges (阶梯价)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import Field, model_validator

from headwater.contracts.base import (
    BuyerId,
    Currency,
    Fen,
    Key,
    Message,
    OfferId,
    OrderId,
    Pieces,
    PriceListId,
    ProgrammeId,
    ReplyTo,
    ShortText,
    SkuId,
    SupplierId,
    TrialId,
    UtcTime,
    Value,
)
from headwater.contracts.topics import (
    CATALOG_BUYER_EVENTS,
    CATALOG_BUYER_INBOX,
    CATALOG_OFFER_EVENTS,
    CATALOG_OFFER_INBOX,
    CATALOG_PRICELIST_EVENTS,
    CATALOG_PRICELIST_INBOX,
    CATALOG_PROGRAMME_EVENTS,
    CATALOG_PROGRAMME_INBOX,
    CATALOG_SEARCH_REQUESTS,
    CATALOG_SUPPLIER_EVENTS,
    CATALOG_SUPPLIER_INBOX,
    CATALOG_TRIAL_EVENTS,
    CATALOG_TRIAL_INBOX,
)

Price = Annotated[Fen, Field(ge=1)]
CATEGORY_FORM = r"^[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*){0,4}$"
Category = Annotated[str, Field(max_length=120, pattern=CATEGORY_FORM)]
Packaging = Literal["logistics", "generic", "industry"]
PICTURE_FORM = r"^(https://[^\s/\\]+/([^\s\\]*/)?)?[^\s/\\:]+\.(jpg|jpeg|png|webp|JPG|JPEG|PNG|WEBP)$"
Picture = Annotated[str, Field(max_length=200, pattern=PICTURE_FORM)]
"""The name of a picture, or its https address."""


class PriceRange(Value):
    """From `start_quantity` pieces on, a piece costs `price_fen` (1688: `priceRangeList[]{startQuantity, price}`)."""

    start_quantity: Pieces
    price_fen: Price


class Sku(Value):
    """One colour and size of an offer (规格)."""

    sku_id: SkuId
    colour: ShortText
    size: ShortText


class Attribute(Value):
    """A property of the goods (属性): 面料 = 棉, neckline = round."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    value: Annotated[str, Field(min_length=1, max_length=200)]


class PoolPrice(Value):
    """What a piece costs once the buyers of a pool (拼单) together want so many pieces."""

    pieces: Pieces
    price_fen: Price


class MixedBatch(Value):
    """A supplier's mixed-batch rule (混批): a basket over its offers may go below their minimums if it has so many
    pieces, or so much money, in all (1688: `sellerMixSetting{mixNumber, mixAmount}`). At least one of them is given."""

    pieces: Pieces | None = None
    amount_fen: Price | None = None

    @model_validator(mode="after")
    def _says_something(self) -> MixedBatch:
        if self.pieces is None and self.amount_fen is None:
            raise ValueError("a mixed batch needs pieces, or amount_fen, or both: give one of them")
        return self


class Making(Value):
    """What a factory can make (找工厂): a category, by which processes, how many pieces a month."""

    category: Category
    processes: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    monthly_pieces: Annotated[int, Field(ge=0, le=10**9, strict=True)] = 0
    """Its capacity; 0 when it does not say."""


class OfferContents(Value):
    """What an offer says of its goods and of how they are sold. A draft may still lack SKUs and prices.

    All the offer's prices are in fen for one piece.
    """

    subject: ShortText
    subject_zh: ShortText
    currency: Currency
    min_order_quantity: Pieces
    price_ranges: Annotated[tuple[PriceRange, ...], Field(max_length=10)]
    skus: Annotated[tuple[Sku, ...], Field(max_length=200)]
    order_multiple: Pieces = 1
    """Pieces come in multiples of this (一手数量)."""
    sample_price_fen: Price | None = None
    """One piece of a SKU as a sample (样品), whatever the minimum; None: no samples."""
    trial_pieces: Pieces | None = None
    """A buyer may take up to so many pieces once at half the first range's price (五折试销); None: no trial."""
    pool_price: PoolPrice | None = None
    mixed_batch: bool = False
    """Whether it counts towards its supplier's mixed batch (混批)."""
    free_shipping: bool = False
    """The supplier pays the freight (包邮)."""
    category: Category | None = None
    """A path in the catalog's tree of categories (类目), `apparel/women/dresses`."""
    attributes: Annotated[tuple[Attribute, ...], Field(max_length=50)] = ()
    description: Annotated[str, Field(max_length=5000)] = ""
    pictures: Annotated[tuple[Picture, ...], Field(max_length=20)] = ()
    packaging: Packaging | None = None
    """logistics: what carriers ask for (物流包装); generic: plain boxes and bags (通用包装); industry: what these goods
    need (行业包装), such as corner guards for furniture."""


class RegisterSupplier(Message, to=CATALOG_SUPPLIER_INBOX, key="supplier_id"):
    """Register a source factory (源头工厂), or change what is known of it. Answered by `Done` or `Refused`."""

    supplier_id: SupplierId
    name: ShortText
    name_zh: ShortText
    town: ShortText
    makes: Annotated[tuple[Making, ...], Field(max_length=50)] = ()
    certificates: Annotated[tuple[ShortText, ...], Field(max_length=50)] = ()
    """As the trade writes them: ISO 9001, OEKO-TEX, BSCI."""
    mixed_batch: MixedBatch | None = None
    reply_to: ReplyTo | None = None


class SupplierRegistered(Message, to=CATALOG_SUPPLIER_EVENTS, key="supplier_id"):
    """A supplier is known, or its description changed."""

    supplier_id: SupplierId
    name: str
    name_zh: str
    town: str
    makes: tuple[Making, ...] = ()
    certificates: tuple[str, ...] = ()
    mixed_batch: MixedBatch | None = None


class ListOffer(OfferContents, Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """List an offer (上架), or list it anew after it was delisted. Answered by `Done` or `Refused`.

    The same offer listed twice with the same contents is done already; with other contents it is refused: they
    change by `ReviseOffer`. With a `change_id` it is applied once, so that a late repeat does not undo a delisting.
    """

    offer_id: OfferId
    supplier_id: SupplierId
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    skus: Annotated[tuple[Sku, ...], Field(min_length=1, max_length=200)]
    change_id: Key | None = None
    reply_to: ReplyTo | None = None


class SaveDraft(OfferContents, Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Keep an offer that nobody can order yet (草稿), or replace it. Answered by `Done` or `Refused`."""

    offer_id: OfferId
    supplier_id: SupplierId
    change_id: Key
    reply_to: ReplyTo | None = None


class ListDraft(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """List a draft as it is. Answered by `Done`, or `Refused` when something is missing in it."""

    offer_id: OfferId
    change_id: Key
    reply_to: ReplyTo | None = None


class ReviseOffer(OfferContents, Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Replace all that an offer says, be it listed or delisted; a SKU can be added so. Answered by `Done` or `Refused`.

    Orders that were quoted before keep what they were told.
    """

    offer_id: OfferId
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    skus: Annotated[tuple[Sku, ...], Field(min_length=1, max_length=200)]
    change_id: Key
    reply_to: ReplyTo | None = None


class ChangePrices(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Replace an offer's price ranges. Answered by `Done` or `Refused`.

    `change_id` is the caller's; the same one twice is applied once, and with other prices it is refused
    (`idempotency_conflict`).
    """

    offer_id: OfferId
    change_id: Key
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]
    reply_to: ReplyTo | None = None


class DelistOffer(Message, to=CATALOG_OFFER_INBOX, key="offer_id"):
    """Take an offer off the shelf (下架), with a reason. Answered by `Done` or `Refused`.

    With a `change_id` it is applied once, so that a late repeat does not undo a new listing.
    """

    offer_id: OfferId
    reason: ShortText
    change_id: Key | None = None
    reply_to: ReplyTo | None = None


class OfferDrafted(OfferContents, Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """A draft was saved; it cannot be ordered."""

    offer_id: OfferId
    supplier_id: SupplierId


class OfferListed(OfferContents, Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer can be ordered from now on."""

    offer_id: OfferId
    supplier_id: SupplierId
    subject: str
    subject_zh: str
    price_ranges: tuple[PriceRange, ...]
    skus: tuple[Sku, ...]


class OfferRevised(OfferContents, Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """All that an offer says from now on; whether it can be ordered is as before."""

    offer_id: OfferId
    supplier_id: SupplierId
    status: Literal["listed", "delisted"]


class PricesChanged(Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer's price ranges from now on."""

    offer_id: OfferId
    price_ranges: tuple[PriceRange, ...]


class OfferDelisted(Message, to=CATALOG_OFFER_EVENTS, key="offer_id"):
    """An offer can no longer be ordered."""

    offer_id: OfferId
    reason: str


Level = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9_-]+$")]
"""A buyer's level, as the platform names them: L1, L5, gold."""


class OfferLadder(Value):
    """A ladder of prices for one offer, other than its public one."""

    offer_id: OfferId
    price_ranges: Annotated[tuple[PriceRange, ...], Field(min_length=1, max_length=10)]


class PriceListTerms(Value):
    """A supplier's prices (价格表) for the buyers that it names, or for all of a level, while its schedule lasts."""

    supplier_id: SupplierId
    name: ShortText
    buyers: Annotated[tuple[BuyerId, ...], Field(max_length=1000)] = ()
    level: Level | None = None
    """For all buyers of this level, beside those that are named."""
    starts_at: UtcTime | None = None
    ends_at: UtcTime | None = None
    """From `starts_at` on and before `ends_at`; None: no bound on that side."""
    ladders: Annotated[tuple[OfferLadder, ...], Field(max_length=500)]


class SetPriceList(PriceListTerms, Message, to=CATALOG_PRICELIST_INBOX, key="pricelist_id"):
    """Make a price list, or replace it. To end it, replace it by one whose `ends_at` is past. `Done` or `Refused`."""

    pricelist_id: PriceListId
    change_id: Key
    reply_to: ReplyTo | None = None


class PriceListSet(PriceListTerms, Message, to=CATALOG_PRICELIST_EVENTS, key="pricelist_id"):
    """What a price list says from now on."""

    pricelist_id: PriceListId


class SetBuyerLevel(Message, to=CATALOG_BUYER_INBOX, key="buyer_id"):
    """Give a buyer a level, or none: then it has the one that it earned. Answered by `Done` or `Refused`."""

    buyer_id: BuyerId
    level: Level | None = None
    change_id: Key
    reply_to: ReplyTo | None = None


class NoteEarnedLevel(Message, to=CATALOG_BUYER_INBOX, key="buyer_id"):
    """A buyer has earned a level by its orders: it holds as long as none is given to it by `SetBuyerLevel`."""

    buyer_id: BuyerId
    level: Level
    turn: int
    """What comes with a lower one than is known is late."""


class BuyerLevelSet(Message, to=CATALOG_BUYER_EVENTS, key="buyer_id"):
    """A buyer's level from now on."""

    buyer_id: BuyerId
    level: Level | None
    """That holds: the one that was given to it, or else the one that it earned, or else the lowest."""
    earned: Level | None = None


class TakeTrial(Message, to=CATALOG_TRIAL_INBOX, key="trial_id"):
    """An order for a half-price trial (五折试销) was placed. A buyer has one of each offer: see `trial_id`."""

    trial_id: TrialId
    buyer_id: BuyerId
    offer_id: OfferId
    order_id: OrderId


class ReturnTrial(Message, to=CATALOG_TRIAL_INBOX, key="trial_id"):
    """The order came to nothing: the trial may be had again."""

    trial_id: TrialId
    order_id: OrderId


class TrialChanged(Message, to=CATALOG_TRIAL_EVENTS, key="trial_id"):
    """Whether a buyer has had its trial of an offer, from now on."""

    trial_id: TrialId
    buyer_id: BuyerId
    offer_id: OfferId
    taken: bool


def trial_id(buyer_id: BuyerId, offer_id: OfferId) -> TrialId:
    """The id of a buyer's trial of an offer."""
    asked = f"{len(buyer_id)}:{buyer_id}{offer_id}".encode()
    return TrialId(f"trl_{blake2b(asked, digest_size=16).hexdigest()}")


class ProgrammeTerms(Value):
    """A programme over several suppliers (跨店累计): what a buyer takes of them together chooses each one's range."""

    name: ShortText
    suppliers: Annotated[tuple[SupplierId, ...], Field(min_length=1, max_length=500)]
    starts_at: UtcTime | None = None
    ends_at: UtcTime | None = None
    """From `starts_at` on and before `ends_at`; None: no bound on that side."""


class SetProgramme(ProgrammeTerms, Message, to=CATALOG_PROGRAMME_INBOX, key="programme_id"):
    """Make a programme, or replace it. Answered by `Done` or `Refused`."""

    programme_id: ProgrammeId
    change_id: Key
    reply_to: ReplyTo | None = None


class ProgrammeSet(ProgrammeTerms, Message, to=CATALOG_PROGRAMME_EVENTS, key="programme_id"):
    """What a programme says from now on."""

    programme_id: ProgrammeId


class RebuildSearch(Message, to=CATALOG_SEARCH_REQUESTS, key="request_id"):
    """Build the search index anew from all stored offers and suppliers, in every process of the catalog.

    What is there goes on answering until the new one has caught up. Nobody answers this; `/readyz` tells how far it is.
    """

    request_id: Key
    reason: ShortText = ""
    """For the log."""
