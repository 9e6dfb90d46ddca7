// The page's words in both languages. `say` fills {names}; what comes from events is never looked up as HTML.

const ENGLISH = {
  skips: "Skip links", skipRiver: "To the orders", skipLate: "To late parcels", skipNewest: "To the newest events",
  connecting: "Connecting", live: "Live", stale: "Stale", offline: "Offline",
  staleFor: "silent for {seconds} s", offlineFor: "for {seconds} s",
  find: "Open an order by its id", findHint: "Order id", findDo: "Open",
  pause: "Pause", resume: "Resume", otherLanguage: "中文",
  themeAuto: "Theme: auto", themeLight: "Theme: light", themeDark: "Theme: dark",
  riverName: "Orders from placing to completion",
  placed: "Placed", confirmed: "Confirmed", paid: "Paid", shipped: "Shipped", delivered: "Delivered",
  completed: "Completed", refused: "Refused", cancelled: "Cancelled", expired: "Expired", reserving: "Placed",
  accepted: "Accepted", packed: "Packed", created: "Parcel planned", collected: "Collected", in_transit: "In transit",
  out_for_delivery: "Out for delivery", delayed: "Delayed",
  perSecond: "{rate}/s", orderOpens: "Order {id}, {stage}, {amount}, {city}", lateMark: "late",
  emptyTitle: "The river is still.", emptyBefore: "No order has moved since this page opened. Run",
  emptyAfter: "to send 500 orders from source to sea.",
  money: "Money", inTransit: "in transit", paidTotal: "Paid in", settledTotal: "Settled",
  aside: "Left the river", late: "Late parcels", lateNone: "Every parcel heard of keeps its promise.",
  latePromise: "+{hours} h, now {promise}",
  lateOpens: "Parcel {shipment} is late: {reason}. {promise}. Opens order {id}.",
  restock: "Restock", restockNone: "No SKU has sold past its threshold.", restockText: "sold {sold}, past {threshold}",
  newest: "Newest", since: "Events counted: {events}, the oldest of {time}. Nothing here is kept when the page closes.",
  sinceNone: "Nothing has been heard yet.", close: "Close",
  OrderPlaced: "placed", OrderConfirmed: "confirmed", OrderRefused: "refused", OrderPaid: "paid",
  OrderShipped: "shipped", OrderDelivered: "delivered", OrderAccepted: "accepted", OrderCompleted: "completed",
  OrderCancelled: "cancelled", OrderExpired: "expired", ShipmentCreated: "parcel planned", ShipmentPacked: "packed",
  ShipmentMoved: "moved", ShipmentDelayed: "delayed", TrackingRefused: "report refused", RestockSuggested: "restock",
  order: "Order", orderLoading: "Looking the order up…", orderUnknown: "There is no order {id}.",
  orderFailed: "The order could not be looked up ({why}).", tryAgain: "Try again",
  goods: "Goods", sku: "SKU", pieces: "Pieces", unitPrice: "Unit price", lineTotal: "Sum", total: "Total",
  buyer: "Buyer", supplier: "Supplier", city: "City", paidFen: "Paid", settledFen: "Settled", payBy: "Pay by",
  acceptBy: "Accept by", refusal: "Refused because", parcels: "Parcels", life: "Its life",
  parcelFrom: "from {warehouse} with {carrier}", promised: "promised for {time}", weight: "{kg} kg",
  heldAt: "{pieces} × {sku} in {warehouse}", held: "Held", heardLater: "heard {seconds} s later",
  toldRestock: "Restock: {sku} sold {sold}.", toldRestockMany: "{count} new restock alerts.",
  toldOffline: "Connection lost.", toldLive: "Live again.",
};

