// Input on the sheet: dragging, the wheel, and the modes of measuring, selecting, adding and moving, by pointer and
// by key.

import type { BeatTable } from "./beat_table.ts";
import { closestTo } from "./dom.ts";
import { timeAt, type Lane, type Row } from "./geometry.ts";
import { snapped, type Corner } from "./measure.ts";
import { BOUNDARIES } from "./payloads.ts";
import type { Sheet } from "./sheet.ts";
import { BeatPlacing } from "./sheet_placing.ts";
import { laneAt, type SheetPlan } from "./sheet_plan.ts";
import type { SheetSpan } from "./sheet_scene.ts";
import { boundaryNear, onBoundaryLines, type DraggedBoundary } from "./sheet_waves.ts";
import type { Store } from "./store.ts";

export const MODES = ["calipers", "select", "add", "move"] as const;
export type Mode = (typeof MODES)[number];

type DragKind = { kind: "move" | "add" | "measure" | "select" | "pan" } | { kind: "corner"; corner: Corner } | { kind: "boundary"; dragged: DraggedBoundary };

/** A press of the pointer that goes on. */
type Drag = DragKind & {
  /** Where it began. */
  x: number;
  y: number;
  row: Row;
  lane: Lane;
  timeS: number;
  /** Begin of the view then. */
  startS: number;
  /** It has left its place: it is no click. */
  moved: boolean;
  /** It began on the letter of a beat that is moved. */
  onLetter: boolean;
};

const CLICK_PX = 4;
const SNAP_PX = 8;
const ZOOM_PX = 60;
const ZOOM_REST_MS = 160;

/** Ids of the beats from one time to another. */
export function idsBetween(beats: BeatTable, fromS: number, toS: number): number[] {
  const [left, right] = fromS < toS ? [fromS, toS] : [toS, fromS];
  const first = beats.firstAtOrAfter(Math.ceil(left * beats.fs - 1e-6));
  const stop = beats.firstAtOrAfter(Math.floor(right * beats.fs + 1e-6) + 1);
  return Array.from(beats.id.subarray(first, stop));
}

/** The beat nearest to a time within reach, -1 where there is none. */
export function beatNear(beats: BeatTable, timeS: number, reachS: number): number {
  const at = beats.firstAtOrAfter(Math.round(timeS * beats.fs));
  let best = -1;
  for (const i of [at - 1, at]) {
    if (i < 0 || i >= beats.n || Math.abs(beats.timeS(i) - timeS) > reachS) continue;
    if (best < 0 || Math.abs(beats.timeS(i) - timeS) < Math.abs(beats.timeS(best) - timeS)) best = i;
  }
  return best;
}

/** Pixels that a turn of the wheel pans by: sideways as it is, up and down too where the sheet takes it. */
export function wheelPx(
  { deltaX, deltaY, deltaMode, shiftKey }: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "shiftKey">,
  takesUpDown: boolean,
): number {
  const unit = deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1;
  if (Math.abs(deltaX) > Math.abs(deltaY)) return deltaX * unit;
  return shiftKey || takesUpDown ? deltaY * unit : 0;
}

export class SheetTools {
  mode: Mode | null = null;
  drag: Drag | null = null;
  readonly placing: BeatPlacing;
  private readonly sheet: Sheet;
  private readonly store: Store;
  /** Beat at which selecting began, -1 before there is one. */
  private anchor = -1;
  /** How far the wheel was turned since the last zoom, in px. */
  private turnedPx = 0;
  private zoomedAtMs = -Infinity;
  /** Escape was pressed last: Tab leaves the strip. */
  private tabLeaves = false;

