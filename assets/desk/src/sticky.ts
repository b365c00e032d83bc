// The strip stays in sight: once the page is scrolled past it, it sticks to the top of the window, not higher than a
// part of it, so that what is chosen below is always seen on the strip.

import { element } from "./dom.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { Store } from "./store.ts";

const SHARE = 0.46; // of the window's height
const LEAST_PX = 190;
const GAP_PX = 12; // between cards

/** Whether the strip sticks, and how high it is then. `topPx` is where its own place begins, `fromPx` the window's top. */
export function stuck(
  { topPx, heightPx, fromPx, windowPx }: { topPx: number; heightPx: number; fromPx: number; windowPx: number },
): { on: boolean; roomPx: number } {
  const roomPx = Math.min(heightPx, Math.max(LEAST_PX, SHARE * (windowPx - fromPx)));
  return { on: topPx + heightPx - roomPx < fromPx - 0.5, roomPx };
}

/** The nearest ancestor that scrolls, over the edge of a shadow tree too; null where the window does. */
function scrollerOf(node: Node | null): Element | null {
  for (let at = node; at; at = at instanceof ShadowRoot ? at.host : at.parentNode) {
    if (at instanceof Element && /(auto|scroll)/.test(getComputedStyle(at).overflowY)) return at;
  }
  return null;
}

/** Borders and padding above and below what a card holds. */
function edgesOf(card: Element): number {
  const style = getComputedStyle(card);
  const edges = [style.paddingTop, style.paddingBottom, style.borderTopWidth, style.borderBottomWidth];
  return edges.reduce((sum, edge) => sum + parseFloat(edge), 0);
}

export class StickyStrip {
  readonly card: HTMLElement;
  /** Stands where the strip's own place begins. */
  private readonly mark = element("div", "sticky-mark");
  private readonly stop = new AbortController();
  private readonly sizes: ResizeObserver;
  private scroller: Element | null = null;
  private frame = 0;

  /** `card` is the strip's card. */
  constructor(card: HTMLElement) {
    this.card = card;
    const update = () => {
      this.frame ||= requestAnimationFrame(() => this.update());
    };
    window.addEventListener("scroll", update, { capture: true, passive: true, signal: this.stop.signal });
    window.addEventListener("resize", update, { signal: this.stop.signal });
    this.sizes = new ResizeObserver(update);
    this.sizes.observe(card);
    if (card.firstElementChild) this.sizes.observe(card.firstElementChild);
    update();
  }

  destroy(): void {
    this.stop.abort();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Where content begins below whatever lies over the window's top. */
  private get fromPx(): number {
    const header = document.querySelector('[data-testid="stHeader"]')?.getBoundingClientRect();
    const top = (this.scroller ??= scrollerOf(this.card.parentNode))?.getBoundingClientRect().top ?? 0;
    return Math.max(0, top, header?.bottom ?? 0);
  }

  /** Let the strip stick, or stand in its own place, as the page is scrolled now. */
  private update(): void {
    this.frame = 0;
    const { card } = this;
    const content = card.firstElementChild;
    if (!card.isConnected || !(content instanceof HTMLElement)) return;
    if (!this.mark.isConnected) card.before(this.mark);
    const { fromPx } = this;
    const heightPx = content.offsetHeight + edgesOf(card); // whatever hangs out of it, as a menu does
    const topPx = this.mark.getBoundingClientRect().top;
    const { on, roomPx } = stuck({ topPx, heightPx, fromPx, windowPx: window.innerHeight });
    const scrolled = this.scroller?.getBoundingClientRect().top ?? 0;
    card.style.top = `${Math.max(0, fromPx - scrolled)}px`;
    const clips = on && roomPx < heightPx;
    card.style.maxHeight = clips ? `${roomPx}px` : "";
    card.style.marginBottom = clips ? `${heightPx - roomPx + GAP_PX}px` : "";
    card.classList.toggle("clipped", clips);
    card.closest<HTMLElement>(".desk")?.style.setProperty("--strip-px", on ? `${Math.round(roomPx)}px` : "0px");
    if (card.classList.contains("stuck") === on) return;
    card.classList.toggle("stuck", on);
    const paper = card.querySelector<HTMLElement>(".sh-paper");
    card.scrollTop = clips && paper ? paper.offsetTop - 4 : 0;
  }

  /** The part of the window in which the strip can be seen, as `[topPx, bottomPx]`. */
  visiblePx(): [number, number] {
    const box = this.card.getBoundingClientRect();
    return [Math.max(box.top, this.fromPx), Math.min(box.bottom, window.innerHeight)];
  }
}

/** What is on screen of the strip, for keys that must change nothing out of sight. */
export class Sight {
  private readonly store: Store;
  private readonly sheet: { plan: SheetPlan | null; paper: HTMLElement };
  private readonly sticky: StickyStrip;
  private readonly off: () => void;

  constructor(store: Store, sheet: { plan: SheetPlan | null; paper: HTMLElement }, sticky: StickyStrip) {
    this.store = store;
    this.sheet = sheet;
    this.sticky = sticky;
    this.off = store.subscribe("chosen", () => requestAnimationFrame(() => this.followChosen()));
  }

  destroy(): void {
    this.off();
  }

  /** Where a high strip is clipped, its row with the chosen beat is the one to see. */
  private followChosen(): void {
    const { store, sticky } = this;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    if (at < 0 || !sticky.card.classList.contains("clipped")) return;
    const timeS = store.review.beats.timeS(at);
    if (store.navigation.shows(timeS, 0) && !this.holds(timeS)) this.bring(timeS);
  }

  /** The row of a time as `[topPx, bottomPx]` in the window; null without a strip. */
  private rowAt(timeS: number): [number, number] | null {
    const { plan, paper } = this.sheet;
    if (!plan) return null;
    const row = plan.rows.findLast(({ offsetS }) => timeS >= this.store.navigation.view.startS + offsetS - 1e-6) ?? plan.rows[0];
    const top = paper.getBoundingClientRect().top + row.y;
    return [top, top + plan.lanesBottom];
  }

  holds(timeS: number): boolean {
    if (!this.store.navigation.shows(timeS, 0)) return false;
    const row = this.rowAt(timeS);
    const [top, bottom] = this.sticky.visiblePx();
    return row !== null && Math.min(row[1], bottom) - Math.max(row[0], top) >= Math.min(40, row[1] - row[0]);
  }

  bring(timeS: number): void {
    const { store, sticky } = this;
    if (!store.navigation.shows(timeS)) store.navigation.goTo(timeS);
    const row = this.rowAt(timeS);
    if (!row || this.holds(timeS)) return;
    const { card } = sticky;
    if (card.classList.contains("stuck")) card.scrollTop += row[0] - sticky.visiblePx()[0] - 8;
    else card.scrollIntoView({ block: "start" });
  }
}
