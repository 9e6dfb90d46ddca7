// What stands beside the river: money, late parcels, restock alerts, the newest events.
import { clock, day, perSecond, shortId, whole, yuan } from "./format.js";
import { Rows, make, tell } from "./rows.js";
import { say } from "./words.js";

const part = (name) => document.getElementById(name);

export function money(orders) {
  const { paid, settled, transit } = orders.money;
  tell(part("money-transit"), yuan(transit));
  tell(part("money-paid"), yuan(paid));
  tell(part("money-settled"), yuan(settled));
  part("money-flow").style.width = `${paid ? Math.min(100, (100 * (paid - transit)) / paid) : 0}%`;
}

/** Parcels that will be late: why, by how much, and the new promise. */
export function lateParcels(open) {
  const rows = new Rows(part("late-rows"), 8, {
    key: (parcel) => parcel.shipment_id,
    build: (row) => {
      row.why = make("strong", "row-main");
      row.promise = make("span", "row-sub");
      row.id = make("span", "row-id");
      row.button = opener(row, () => open(String(row.item.order_id)), row.why, row.id, row.promise);
    },
    fill: (row, parcel) => {
      const promise = say("latePromise", { hours: whole(parcel.delay_hours), promise: day(parcel.promised_at) });
      tell(row.why, parcel.reason);
      tell(row.promise, promise);
      tell(row.id, shortId(parcel.order_id));
      label(row.button, say("lateOpens", { shipment: parcel.shipment_id, reason: parcel.reason, promise, id: parcel.order_id }));
    },
  });
  return (orders) => {
    tell(part("late-count"), orders.late.size ? whole(orders.late.size) : "");
    part("late-none").hidden = orders.late.size > 0;
    rows.show([...orders.late.values()].reverse());
  };
}

/** SKUs that sold past a threshold. */
export function restock() {
  const rows = new Rows(part("restock-rows"), 8, {
    key: (alert) => `${alert.sku_id}/${alert.threshold}`,
    build: (row) => {
      row.sku = make("strong", "row-main");
      row.sold = make("span", "row-sub");
      row.time = make("span", "row-id");
      row.node.append(make("div", "row-plain", row.sku, row.time, row.sold));
    },
    fill: (row, alert) => {
      tell(row.sku, alert.sku_id);
      tell(row.sold, say("restockText", { sold: whole(alert.sold), threshold: whole(alert.threshold) }));
      tell(row.time, clock(alert.at));
    },
  });
  return (orders) => {
    tell(part("restock-count"), orders.alerts.size ? whole(orders.alerts.size) : "");
    part("restock-none").hidden = orders.alerts.size > 0;
    rows.show([...orders.alerts.values()].reverse());
  };
}

/** The newest events as they tick. */
export function newest(open) {
  const rows = new Rows(part("newest-rows"), 14, {
    key: (event) => event.number,
    build: (row) => {
      row.time = make("span", "tick-time");
      row.what = make("span", "tick-what");
      row.gist = make("span", "tick-gist");
      row.button = opener(row, () => row.item.data.order_id && open(String(row.item.data.order_id)), row.time, row.what, row.gist);
    },
    fill: (row, event) => {
      tell(row.time, clock(event.at));
      tell(row.what, say(event.type));
      tell(row.gist, gist(event));
      row.button.disabled = !event.data.order_id;
      row.node.classList.toggle("warned", WARNINGS.has(event.type));
    },
  });
  return (orders) => {
    tell(part("newest-rate"), say("perSecond", { rate: perSecond(orders.rate.all.at(orders.now())) }));
    rows.show(orders.newest);
  };
}

const WARNINGS = new Set(["ShipmentDelayed", "TrackingRefused", "RestockSuggested", "OrderRefused"]);

function gist({ type, key, data }) {
  const amount = data.amount_fen ?? data.settled_fen ?? data.total_fen;
  if (amount !== undefined) return `${shortId(key)} ${yuan(amount)}`;
  if (type === "ShipmentMoved") return `${shortId(data.order_id)} ${say(data.status)} ${data.place ?? ""}`;
  if (type === "RestockSuggested") return key;
  return `${shortId(data.order_id ?? key)} ${data.reason ?? data.detail ?? data.warehouse_id ?? ""}`;
}

function opener(row, act, ...parts) {
  const button = make("button", "row-button", ...parts);
  button.type = "button";
  button.addEventListener("click", act);
  row.node.append(button);
  return button;
}

function label(node, words) {
  if (node.getAttribute("aria-label") !== words) node.setAttribute("aria-label", words);
}
