// @ts-nocheck
// Hands on the sheet: dragging, the wheel, and the modes of measuring, selecting, adding and moving, by pointer and
// by key.

import { timeAt } from "./geometry.ts";
import { snapped } from "./measure.ts";
import { BeatHands } from "./sheet_hands.ts";
import { laneAt } from "./sheet_plan.ts";

export const MODES = ["calipers", "select", "add", "move"];
const CLICK_PX = 4;
const SNAP_PX = 8;
const ZOOM_PX = 60;
const ZOOM_REST_MS = 160;

/** Ids of the beats from one time to another. */
export function idsBetween(beats, fromS, toS) {
  const [left, right] = fromS < toS ? [fromS, toS] : [toS, fromS];
  const first = beats.firstAtOrAfter(Math.ceil(left * beats.fs - 1e-6));
  const stop = beats.firstAtOrAfter(Math.floor(right * beats.fs + 1e-6) + 1);
  return Array.from(beats.id.subarray(first, stop));
}

/** The beat nearest to a time within reach, -1 where there is none. */
export function beatNear(beats, timeS, reachS) {
  const at = beats.firstAtOrAfter(Math.round(timeS * beats.fs));
  let best = -1;
  for (const i of [at - 1, at]) {
    if (i < 0 || i >= beats.n || Math.abs(beats.timeS(i) - timeS) > reachS) continue;
    if (best < 0 || Math.abs(beats.timeS(i) - timeS) < Math.abs(beats.timeS(best) - timeS)) best = i;
  }
  return best;
}

/** Pixels that a turn of the wheel pans by: sideways as it is, up and down too where the sheet takes it. */
export function wheelPx({ deltaX, deltaY, deltaMode, shiftKey }, takesUpDown) {
  const unit = deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1;
  if (Math.abs(deltaX) > Math.abs(deltaY)) return deltaX * unit;
  return shiftKey || takesUpDown ? deltaY * unit : 0;
}

