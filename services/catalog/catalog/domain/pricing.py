"""Pricing: what a basket costs one buyer. Pure, and exact in fen: nothing is divided, but for the half of a trial.

**Goods.** The pieces of all SKUs of one offer add up (1688 counts an offer so): together they reach the minimum order
quantity, and together they choose the range of its ladder. With a ladder of 2: 1000 fen, 20: 900 fen, 200: 800 fen:

    basket                                    price of a piece   line totals
    L 1                                       refused: below the minimum of 2, add 1
    L 2                                       1000               2000
    L 10, M 9                                 1000               10000, 9000
    L 10, M 10                                 900               9000, 9000
    L 150, M 50                                800               120000, 40000
    L 10, and 12 in one hand (order_multiple)  refused: order 12

Then whatever makes it cheaper, the lowest price wins:

    beside it                                 price of a piece of L 10   why
    nothing                                   1000
    the buyer's price list says 2: 950         950               price_list, -50
    two price lists, 950 and 940               940               price_list, -60
    its price list says 2: 1100               1000               a list never makes it dearer
    quoted in a campaign (活动) at 700          700               campaign, -300: pieces that are set aside
    a programme (跨店累计) with 190 pieces of    800               programme, -200; the supplier gives the range of
    another supplier in the same basket                          200 pieces, the platform vouches for 10 x 200 fen
    below the minimum, but the basket has     1000               mixed_batch: the minimum is waived, the price stays
    the supplier's mixed batch (混批)                            that of the first range

A programme's sum counts for the range and not for the minimum: a factory that packs from 50 pieces on packs no 3.

**Other kinds.** They have one price each and no minimum:

    kind      price of a piece                may be ordered
    sample    the offer's sample price        one piece of a SKU, and few of it in all its orders
    trial     half the first range's price,   once, up to the offer's trial pieces over all its SKUs
              half a fen rounded up
    pool      the pool's price                in multiples of order_multiple; when the pool fills is the pool's matter

What holds of every basket, and is tested: a total is the sum of its lines; more pieces of anything never make a piece
dearer; two baskets never cost less than both in one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from catalog.domain.answers import Fault
from catalog.domain.offer import Offer
from headwater.contracts.base import OfferId, SkuId, SupplierId
from headwater.contracts.catalog import MixedBatch, PriceRange
from headwater.contracts.orders import OrderKind
from headwater.contracts.samples import MOST_SAMPLES

MOST_PIECES = 10**9
MOST_FEN = 10**15
"""What one line may cost, and one order: the published language counts no further (`Fen`)."""
_START = attrgetter("start_quantity")


Basket = Mapping[SkuId, int]
"""The pieces that are wanted, by SKU."""


class AgreedLadder(NamedTuple):
    """The ladder that a price list has for an offer."""

    name: str
    ranges: Sequence[PriceRange]


class CampaignPrice(NamedTuple):
    """What a campaign asks for a piece of an offer, and which of its SKUs have pieces set aside."""

    price_fen: int
    skus: Collection[SkuId]


class CampaignTerms(NamedTuple):
    """The campaign in which a basket is quoted: every line is of its set-aside pieces, or refused."""

    name: str
    offers: Mapping[OfferId, CampaignPrice]


class Terms(NamedTuple):
    """What holds for one buyer at one time, beside what the offers say."""

    ladders: Mapping[OfferId, Sequence[AgreedLadder]] = {}
    """Of the price lists that are the buyer's."""
    mixed: Mapping[SupplierId, MixedBatch] = {}
    programmes: Mapping[SupplierId, Sequence[str]] = {}
    """The names of those that run and that the supplier takes part in; suppliers of one name add up."""
    tried: Collection[OfferId] = ()
    """Of which the buyer has had its trial."""
    campaign: CampaignTerms | None = None
    """None: at the usual prices."""
    sampled: Mapping[SkuId, int] = {}
    """Pieces that the buyer has had as samples."""


