// Pointer and keys on the overview: the mark is dragged, a place is clicked, the axis is brushed, the wheel zooms, keys
// move the sheet.

import type { Overview } from "./overview.ts";
import { SHORTEST_S } from "./overview_bins.ts";
import { timeOf, type OverviewPlan } from "./overview_draw.ts";
import { brushRange, panRange, type Range } from "./plot_axes.ts";
import type { View } from "./store_navigation.ts";

const GRIP_PX = 6;
const CLICK_PX = 4;
const WHEEL = 0.0016;
const LINE_PX = 16; // of a wheel that counts lines
const EDGE_PX_PER_FRAME = 0.12;

/** How far a key moves the sheet, in seconds; null where it does not. Pure. */
export function keyStepS(
  key: string,
  shift: boolean,
  { viewSpanS, rangeS, durationS }: { viewSpanS: number; rangeS: number; durationS: number },
): number | null {
  const step = Math.max(viewSpanS, rangeS / 200) * (shift ? 10 : 1);
  const steps: Record<string, number> = {
    ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step,
    PageUp: -rangeS / 10, PageDown: rangeS / 10, Home: -durationS, End: durationS,
  };
  return Object.hasOwn(steps, key) ? steps[key] : null;
}

/** What a drag moves: the mark of the sheet, the range, a brush along the axis, or the sheet to the pointer. */
type DragKind = "mark" | "pan" | "brush" | "scrub";

interface Drag {
  kind: DragKind;
  /** Where it began, on the stage. */
  x: number;
  y: number;
  /** The time there, and how far behind the start of the sheet it lay. */
  atS: number;
  offsetS: number;
  /** The range when it began. */
  range: Range;
  moved: boolean;
  /** Where the pointer is now. */
  at: number;
}

export class OverviewHand {
  /** The view while it is being dragged. */
  held: View | null = null;
  private drag: Drag | null = null;
  private frame = 0;
  private edgeFrame = 0;
  private readonly overview: Overview;
  private readonly stop = new AbortController();

  constructor(overview: Overview) {
    this.overview = overview;
    const { signal } = this.stop;
    const { stage, mark } = overview;
    stage.addEventListener("pointerdown", (event) => this.press(event), { signal });
    stage.addEventListener("pointermove", (event) => this.move(event), { signal });
    stage.addEventListener("pointerup", (event) => this.release(event), { signal });
    stage.addEventListener("pointercancel", () => this.endDrag(), { signal });
    stage.addEventListener("pointerleave", () => {
      if (!this.drag) overview.hideTip();
    }, { signal });
    stage.addEventListener("dblclick", () => overview.showWhole(), { signal });
    stage.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    mark.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  destroy(): void {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.edgeFrame);
  }

