"""Logistics: stock of a SKU over its origin warehouses (产地仓), shipments, and what partners are told and tell."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headwater.contracts.base import (
    Address,
    BuyerId,
    CarrierId,
    EnrolmentId,
    Key,
    Message,
    OrderId,
    Pieces,
    ReplyTo,
    ShipmentId,
    ShortText,
    SkuId,
    SupplierId,
    UtcTime,
    Value,
    WarehouseId,
)
from headwater.contracts.campaigns import CampaignRun
from headwater.contracts.orders import Allocation, Destination
from headwater.contracts.topics import (
    SHIPMENT_EVENTS,
    SHIPMENT_INBOX,
    STOCK_EVENTS,
    STOCK_INBOX,
    carrier_dispatches,
    carrier_tracking,
    warehouse_reports,
    warehouse_tasks,
)

# --- stock ---------------------------------------------------------------------------------------------------------


class ReceiveStock(Message, to=STOCK_INBOX, key="sku_id"):
    """Goods arrived from the factory (入库). The same `receipt_id` counts once. Answered by `Done` or `Refused`."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    pieces: Pieces
    receipt_id: Key
    reply_to: ReplyTo | None = None


class ReserveStock(Message, to=STOCK_INBOX, key="sku_id"):
    """Hold pieces for an order, for delivery to `city`. Answered by `StockReserved` or `StockRefused`.

    `enrolment_id`: of those that are set aside for it, and of no others; then `buyer_id` says for whom.
    """

    sku_id: SkuId
    order_id: OrderId
    pieces: Pieces
    city: ShortText
    reply_to: ReplyTo
    enrolment_id: EnrolmentId | None = None
    buyer_id: BuyerId | None = None


class ReleaseStock(Message, to=STOCK_INBOX, key="sku_id"):
    """Give back what is held for an order: in one warehouse, or in all. Nothing held is nothing to do."""

    sku_id: SkuId
    order_id: OrderId
    warehouse_id: WarehouseId | None = None


class PickStock(Message, to=STOCK_INBOX, key="sku_id"):
    """The pieces held for an order in a warehouse have left its shelves into a parcel (出库)."""

    sku_id: SkuId
    order_id: OrderId
    warehouse_id: WarehouseId
    pieces: Pieces
    shipment_id: ShipmentId


class TakeBackStock(Message, to=STOCK_INBOX, key="sku_id"):
    """Pieces of an order came back and were inspected (退货入库): some go on a shelf, others are written off (报损).

    Of an order the same `return_id` counts once, and no more comes back than went out.
    """

    sku_id: SkuId
    order_id: OrderId
    return_id: Key
    warehouse_id: WarehouseId
    restocked: Annotated[int, Field(ge=0, le=10**9, strict=True)]
    written_off: Annotated[int, Field(ge=0, le=10**9, strict=True)]


class StockReserved(Message):
    """Reply: these pieces are held, until they are picked or released."""

    sku_id: SkuId
    order_id: OrderId
    allocations: tuple[Allocation, ...]


class StockRefused(Message):
    """Reply: not enough to hold; `available` pieces are free at this moment."""

    sku_id: SkuId
    order_id: OrderId
    available: Annotated[int, Field(ge=0)]
    detail: str


