// The river: the stages are stations from source to sea, its width at a station is how many orders wait there,
// and each order that moves is a drop that runs from one station to the next.
import { COURSE } from "./orders.js";

const FRAME_MS = 33;
const STILL_AFTER_MS = 15_000;
const MOST_DROPS = 240;
const DROP_MS = 1500;
const STEP = 10;
const LINES = [-0.78, -0.52, -0.27, 0, 0.24, 0.5, 0.76];
const TINTS = ["--water-1", "--water-2", "--water-3", "--water-4"];

export class River {
  constructor(canvas, calm) {
    this.canvas = canvas;
    this.ink = canvas.getContext("2d");
    this.calm = calm;
    this.counts = Object.fromEntries(COURSE.map((stage) => [stage, 0]));
    this.widths = COURSE.map(() => 0);
    this.drops = [];
    this.flow = 0;
    this.movedAt = -Infinity;
    this.drawnAt = 0;
    this.stale = true;
  }

  /** Where the water runs, in CSS pixels: stations along it, its length, and the room across. */
  lay({ stations, length, across, standing }) {
    Object.assign(this, { stations, length, across, standing });
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = standing ? [across, length] : [length, across];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    // Standing, the two axes change places, so that all drawing below knows only "along" and "across".
    if (standing) this.ink.setTransform(0, ratio, ratio, 0, 0, 0);
    else this.ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.tint();
  }

  /** Reads the colours again, after the theme changed. */
  tint() {
    const style = getComputedStyle(this.canvas);
    this.tints = TINTS.map((name) => style.getPropertyValue(name));
    this.light = style.getPropertyValue("--water-light");
    this.leaving = style.getPropertyValue("--seal");
    this.stale = true;
  }

  /** An order moved. Without a known start it comes from the source. */
  run(from, to) {
    this.movedAt = performance.now();
    if (this.calm.matches || document.hidden || this.drops.length >= MOST_DROPS || !this.stations) return;
    const start = COURSE.indexOf(from);
    const end = COURSE.indexOf(to);
    const here = start < 0 ? 0 : this.stations[start];
    const there = end < 0 ? here + this.length * 0.07 : this.stations[end];
    this.drops.push({
      here, there, aside: end < 0, born: this.movedAt + Math.random() * 300, lane: Math.random() * 1.3 - 0.65,
      last: DROP_MS * (0.8 + Math.random() * 0.5),
    });
  }

  /** Draws when there is something new to see. */
  draw(now, counts) {
    if (!this.stations || now - this.drawnAt < FRAME_MS) return;
    const settled = this.ease(counts);
    const moving = !this.calm.matches && now - this.movedAt < STILL_AFTER_MS;
    if (settled && !moving && !this.drops.length && !this.stale) return;
    const passed = Math.min(100, now - this.drawnAt);
    this.drawnAt = now;
    this.stale = false;
    const fade = Math.min(1, Math.max(0, (STILL_AFTER_MS - (now - this.movedAt)) / 4000));
    if (moving) this.flow += passed * 0.028 * fade;
    this.paint(now);
  }

  ease(counts) {
    const room = this.across / 2;
    let settled = true;
    COURSE.forEach((stage, index) => {
      const swell = Math.log10(1 + counts[stage]) / 4.2;
      const goal = room * (stage === "completed" ? 0.7 : 0.1 + 0.74 * Math.min(1, swell));
      const gap = goal - this.widths[index];
      if (Math.abs(gap) < 0.15) return;
      this.widths[index] += this.calm.matches ? gap : gap * 0.08;
      settled = false;
    });
    return settled;
  }

  half(along) {
    const stops = [0, ...this.stations, this.length];
    const room = this.across / 2;
    const widths = [room * 0.045, ...this.widths, room * 0.97];
    let index = 1;
    while (index < stops.length - 1 && along > stops[index]) index += 1;
    const share = (along - stops[index - 1]) / Math.max(1, stops[index] - stops[index - 1]);
    const smooth = share * share * (3 - 2 * share);
    return widths[index - 1] + (widths[index] - widths[index - 1]) * smooth;
  }

