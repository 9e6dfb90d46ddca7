// A fixed set of rows that are filled again and again, so that no stream can grow the page or make it stutter.

export function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets text only when it differs: most frames change little. */
export function tell(node, text) {
  const words = String(text ?? "");
  if (node.textContent !== words) node.textContent = words;
}

export class Rows {
  /** `build(row)` makes a row's parts once; `fill(row, item)` shows an item; `key(item)` tells items apart. */
  constructor(list, count, { build, fill, key }) {
    Object.assign(this, { fill, key });
    this.rows = Array.from({ length: count }, () => {
      const row = { node: make("li", "row"), item: null };
      build(row);
      row.node.hidden = true;
      list.append(row.node);
      return row;
    });
  }

  /** Shows items, the first on top. A row under the pointer or with the focus keeps its item. */
  show(items) {
    const held = new Set();
    for (const row of this.rows) {
      row.held = row.item !== null && row.node.matches(":hover, :focus-within");
      if (row.held) held.add(this.key(row.item));
    }
    const coming = items[Symbol.iterator]();
    const before = new Set(this.rows.map((row) => row.item && this.key(row.item)));
    for (const row of this.rows) {
      this.put(row, row.held ? row.item : this.next(coming, held));
      row.fresh = row.item !== null && !before.has(this.key(row.item));
    }
    this.light();
  }

  // What is new lights up briefly; where nearly everything is new, nothing does.
  light() {
    const some = this.rows.filter((row) => row.fresh).length <= this.rows.length / 2;
    for (const row of this.rows) row.node.classList.toggle("fresh", some && row.fresh);
  }

  next(coming, held) {
    for (let one = coming.next(); !one.done; one = coming.next()) if (!held.has(this.key(one.value))) return one.value;
    return null;
  }

  put(row, item) {
    row.item = item;
    row.node.hidden = item === null;
    if (item !== null) this.fill(row, item);
  }
}