  constructor(sheet: Sheet) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.placing = new BeatPlacing(sheet, this);
    const { paper } = sheet;
    paper.addEventListener("pointerdown", (event) => this.press(event));
    paper.addEventListener("pointermove", (event) => this.move(event));
    paper.addEventListener("pointerup", (event) => this.release(event));
    paper.addEventListener("pointercancel", () => this.cancel());
    paper.addEventListener("pointerleave", () => {
      if (this.mode === "add" && !this.placing.byKey) sheet.setGhost(null);
    });
    paper.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    paper.addEventListener("keydown", (event) => this.key(event));
  }

  // Modes

  /** Enter a mode; null leaves the one there is. */
  setMode(next: Mode | null): void {
    const { store, sheet } = this;
    const { plan } = sheet;
    if (!plan) return;
    if (next === "move" && this.chosenAt() < 0) {
      store.showMessage("Choose the beat to move first.");
      return;
    }
    if ((next === "add" || next === "move") && store.review.stage !== "classified") {
      store.showMessage("Classify the beats first; edits belong to classified beats.", { problem: true });
      return;
    }
    this.endMode();
    this.mode = next;
    if (next === "calipers") sheet.calipers.begin(plan);
    else if (next) sheet.paper.focus({ preventScroll: true });
    if (next === "add" || next === "move") this.placing.begin(next);
    this.anchor = next === "select" ? this.chosenAt() : -1;
    sheet.modeChanged();
  }

  /** Give up what a mode was about. */
  private endMode(): void {
    const { sheet } = this;
    if (this.mode === "calipers") sheet.calipers.clear();
    this.drag = null;
    this.placing.reset();
  }

  /** Leave the innermost of drag, mode, calipers and span; returns whether there was any. */
  leave(): boolean {
    const { sheet } = this;
    if (this.drag) this.cancel();
    else if (this.mode) this.setMode(null);
    else if (sheet.calipers.measurement) sheet.calipers.clear();
    else if (sheet.span) {
      sheet.setSpan(null);
      this.store.navigation.clearSelection();
    } else return false;
    sheet.paper.focus({ preventScroll: true }); // what had the focus may be gone
    return true;
  }

  /** Place of the chosen beat, -1 for none. */
  chosenAt(): number {
    const { chosen } = this.store.navigation;
    const { beats } = this.store.review;
    return chosen === null ? -1 : beats.indexOfId(chosen);
  }

  // Pointer

  /** Where a pointer is on the paper. */
  pointIn(event: MouseEvent): [number, number] {
    const bounds = this.sheet.paper.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  /** Row and time under a point of the paper. */
  timeOf(x: number, y: number, plan: SheetPlan): { row: Row; timeS: number } {
    return timeAt(x, y, this.store.navigation.view.startS, plan);
  }

  /** Time of an x in the row where a drag began. */
  private timeInRow(x: number, row: Row, plan: SheetPlan): number {
    const inRow = Math.min(Math.max((x - plan.gutter) / plan.pxPerS, 0), row.lengthS);
    return this.store.navigation.view.startS + row.offsetS + inRow;
  }

  private dragKind(event: PointerEvent): DragKind {
    const corner = closestTo(event, "[data-corner]")?.dataset.corner;
    if (corner) return { kind: "corner", corner: corner as Corner };
    if (this.mode === "move") return { kind: "move" };
    if (this.mode === "add") return { kind: "add" };
    if (event.shiftKey || this.mode === "calipers") return { kind: "measure" };
    if (event.altKey || this.mode === "select") return { kind: "select" };
    return { kind: "pan" };
  }

  private press(event: PointerEvent): void {
    const { sheet, store } = this;
    const { plan } = sheet;
    if (event.button !== 0 || !plan) return;
    const letter = this.mode === "move" ? closestTo(event, ".sh-beat") : null;
    if (closestTo(event, "button") && !letter) return;
    sheet.marks.hideTip();
    const [x, y] = this.pointIn(event);
    const { row, timeS } = this.timeOf(x, y, plan);
    const { lane, cell } = laneAt(x, y - row.y, plan);
    const dragged = this.mode === null ? this.boundaryAt(x, y, row, lane, cell.lead, event.shiftKey, plan) : null;
    const kind: DragKind = dragged ? { kind: "boundary", dragged } : this.dragKind(event);
    const onLetter = kind.kind === "move" && letter !== null;
    this.drag = { ...kind, x, y, row, timeS, lane, startS: store.navigation.view.startS, moved: false, onLetter };
    if (onLetter) store.navigation.choose(Number(letter.dataset.id), { reveal: false });
    sheet.paper.setPointerCapture(event.pointerId);
    const focused = kind.kind === "corner" ? closestTo(event, "[data-corner]") : sheet.paper;
    focused?.focus({ preventScroll: true });
    event.preventDefault();
  }

  private move(event: PointerEvent): void {
    const { drag, sheet } = this;
    const { plan } = sheet;
    if (!plan) return;
    const [x, y] = this.pointIn(event);
    if (!drag) {
      if (this.mode === "add" && !closestTo(event, "button")) this.placing.previewAt(x, y, plan);
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    if (drag.kind === "add") this.placing.previewAt(x, y, plan);
    else if (drag.kind === "move") this.placing.moveTo(this.timeInRow(x, drag.row, plan));
    else if (drag.kind === "corner") this.dragCorner(x, y, drag, drag.corner, plan);
    else if (drag.kind === "boundary") this.sheet.setBoundary({ ...drag.dragged, timeS: this.timeInRow(x, drag.row, plan) });
    else if (drag.kind === "measure") this.measure(x, y, drag, plan);
    else if (drag.kind === "select") this.dragSpan(x, drag, plan);
    else this.pan(x, drag, plan);
  }

  private release(event: PointerEvent): void {
    const { drag, sheet } = this;
    const { plan } = sheet;
    this.drag = null;
    sheet.root.classList.remove("panning");
    if (!drag || !plan) return;
    const [x, y] = this.pointIn(event);
    if (drag.kind === "boundary" && drag.moved) this.dropBoundary(drag.dragged, this.timeInRow(x, drag.row, plan));
    else if (drag.kind === "add") this.placing.add(this.placing.peakAt(x, y, plan));
    else if (drag.kind === "move") this.dropBeat(x, y, drag, plan);
    else if (drag.kind === "select" && !drag.moved) sheet.setSpan(null);
    else if (drag.kind === "select" && sheet.span) this.selectSpan(sheet.span);
    else if (drag.kind !== "select" && drag.kind !== "corner" && !drag.moved) this.chooseAt(x, y, plan);
  }

  /** Select the beats of a span; one without any stays as it is, its rhythm can be named. */
  private selectSpan({ fromS, toS }: SheetSpan): void {
    const ids = idsBetween(this.store.review.beats, fromS, toS);
    this.sheet.setSpan({ fromS, toS, held: !ids.length });
    this.store.navigation.select(ids);
  }

  /** The boundary of the chosen beat under a point of the paper, null where there is none to drag. */
  private boundaryAt(x: number, y: number, row: Row, lane: Lane, lead: number, allLeads: boolean, plan: SheetPlan): DraggedBoundary | null {
    const { navigation, prefs, review, waves } = this.store;
    if (!prefs.waves || review.stage !== "classified" || navigation.chosen === null) return null;
    const beat = waves.ofBeat(navigation.chosen);
    if (!beat || !onBoundaryLines(y - row.y, lane.base, plan.mm)) return null;
    const { fs } = review.beats;
    const xOf = (sample: number) => plan.gutter + (sample / fs - navigation.view.startS - row.offsetS) * plan.pxPerS;
    const boundary = boundaryNear(beat, lead, x, xOf);
    return boundary < 0 ? null : { beat, boundary, lead, allLeads, timeS: (beat.boundaries[lead][boundary] ?? NaN) / fs };
  }

  private dropBoundary({ beat, boundary, lead, allLeads }: DraggedBoundary, timeS: number): void {
    this.sheet.setBoundary(null);
    const from = allLeads ? beat.common[boundary] : beat.boundaries[lead][boundary];
    const to = timeS * this.store.review.beats.fs;
    void this.store.edits.setBoundary(beat.id, BOUNDARIES[boundary], allLeads ? null : lead, [from, to]);
  }

  private cancel(): void {
    this.drag = null;
    this.sheet.setBoundary(null);
    this.sheet.root.classList.remove("panning");
    if (this.mode !== "move") this.sheet.setMoved(null);
  }

  private dropBeat(x: number, y: number, { moved, onLetter, row }: Drag, plan: SheetPlan): void {
    if (moved) this.placing.finishMove(this.timeInRow(x, row, plan));
    else if (onLetter) this.placing.startMove();
    else this.placing.finishMove(this.placing.peakAt(x, y, plan));
  }

  private pan(x: number, drag: Drag, plan: SheetPlan): void {
    this.sheet.root.classList.add("panning");
    this.store.navigation.setView(drag.startS - (x - drag.x) / plan.pxPerS);
  }

  /** A click on a beat's line chooses the beat. */
  private chooseAt(x: number, y: number, plan: SheetPlan): void {
    const { beats } = this.store.review;
    const { row, timeS } = this.timeOf(x, y, plan);
    if (y - row.y > plan.lanesBottom || x < plan.gutter - SNAP_PX) return;
    const at = beatNear(beats, timeS, (SNAP_PX + 1) / plan.pxPerS);
    if (at >= 0) this.store.navigation.choose(beats.id[at], { reveal: false });
  }

  /** Time and amplitude of a point in the row where a drag began. */
  private cornerAt(x: number, y: number, { row, lane }: Pick<Drag, "row" | "lane">, plan: SheetPlan): { timeS: number; mv: number } {
    return { timeS: this.timeInRow(x, row, plan), mv: (lane.base - (y - row.y)) / plan.pxPerMv };
  }

  /** An interval as it is measured: from beat to beat, or just as it was drawn. */
  private measuredInterval(fromS: number, toS: number, plan: SheetPlan): [number, number] {
    const { prefs } = this.store;
    const { beats } = this.store.review;
    return prefs.snap ? snapped(fromS, toS, beats, SNAP_PX / plan.pxPerS) : [fromS, toS];
  }

  private measure(x: number, y: number, drag: Drag, plan: SheetPlan): void {
    const from = this.cornerAt(drag.x, drag.y, drag, plan);
    const to = this.cornerAt(x, y, drag, plan);
    const [fromS, toS] = this.measuredInterval(from.timeS, to.timeS, plan);
    this.sheet.calipers.set({ lane: plan.lanes.indexOf(drag.lane), fromS, fromMv: from.mv, toS, toMv: to.mv });
  }

  private dragCorner(x: number, y: number, { row }: Drag, corner: Corner, plan: SheetPlan): void {
    const { calipers } = this.sheet;
    const { measurement } = calipers;
    if (!measurement) return;
    const lane = plan.lanes[Math.min(measurement.lane, plan.lanes.length - 1)];
    const at = this.cornerAt(x, y, { row, lane }, plan);
    const otherS = measurement[corner === "from" ? "toS" : "fromS"];
    const [snappedS, otherSnappedS] = this.measuredInterval(at.timeS, otherS, plan);
    const timeS = Math.abs(otherSnappedS - otherS) < 1e-6 ? snappedS : at.timeS; // the other corner stays where it is
    calipers.set({ ...measurement, [`${corner}S`]: timeS, [`${corner}Mv`]: at.mv });
  }

  private dragSpan(x: number, drag: Drag, plan: SheetPlan): void {
    const toS = this.timeInRow(x, drag.row, plan);
    this.sheet.setSpan({ fromS: Math.min(drag.timeS, toS), toS: Math.max(drag.timeS, toS) });
  }

  // Wheel and keys

  private wheel(event: WheelEvent): void {
    const { sheet, store } = this;
    const { plan } = sheet;
    if (!plan) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.turnedPx += event.deltaY * (event.deltaMode === 1 ? 16 : 1);
      const rested = performance.now() - this.zoomedAtMs > ZOOM_REST_MS;
      if (Math.abs(this.turnedPx) < ZOOM_PX || !rested) return;
      sheet.zoom(this.turnedPx < 0 ? 1 : -1, this.timeOf(...this.pointIn(event), plan).timeS);
      this.turnedPx = 0;
      this.zoomedAtMs = performance.now();
      return;
    }
    const px = wheelPx(event, plan.height <= window.innerHeight);
    if (!px) return;
    event.preventDefault();
    sheet.marks.hideTip();
    store.navigation.setView(store.navigation.view.startS + px / plan.pxPerS);
  }

  private key(event: KeyboardEvent): void {
    const { sheet } = this;
    if (event.ctrlKey || event.metaKey || event.target !== sheet.paper) return;
    if (this.tabLeaves && event.key === "Tab") event.stopPropagation(); // Escape, then Tab: on to what follows the strip
    if (event.key !== "Shift") this.tabLeaves = event.key === "Escape" && !this.mode && !sheet.calipers.measurement && !sheet.span;
    if ((this.mode !== "add" && this.mode !== "move") || !this.placing.key(event, this.mode)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The chosen beat changed: in select mode the span grows from where it began to there. */
  chosenChanged(): void {
    const { store } = this;
    if (this.mode === "move" && !this.drag) this.placing.startMove();
    if (this.mode !== "select" || this.drag) return;
    const at = this.chosenAt();
    if (at < 0) return;
    if (this.anchor < 0) this.anchor = at;
    const [first, last] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
    this.sheet.setSpan({ fromS: store.review.beats.timeS(first) - 0.05, toS: store.review.beats.timeS(last) + 0.05 });
    store.navigation.select(Array.from(store.review.beats.id.subarray(first, last + 1)));
  }
}
