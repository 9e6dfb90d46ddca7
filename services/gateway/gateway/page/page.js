// Ties the stream to what is seen. Events change the model at once; the page is drawn at most once per frame.
import { clock, whole } from "./format.js";
import { lanes } from "./lanes.js";
import { OrderSheet } from "./order.js";
import { COURSE, Orders } from "./orders.js";
import * as panels from "./panels.js";
import { River } from "./river.js";
import { tell } from "./rows.js";
import { Stream } from "./stream.js";
import { switches } from "./switches.js";
import { say } from "./words.js";

const part = (name) => document.getElementById(name);
const EMPTY_AFTER_MS = 2_000;
const LISTS_MS = 250;
const BUSY_LISTS_MS = 900;
const BUSY = 40;
const ALERTS_MS = 5_000;

const orders = new Orders();
const sheet = new OrderSheet();
const open = (id) => sheet.open(id);
const board = lanes(part("river"), part("lanes"), part("asides"), open);
const river = new River(part("water"), matchMedia("(prefers-reduced-motion: reduce)"));
const shown = [board.show, panels.money, panels.lateParcels(open), panels.restock(), panels.newest(open), footer];
const started = performance.now();
const untold = [];
let [changed, drawnAt, toldAt, state] = [true, 0, 0, null];

const controls = switches({
  redraw() {
    changed = true;
    drawnAt = 0;
    sheet.again();
    river.tint();
    if (state) badge(...state);
  },
});

new Stream("/v1/streams?types=order,shipment,alert&recent=300", hear, badge);
new ResizeObserver(lay).observe(part("river"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => river.tint());
part("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const id = part("find-id").value.trim();
  if (id) open(id);
});
lay();
requestAnimationFrame(frame);

function hear(event) {
  const moved = orders.apply(event);
  if (event.type === "heartbeat") return;
  changed = true;
  if (moved) river.run(moved.from, moved.to);
  if (event.type === "RestockSuggested" && performance.now() - started > ALERTS_MS) untold.push(event.data);
  sheet.heard(event);
}

function frame(now) {
  requestAnimationFrame(frame);
  const counts = orders.count;
  if (!controls.paused) river.draw(now, counts);
  const wait = orders.rate.all.at(orders.now()) > BUSY ? BUSY_LISTS_MS : LISTS_MS;
  if (controls.paused || now - drawnAt < (changed ? wait : 1000)) return;
  drawnAt = now;
  changed = false;
  for (const show of shown) show(orders);
  const quietYet = orders.heard === 0 && now - started > EMPTY_AFTER_MS;
  part("empty").hidden = !quietYet;
  document.body.classList.toggle("quiet-yet", quietYet);
  announce(now);
}

// Alerts are read aloud one by one when they are few, and counted when they are many.
function announce(now) {
  if (!untold.length || now - toldAt < ALERTS_MS) return;
  toldAt = now;
  const words = untold.length === 1
    ? say("toldRestock", { sku: untold[0].sku_id, sold: whole(untold[0].sold) })
    : say("toldRestockMany", { count: whole(untold.length) });
  untold.length = 0;
  tell(part("told"), words);
}

function badge(name, seconds) {
  const before = state?.[0];
  state = [name, seconds];
  document.body.dataset.stream = name;
  tell(part("badge-name"), say(name));
  const detail = { stale: "staleFor", offline: "offlineFor" }[name];
  tell(part("badge-detail"), detail ? say(detail, { seconds: whole(seconds) }) : "");
  if (before && before !== name && name === "offline") tell(part("told"), say("toldOffline"));
  if (before === "offline" && name === "live") tell(part("told"), say("toldLive"));
}

function footer() {
  const words = orders.heard ? say("since", { events: whole(orders.heard), time: clock(orders.oldest) }) : say("sinceNone");
  tell(part("since"), words);
}

// The stations of the river stand where the lanes' heads are: side by side, or on a narrow page one below another.
function lay() {
  const room = part("river").getBoundingClientRect();
  const heads = board.heads.map((head) => head.getBoundingClientRect());
  const standing = heads[1].top > heads[0].bottom;
  const style = getComputedStyle(part("river"));
  river.lay({
    standing,
    stations: heads.map((head) => (standing ? head.top + 28 - room.top : (head.left + head.right) / 2 - room.left)),
    length: standing ? room.height : room.width,
    across: parseFloat(style.getPropertyValue("--water-room")),
  });
  if (heads.length !== COURSE.length) throw new Error("a lane is missing");
}