const CHINESE = {
  skips: "跳转", skipRiver: "跳到订单", skipLate: "跳到延误包裹", skipNewest: "跳到最新事件",
  connecting: "连接中", live: "实时", stale: "停滞", offline: "离线",
  staleFor: "已静默 {seconds} 秒", offlineFor: "已 {seconds} 秒",
  find: "按编号打开订单", findHint: "订单编号", findDo: "打开",
  pause: "暂停", resume: "继续", otherLanguage: "English",
  themeAuto: "主题：自动", themeLight: "主题：浅色", themeDark: "主题：深色",
  riverName: "从下单到完成的订单",
  placed: "已下单", confirmed: "待付款", paid: "待发货", shipped: "运输中", delivered: "已送达", completed: "已完成",
  refused: "已拒单", cancelled: "已取消", expired: "已过期", reserving: "已下单",
  "did.confirmed": "已确认", "did.paid": "已付款", "did.shipped": "已发货", "did.delivered": "已签收",
  accepted: "已确认收货", packed: "已打包", created: "已安排包裹", collected: "已揽收", in_transit: "在途",
  out_for_delivery: "派送中", delayed: "延误",
  perSecond: "{rate}/秒", orderOpens: "订单 {id}，{stage}，{amount}，{city}", lateMark: "延误",
  emptyTitle: "河水静止。", emptyBefore: "自打开本页以来没有订单流动。运行",
  emptyAfter: "，让 500 个订单从源头流向大海。",
  money: "资金", inTransit: "在途", paidTotal: "已付入", settledTotal: "已结算",
  aside: "离开河道", late: "延误包裹", lateNone: "目前所有包裹都能按时送达。",
  latePromise: "+{hours} 小时，预计 {promise}",
  lateOpens: "包裹 {shipment} 延误：{reason}。{promise}。打开订单 {id}。",
  restock: "补货提醒", restockNone: "没有 SKU 的销量越过阈值。", restockText: "已售 {sold}，超过 {threshold}",
  newest: "最新事件", since: "已统计事件：{events}，最早 {time}。关闭页面后不保留。",
  sinceNone: "尚未收到任何事件。", close: "关闭",
  OrderPlaced: "下单", OrderConfirmed: "确认", OrderRefused: "拒单", OrderPaid: "付款", OrderShipped: "发货",
  OrderDelivered: "送达", OrderAccepted: "确认收货", OrderCompleted: "完成", OrderCancelled: "取消",
  OrderExpired: "过期", ShipmentCreated: "安排包裹", ShipmentPacked: "打包", ShipmentMoved: "运输",
  ShipmentDelayed: "延误", TrackingRefused: "轨迹被拒", RestockSuggested: "补货",
  order: "订单", orderLoading: "正在查询订单…", orderUnknown: "没有订单 {id}。",
  orderFailed: "无法查询该订单（{why}）。", tryAgain: "重试",
  goods: "货品", sku: "SKU", pieces: "件数", unitPrice: "单价", lineTotal: "小计", total: "合计",
  buyer: "买家", supplier: "供应商", city: "城市", paidFen: "已付", settledFen: "已结算", payBy: "付款截止",
  acceptBy: "收货截止", refusal: "拒单原因", parcels: "包裹", life: "订单历程",
  parcelFrom: "{warehouse} 发出，{carrier} 承运", promised: "预计 {time} 送达", weight: "{kg} 千克",
  heldAt: "{sku} × {pieces}，{warehouse}", held: "备货", heardLater: "{seconds} 秒后收到",
  toldRestock: "补货：{sku} 已售 {sold}。", toldRestockMany: "{count} 条新的补货提醒。",
  toldOffline: "连接已断开。", toldLive: "已恢复实时。",
};

export const language = () => (document.documentElement.lang.startsWith("zh") ? "zh" : "en");

/** The words for a key, with {names} filled in; an unknown key is shown as it is. */
export function say(key, values = {}) {
  const text = (language() === "zh" ? CHINESE : ENGLISH)[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** What happened to an order, where that has other words than the state it led to. */
export const did = (what) => (language() === "zh" && CHINESE[`did.${what}`]) || say(what);

/** Says again everything that the markup names by data-say, data-aria and data-hint. */
export function sayAll(root = document) {
  for (const node of root.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of root.querySelectorAll("[data-aria]")) node.setAttribute("aria-label", say(node.dataset.aria));
  for (const node of root.querySelectorAll("[data-hint]")) node.placeholder = say(node.dataset.hint);
}