class Reduction(NamedTuple):
    """Why a piece costs less than in the first range: so many fen, and a sentence for people."""

    code: str
    fen: int
    detail: str


class Price(NamedTuple):
    """What a piece costs in fen, and how that came. `list_fen` less all reductions is `unit_fen`."""

    unit_fen: int
    list_fen: int
    reductions: tuple[Reduction, ...] = ()
    vouched_fen: int = 0
    """What of a piece's reduction the platform vouches for to the supplier."""


class QuotedLine(NamedTuple):
    """A line with its price, or with the reason why it has none (`code` is stable, `detail` is for people)."""

    sku_id: SkuId
    quantity: int
    offer_id: OfferId | None = None
    supplier_id: SupplierId | None = None
    price: Price = Price(0, 0)
    total_fen: int = 0
    code: str = ""
    detail: str = ""


class Quote(NamedTuple):
    """All lines in the order asked for, and the total of those that have a price, in fen."""

    lines: tuple[QuotedLine, ...]
    total_fen: int


NO_TERMS = Terms()


def quote(basket: Basket, offers: Mapping[SkuId, Offer], terms: Terms = NO_TERMS, kind: OrderKind = "goods") -> Quote:
    """Price a basket. `offers` has the offer of each SKU that exists."""
    together, price_of = Together(basket, offers, terms, kind), PRICED[kind]
    prices: dict[OfferId, Price | Fault] = {}
    lines, total_fen = [], 0
    for sku_id, quantity, offer, fault in together.lines:
        if offer is None:
            detail = f"SKU {sku_id} is not listed; GET /v1/offers shows what is."
            lines.append(QuotedLine(sku_id, quantity, code="no_such_sku", detail=detail))
            continue
        id = offer.offer_id
        price = fault or prices.get(id)
        if price is None:
            price = prices[id] = price_of(offer, together)
        if isinstance(price, Price) and (total := price.unit_fen * quantity) <= MOST_FEN:
            lines.append(QuotedLine(sku_id, quantity, id, offer.supplier_id, price, total))
            total_fen += total
        else:
            lines.append(_refused(sku_id, quantity, offer, price))
    return Quote(tuple(lines), total_fen)


class Together:
    """What the lines of a basket add up to. A line that is refused counts for nothing."""

    def __init__(self, basket: Basket, offers: Mapping[SkuId, Offer], terms: Terms, kind: OrderKind) -> None:
        self.terms = terms
        self.pieces: defaultdict[OfferId, int] = defaultdict(int)
        self.lines: list[tuple[SkuId, int, Offer | None, Fault | None]] = []
        """Each with its offer, and with what is wrong with it whatever it costs."""
        self._bought: dict[OfferId, Offer] = {}
        pieces, bought, campaign = self.pieces, self._bought, terms.campaign
        for sku_id, quantity in basket.items():
            offer, fault = offers.get(sku_id), None
            if offer is not None:
                fault = _fault(sku_id, quantity, offer, kind)
                if campaign is not None and fault is None:
                    fault = _not_in_campaign(sku_id, offer, campaign)
                if kind == "sample" and fault is None:
                    fault = _sampled_before(sku_id, quantity, terms.sampled.get(sku_id, 0))
                pieces[offer.offer_id] += quantity if fault is None else 0
                bought[offer.offer_id] = offer
            self.lines.append((sku_id, quantity, offer, fault))
        self._in_programme = self._count_programmes() if terms.programmes else {}

    def _count_programmes(self) -> dict[str, int]:
        counted: defaultdict[str, int] = defaultdict(int)
        for offer in self._bought.values():
            for name in self.terms.programmes.get(offer.supplier_id, ()):
                counted[name] += self.pieces[offer.offer_id]
        return counted

    def programme(self, offer: Offer) -> tuple[str, int]:
        """The programme in which the supplier's goods count most here, and how many pieces; none is `("", 0)`."""
        names = self.terms.programmes.get(offer.supplier_id, ())
        return max(((name, self._in_programme[name]) for name in names), default=("", 0), key=lambda one: one[1])

    def is_mixed_batch(self, offer: Offer) -> bool:
        """Whether the basket reaches the mixed batch of the offer's supplier, by pieces or by money."""
        rule = self.terms.mixed.get(offer.supplier_id)
        if rule is None or not offer.mixed_batch:
            return False
        mixed = [
            (self.pieces[id], other)
            for id, other in self._bought.items()
            if other.supplier_id == offer.supplier_id and other.mixed_batch
        ]
        pieces = sum(pieces for pieces, _ in mixed)
        amount = sum(pieces * unit_price(other.price_ranges, pieces) for pieces, other in mixed)
        return (rule.pieces is not None and pieces >= rule.pieces) or (
            rule.amount_fen is not None and amount >= rule.amount_fen
        )


