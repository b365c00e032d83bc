// Hands on the sheet: dragging, the wheel, and the modes of measuring, selecting, adding and moving, by pointer and
// by key.

import { timeAt } from "../strip/geometry.js";
import { chunksOf } from "./chunks.js";
import { snapped } from "./measure.js";
import { laneAt } from "./sheet_plan.js";
import { extremum } from "./sheet_trace.js";

export const MODES = ["calipers", "select", "add", "move"];
const CLICK_PX = 4;
const SNAP_PX = 8;
const REACH_S = 0.06;
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
    this.addLetter = "N";
    this.turned = 0;
    const { paper } = sheet;
    paper.addEventListener("pointerdown", (event) => this.press(event));
    paper.addEventListener("pointermove", (event) => this.move(event));
    paper.addEventListener("pointerup", (event) => this.release(event));
    paper.addEventListener("pointercancel", () => this.cancel());
    paper.addEventListener("pointerleave", () => this.mode === "add" && !this.byKey && sheet.setGhost(null));
    paper.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    paper.addEventListener("keydown", (event) => this.key(event));
  }

  // Modes

  setMode(name) {
    const { store, sheet } = this;
    const next = this.mode === name ? null : name;
    if (next === "move" && this.chosenAt() < 0) {
      store.say("Choose the beat to move first.");
      return;
    }
    if ((next === "add" || next === "move") && store.stage !== "classified") {
      store.say("Classify the beats first; edits belong to classified beats.", { problem: true });
      return;
    }
    this.quit();
    this.mode = next;
    if (next === "calipers" && !sheet.calipers.measurement) sheet.calipers.begin(sheet.plan);
    if (next === "calipers") sheet.calipers.handles.to.focus({ preventScroll: true });
    else if (next) sheet.paper.focus({ preventScroll: true });
    if (next === "move") this.beginMove();
    if (next === "add") this.beginAdd();
    this.anchor = next === "select" ? this.chosenAt() : -1;
    sheet.modeChanged();
  }

  /** Put down what a mode had in hand. */
  quit() {
    const { sheet } = this;
    if (this.mode === "calipers") sheet.calipers.clear();
    this.drag = null;
    this.byKey = false;
    sheet.setGhost(null);
    sheet.setMoved(null);
  }

  /** Leave the innermost thing; tells whether there was any. */
  leave() {
    const { sheet } = this;
    if (this.drag) this.cancel();
    else if (this.mode) this.setMode(this.mode);
    else if (sheet.calipers.measurement) sheet.calipers.clear();
    else if (sheet.span) {
      sheet.setSpan(null);
      this.store.clearSelection();
    } else return false;
    return true;
  }

  chosenAt() {
    const { chosen, beats } = this.store;
    return chosen === null ? -1 : beats.indexOfId(chosen);
  }

  // Pointer

  pointIn(event) {
    const bounds = this.sheet.paper.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  timeOf(x, y) {
    return timeAt(x, y, this.store.view.startS, this.sheet.plan);
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
    this.drag = { ...this.kindOf(event), x, y, row, timeS, lane, startS: store.view.startS, moved: false };
    if (this.drag.kind === "move" && onLetter) {
      store.choose(Number(onLetter.dataset.id), { reveal: false });
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
      if (this.mode === "add" && !event.target.closest("button")) this.aim(x, y);
      return;
    }
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    const act = { pan: "pan", measure: "measure", corner: "dragCorner", select: "span", move: "dragBeat", add: "aim" }[drag.kind];
    this[act](x, y);
  }

  release(event) {
    const { drag, sheet } = this;
    this.drag = null;
    sheet.root.classList.remove("panning");
    if (!drag) return;
    const [x, y] = this.pointIn(event);
    if (drag.kind === "add") this.addAt(x, y);
    else if (drag.kind === "move") this.dropBeat(x, y, drag);
    else if (drag.kind === "select" && !drag.moved) sheet.setSpan(null);
    else if (drag.kind === "select") this.store.select(idsBetween(this.store.beats, sheet.span.fromS, sheet.span.toS));
    else if (!drag.moved && drag.kind !== "corner") this.pick(x, y);
  }

  cancel() {
    this.drag = null;
    this.sheet.root.classList.remove("panning");
    if (this.mode !== "move") this.sheet.setMoved(null);
  }

  pan(x) {
    const { drag, sheet, store } = this;
    sheet.root.classList.add("panning");
    store.setView(drag.startS - (x - drag.x) / sheet.plan.pxPerS);
  }

  /** A click on a beat's line chooses the beat. */
  pick(x, y) {
    const { beats } = this.store;
    const { plan } = this.sheet;
    const { row, timeS } = this.timeOf(x, y);
    if (y - row.y > plan.lanesBottom || x < plan.gutter - SNAP_PX) return;
    const at = beatNear(beats, timeS, (SNAP_PX + 1) / plan.pxPerS);
    if (at >= 0) this.store.choose(beats.id[at], { reveal: false });
  }

  /** Time and amplitude of a point in the row where a drag began. */
  cornerAt(x, y, { row, lane }, free) {
    const { plan } = this.sheet;
    const { view, prefs, beats } = this.store;
    const inRow = Math.min(Math.max((x - plan.gutter) / plan.pxPerS, 0), row.lengthS);
    const timeS = view.startS + row.offsetS + inRow;
    const atS = prefs.snap && !free ? snapped(timeS, beats, SNAP_PX / plan.pxPerS) : timeS;
    return { S: atS, Mv: (lane.base - (y - row.y)) / plan.pxPerMv };
  }

  measure(x, y) {
    const { drag, sheet } = this;
    const from = this.cornerAt(drag.x, drag.y, drag);
    const to = this.cornerAt(x, y, drag);
    sheet.calipers.set({ lane: sheet.plan.lanes.indexOf(drag.lane), fromS: from.S, fromMv: from.Mv, toS: to.S, toMv: to.Mv });
  }

  dragCorner(x, y) {
    const { drag, sheet } = this;
    const { measurement } = sheet.calipers;
    if (!measurement) return;
    const lane = sheet.plan.lanes[Math.min(measurement.lane, sheet.plan.lanes.length - 1)];
    const { S, Mv } = this.cornerAt(x, y, { row: drag.row, lane });
    sheet.calipers.set({ ...measurement, [`${drag.corner}S`]: S, [`${drag.corner}Mv`]: Mv });
  }

  span(x) {
    const { drag, sheet, store } = this;
    const { plan } = sheet;
    const inRow = Math.min(Math.max((x - plan.gutter) / plan.pxPerS, 0), drag.row.lengthS);
    const toS = store.view.startS + drag.row.offsetS + inRow;
    sheet.setSpan({ fromS: Math.min(drag.timeS, toS), toS: Math.max(drag.timeS, toS) });
  }

  // Adding and moving beats

  /** The extremum of the nearest lead around a point: where a beat would be put. */
  peakAt(x, y) {
    const { sheet } = this;
    const { row, timeS } = this.timeOf(x, y);
    const { cell } = laneAt(x, y - row.y, sheet.plan);
    return this.peak(cell.lead, timeS) ?? timeS;
  }

  peak(lead, timeS) {
    const { chunks } = this.sheet;
    const [first, last] = chunksOf(timeS - 6 * REACH_S, timeS + 6 * REACH_S, chunks.nChunks);
    const near = [];
    for (let index = first; index <= last; index += 1) near.push(chunks.get(index));
    return extremum(near, lead, timeS, REACH_S)?.timeS;
  }

  aim(x, y) {
    this.byKey = false;
    this.sheet.setGhost(this.peakAt(x, y));
  }

  addAt(x, y) {
    this.place(this.peakAt(x, y));
  }

  place(timeS) {
    const { store, sheet } = this;
    const sample = Math.round(timeS * store.facts.fs);
    if (sample < 0 || sample >= store.facts.nSamples) return;
    if (store.beats.indexOfSample(sample) >= 0) store.say("There is a beat already.");
    else store.add(sample, this.addLetter);
    sheet.setGhost(this.byKey ? timeS : null);
  }

  beginAdd() {
    const { view } = this.store;
    const at = this.chosenAt();
    const timeS = at >= 0 ? this.store.beats.timeS(at) : -1;
    const inView = timeS >= view.startS && timeS <= view.startS + view.spanS;
    this.byKey = true;
    this.sheet.setGhost(inView ? timeS + 0.4 : view.startS + this.sheet.plan.rowS / 2);
  }

  beginMove() {
    const index = this.chosenAt();
    this.sheet.setMoved(index < 0 ? null : { index, timeS: this.store.beats.timeS(index) });
  }

  dragBeat(x, y) {
    const { drag, sheet } = this;
    const index = this.chosenAt();
    if (index < 0) return;
    const inRow = Math.min(Math.max((x - sheet.plan.gutter) / sheet.plan.pxPerS, 0), drag.row.lengthS);
    drag.toS = drag.letter ? this.store.view.startS + drag.row.offsetS + inRow : this.timeOf(x, y).timeS;
    sheet.setMoved({ index, timeS: drag.toS });
  }

  dropBeat(x, y, drag) {
    if (drag.letter && !drag.moved) return this.beginMove();
    return this.moveTo(drag.moved ? drag.toS : this.peakAt(x, y));
  }

  moveTo(timeS) {
    const { store, sheet } = this;
    const index = this.chosenAt();
    if (index >= 0) {
      const sample = Math.min(Math.max(Math.round(timeS * store.facts.fs), 0), store.facts.nSamples - 1);
      if (store.beats.indexOfSample(sample) < 0) store.move(store.beats.id[index], sample);
      else if (store.beats.sample[index] !== sample) store.say("There is a beat already.");
    }
    sheet.setMoved(null);
    this.setMode("move"); // one beat, then out
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
    store.setView(store.view.startS + px / sheet.plan.pxPerS);
  }

  key(event) {
    const { sheet, store } = this;
    if (event.ctrlKey || event.metaKey || event.target !== sheet.paper) return;
    if (this.freeTab && event.key === "Tab") event.stopPropagation(); // Escape, then Tab: on to what follows the strip
    if (event.key !== "Shift") this.freeTab = event.key === "Escape" && !this.mode && !sheet.calipers.measurement && !sheet.span;
    if (this.mode !== "add" && this.mode !== "move") return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isDone = event.key === "Enter" || event.key === " ";
    if (!step && !isDone) return;
    const by = step * (event.altKey ? 1 / store.facts.fs : event.shiftKey ? 0.1 : 0.01);
    const at = this.mode === "add" ? sheet.ghostS : sheet.moved?.timeS;
    if (at === null || at === undefined) return;
    const keep = (timeS) => Math.min(Math.max(timeS, store.view.startS), store.view.startS + store.view.spanS);
    if (this.mode === "add") {
      this.byKey = true;
      if (step) sheet.setGhost(keep(at + by));
      else this.place(at);
    } else if (step) sheet.setMoved({ ...sheet.moved, timeS: keep(at + by) });
    else this.moveTo(at);
    event.preventDefault();
    event.stopPropagation();
  }

  /** The chosen beat changed: in select mode the span grows from where it began to there. */
  chosenChanged() {
    const { store } = this;
    if (this.mode === "move" && !this.drag) this.beginMove();
    if (this.mode !== "select" || this.drag) return;
    const at = this.chosenAt();
    if (at < 0) return;
    if (this.anchor < 0) this.anchor = at;
    const [first, last] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
    this.sheet.setSpan({ fromS: store.beats.timeS(first) - 0.05, toS: store.beats.timeS(last) + 0.05 });
    store.select(Array.from(store.beats.id.subarray(first, last + 1)));
  }
}