  middle(along) {
    const share = along / this.length;
    const calmAtTheSea = Math.min(1, 3 * (1 - share));
    const bends = Math.sin(share * 15.5 + 0.6) * 0.6 + Math.sin(share * 6.1) * 0.4;
    return this.across / 2 + bends * this.across * 0.1 * calmAtTheSea;
  }

  paint(now) {
    const { ink, length, across } = this;
    ink.clearRect(0, 0, length, across);
    const banks = [];
    for (let along = 0; along <= length + STEP; along += STEP) banks.push([along, this.middle(along), this.half(along)]);
    this.body(banks, 1, 0.5);
    this.body(banks, 0.72, 0.55);
    this.body(banks, 0.4, 0.6);
    this.currents(banks);
    this.gauges();
    this.drip(now);
  }

  body(banks, share, strength) {
    const { ink } = this;
    const depth = ink.createLinearGradient(0, 0, this.length, 0);
    this.tints.forEach((tint, index) => depth.addColorStop([0, 0.35, 0.72, 1][index], tint));
    ink.globalAlpha = strength;
    ink.fillStyle = depth;
    ink.beginPath();
    for (const [along, middle, half] of banks) ink.lineTo(along, middle - half * share);
    for (let index = banks.length - 1; index >= 0; index -= 1) {
      const [along, middle, half] = banks[index];
      ink.lineTo(along, middle + half * share);
    }
    ink.fill();
    ink.globalAlpha = 1;
  }

  currents(banks) {
    const { ink } = this;
    ink.strokeStyle = this.light;
    ink.lineWidth = 1;
    ink.lineCap = "round";
    LINES.forEach((line, index) => {
      ink.globalAlpha = 0.34 - Math.abs(line) * 0.22;
      ink.setLineDash([34 + index * 9, 58 + ((index * 37) % 50)]);
      ink.lineDashOffset = -this.flow * (1.25 - Math.abs(line) * 0.6) - index * 41;
      ink.beginPath();
      for (const [along, middle, half] of banks) ink.lineTo(along, middle + half * line);
      ink.stroke();
    });
    ink.setLineDash([]);
    ink.globalAlpha = 1;
  }

  // A dotted gauge stands at each station, as at a river that is measured.
  gauges() {
    const { ink } = this;
    ink.strokeStyle = this.light;
    ink.globalAlpha = 0.75;
    ink.lineWidth = 1.5;
    for (const along of this.stations) {
      const [middle, half] = [this.middle(along), this.half(along)];
      ink.setLineDash([1.5, 4.5]);
      ink.beginPath();
      ink.moveTo(along, middle - half + 2);
      ink.lineTo(along, middle + half - 2);
      ink.stroke();
    }
    ink.setLineDash([]);
    ink.globalAlpha = 1;
  }

  drip(now) {
    const { ink } = this;
    this.drops = this.drops.filter((drop) => now - drop.born < drop.last);
    for (const drop of this.drops) {
      const share = (now - drop.born) / drop.last;
      if (share < 0) continue;
      const eased = share < 0.5 ? 2 * share * share : 1 - (2 - 2 * share) ** 2 / 2;
      const along = drop.here + (drop.there - drop.here) * eased;
      const half = this.half(along);
      const away = drop.aside ? half * 0.5 + eased * (half * 0.5 + this.across * 0.22) : half * drop.lane;
      ink.globalAlpha = Math.min(1, share * 6, (1 - share) * 5) * 0.95;
      ink.fillStyle = drop.aside ? this.leaving : this.light;
      ink.beginPath();
      ink.ellipse(along, this.middle(along) + away, drop.aside ? 2.6 : 4.2, 2.3, 0, 0, Math.PI * 2);
      ink.fill();
    }
    ink.globalAlpha = 1;
  }
}
