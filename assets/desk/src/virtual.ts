// @ts-nocheck
// Lists of any length: only the rows in sight exist. The arithmetic is pure; the list is one tab stop whose active row
// is named to screen readers, since a row that scrolls away would take the focus with it.

import { element } from "./dom.ts";

const SPARE_ROWS = 6;

/** Rows `[first, stop)` to have for a scroll position, a few more on either side. */
export function rowsInSight(scrollPx, heightPx, rowPx, n, spare = SPARE_ROWS) {
  const first = Math.max(0, Math.min(Math.floor(scrollPx / rowPx), n) - spare);
  const stop = Math.min(n, Math.ceil((scrollPx + heightPx) / rowPx) + spare);
  return [first, Math.max(first, stop)];
}

/** Where to scroll to have a row in sight; as little as is needed, with half a row of context. */
export function scrollFor(index, scrollPx, heightPx, rowPx, n) {
  const context = heightPx > 3 * rowPx ? rowPx / 2 : 0;
  const top = index * rowPx - context;
  const bottom = (index + 1) * rowPx + context - heightPx;
  const wanted = Math.max(bottom, Math.min(top, scrollPx));
  return Math.max(0, Math.min(wanted, n * rowPx - heightPx));
}

/** The row a key moves to, null for keys that do not move. */
export function rowAfterKey(key, active, n, pageRows) {
  if (!n) return null;
  const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -pageRows, PageDown: pageRows, Home: -n, End: n };
  if (!(key in steps)) return null;
  const from = active < 0 ? (steps[key] > 0 ? -1 : n) : active;
  return Math.max(0, Math.min(from + steps[key], n - 1));
}

let lists = 0;

export class VirtualList {
  /**
   * `fill(row, index)` writes a row's content, `onEnter(index)` is called for a click or Enter on it, `onActive()` when
   * another row became the active one. The rows are `rowPx` high; `beside` (optional) is an element that lies over the
   * active row, outside the list's semantics.
   */
  constructor({ label, rowPx, fill, onEnter, onActive = () => {}, beside = null }) {
    this.rowPx = rowPx;
    this.fill = fill;
    this.onEnter = onEnter;
    this.onActive = onActive;
    this.beside = beside;
    this.n = 0;
    this.active = -1;
    this.rows = new Map();
    this.name = `list${(lists += 1)}`;
    this.root = element("div", "scroller");
    this.root.tabIndex = -1;
    this.box = element("div", "rows");
    this.box.setAttribute("role", "listbox");
    this.box.setAttribute("aria-label", label);
    this.box.tabIndex = 0;
    this.root.append(this.box);
    if (beside) this.root.append(beside);
    this.root.addEventListener("scroll", () => this.draw(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("focus", () => this.focused());
    this.box.addEventListener("click", (event) => this.click(event));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.root);
  }

  destroy() {
    this.sizes.disconnect();
  }

  /** Show `n` rows; content is written anew. The active row is the caller's to keep. */
  show(n, active = this.active) {
    this.n = n;
    this.active = Math.min(active, n - 1);
    this.box.style.height = `${n * this.rowPx}px`;
    this.draw(true);
  }

  setActive(index, { reveal = true } = {}) {
    this.active = index;
    if (reveal && index >= 0) this.reveal(index);
    this.draw();
    this.onActive();
  }

  reveal(index) {
    const { scrollTop, clientHeight } = this.root;
    const top = scrollFor(index, scrollTop, clientHeight, this.rowPx, this.n);
    if (top !== scrollTop) this.root.scrollTop = top;
  }

  focused() {
    const first = rowsInSight(this.root.scrollTop, 0, this.rowPx, this.n, 0)[0];
    // A press of the mouse must find the row that it was aimed at: nothing scrolls under it.
    const reveal = this.box.matches?.(":focus-visible") ?? true;
    if (this.n) this.setActive(this.active < 0 ? Math.min(first, this.n - 1) : this.active, { reveal });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      if (this.active >= 0) this.onEnter(this.active);
    } else {
      const pageRows = Math.max(1, Math.floor(this.root.clientHeight / this.rowPx) - 1);
      const next = rowAfterKey(event.key, this.active, this.n, pageRows);
      if (next === null) return;
      this.setActive(next);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  click(event) {
    const row = event.target.closest?.("[role=option]");
    if (!row) return;
    this.setActive(Number(row.dataset.index), { reveal: false });
    this.onEnter(this.active);
  }

  draw(anew = false) {
    const [first, stop] = rowsInSight(this.root.scrollTop, this.root.clientHeight, this.rowPx, this.n);
    for (const [index, row] of this.rows) {
      if (index >= first && index < stop) continue;
      row.remove();
      this.rows.delete(index);
    }
    for (let index = first; index < stop; index += 1) this.drawRow(index, anew);
    const active = this.rows.get(this.active);
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
    if (this.beside) {
      this.beside.hidden = this.active < 0;
      this.beside.style.top = `${this.active * this.rowPx}px`;
    }
  }

  drawRow(index, anew) {
    let row = this.rows.get(index);
    if (!row) {
      row = element("div", "row");
      row.id = `${this.name}-${index}`;
      row.dataset.index = index;
      row.setAttribute("role", "option");
      row.setAttribute("aria-posinset", index + 1);
      row.style.height = `${this.rowPx}px`;
      row.style.transform = `translateY(${index * this.rowPx}px)`;
      this.fill(row, index);
      this.rows.set(index, row);
      this.box.append(row);
    } else if (anew) {
      this.fill(row, index);
    }
    row.setAttribute("aria-setsize", this.n);
    row.classList.toggle("active", index === this.active);
    row.setAttribute("aria-selected", String(index === this.active));
  }
}
