// Lists of any length: only the rows in sight exist. The arithmetic is pure; the list is one tab stop whose active row
// is named to screen readers, since a row that scrolls away would take the focus with it.

import { closestTo, element } from "./dom.ts";

const SPARE_ROWS = 6;

/** Rows `[first, stop)` to have for a scroll position, a few more on either side. */
export function rowsInSight(scrollPx: number, heightPx: number, rowPx: number, n: number, spare = SPARE_ROWS): [number, number] {
  const first = Math.max(0, Math.min(Math.floor(scrollPx / rowPx), n) - spare);
  const stop = Math.min(n, Math.ceil((scrollPx + heightPx) / rowPx) + spare);
  return [first, Math.max(first, stop)];
}

/** Where to scroll to have a row in sight; as little as is needed, with half a row of context. */
export function scrollFor(index: number, scrollPx: number, heightPx: number, rowPx: number, n: number): number {
  const context = heightPx > 3 * rowPx ? rowPx / 2 : 0;
  const top = index * rowPx - context;
  const bottom = (index + 1) * rowPx + context - heightPx;
  const wanted = Math.max(bottom, Math.min(top, scrollPx));
  return Math.max(0, Math.min(wanted, n * rowPx - heightPx));
}

/** The row a key moves to, null for keys that do not move. */
export function rowAfterKey(key: string, active: number, n: number, pageRows: number): number | null {
  if (!n) return null;
  const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -pageRows, PageDown: pageRows, Home: -n, End: n };
  if (!(key in steps)) return null;
  const from = active < 0 ? (steps[key] > 0 ? -1 : n) : active;
  return Math.max(0, Math.min(from + steps[key], n - 1));
}

interface VirtualListOptions {
  label: string;
  /** Height of a row. */
  rowPx: number;
  /** Write a row's content. */
  fill: (row: HTMLElement, index: number) => void;
  /** Called for a click or Enter on a row. */
  onEnter: (index: number) => void;
  /** Called when another row became the active one. */
  onActive?: () => void;
  /** An element that lies over the active row, outside the list's semantics. */
  beside?: HTMLElement | null;
}

let lists = 0;

export class VirtualList {
  readonly root = element("div", "scroller");
  /** The list box, which has the focus. */
  readonly box = element("div", "rows");
  /** Index of the active row, -1 for none. */
  active = -1;
  private readonly options: Required<VirtualListOptions>;
  private n = 0;
  private readonly rows = new Map<number, HTMLElement>();
  private readonly name = `list${(lists += 1)}`;
  private readonly sizes = new ResizeObserver(() => this.draw());

  constructor({ onActive = () => {}, beside = null, ...options }: VirtualListOptions) {
    this.options = { ...options, onActive, beside };
    this.root.tabIndex = -1;
    this.box.setAttribute("role", "listbox");
    this.box.setAttribute("aria-label", options.label);
    this.box.tabIndex = 0;
    this.root.append(this.box);
    if (beside) this.root.append(beside);
    this.root.addEventListener("scroll", () => this.draw(), { passive: true });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("focus", () => this.onFocus());
    this.box.addEventListener("click", (event) => this.click(event));
    this.sizes.observe(this.root);
  }

  destroy(): void {
    this.sizes.disconnect();
  }

  /** Show `n` rows; content is written anew. The active row is the caller's to keep. */
  show(n: number, active = this.active): void {
    this.n = n;
    this.active = Math.min(active, n - 1);
    this.box.style.height = `${n * this.options.rowPx}px`;
    this.draw(true);
  }

  setActive(index: number, { reveal = true } = {}): void {
    this.active = index;
    if (reveal && index >= 0) this.reveal(index);
    this.draw();
    this.options.onActive();
  }

  reveal(index: number): void {
    const { scrollTop, clientHeight } = this.root;
    const top = scrollFor(index, scrollTop, clientHeight, this.options.rowPx, this.n);
    if (top !== scrollTop) this.root.scrollTop = top;
  }

  private onFocus(): void {
    const [first] = rowsInSight(this.root.scrollTop, 0, this.options.rowPx, this.n, 0);
    // A press of the mouse must find the row that it was aimed at: nothing scrolls under it.
    const reveal = this.box.matches(":focus-visible");
    if (this.n) this.setActive(this.active < 0 ? Math.min(first, this.n - 1) : this.active, { reveal });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      if (this.active >= 0) this.options.onEnter(this.active);
    } else {
      const pageRows = Math.max(1, Math.floor(this.root.clientHeight / this.options.rowPx) - 1);
      const next = rowAfterKey(event.key, this.active, this.n, pageRows);
      if (next === null) return;
      this.setActive(next);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private click(event: MouseEvent): void {
    const row = closestTo(event, "[role=option]");
    if (!row) return;
    this.setActive(Number(row.dataset.index), { reveal: false });
    this.options.onEnter(this.active);
  }

  private draw(anew = false): void {
    const { beside, rowPx } = this.options;
    const [first, stop] = rowsInSight(this.root.scrollTop, this.root.clientHeight, rowPx, this.n);
    for (const [index, row] of this.rows) {
      if (index >= first && index < stop) continue;
      row.remove();
      this.rows.delete(index);
    }
    for (let index = first; index < stop; index += 1) this.drawRow(index, anew);
    const active = this.rows.get(this.active);
    if (active) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
    if (beside) {
      beside.hidden = this.active < 0;
      beside.style.top = `${this.active * rowPx}px`;
    }
  }

  private drawRow(index: number, anew: boolean): void {
    const { fill, rowPx } = this.options;
    let row = this.rows.get(index);
    if (!row) {
      row = element("div", "row");
      row.id = `${this.name}-${index}`;
      row.dataset.index = String(index);
      row.setAttribute("role", "option");
      row.setAttribute("aria-posinset", String(index + 1));
      row.style.height = `${rowPx}px`;
      row.style.transform = `translateY(${index * rowPx}px)`;
      fill(row, index);
      this.rows.set(index, row);
      this.box.append(row);
    } else if (anew) {
      fill(row, index);
    }
    row.setAttribute("aria-setsize", String(this.n));
    row.classList.toggle("active", index === this.active);
    row.setAttribute("aria-selected", String(index === this.active));
  }
}
