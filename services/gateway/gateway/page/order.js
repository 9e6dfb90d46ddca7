// The life of one order, in a dialog: its history and its parcels' scans on one line of time.
import { clock, day, whole, yuan } from "./format.js";
import { make } from "./rows.js";
import { did, say } from "./words.js";

const HEADERS = { "X-Account": "operator", Accept: "application/json" };
const part = (name) => document.getElementById(name);
const AGAIN_MS = 800;
const LATER_S = 5;

export class OrderSheet {
  constructor() {
    this.dialog = part("order");
    this.id = null;
    this.dialog.addEventListener("close", () => (this.id = null));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    part("order-close").addEventListener("click", () => this.dialog.close());
  }

  open(id) {
    this.id = id;
    this.found = null;
    part("order-id").textContent = id;
    this.title(null);
    this.body(make("p", "quiet", say("orderLoading")));
    if (!this.dialog.open) this.dialog.showModal();
    part("order-name").focus();
    this.load();
  }

  /** An event came: when it is about the shown order, look it up again, at most about once a second. */
  heard(event) {
    if (!this.id || event.data?.order_id !== this.id || this.waiting) return;
    this.waiting = setTimeout(() => {
      this.waiting = null;
      if (this.id) this.load();
    }, AGAIN_MS);
  }

  /** Shows what was found again, in the language chosen now. */
  again() {
    if (this.id && this.found) this.show(...this.found);
  }

  async load() {
    const id = this.id;
    try {
      const path = `/v1/orders/${encodeURIComponent(id)}`;
      const [order, track] = await Promise.all([look(path), look(`${path}/track`).catch(() => null)]);
      if (this.id === id) this.show(order, track?.shipments ?? []);
    } catch (problem) {
      if (this.id === id && !this.found) this.fail(problem);
    }
  }

  fail(problem) {
    const words = problem.status === 404 ? say("orderUnknown", { id: this.id }) : say("orderFailed", { why: problem.message });
    const again = make("button", "", say("tryAgain"));
    again.type = "button";
    again.addEventListener("click", () => this.open(this.id));
    this.title(null);
    this.body(make("p", "problem", words), again);
  }

  title(order) {
    part("order-name").textContent = order ? `${say("order")} · ${say(order.status)}` : say("order");
  }

  show(order, shipments) {
    this.found = [order, shipments];
    this.title(order);
    this.body(facts(order), goods(order), parcels(shipments), life(order, shipments));
  }

  body(...parts) {
    part("order-body").replaceChildren(...parts.filter(Boolean));
  }
}

async function look(path) {
  const answer = await fetch(path, { headers: HEADERS });
  if (answer.ok) return answer.json();
  throw Object.assign(new Error(`HTTP ${answer.status}`), { status: answer.status });
}

function facts(order) {
  const waiting = { confirmed: ["payBy", day(order.pay_by)], delivered: ["acceptBy", day(order.accept_by)] }[order.status];
  const pairs = [
    ["total", yuan(order.total_fen)], ["paidFen", yuan(order.paid_fen)], ["settledFen", yuan(order.settled_fen)],
    ["buyer", order.buyer_id], ["supplier", order.supplier_id], ["city", order.city], waiting,
    order.refusal ? ["refusal", order.refusal] : null,
  ];
  const rows = pairs.filter(Boolean).map(([name, value]) => make("div", "", make("dt", "", say(name)), make("dd", "", String(value ?? "–"))));
  return make("dl", "facts", ...rows);
}

function goods(order) {
  const heads = ["sku", "pieces", "unitPrice", "lineTotal"].map((name) => cell("th", say(name)));
  const rows = (order.lines ?? []).map((line) =>
    make("tr", "", cell("td", line.sku_id), cell("td", whole(line.quantity)), cell("td", yuan(line.unit_price_fen)),
      cell("td", yuan(line.quantity * line.unit_price_fen))),
  );
  const table = make("table", "goods", make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...rows));
  const held = (order.allocations ?? []).map((one) =>
    make("li", "", say("heldAt", { pieces: whole(one.pieces), sku: one.sku_id, warehouse: one.warehouse_id })));
  const box = make("div", "table-box", table);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", say("goods"));
  return make("section", "", make("h3", "", say("goods")), box,
    held.length ? make("p", "quiet", say("held")) : null, held.length ? make("ul", "held", ...held) : null);
}

function cell(tag, text) {
  const node = make(tag, "", String(text));
  if (tag === "th") node.scope = "col";
  return node;
}

function parcels(shipments) {
  if (!shipments.length) return null;
  const items = shipments.map((one) => {
    const weight = one.weight_g ? say("weight", { kg: (one.weight_g / 1000).toFixed(1) }) : null;
    const words = [say("parcelFrom", { warehouse: one.warehouse_id, carrier: one.carrier_id }), say("promised", { time: day(one.promised_at) }), weight];
    return make("li", "", make("span", "parcel-id", one.shipment_id), make("span", "", say(one.status)), make("span", "quiet", words.filter(Boolean).join(" · ")));
  });
  return make("section", "", make("h3", "", say("parcels")), make("ul", "parcels", ...items));
}

function life(order, shipments) {
  const steps = (order.history ?? []).map((step) => ({ at: step.at, what: step.what, note: step.note, kind: "step" }));
  const scans = shipments.flatMap((one) =>
    (one.scans ?? []).map((scan) => ({ at: scan.occurred_at, what: scan.status, note: scan.note, place: scan.place, kind: "scan", later: later(scan) })));
  const all = [...steps, ...scans].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  return make("section", "", make("h3", "", say("life")), make("ol", "life", ...all.map(moment)));
}

const later = (scan) => Math.round((Date.parse(scan.heard_at) - Date.parse(scan.occurred_at)) / 1000) || 0;

function moment(one) {
  const time = make("time", "", clock(one.at));
  if (one.at) time.dateTime = one.at;
  time.title = day(one.at);
  const what = make("span", "life-what", did(one.what));
  const beside = [one.place, one.note, one.later > LATER_S ? say("heardLater", { seconds: whole(one.later) }) : null];
  const words = beside.filter(Boolean).join(" · ");
  const item = make("li", `life-${one.kind}`, time, what, words ? make("span", "life-note", words) : null);
  item.classList.toggle("warned", ["delayed", "refused", "cancelled", "expired"].includes(one.what));
  return item;
}
