// One lane per stage: its name, how many orders wait there, how fast they come, and the newest of them.
import { perSecond, ago, shortId, whole, yuan } from "./format.js";
import { ASIDE, COURSE } from "./orders.js";
import { Rows, make, tell } from "./rows.js";
import { say } from "./words.js";

const SLOTS = 7;

/** Builds the lanes; `open(id)` is called when an order is chosen. */
export function lanes(board, list, aside, open) {
  const course = COURSE.map((stage) => lane(stage, list, open));
  const left = ASIDE.map((stage) => sideLane(stage, aside, open));
  board.addEventListener("keydown", (event) => step(event, course));
  return {
    heads: course.map((one) => one.head),
    show(orders) {
      for (const one of course) one.show(orders);
      for (const one of left) one.show(orders);
    },
  };
}

function lane(stage, list, open) {
  const name = make("h2", "lane-name");
  const count = make("p", "lane-count");
  const rate = make("p", "lane-rate");
  const head = make("div", "lane-head", name, count, rate);
  const orders = make("ul", "rows lane-orders");
  list.append(make("li", `lane lane-${stage}`, head, orders));
  const rows = new Rows(orders, SLOTS, { build: (row) => slot(row, open), fill: (row, order) => fill(row, order, stage), key: (order) => order.id });
  return {
    head,
    rows,
    show(model) {
      tell(name, say(stage));
      tell(count, whole(model.count[stage]));
      rated(rate, model.rate[stage].at(model.now()));
      rows.now = model.now();
      for (const row of rows.rows) row.now = rows.now;
      rows.show(model.latest[stage]);
    },
  };
}

function rated(node, rate) {
  tell(node, say("perSecond", { rate: perSecond(rate) }));
  node.classList.toggle("idle", rate === 0);
}

function slot(row, open) {
  row.id = make("span", "slot-id");
  row.amount = make("span", "slot-amount");
  row.city = make("span", "slot-city");
  row.age = make("span", "slot-age");
  row.button = make("button", "slot", row.id, row.amount, row.city, row.age);
  row.button.type = "button";
  row.button.addEventListener("click", () => open(row.item.id));
  row.node.append(row.button);
}

function fill(row, order, stage) {
  const amount = order.total === null ? "" : yuan(order.total);
  tell(row.id, shortId(order.id));
  tell(row.amount, amount);
  const moved = order.stage !== stage;
  tell(row.city, moved ? `→ ${say(order.stage)}` : order.late ? say("lateMark") : order.city);
  row.city.classList.toggle("warn", order.late && !moved);
  tell(row.age, ago(row.now - order.at));
  const label = say("orderOpens", { id: order.id, stage: say(order.stage), amount, city: order.city });
  if (row.button.getAttribute("aria-label") !== label) row.button.setAttribute("aria-label", label);
}

function sideLane(stage, list, open) {
  const name = make("span", "aside-name");
  const count = make("span", "aside-count");
  const last = make("button", "aside-last");
  last.type = "button";
  let order = null;
  last.addEventListener("click", () => order && open(order.id));
  list.append(make("li", "aside", name, last, count));
  return {
    show(model) {
      tell(name, say(stage));
      tell(count, whole(model.count[stage]));
      if (!last.matches(":hover, :focus")) order = model.latest[stage][0] ?? null;
      last.hidden = order === null;
      if (order) tell(last, shortId(order.id));
      if (order) last.setAttribute("aria-label", say("orderOpens", { id: order.id, stage: say(stage), amount: order.total === null ? "" : yuan(order.total), city: order.city }));
    },
  };
}

// Arrow keys walk over the orders: up and down within a lane, left and right between lanes.
function step(event, course) {
  const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const way = ways[event.key];
  if (!way || !event.target.matches(".slot")) return;
  let at = course.findIndex((one) => one.rows.rows.some((row) => row.button === event.target));
  let index = course[at].rows.rows.findIndex((row) => row.button === event.target);
  index += way[1];
  for (at += way[0]; course[at]; at += way[0]) {
    const shown = course[at].rows.rows.filter((row) => !row.node.hidden);
    if (shown.length) {
      const row = shown[Math.min(index, shown.length - 1)];
      if (index >= 0) row.button.focus();
      event.preventDefault();
      return;
    }
    if (!way[0]) return;
  }
}
