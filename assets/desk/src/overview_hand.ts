// @ts-nocheck
// Hands on the overview: the mark is dragged, a place is clicked, the axis is brushed, the wheel zooms, keys move.

import { brushRange, panRange } from "./plot_axes.ts";
import { timeOf } from "./overview_draw.ts";
import { SHORTEST_S } from "./overview_bins.ts";

const GRIP_PX = 6;
const CLICK_PX = 4;
const WHEEL = 0.0016;
const LINE_PX = 16; // of a wheel that counts lines
const EDGE_PX_PER_FRAME = 0.12;

/** How far a key moves the sheet, in seconds; null where it does not. Pure. */
export function keyStepS(key, shift, { viewSpanS, rangeS, durationS }) {
  const step = Math.max(viewSpanS, rangeS / 200) * (shift ? 10 : 1);
  return { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: -rangeS / 10, PageDown: rangeS / 10, Home: -durationS, End: durationS }[key] ?? null;
}

export class OverviewHand {
  constructor(overview) {
    this.overview = overview;
    this.held = null; // the view while it is being dragged
    this.drag = null;
    this.stop = new AbortController();
    const { signal } = this.stop;
    const { stage, mark } = overview;
    stage.addEventListener("pointerdown", (event) => this.press(event), { signal });
    stage.addEventListener("pointermove", (event) => this.move(event), { signal });
    stage.addEventListener("pointerup", (event) => this.release(event), { signal });
    stage.addEventListener("pointercancel", () => this.leave(), { signal });
    stage.addEventListener("pointerleave", () => !this.drag && overview.hover(null), { signal });
    stage.addEventListener("dblclick", () => overview.showWhole(), { signal });
    stage.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    mark.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  destroy() {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.edgeFrame);
  }

