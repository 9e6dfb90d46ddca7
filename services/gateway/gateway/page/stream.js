// The server-sent stream: connects, comes back, hears each event once, and knows how fresh it is.

const LIVE_MS = 8_000;
const GIVE_UP_MS = 30_000;
const LONGEST_WAIT_MS = 15_000;

export class Stream {
  /** `hear(event)` is called once per event; `tick(state, seconds)` at least twice a second. */
  constructor(url, hear, tick) {
    this.url = url;
    this.hear = hear;
    this.tick = tick;
    this.marks = new Map();
    this.tries = 0;
    this.heardAt = null;
    this.lostAt = performance.now();
    this.ever = false;
    this.connect();
    setInterval(() => this.look(), 500);
  }

  connect() {
    this.source?.close();
    this.opening = performance.now();
    const source = (this.source = new EventSource(this.url));
    source.onopen = () => {
      [this.ever, this.tries, this.lostAt] = [true, 0, null];
      this.fresh();
    };
    source.onmessage = (message) => {
      this.fresh();
      this.take(message);
    };
    source.addEventListener("heartbeat", (message) => this.fresh(message));
    source.addEventListener("bye", () => this.lose());
    source.onerror = () => this.lose();
  }

  fresh(message) {
    this.heardAt = performance.now();
    if (message) this.hear({ type: "heartbeat", at: parse(message.data)?.at });
  }

  lose() {
    this.lostAt ??= performance.now();
    // A browser reconnects by itself after a broken connection, but not after a refusal.
    if (this.source.readyState === EventSource.CLOSED && !this.retry) {
      const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.tries++);
      this.retry = setTimeout(() => {
        this.retry = null;
        this.connect();
      }, wait);
    }
    this.look();
  }

  take(message) {
    const event = parse(message.data);
    if (!event || typeof event.type !== "string" || this.again(message.lastEventId, event)) return;
    this.hear(event);
  }

  // After a reconnection the newest events may come a second time. A partition that begins anew counts as new.
  again(position, event) {
    const cut = position.lastIndexOf("/");
    if (cut < 0) return false;
    const partition = position.slice(0, cut);
    const offset = Number(position.slice(cut + 1));
    const at = Date.parse(event.at) || 0;
    const mark = this.marks.get(partition);
    if (mark && offset <= mark.offset && at <= mark.at) return true;
    this.marks.set(partition, { offset, at: Math.max(at, mark?.at ?? 0) });
    return false;
  }

  look() {
    const now = performance.now();
    if (this.lostAt !== null) {
      this.tick(this.ever ? "offline" : "connecting", Math.floor((now - this.lostAt) / 1000));
      return;
    }
    const silent = now - this.heardAt;
    this.tick(silent < LIVE_MS ? "live" : "stale", Math.floor(silent / 1000));
    if (silent > GIVE_UP_MS) {
      this.lostAt = now;
      this.connect();
    }
  }
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
