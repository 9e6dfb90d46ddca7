// What the events tell, in bounded memory: where each order is, money, late parcels, alerts, the newest events.

export const COURSE = ["placed", "confirmed", "paid", "shipped", "delivered", "completed"];
export const ASIDE = ["refused", "cancelled", "expired"];
const STAGES = [...COURSE, ...ASIDE];
const ENDS = new Set(["completed", ...ASIDE]);

const MOVES = {
  OrderPlaced: "placed", OrderConfirmed: "confirmed", OrderPaid: "paid", OrderShipped: "shipped",
  OrderDelivered: "delivered", OrderCompleted: "completed", OrderRefused: "refused", OrderCancelled: "cancelled",
  OrderExpired: "expired",
};

const MOST_ORDERS = 50_000;
const MOST_ENDED = 5_000;
const MOST_LATE = 500;
const MOST_ALERTS = 100;
const NEWEST = 60;
const SHOWN = 12;
const WINDOW_S = 10;

/** Events per second over the last ten seconds, by the time the events carry. */
export class Rate {
  buckets = new Array(WINDOW_S + 1).fill(0);
  second = 0;

  count(at) {
    const second = Math.floor(at / 1000);
    this.turn(second);
    if (second > this.second - this.buckets.length) this.buckets[second % this.buckets.length] += 1;
  }

  turn(second) {
    if (second <= this.second) return;
    const steps = Math.min(second - this.second, this.buckets.length);
    for (let step = 0; step < steps; step += 1) this.buckets[(second - step) % this.buckets.length] = 0;
    this.second = second;
  }

  at(now) {
    this.turn(Math.floor(now / 1000));
    return this.buckets.reduce((sum, count) => sum + count, 0) / WINDOW_S;
  }
}

export class Orders {
  going = new Map();
  ended = new Map();
  late = new Map();
  alerts = new Map();
  newest = [];
  heard = 0;
  oldest = null;
  count = Object.fromEntries(STAGES.map((stage) => [stage, 0]));
  rate = Object.fromEntries([...STAGES, "all"].map((name) => [name, new Rate()]));
  latest = Object.fromEntries(STAGES.map((stage) => [stage, []]));
  money = { paid: 0, settled: 0, transit: 0 };
  clock = { server: 0, here: 0 };

  /** Takes one event in. Returns `{from, to}` when an order moved, else null. */
  apply(event) {
    const at = Date.parse(event.at) || 0;
    if (at > this.now()) this.clock = { server: at, here: performance.now() };
    if (event.type === "heartbeat") return null;
    const data = event.data ?? {};
    this.heard += 1;
    this.oldest = this.oldest === null ? at : Math.min(this.oldest, at);
    this.rate.all.count(at);
    this.newest.unshift({ type: event.type, key: event.key, at, data, number: this.heard });
    if (this.newest.length > NEWEST) this.newest.length = NEWEST;
    const stage = MOVES[event.type];
    return stage ? this.move(data, stage, at) : this.note(event.type, data, at);
  }

  /** The server's time, as far as its newest event or heartbeat tells. */
  now() {
    return this.clock.server ? this.clock.server + performance.now() - this.clock.here : 0;
  }

  get(id) {
    return this.going.get(id) ?? this.ended.get(id);
  }

  move(data, stage, at) {
    const id = String(data.order_id);
    const order = this.get(id) ?? { id, stage: null, total: null, paid: 0, city: "", late: false, at };
    if (ENDS.has(order.stage) || (order.stage && STAGES.indexOf(stage) <= STAGES.indexOf(order.stage))) return null;
    const from = order.stage;
    if (from) this.leave(order);
    Object.assign(order, { stage, at, total: data.total_fen ?? data.amount_fen ?? order.total ?? data.settled_fen ?? null, city: data.city ?? order.city });
    this.pay(order, data);
    this.count[stage] += 1;
    this.rate[stage].count(at);
    this.show(order);
    this.keep(order);
    return { from, to: stage };
  }

  leave(order) {
    this.count[order.stage] -= 1;
    const shown = this.latest[order.stage];
    const place = shown.indexOf(order);
    if (place >= 0) shown.splice(place, 1);
  }

  show(order) {
    const shown = this.latest[order.stage];
    shown.unshift(order);
    if (shown.length > SHOWN) shown.length = SHOWN;
  }

  keep(order) {
    this.going.delete(order.id);
    const [kept, most] = ENDS.has(order.stage) ? [this.ended, MOST_ENDED] : [this.going, MOST_ORDERS];
    kept.set(order.id, order);
    if (kept.size <= most) return;
    const oldest = kept.values().next().value;
    kept.delete(oldest.id);
    if (kept === this.going) this.leave(oldest);
  }

  pay(order, data) {
    if (order.stage === "paid") {
      order.paid = Number(data.amount_fen) || 0;
      this.money.paid += order.paid;
      this.money.transit += order.paid;
    }
    if (order.stage === "completed") {
      const settled = Number(data.settled_fen) || 0;
      this.money.settled += settled;
      this.money.transit -= order.paid;
      // What is settled was paid in, also when that happened before the page listened.
      if (!order.paid) this.money.paid += settled;
    }
  }

  note(type, data, at) {
    if (type === "ShipmentDelayed") this.delay(data, at);
    if (type === "ShipmentMoved" && data.status === "delivered") this.arrive(data);
    if (type === "RestockSuggested") keepNewest(this.alerts, String(data.sku_id), { ...data, at }, MOST_ALERTS);
    return null;
  }

  delay(data, at) {
    keepNewest(this.late, String(data.shipment_id), { ...data, at }, MOST_LATE);
    const order = this.get(String(data.order_id));
    if (order) order.late = true;
  }

  arrive(data) {
    if (!this.late.delete(String(data.shipment_id))) return;
    const order = this.get(String(data.order_id));
    if (order) order.late = [...this.late.values()].some((parcel) => parcel.order_id === order.id);
  }
}

function keepNewest(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value);
}