def unit_price(ranges: Sequence[PriceRange], pieces: int) -> int:
    """What a piece costs in fen when so many are bought; below the first range's start, what it costs there."""
    index = bisect_right(ranges, pieces, key=_START)
    return ranges[max(index - 1, 0)].price_fen


# --- a price by kind -------------------------------------------------------------------------------------------------


def _goods(offer: Offer, together: Together) -> Price | Fault:
    pieces = together.pieces[offer.offer_id]
    short = offer.min_order_quantity - pieces
    mixed = short > 0 and together.is_mixed_batch(offer)
    if short > 0 and not mixed:
        return "below_minimum", (
            f"{pieces} pieces of {offer.offer_id} are below its minimum of {offer.min_order_quantity}: add {short}."
        )
    first, unit = offer.price_ranges[0].price_fen, unit_price(offer.price_ranges, pieces)
    reductions = []
    if mixed:
        reductions.append(
            Reduction("mixed_batch", 0, f"A mixed batch waives the minimum of {offer.min_order_quantity}.")
        )
    if unit < first:
        reductions.append(Reduction("quantity", first - unit, f"{pieces} pieces of {offer.offer_id} together."))
    agreed = _agreed(offer, pieces, unit, together.terms)
    if agreed is not None:
        reductions.append(agreed)
        unit -= agreed.fen
    campaign = _campaign(offer, unit, together.terms.campaign)
    if campaign is not None:
        reductions.append(campaign)
        unit -= campaign.fen
    programme = _programme(offer, pieces, unit, together)
    if programme is not None:
        reductions.append(programme)
        unit -= programme.fen
    return Price(unit, first, tuple(reductions), programme.fen if programme else 0)


def _agreed(offer: Offer, pieces: int, unit: int, terms: Terms) -> Reduction | None:
    """What the best of the buyer's price lists takes off; a list that starts above these pieces does not count."""
    best = None
    for ladder in terms.ladders.get(offer.offer_id, ()):
        if pieces >= ladder.ranges[0].start_quantity and (price := unit_price(ladder.ranges, pieces)) < unit:
            best, unit = Reduction("price_list", 0, f"Price list {ladder.name}."), price
    return best and best._replace(fen=unit_price(offer.price_ranges, pieces) - unit)


def _campaign(offer: Offer, unit: int, campaign: CampaignTerms | None) -> Reduction | None:
    """What the campaign takes off; where the ladder or a price list is cheaper already, nothing."""
    if campaign is None or (price := campaign.offers[offer.offer_id].price_fen) >= unit:
        return None
    return Reduction("campaign", unit - price, f"Campaign {campaign.name}.")


def _programme(offer: Offer, pieces: int, unit: int, together: Together) -> Reduction | None:
    """What the range of the whole programme takes off a piece."""
    if not together.terms.programmes:
        return None
    name, in_all = together.programme(offer)
    tier = unit_price(offer.price_ranges, in_all) if in_all > pieces else unit
    if tier >= unit:
        return None
    return Reduction("programme", unit - tier, f"{in_all} pieces in programme {name}; the platform vouches for it.")