  point(event) {
    const bounds = this.overview.stage.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  /** What a press there would take hold of. */
  kindAt(x, y) {
    const { plan, markAt, whole } = this.overview;
    if (y >= plan.lanes.signal.bottom) return "brush";
    if (markAt && x >= markAt.x0 - GRIP_PX && x <= markAt.x1 + GRIP_PX) return "mark";
    return whole ? "scrub" : "pan";
  }

  press(event) {
    const { overview } = this;
    if (event.button !== 0 || !overview.plan || !overview.range) return;
    const [x, y] = this.point(event);
    const kind = event.shiftKey ? "brush" : this.kindAt(x, y);
    const { startS } = overview.store.navigation.view;
    const atS = timeOf(overview.plan, overview.range, x);
    this.drag = { kind, x, y, atS, range: overview.range, offsetS: atS - startS, moved: false };
    overview.stage.setPointerCapture(event.pointerId);
    overview.mark.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  }

  move(event) {
    const { overview, drag } = this;
    if (!overview.plan || !overview.range) return;
    const [x, y] = this.point(event);
    if (!drag) {
      overview.stage.dataset.hand = this.kindAt(x, y);
      this.later(() => overview.hover(x, y));
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    drag.at = x;
    overview.hover(null);
    overview.stage.dataset.dragging = drag.kind;
    this.later(() => this.dragTo(x));
  }

  dragTo(x) {
    const { overview, drag } = this;
    if (!drag) return;
    const { plan, durationS, range } = overview;
    if (drag.kind === "brush") {
      const [one, other] = [drag.x, x].map((at) => Math.min(Math.max(at, plan.left), plan.right));
      overview.brush.hidden = false;
      overview.brush.style.transform = `translateX(${Math.min(one, other) - plan.left}px)`;
      overview.brush.style.width = `${Math.abs(other - one)}px`;
    } else if (drag.kind === "pan") {
      const perPxS = (drag.range.toS - drag.range.fromS) / plan.plotWidth;
      overview.show(panRange(drag.range, (drag.x - x) * perPxS, durationS));
    } else {
      const { spanS } = overview.store.navigation.view;
      const offsetS = drag.kind === "mark" ? drag.offsetS : spanS / 2;
      this.hold(timeOf(plan, range, Math.min(Math.max(x, plan.left), plan.right)) - offsetS);
      this.pushEdge();
    }
  }

  /** Hold the sheet at a time while the hand moves: it follows without being told that it jumped. */
  hold(startS) {
    const { store, durationS } = this.overview;
    const { spanS } = store.navigation.view;
    this.held = { startS: Math.min(Math.max(startS, 0), Math.max(durationS - spanS, 0)), spanS };
    store.navigation.setView(this.held.startS, spanS);
    this.overview.placeMark(false);
  }

  /** A mark held at the edge of a range pushes the range on. */
  pushEdge() {
    cancelAnimationFrame(this.edgeFrame);
    const { overview, drag } = this;
    if (!drag || overview.whole) return;
    const { left, right, plotWidth } = overview.plan;
    const over = drag.at < left ? drag.at - left : Math.max(drag.at - right, 0);
    if (!over) return;
    this.edgeFrame = requestAnimationFrame(() => {
      const perPxS = (overview.range.toS - overview.range.fromS) / plotWidth;
      overview.show(panRange(overview.range, over * EDGE_PX_PER_FRAME * perPxS, overview.durationS));
      this.dragTo(drag.at);
    });
  }

  release(event) {
    const { overview, drag, held } = this;
    const [x, y] = this.point(event);
    if (drag?.moved) this.dragTo(x);
    this.leave();
    if (!drag) return;
    const { store } = overview;
    if (!drag.moved) this.click(x, y);
    else if (drag.kind === "brush") {
      overview.show(brushRange(drag.atS, timeOf(overview.plan, overview.range, x), overview.durationS, SHORTEST_S));
    } else if (drag.kind !== "pan") store.navigation.goTo(held?.startS ?? store.navigation.view.startS, { lead: 0 });
  }

  leave() {
    this.drag = null;
    this.held = null;
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.edgeFrame);
    this.overview.brush.hidden = true;
    delete this.overview.stage.dataset.dragging;
  }

  click(x, y) {
    const { overview } = this;
    const { store } = overview;
    const found = overview.find(x, y);
    if (found.episode) store.navigation.goToEvent(found.episode.key);
    else if (found.beat >= 0) store.navigation.choose(store.review.beats.id[found.beat]);
    else store.navigation.goTo(found.timeS, { lead: store.navigation.view.spanS / 2 });
  }

  wheel(event) {
    const { overview } = this;
    if (!overview.plan || !overview.range || event.ctrlKey) return;
    const unit = event.deltaMode === 1 ? LINE_PX : 1;
    const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    const [x] = this.point(event);
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      if (overview.whole) return;
      event.preventDefault();
      const perPxS = (overview.range.toS - overview.range.fromS) / overview.plan.plotWidth;
      overview.show(panRange(overview.range, sideways * unit * perPxS, overview.durationS));
      return;
    }
    if (!event.deltaY || (overview.whole && event.deltaY > 0)) return; // nothing more to see: the page scrolls
    event.preventDefault();
    overview.zoom(overview.timeAt(x), Math.exp(event.deltaY * unit * WHEEL));
    overview.hover(null);
  }

  key(event) {
    const { overview } = this;
    const { store, range } = overview;
    if (!range || event.altKey || event.ctrlKey || event.metaKey) return;
    const { startS, spanS } = store.navigation.view;
    const sizes = { viewSpanS: spanS, rangeS: range.toS - range.fromS, durationS: overview.durationS };
    const stepS = keyStepS(event.key, event.shiftKey, sizes);
    if (stepS !== null) store.navigation.goTo(startS + stepS, { lead: 0 });
    else if (event.key === "+" || event.key === "=") overview.zoom(startS + spanS / 2, 0.5);
    else if (event.key === "-") overview.zoom(startS + spanS / 2, 2);
    else if (event.key === "0") overview.showWhole();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  later(action) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(action);
  }
}