export class SheetTools {
  constructor(sheet) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.mode = null;
    this.hands = new BeatHands(sheet, this);
    this.turned = 0;
    const { paper } = sheet;
    paper.addEventListener("pointerdown", (event) => this.press(event));
    paper.addEventListener("pointermove", (event) => this.move(event));
    paper.addEventListener("pointerup", (event) => this.release(event));
    paper.addEventListener("pointercancel", () => this.cancel());
    paper.addEventListener("pointerleave", () => this.mode === "add" && !this.hands.byKey && sheet.setGhost(null));
    paper.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    paper.addEventListener("keydown", (event) => this.key(event));
  }

  // Modes

  /** Enter a mode; null leaves the one there is. */
  setMode(next) {
    const { store, sheet } = this;
    if (next === "move" && this.chosenAt() < 0) {
      store.showMessage("Choose the beat to move first.");
      return;
    }
    if ((next === "add" || next === "move") && store.review.stage !== "classified") {
      store.showMessage("Classify the beats first; edits belong to classified beats.", { problem: true });
      return;
    }
    this.quit();
    this.mode = next;
    if (next === "calipers") sheet.calipers.begin(sheet.plan);
    else if (next) sheet.paper.focus({ preventScroll: true });
    this.hands.begin(next);
    this.anchor = next === "select" ? this.chosenAt() : -1;
    sheet.modeChanged();
  }

  /** Put down what a mode had in hand. */
  quit() {
    const { sheet } = this;
    if (this.mode === "calipers") sheet.calipers.clear();
    this.drag = null;
    this.hands.putDown();
  }

  /** Leave the innermost thing; tells whether there was any. */
  leave() {
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

  chosenAt() {
    const { chosen } = this.store.navigation;
    const { beats } = this.store.review;
    return chosen === null ? -1 : beats.indexOfId(chosen);
  }

  // Pointer

  pointIn(event) {
    const bounds = this.sheet.paper.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  timeOf(x, y) {
    return timeAt(x, y, this.store.navigation.view.startS, this.sheet.plan);
  }

  /** Time of an x in the row where a drag began. */
  timeInRow(x, row) {
    const { plan } = this.sheet;
    const inRow = Math.min(Math.max((x - plan.gutter) / plan.pxPerS, 0), row.lengthS);
    return this.store.navigation.view.startS + row.offsetS + inRow;
  }

  kindOf(event) {
    const corner = event.target.closest("[data-corner]")?.dataset.corner;
    if (corner) return { kind: "corner", corner };
    if (this.mode === "move") return { kind: "move" };
    if (this.mode === "add") return { kind: "add" };
    if (event.shiftKey || this.mode === "calipers") return { kind: "measure" };
    if (event.altKey || this.mode === "select") return { kind: "select" };
    return { kind: "pan" };
  }

  press(event) {
    const { sheet, store } = this;
    if (event.button !== 0 || !sheet.plan) return;
    const onLetter = event.target.closest(".sh-beat");
    if (event.target.closest("button") && !(onLetter && this.mode === "move")) return;
    sheet.marks.hideTip();
    const [x, y] = this.pointIn(event);
    const { row, timeS } = this.timeOf(x, y);
    const { lane } = laneAt(x, y - row.y, sheet.plan);
    this.drag = { ...this.kindOf(event), x, y, row, timeS, lane, startS: store.navigation.view.startS, moved: false };
    if (this.drag.kind === "move" && onLetter) {
      store.navigation.choose(Number(onLetter.dataset.id), { reveal: false });
      this.drag.letter = true;
    }
    sheet.paper.setPointerCapture(event.pointerId);
    if (this.drag.kind === "corner") event.target.focus({ preventScroll: true });
    else sheet.paper.focus({ preventScroll: true });
    event.preventDefault();
  }

  move(event) {
    const { drag, sheet } = this;
    if (!sheet.plan) return;
    const [x, y] = this.pointIn(event);
    if (!drag) {
      if (this.mode === "add" && !event.target.closest("button")) this.hands.aim(x, y);
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    if (drag.kind === "add") this.hands.aim(x, y);
    else if (drag.kind === "move") this.hands.carry(this.timeInRow(x, drag.row));
    else if (drag.kind === "corner") this.dragCorner(x, y);
    else if (drag.kind === "measure") this.measure(x, y);
    else if (drag.kind === "select") this.dragSpan(x);
    else this.pan(x);
  }

  release(event) {
    const { drag, sheet } = this;
    this.drag = null;
    sheet.root.classList.remove("panning");
    if (!drag) return;
    const [x, y] = this.pointIn(event);
    if (drag.kind === "add") this.hands.add(this.hands.peakAt(x, y));
    else if (drag.kind === "move") this.dropBeat(x, y, drag);
    else if (drag.kind === "select" && !drag.moved) sheet.setSpan(null);
    else if (drag.kind === "select") this.selectSpan(sheet.span);
    else if (!drag.moved && drag.kind !== "corner") this.pick(x, y);
  }

  /** Select the beats of a span; one without any stays as it is, its rhythm can be named. */
  selectSpan({ fromS, toS }) {
    const ids = idsBetween(this.store.review.beats, fromS, toS);
    this.sheet.setSpan({ fromS, toS, held: !ids.length });
    this.store.navigation.select(ids);
  }

  cancel() {
    this.drag = null;
    this.sheet.root.classList.remove("panning");
    if (this.mode !== "move") this.sheet.setMoved(null);
  }

  dropBeat(x, y, { moved, letter, row }) {
    if (moved) this.hands.drop(this.timeInRow(x, row));
    else if (letter) this.hands.take();
    else this.hands.drop(this.hands.peakAt(x, y));
  }

  pan(x) {
    const { drag, sheet, store } = this;
    sheet.root.classList.add("panning");
    store.navigation.setView(drag.startS - (x - drag.x) / sheet.plan.pxPerS);
  }

  /** A click on a beat's line chooses the beat. */
  pick(x, y) {
    const { beats } = this.store.review;
    const { plan } = this.sheet;
    const { row, timeS } = this.timeOf(x, y);
    if (y - row.y > plan.lanesBottom || x < plan.gutter - SNAP_PX) return;
    const at = beatNear(beats, timeS, (SNAP_PX + 1) / plan.pxPerS);
    if (at >= 0) this.store.navigation.choose(beats.id[at], { reveal: false });
  }

  /** Time and amplitude of a point in the row where a drag began. */
  cornerAt(x, y, { row, lane }) {
    return { S: this.timeInRow(x, row), Mv: (lane.base - (y - row.y)) / this.sheet.plan.pxPerMv };
  }

  /** An interval as it is measured: from beat to beat, or just as it was drawn. */
  keptS(fromS, toS) {
    const { prefs } = this.store;
    const { beats } = this.store.review;
    return prefs.snap ? snapped(fromS, toS, beats, SNAP_PX / this.sheet.plan.pxPerS) : [fromS, toS];
  }

  measure(x, y) {
    const { drag, sheet } = this;
    const from = this.cornerAt(drag.x, drag.y, drag);
    const to = this.cornerAt(x, y, drag);
    const [fromS, toS] = this.keptS(from.S, to.S);
    sheet.calipers.set({ lane: sheet.plan.lanes.indexOf(drag.lane), fromS, fromMv: from.Mv, toS, toMv: to.Mv });
  }

  dragCorner(x, y) {
    const { drag, sheet } = this;
    const { measurement } = sheet.calipers;
    if (!measurement) return;
    const lane = sheet.plan.lanes[Math.min(measurement.lane, sheet.plan.lanes.length - 1)];
    const { S, Mv } = this.cornerAt(x, y, { row: drag.row, lane });
    const otherS = measurement[drag.corner === "from" ? "toS" : "fromS"];
    const [keptS, stays] = this.keptS(S, otherS);
    const timeS = Math.abs(stays - otherS) < 1e-6 ? keptS : S; // the other corner is not in hand
    sheet.calipers.set({ ...measurement, [`${drag.corner}S`]: timeS, [`${drag.corner}Mv`]: Mv });
  }

  dragSpan(x) {
    const { drag, sheet } = this;
    const toS = this.timeInRow(x, drag.row);
    sheet.setSpan({ fromS: Math.min(drag.timeS, toS), toS: Math.max(drag.timeS, toS) });
  }

  // Wheel and keys

  wheel(event) {
    const { sheet, store } = this;
    if (!sheet.plan) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.turned += event.deltaY * (event.deltaMode === 1 ? 16 : 1);
      const rested = performance.now() - (this.zoomedAt ?? -Infinity) > ZOOM_REST_MS;
      if (Math.abs(this.turned) < ZOOM_PX || !rested) return;
      sheet.zoom(this.turned < 0 ? 1 : -1, this.timeOf(...this.pointIn(event)).timeS);
      this.turned = 0;
      this.zoomedAt = performance.now();
      return;
    }
    const px = wheelPx(event, sheet.plan.height <= window.innerHeight);
    if (!px) return;
    event.preventDefault();
    sheet.marks.hideTip();
    store.navigation.setView(store.navigation.view.startS + px / sheet.plan.pxPerS);
  }

  key(event) {
    const { sheet } = this;
    if (event.ctrlKey || event.metaKey || event.target !== sheet.paper) return;
    if (this.freeTab && event.key === "Tab") event.stopPropagation(); // Escape, then Tab: on to what follows the strip
    if (event.key !== "Shift") this.freeTab = event.key === "Escape" && !this.mode && !sheet.calipers.measurement && !sheet.span;
    if ((this.mode !== "add" && this.mode !== "move") || !this.hands.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The chosen beat changed: in select mode the span grows from where it began to there. */
  chosenChanged() {
    const { store } = this;
    if (this.mode === "move" && !this.drag) this.hands.take();
    if (this.mode !== "select" || this.drag) return;
    const at = this.chosenAt();
    if (at < 0) return;
    if (this.anchor < 0) this.anchor = at;
    const [first, last] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
    this.sheet.setSpan({ fromS: store.review.beats.timeS(first) - 0.05, toS: store.review.beats.timeS(last) + 0.05 });
    store.navigation.select(Array.from(store.review.beats.id.subarray(first, last + 1)));
  }
}