def _sample(offer: Offer, together: Together) -> Price | Fault:
    if offer.sample_price_fen is None:
        return "no_samples", f"Offer {offer.offer_id} has no samples: order its minimum of {offer.min_order_quantity}."
    return Price(offer.sample_price_fen, offer.sample_price_fen)


def _trial(offer: Offer, together: Together) -> Price | Fault:
    if offer.trial_pieces is None:
        return "no_trial", f"Offer {offer.offer_id} has no half-price trial."
    if offer.offer_id in together.terms.tried:
        return "tried_before", f"You have had your half-price trial of {offer.offer_id}: order it as goods."
    pieces = together.pieces[offer.offer_id]
    if pieces > offer.trial_pieces:
        return "beyond_trial", f"A trial of {offer.offer_id} is up to {offer.trial_pieces} pieces, not {pieces}."
    first = offer.price_ranges[0].price_fen
    half = (first + 1) // 2
    return Price(half, first, (Reduction("trial", first - half, "A trial is half the first price."),))


def _pool(offer: Offer, together: Together) -> Price | Fault:
    if offer.pool_price is None:
        return "no_pool", f"Offer {offer.offer_id} has no pool price."
    first, unit = offer.price_ranges[0].price_fen, offer.pool_price.price_fen
    if unit >= first:
        return Price(unit, unit)
    detail = f"A pool of {offer.pool_price.pieces} pieces."
    return Price(unit, first, (Reduction("pool", first - unit, detail),))


PRICED = {"goods": _goods, "sample": _sample, "trial": _trial, "pool": _pool}


# --- a line ----------------------------------------------------------------------------------------------------------


def _refused(sku_id: SkuId, quantity: int, offer: Offer, price: Price | Fault) -> QuotedLine:
    """A line without a price, or with one that comes to more than can be counted."""
    if isinstance(price, Price):
        code, detail = (
            "amount_too_large",
            (
                f"{quantity} pieces of {sku_id} at {price.unit_fen} fen are more than {MOST_FEN:,} fen: "
                f"order at most {MOST_FEN // price.unit_fen:,} pieces at this price."
            ),
        )
    else:
        code, detail = price
    return QuotedLine(sku_id, quantity, offer.offer_id, offer.supplier_id, code=code, detail=detail)


def _not_in_campaign(sku_id: SkuId, offer: Offer, campaign: CampaignTerms) -> Fault | None:
    enrolled = campaign.offers.get(offer.offer_id)
    if enrolled is not None and sku_id in enrolled.skus:
        return None
    name = campaign.name or "this campaign"
    return "not_in_campaign", f"SKU {sku_id} has no pieces in {name}, or it is over: order it without the campaign."


def _sampled_before(sku_id: SkuId, quantity: int, had: int) -> Fault | None:
    if had + quantity <= MOST_SAMPLES:
        return None
    return "sampled_before", f"You have had {had} samples of {sku_id}, which is the most: order it as goods or a trial."


def _fault(sku_id: SkuId, quantity: int, offer: Offer, kind: OrderKind) -> Fault | None:
    """That the SKU's offer is not listed, or what is wrong with the quantity itself."""
    if offer.status != "listed":
        return "delisted", f"Offer {offer.offer_id} of SKU {sku_id} is delisted: {offer.delisted_because}."
    if not 0 < quantity <= MOST_PIECES:
        return "bad_quantity", f"{quantity} pieces of {sku_id} cannot be ordered: from 1 to {MOST_PIECES:,}."
    if kind == "sample" and quantity > 1:
        return "one_sample_each", f"{quantity} pieces of {sku_id} are no sample: one piece of each SKU is."
    multiple = offer.order_multiple
    if multiple > 1 and quantity % multiple and kind in ("goods", "pool"):
        above = (quantity // multiple + 1) * multiple
        return "not_a_multiple", f"{sku_id} comes {multiple} in one hand: order {above} instead of {quantity}."
    return None
