// @ts-nocheck
// The two ends of a named span: dragged, or moved by keys from beat to beat.

import { element } from "./dom.ts";
import { placeTime, SIZES } from "./geometry.ts";
import { trimRhythm } from "./rhythm_edits.ts";
import { rhythmOf } from "./rhythm_names.ts";
import { limitsOf } from "./rhythm_spans.ts";
import { formatTime } from "./times.ts";

const SNAP_PX = 8;
const REST_MS = 700;
const LONG_STEP_S = 1;
const NAMES = { fromS: "Start", toS: "End" };

/** Time that a key moves an end to: the next beat, with Shift a second, with Alt a sample; null for other keys. */
export function endAfter({ key, shiftKey, altKey }, timeS, beats) {
  const way = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (!way) return null;
  if (altKey) return timeS + way / beats.fs;
  if (shiftKey) return timeS + way * LONG_STEP_S;
  // The end of a span lies one sample behind its last beat: that beat is not the next one.
  const sample = Math.round(timeS * beats.fs);
  const at = way > 0 ? beats.firstAtOrAfter(sample + 1) : beats.firstAtOrAfter(sample - 1) - 1;
  return at < 0 || at >= beats.n ? timeS + way * LONG_STEP_S : beats.timeS(at);
}

export class RhythmEnds {
  constructor(sheet) {
    Object.assign(this, { sheet, store: sheet.store });
    this.nodes = ["fromS", "toS"].map((end) => this.build(end));
  }

  build(end) {
    const node = element("div", `sh-rhythm-end ${end === "fromS" ? "start" : "stop"}`);
    node.tabIndex = 0;
    node.end = end;
    node.hidden = true;
    node.setAttribute("role", "slider");
    node.setAttribute("aria-valuemin", "0");
    node.title = "Drag, or ← → from beat to beat; Shift: a second, Alt: a sample";
    node.addEventListener("pointerdown", (event) => this.take(event, node));
    node.addEventListener("pointermove", (event) => this.drag(event, node));
    node.addEventListener("pointerup", (event) => this.drop(event));
    node.addEventListener("pointercancel", () => this.restore());
    node.addEventListener("keydown", (event) => this.key(event, node));
    node.addEventListener("blur", () => this.keep());
    return node;
  }

  /** Stand at the ends of the span that is in hand; away where there is none, or they are out of sight. */
  place(plan, view, stretch) {
    for (const node of this.nodes) {
      const at = stretch ? placeTime(stretch[node.end], view.startS, plan) : null;
      node.hidden = !at;
      if (!at) continue;
      const { clockS = null, durationS } = this.store.review.facts;
      node.style.transform = `translate(${at.x.toFixed(2)}px, ${at.row.y}px)`;
      node.style.height = `${plan.lettersTop}px`;
      node.style.setProperty("--half", `${SIZES.rhythm / 2}px`);
      node.setAttribute("aria-label", `${NAMES[node.end]} of ${rhythmOf(stretch.code).name}`);
      node.setAttribute("aria-valuemax", String(Math.round(durationS)));
      node.setAttribute("aria-valuenow", stretch[node.end].toFixed(2));
      node.setAttribute("aria-valuetext", formatTime(stretch[node.end], clockS, 2));
    }
  }

  /** Give an end another time, not beyond the other end. */
  move(end, timeS) {
    const { span } = this.sheet;
    const { durationS, fs } = this.store.review.facts;
    const inside = Math.min(Math.max(timeS, 0), durationS);
    const kept = end === "fromS" ? Math.min(inside, span.toS - 2 / fs) : Math.max(inside, span.fromS + 2 / fs);
    this.sheet.setSpan({ ...span, [end]: kept });
    return kept;
  }

  // Pointer

  take(event, node) {
    if (event.button !== 0) return;
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    this.held = node.end;
    event.preventDefault();
    event.stopPropagation();
  }

  drag(event, node) {
    if (this.held !== node.end || !this.sheet.span) return;
    const { tools } = this.sheet;
    this.move(node.end, tools.timeOf(...tools.pointIn(event)).timeS);
    this.changed = true;
    event.stopPropagation();
  }

  drop(event) {
    if (!this.held) return;
    event.stopPropagation();
    this.keep(SNAP_PX);
  }

  // Keys

  key(event, node) {
    const { sheet, store } = this;
    if (event.ctrlKey || event.metaKey || !sheet.span) return;
    if (event.key === "Escape" && this.changed) this.restore();
    else if (event.key === "Enter" && this.changed) this.keep();
    else if (event.key === "Delete" || event.key === "Backspace") sheet.rhythm.remove();
    else {
      const timeS = endAfter(event, sheet.span[node.end], store.review.beats);
      if (timeS === null) return;
      const onBeat = !event.shiftKey && !event.altKey && node.end === "toS";
      const kept = this.move(node.end, timeS + (onBeat ? 1 / store.review.facts.fs : 0));
      this.changed = true;
      if (!store.navigation.shows(kept, 0)) store.navigation.setView(kept - store.navigation.view.spanS / 2);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), REST_MS);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Send the ends as they are now; ends that were dragged near a beat go to it. */
  keep(reachPx = 0) {
    clearTimeout(this.timer);
    const { sheet, store } = this;
    const { span, plan } = sheet;
    const moved = this.changed;
    this.held = null;
    this.changed = false;
    if (!moved || span?.named === undefined || span.named === null) return;
    const reachS = reachPx / plan.pxPerS;
    const limits = limitsOf(span.fromS, span.toS, store.review.beats, reachS, store.review.facts.nSamples);
    const known = store.review.rhythms.find((each) => each.span === span.named);
    // The end that was not in hand stays to the sample.
    if (known && Math.abs(known.start_sample / store.review.facts.fs - span.fromS) < 1e-6) limits[0] = known.start_sample;
    if (known && Math.abs(known.stop_sample / store.review.facts.fs - span.toS) < 1e-6) limits[1] = known.stop_sample;
    trimRhythm(store, span.named, limits);
    sheet.rhythm.follow();
  }

  /** Leave the ends as they were. */
  restore() {
    clearTimeout(this.timer);
    this.held = null;
    this.changed = false;
    this.sheet.rhythm.follow();
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