class StockChanged(Message, to=STOCK_EVENTS, key="sku_id"):
    """The stock of a SKU in one warehouse from now on, in pieces; `available` is what is neither held nor gone."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    on_hand: Annotated[int, Field(ge=0)]
    available: Annotated[int, Field(ge=0)]
    cause: Literal["received", "reserved", "released", "picked"]
    aside: Annotated[int, Field(ge=0)] = 0
    """What is set aside for campaigns and not sold yet; not among the available."""


class SetStockAside(Message, to=STOCK_INBOX, key="sku_id"):
    """Keep pieces for the orders of a campaign, until its end. Answered by `StockSetAside` or `AsideRefused`.

    A `turn` counts once; a later one follows a return of the one before.
    """

    sku_id: SkuId
    enrolment_id: EnrolmentId
    turn: Annotated[int, Field(ge=1)]
    run: CampaignRun
    pieces: Pieces
    limit_per_buyer: Pieces | None = None
    reply_to: ReplyTo


class ReturnStockAside(Message, to=STOCK_INBOX, key="sku_id"):
    """Give what is left of a turn back to everyone. One that never was cannot be set aside any more."""

    sku_id: SkuId
    enrolment_id: EnrolmentId
    turn: Annotated[int, Field(ge=1)]
    run: CampaignRun


class StockSetAside(Message):
    """Reply: the pieces are kept for the campaign, by warehouse."""

    sku_id: SkuId
    enrolment_id: EnrolmentId
    turn: int


class AsideRefused(Message):
    """Reply: there are not enough free pieces to set aside, or the turn is over."""

    sku_id: SkuId
    enrolment_id: EnrolmentId
    turn: int
    detail: str


class AsideChanged(Message, to=STOCK_EVENTS, key="sku_id"):
    """What is set aside for an enrolment from now on. When it is over, `left` pieces were given back to everyone."""

    sku_id: SkuId
    enrolment_id: EnrolmentId
    turn: int
    cause: Literal["set_aside", "returned", "ended"]
    pieces: Annotated[int, Field(ge=0)]
    """That were set aside in all."""
    left: Annotated[int, Field(ge=0)]
    """Of them, not sold."""


# --- shipments -----------------------------------------------------------------------------------------------------

ShipmentStatus = Literal["created", "packed", "collected", "in_transit", "out_for_delivery", "delivered"]

TrackingStatus = Literal["collected", "in_transit", "delayed", "out_for_delivery", "delivered"]
"""What a carrier may say of a parcel (1688: ACCEPT, TRANSPORT, -, DELIVERING, SIGN)."""


class ParcelLine(Value):
    """Pieces of a SKU in one parcel."""

    sku_id: SkuId
    pieces: Pieces


class CreateShipment(Message, to=SHIPMENT_INBOX, key="shipment_id"):
    """Send the pieces that one warehouse holds for an order. `ShipmentProgress` tells `reply_to` how it goes."""

    shipment_id: ShipmentId
    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    warehouse_id: WarehouseId
    lines: Annotated[tuple[ParcelLine, ...], Field(min_length=1)]
    destination: Destination
    reply_to: ReplyTo


class RecordPacked(Message, to=SHIPMENT_INBOX, key="shipment_id"):
    """A warehouse says that the parcel is packed. `warehouse_id` is who said so, by the topic that it came on.

    `claimed_id` is who the report itself said that it came from, where that is somebody else.
    """

    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    event_id: Key
    weight_g: Annotated[int, Field(ge=1, le=10_000_000)]
    occurred_at: UtcTime
    claimed_id: Key | None = None


class RecordTracking(Message, to=SHIPMENT_INBOX, key="shipment_id"):
    """A carrier says where a parcel is. `carrier_id` is who said so, by the topic that it came on.

    `claimed_id` is who the report itself said that it came from, where that is somebody else.
    """

    shipment_id: ShipmentId
    carrier_id: CarrierId
    event_id: Key
    status: TrackingStatus
    occurred_at: UtcTime
    place: ShortText
    reason: ShortText | None = None
    delay_hours: Annotated[int, Field(ge=0, le=2400)] = 0
    claimed_id: Key | None = None


class RecallShipment(Message, to=SHIPMENT_INBOX, key="shipment_id"):
    """Stop a parcel, or have its carrier bring it back. `ParcelRecalled` tells `reply_to` what came of it."""

    shipment_id: ShipmentId
    order_id: OrderId
    reason: ShortText
    reply_to: ReplyTo


class RecordReturned(Message, to=SHIPMENT_INBOX, key="shipment_id"):
    """A carrier says that it has brought a parcel back. `carrier_id` is who said so, by the topic that it came on.

    `claimed_id` is who the report itself said that it came from, where that is somebody else.
    """

    shipment_id: ShipmentId
    carrier_id: CarrierId
    event_id: Key
    occurred_at: UtcTime
    claimed_id: Key | None = None


RecallOutcome = Literal["stopped", "returned", "delivered"]
"""stopped: the goods had not left their shelf, and are free again; returned: its carrier brought the parcel back to its
warehouse; delivered: it arrived all the same."""


class ParcelRecalled(Message):
    """Reply to who called a parcel back: what came of it. Of one that was delivered, `ShipmentProgress` may say it."""

    shipment_id: ShipmentId
    order_id: OrderId
    outcome: RecallOutcome


class ShipmentRecalled(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """A parcel that was called back is stopped, returned, or delivered all the same."""

    shipment_id: ShipmentId
    order_id: OrderId
    outcome: RecallOutcome


class ShipmentProgress(Message):
    """Reply to who asked for the shipment: it moved on."""

    shipment_id: ShipmentId
    order_id: OrderId
    status: ShipmentStatus
    at: UtcTime


class ShipmentCreated(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """A parcel will go from this warehouse with this carrier, and is promised for `promised_at`."""

    shipment_id: ShipmentId
    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    warehouse_id: WarehouseId
    carrier_id: CarrierId
    city: str
    lines: tuple[ParcelLine, ...]
    promised_at: UtcTime


class ShipmentPacked(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """The parcel is packed and its carrier has been told to collect it."""

    shipment_id: ShipmentId
    order_id: OrderId
    warehouse_id: WarehouseId
    weight_g: int


class ShipmentMoved(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """The parcel is further on its way (collected, in transit, out for delivery, delivered)."""

    shipment_id: ShipmentId
    order_id: OrderId
    status: ShipmentStatus
    occurred_at: UtcTime
    place: str


class ShipmentDelayed(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """The parcel will be late: why, by how much, and the new promise."""

    shipment_id: ShipmentId
    order_id: OrderId
    buyer_id: BuyerId
    supplier_id: SupplierId
    reason: str
    delay_hours: int
    promised_at: UtcTime


class TrackingRefused(Message, to=SHIPMENT_EVENTS, key="shipment_id"):
    """A partner reported on a parcel that is not its own; the report was recorded here and had no other effect."""

    shipment_id: ShipmentId
    partner_id: Key
    event_id: Key
    detail: str


# --- partners: what they read and write ----------------------------------------------------------------------------


class PackParcel(Message, key="shipment_id"):
    """To a warehouse: pick these pieces and pack them. Repeated tasks carry the same `shipment_id`."""

    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    lines: tuple[ParcelLine, ...]
    carrier_id: CarrierId

    def address(self) -> Address:
        """The warehouse's own tasks topic."""
        return Address(warehouse_tasks(self.warehouse_id), self.shipment_id)


