// @ts-nocheck
// The strip stays in sight: once the page is scrolled past it, it sticks to the top of the window, not higher than a
// part of it, so that what is chosen below is always seen on the strip.

const SHARE = 0.46; // of the window's height
const LEAST_PX = 190;
const GAP_PX = 12; // between cards

/** Whether the strip sticks, and how high it is then. `topPx` is where its own place begins, `fromPx` the window's top. */
export function stuck({ topPx, heightPx, fromPx, windowPx }) {
  const roomPx = Math.min(heightPx, Math.max(LEAST_PX, SHARE * (windowPx - fromPx)));
  return { on: topPx + heightPx - roomPx < fromPx - 0.5, roomPx };
}

/** The nearest ancestor that scrolls, over the edge of a shadow tree too; null where the window does. */
function scrollerOf(node) {
  for (let at = node; at; at = at.parentNode ?? at.host) {
    if (at.nodeType !== Node.ELEMENT_NODE) continue;
    if (/(auto|scroll)/.test(getComputedStyle(at).overflowY)) return at;
  }
  return null;
}

/** Borders and padding above and below what a card holds. */
function edgesOf(card) {
  const style = getComputedStyle(card);
  return ["paddingTop", "paddingBottom", "borderTopWidth", "borderBottomWidth"].reduce((sum, name) => sum + parseFloat(style[name]), 0);
}

export class StickyStrip {
  /** `card` is the strip's card; `onPlace()` is called when it starts or stops to stick. */
  constructor(card, { onPlace = () => {} } = {}) {
    Object.assign(this, { card, onPlace });
    this.mark = document.createElement("div");
    this.mark.className = "sticky-mark";
    this.stop = new AbortController();
    const look = () => (this.frame ??= requestAnimationFrame(() => this.look()));
    window.addEventListener("scroll", look, { capture: true, passive: true, signal: this.stop.signal });
    window.addEventListener("resize", look, { signal: this.stop.signal });
    this.sizes = new ResizeObserver(look);
    this.sizes.observe(card);
    if (card.firstElementChild) this.sizes.observe(card.firstElementChild);
    look();
  }

  destroy() {
    this.stop.abort();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Where content begins below whatever lies over the window's top. */
  get fromPx() {
    const header = document.querySelector('[data-testid="stHeader"]')?.getBoundingClientRect();
    const top = (this.scroller ??= scrollerOf(this.card.parentNode))?.getBoundingClientRect().top ?? 0;
    return Math.max(0, top, header?.bottom ?? 0);
  }

  look() {
    this.frame = undefined;
    const { card } = this;
    if (!card.isConnected || !card.firstElementChild) return;
    if (!this.mark.isConnected) card.before(this.mark);
    const { fromPx } = this;
    const heightPx = card.firstElementChild.offsetHeight + edgesOf(card); // whatever hangs out of it, as a menu does
    const topPx = this.mark.getBoundingClientRect().top;
    const { on, roomPx } = stuck({ topPx, heightPx, fromPx, windowPx: window.innerHeight });
    const scrolled = this.scroller?.getBoundingClientRect().top ?? 0;
    card.style.top = `${Math.max(0, fromPx - scrolled)}px`;
    const clips = on && roomPx < heightPx;
    card.style.maxHeight = clips ? `${roomPx}px` : "";
    card.style.marginBottom = clips ? `${heightPx - roomPx + GAP_PX}px` : "";
    card.classList.toggle("clipped", clips);
    card.closest(".desk")?.style.setProperty("--strip-px", on ? `${Math.round(roomPx)}px` : "0px");
    if (card.classList.contains("stuck") === on) return;
    card.classList.toggle("stuck", on);
    const paper = card.querySelector(".sh-paper");
    card.scrollTop = clips && paper ? paper.offsetTop - 4 : 0;
    this.onPlace();
  }

  /** The part of the window in which the strip can be seen, as `[topPx, bottomPx]`. */
  sight() {
    const box = this.card.getBoundingClientRect();
    return [Math.max(box.top, this.fromPx), Math.min(box.bottom, window.innerHeight)];
  }
}

/** What is on screen of the strip, for keys that must change nothing out of sight. */
export class Sight {
  constructor(store, sheet, sticky) {
    Object.assign(this, { store, sheet, sticky });
    this.off = store.subscribe("chosen", () => requestAnimationFrame(() => this.followChosen()));
  }

  destroy() {
    this.off();
  }

  /** Where a high strip is clipped, its row with the chosen beat is the one to see. */
  followChosen() {
    const { store, sticky } = this;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    if (at < 0 || !sticky.card.classList.contains("clipped")) return;
    const timeS = store.review.beats.timeS(at);
    if (store.navigation.shows(timeS, 0) && !this.holds(timeS)) this.bring(timeS);
  }

  /** The row of a time as `[topPx, bottomPx]` in the window; null without a strip. */
  rowAt(timeS) {
    const { plan, paper } = this.sheet;
    const row = plan?.rows.findLast(({ offsetS }) => timeS >= this.store.navigation.view.startS + offsetS - 1e-6) ?? plan?.rows[0];
    if (!row) return null;
    const top = paper.getBoundingClientRect().top + row.y;
    return [top, top + plan.lanesBottom];
  }

  holds(timeS) {
    if (!this.store.navigation.shows(timeS, 0)) return false;
    const row = this.rowAt(timeS);
    const [top, bottom] = this.sticky.sight();
    return Boolean(row) && Math.min(row[1], bottom) - Math.max(row[0], top) >= Math.min(40, row[1] - row[0]);
  }

  bring(timeS) {
    const { store, sticky } = this;
    if (!store.navigation.shows(timeS)) store.navigation.goTo(timeS);
    const row = this.rowAt(timeS);
    if (!row || this.holds(timeS)) return;
    const { card } = sticky;
    if (card.classList.contains("stuck")) card.scrollTop += row[0] - sticky.sight()[0] - 8;
    else card.scrollIntoView({ block: "start" });
  }
}
