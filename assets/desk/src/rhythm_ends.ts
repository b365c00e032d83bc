// The two ends of a named span: dragged, or moved by keys from beat to beat.

import type { BeatTable } from "./beat_table.ts";
import { element } from "./dom.ts";
import { placeTime, SIZES } from "./geometry.ts";
import { trimRhythm } from "./rhythm_edits.ts";
import { rhythmOf } from "./rhythm_names.ts";
import { limitsOf, type OurRhythm } from "./rhythm_spans.ts";
import type { Sheet } from "./sheet.ts";
import type { Scene } from "./sheet_scene.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";

const SNAP_PX = 8;
const REST_MS = 700;
const LONG_STEP_S = 1;
const ENDS = ["fromS", "toS"] as const;
type End = (typeof ENDS)[number];
const NAMES: Record<End, string> = { fromS: "Start", toS: "End" };

/** Time that a key moves an end to: the next beat, with Shift a second, with Alt a sample; null for other keys. */
export function endAfter(
  { key, shiftKey, altKey }: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey">,
  timeS: number,
  beats: BeatTable,
): number | null {
  const direction = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  if (!direction) return null;
  if (altKey) return timeS + direction / beats.fs;
  if (shiftKey) return timeS + direction * LONG_STEP_S;
  // The end of a span lies one sample behind its last beat: that beat is not the next one.
  const sample = Math.round(timeS * beats.fs);
  const at = direction > 0 ? beats.firstAtOrAfter(sample + 1) : beats.firstAtOrAfter(sample - 1) - 1;
  return at < 0 || at >= beats.n ? timeS + direction * LONG_STEP_S : beats.timeS(at);
}

export class RhythmEnds {
  readonly nodes: Readonly<Record<End, HTMLElement>>;
  private readonly sheet: Sheet;
  private readonly store: Store;
  /** The end that is dragged. */
  private dragged: End | null = null;
  /** The ends were moved and are not sent yet. */
  private changed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sheet: Sheet) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.nodes = { fromS: this.build("fromS"), toS: this.build("toS") };
  }

  /** Whether the ends are being moved: those of the server do not count meanwhile. */
  get moving(): boolean {
    return this.dragged !== null || this.changed;
  }

  private build(end: End): HTMLElement {
    const node = element("div", `sh-rhythm-end ${end === "fromS" ? "start" : "stop"}`);
    node.tabIndex = 0;
    node.hidden = true;
    node.setAttribute("role", "slider");
    node.setAttribute("aria-valuemin", "0");
    node.title = "Drag, or ← → from beat to beat; Shift: a second, Alt: a sample";
    node.addEventListener("pointerdown", (event) => this.startDrag(event, end));
    node.addEventListener("pointermove", (event) => this.drag(event, end));
    node.addEventListener("pointerup", (event) => this.endDrag(event));
    node.addEventListener("pointercancel", () => this.revert());
    node.addEventListener("keydown", (event) => this.key(event, end));
    node.addEventListener("blur", () => this.commit());
    return node;
  }

  /** Stand at the ends of the selected span; away where there is none, or they are out of sight. */
  place({ plan, view, facts }: Scene, stretch: OurRhythm | null): void {
    for (const end of ENDS) {
      const node = this.nodes[end];
      const at = stretch ? placeTime(stretch[end], view.startS, plan) : null;
      node.hidden = !at;
      if (!stretch || !at) continue;
      node.style.transform = `translate(${at.x.toFixed(2)}px, ${at.row.y}px)`;
      node.style.height = `${plan.lettersTop}px`;
      node.style.setProperty("--half", `${SIZES.rhythm / 2}px`);
      node.setAttribute("aria-label", `${NAMES[end]} of ${rhythmOf(stretch.code).name}`);
      node.setAttribute("aria-valuemax", String(Math.round(facts.durationS)));
      node.setAttribute("aria-valuenow", stretch[end].toFixed(2));
      node.setAttribute("aria-valuetext", formatTime(stretch[end], facts.clockS, 2));
    }
  }

  /** Give an end another time, not beyond the other end. */
  private move(end: End, timeS: number): number | null {
    const { span } = this.sheet;
    const { facts } = this.store.review;
    if (!span || !facts) return null;
    const inside = Math.min(Math.max(timeS, 0), facts.durationS);
    const keptS = end === "fromS" ? Math.min(inside, span.toS - 2 / facts.fs) : Math.max(inside, span.fromS + 2 / facts.fs);
    this.sheet.setSpan({ ...span, [end]: keptS });
    this.changed = true;
    return keptS;
  }

  // Pointer

  private startDrag(event: PointerEvent, end: End): void {
    if (event.button !== 0) return;
    const node = this.nodes[end];
    node.setPointerCapture(event.pointerId);
    node.focus({ preventScroll: true });
    this.dragged = end;
    event.preventDefault();
    event.stopPropagation();
  }

  private drag(event: PointerEvent, end: End): void {
    const { tools, plan, span } = this.sheet;
    if (this.dragged !== end || !span || !plan) return;
    this.move(end, tools.timeOf(...tools.pointIn(event), plan).timeS);
    event.stopPropagation();
  }

  private endDrag(event: PointerEvent): void {
    if (!this.dragged) return;
    event.stopPropagation();
    this.commit(SNAP_PX);
  }

  // Keys

  private key(event: KeyboardEvent, end: End): void {
    const { sheet, store } = this;
    if (event.ctrlKey || event.metaKey || !sheet.span) return;
    if (event.key === "Escape" && this.changed) this.revert();
    else if (event.key === "Enter" && this.changed) this.commit();
    else if (event.key === "Delete" || event.key === "Backspace") sheet.rhythm.remove();
    else {
      const { beats } = store.review;
      const timeS = endAfter(event, sheet.span[end], beats);
      if (timeS === null) return;
      const onBeat = !event.shiftKey && !event.altKey && end === "toS";
      const movedS = this.move(end, timeS + (onBeat ? 1 / beats.fs : 0));
      if (movedS !== null && !store.navigation.shows(movedS, 0)) store.navigation.setView(movedS - store.navigation.view.spanS / 2);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.commit(), REST_MS);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Send the ends as they are now; ends that were dragged near a beat go to it. */
  commit(reachPx = 0): void {
    clearTimeout(this.timer);
    const { sheet, store } = this;
    const { span, plan } = sheet;
    const { facts, beats, rhythms } = store.review;
    const moved = this.changed;
    this.dragged = null;
    this.changed = false;
    if (!moved || !plan || !facts || typeof span?.named !== "number") return;
    const limits = limitsOf(span.fromS, span.toS, beats, reachPx / plan.pxPerS, facts.nSamples);
    const known = rhythms.find((each) => each.span === span.named);
    // The end that was not moved stays to the sample.
    if (known && Math.abs(known.start_sample / facts.fs - span.fromS) < 1e-6) limits[0] = known.start_sample;
    if (known && Math.abs(known.stop_sample / facts.fs - span.toS) < 1e-6) limits[1] = known.stop_sample;
    trimRhythm(store, span.named, limits);
    sheet.rhythm.updateSpan();
  }

  /** Leave the ends as they were. */
  revert(): void {
    clearTimeout(this.timer);
    this.dragged = null;
    this.changed = false;
    this.sheet.rhythm.updateSpan();
  }

  destroy(): void {
    clearTimeout(this.timer);
  }
}