class ParcelPacked(Message, key="shipment_id"):
    """From a warehouse: the parcel is packed. The same `event_id` counts once."""

    shipment_id: ShipmentId
    warehouse_id: WarehouseId
    event_id: Key
    weight_g: Annotated[int, Field(ge=1, le=10_000_000)]
    occurred_at: UtcTime

    def address(self) -> Address:
        """The warehouse's own reports topic."""
        return Address(warehouse_reports(self.warehouse_id), self.shipment_id)


class CollectParcel(Message, key="shipment_id"):
    """To a carrier: collect this parcel at the warehouse and bring it to its destination by `promised_at`."""

    shipment_id: ShipmentId
    carrier_id: CarrierId
    warehouse_id: WarehouseId
    weight_g: int
    destination: Destination
    promised_at: UtcTime

    def address(self) -> Address:
        """The carrier's own dispatches topic."""
        return Address(carrier_dispatches(self.carrier_id), self.shipment_id)


class ParcelTracked(Message, key="shipment_id"):
    """From a carrier: where the parcel is. The same `event_id` counts once; a late report never undoes a later one."""

    shipment_id: ShipmentId
    carrier_id: CarrierId
    event_id: Key
    status: TrackingStatus
    occurred_at: UtcTime
    place: ShortText
    reason: ShortText | None = None
    delay_hours: Annotated[int, Field(ge=0, le=2400)] = 0

    def address(self) -> Address:
        """The carrier's own tracking topic."""
        return Address(carrier_tracking(self.carrier_id), self.shipment_id)


class RecallParcel(Message, key="shipment_id"):
    """To a carrier: bring this parcel back to its warehouse and say `ParcelReturned`, or deliver it if it must be."""

    shipment_id: ShipmentId
    carrier_id: CarrierId
    warehouse_id: WarehouseId
    reason: ShortText

    def address(self) -> Address:
        """The carrier's own dispatches topic."""
        return Address(carrier_dispatches(self.carrier_id), self.shipment_id)


class ParcelReturned(Message, key="shipment_id"):
    """From a carrier: the parcel is back in its warehouse. A parcel that was delivered stays so."""

    shipment_id: ShipmentId
    carrier_id: CarrierId
    event_id: Key
    occurred_at: UtcTime

    def address(self) -> Address:
        """The carrier's own tracking topic."""
        return Address(carrier_tracking(self.carrier_id), self.shipment_id)