  private point(event: MouseEvent): [number, number] {
    const bounds = this.overview.stage.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  /** What a press there would take hold of. */
  private kindAt(plan: OverviewPlan, x: number, y: number): DragKind {
    const { markAt, whole } = this.overview;
    if (y >= plan.lanes.signal.bottom) return "brush";
    if (markAt && x >= markAt.x0 - GRIP_PX && x <= markAt.x1 + GRIP_PX) return "mark";
    return whole ? "scrub" : "pan";
  }

  private press(event: PointerEvent): void {
    const { overview } = this;
    const { plan, range } = overview;
    if (event.button !== 0 || !plan || !range) return;
    const [x, y] = this.point(event);
    const kind = event.shiftKey ? "brush" : this.kindAt(plan, x, y);
    const { startS } = overview.store.navigation.view;
    const atS = timeOf(plan, range, x);
    this.drag = { kind, x, y, atS, offsetS: atS - startS, range, moved: false, at: x };
    overview.stage.setPointerCapture(event.pointerId);
    overview.mark.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  }

  private move(event: PointerEvent): void {
    const { overview, drag } = this;
    if (!overview.plan || !overview.range) return;
    const [x, y] = this.point(event);
    if (!drag) {
      overview.stage.dataset.hand = this.kindAt(overview.plan, x, y);
      this.schedule(() => overview.showTip(x, y));
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    drag.at = x;
    overview.hideTip();
    overview.stage.dataset.dragging = drag.kind;
    this.schedule(() => this.dragTo(x));
  }

  private dragTo(x: number): void {
    const { overview, drag } = this;
    const { plan, durationS, range } = overview;
    if (!drag || !plan || !range) return;
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
      this.pushRange();
    }
  }

  /** Hold the sheet at a time while the pointer moves: the view changes without a jump. */
  private hold(startS: number): void {
    const { store, durationS } = this.overview;
    const { spanS } = store.navigation.view;
    this.held = { startS: Math.min(Math.max(startS, 0), Math.max(durationS - spanS, 0)), spanS };
    store.navigation.setView(this.held.startS, spanS);
    this.overview.placeMark(false);
  }

  /** Move the range on while the mark is held beyond its edge. */
  private pushRange(): void {
    cancelAnimationFrame(this.edgeFrame);
    const { overview, drag } = this;
    const { plan } = overview;
    if (!drag || !plan || overview.whole) return;
    const over = drag.at < plan.left ? drag.at - plan.left : Math.max(drag.at - plan.right, 0);
    if (!over) return;
    this.edgeFrame = requestAnimationFrame(() => {
      const { range } = overview;
      if (!range) return;
      const perPxS = (range.toS - range.fromS) / plan.plotWidth;
      overview.show(panRange(range, over * EDGE_PX_PER_FRAME * perPxS, overview.durationS));
      this.dragTo(drag.at);
    });
  }

  private release(event: PointerEvent): void {
    const { overview, drag, held } = this;
    const [x, y] = this.point(event);
    if (drag?.moved) this.dragTo(x);
    this.endDrag();
    const { store, plan, range } = overview;
    if (!drag || !plan || !range) return;
    if (!drag.moved) this.click(x, y);
    else if (drag.kind === "brush") {
      overview.show(brushRange(drag.atS, timeOf(plan, range, x), overview.durationS, SHORTEST_S));
    } else if (drag.kind !== "pan") store.navigation.goTo(held?.startS ?? store.navigation.view.startS, { lead: 0 });
  }

  private endDrag(): void {
    this.drag = null;
    this.held = null;
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.edgeFrame);
    this.overview.brush.hidden = true;
    delete this.overview.stage.dataset.dragging;
  }

  private click(x: number, y: number): void {
    const { navigation, review } = this.overview.store;
    const hit = this.overview.hitTest(x, y);
    if (!hit) return;
    if (hit.entry) navigation.goTo(hit.entry.start_sample / review.beats.fs, { lead: navigation.view.spanS / 2 });
    else if (hit.episode) navigation.goToEvent(hit.episode.key);
    else if (hit.beat >= 0) navigation.choose(review.beats.id[hit.beat]);
    else navigation.goTo(hit.timeS, { lead: navigation.view.spanS / 2 });
  }

  private wheel(event: WheelEvent): void {
    const { overview } = this;
    const { plan, range, durationS } = overview;
    if (!plan || !range || event.ctrlKey) return;
    const unit = event.deltaMode === 1 ? LINE_PX : 1;
    const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    const [x] = this.point(event);
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      if (overview.whole) return;
      event.preventDefault();
      const perPxS = (range.toS - range.fromS) / plan.plotWidth;
      overview.show(panRange(range, sideways * unit * perPxS, durationS));
      return;
    }
    if (!event.deltaY || (overview.whole && event.deltaY > 0)) return; // nothing more to see: the page scrolls
    event.preventDefault();
    overview.zoom(Math.min(Math.max(timeOf(plan, range, x), 0), durationS), Math.exp(event.deltaY * unit * WHEEL));
    overview.hideTip();
  }

  private key(event: KeyboardEvent): void {
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

  private schedule(action: () => void): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(action);
  }
}
