// How figures, times and ids read.
import { language } from "./words.js";

const LOCALES = { en: "en-GB", zh: "zh-CN" };
const formats = new Map();

function dates(name, options) {
  const key = language() + name;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALES[language()], options));
  return formats.get(key);
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DAY = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** The time of day of an RFC 3339 string or of milliseconds; "–" when there is none. */
export const clock = (at) => stamp(at, "clock", CLOCK);

/** Day and time, for promises and deadlines. */
export const day = (at) => stamp(at, "day", DAY);

function stamp(at, name, options) {
  const time = at ? new Date(at) : null;
  return time && !Number.isNaN(time.getTime()) ? dates(name, options).format(time) : "–";
}

export const whole = (count) => Number(count ?? 0).toLocaleString("en");

/** Fen as yuan with two decimals, computed on whole numbers: 123456 is ¥1,234.56. */
export function yuan(fen) {
  const amount = Number.isSafeInteger(fen) ? fen : 0;
  const size = Math.abs(amount);
  return `${amount < 0 ? "−" : ""}¥${whole(Math.floor(size / 100))}.${String(size % 100).padStart(2, "0")}`;
}

/** Events per second: one decimal below ten. */
export const perSecond = (rate) => (rate >= 10 ? whole(Math.round(rate)) : rate.toFixed(1));

/** The end of a long id tells one order from another; short ids stay whole. */
export function shortId(id) {
  const text = String(id ?? "");
  return text.length > 12 ? `…${text.slice(-7)}` : text;
}

/** How long ago, in the shortest words: 5s, 3m, 2h. */
export function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}
