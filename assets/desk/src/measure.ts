// Calipers: a box that measures time, rate and amplitude. It belongs to the signal, so it goes along when the view
// moves; its corners are moved by hand or by arrow keys, and its interval can be marched out over the row.

import type { BeatTable } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import type { LeadFacts } from "./facts.ts";
import { SIZES, type Row } from "./geometry.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";

/** What the calipers measure: two corners on a lane. */
export interface Measurement {
  /** Place among the lanes. */
  lane: number;
  fromS: number;
  toS: number;
  fromMv: number;
  toMv: number;
}

export type Corner = "from" | "to";

/** What a corner is moved by. */
interface CornerStep {
  dS: number;
  dMv: number;
}

/** A measurement on the sheet, in px. */
interface Box {
  row: Row;
  corners: Record<Corner, [number, number]>;
  left: number;
  top: number;
  width: number;
  height: number;
}

const STEP_S = 0.01;
const STEP_MV = 0.05;
const FINE_MV = 0.01;
const SHORTEST_MARCH_S = 0.05;
const MOST_LINES = 200;

/** Time of the beat nearest to a time, null where none is within reach. */
function nearestS(timeS: number, beats: BeatTable, reachS: number): number | null {
  const at = beats.firstAtOrAfter(Math.round(timeS * beats.fs));
  let best: number | null = null;
  for (const i of [at - 1, at]) {
    if (i < 0 || i >= beats.n || Math.abs(beats.timeS(i) - timeS) > reachS) continue;
    if (best === null || Math.abs(beats.timeS(i) - timeS) < Math.abs(best - timeS)) best = beats.timeS(i);
  }
  return best;
}

/**
 * An interval that keeps to beats: one that goes from a beat to another ends exactly on both. Any other is left as it
 * was drawn, since the onset of a QRS complex lies within reach of its beat: a PR interval must not end at the R peak.
 */
export function snapped(fromS: number, toS: number, beats: BeatTable, reachS: number): [number, number] {
  const [from, to] = [nearestS(fromS, beats, reachS), nearestS(toS, beats, reachS)];
  return from === null || to === null || from === to ? [fromS, toS] : [from, to];
}

/** Times at which the interval of a measurement ends again and again on either side, inside a stretch of time. */
export function marchTimes({ fromS, toS }: Pick<Measurement, "fromS" | "toS">, beginS: number, endS: number): number[] {
  const [left, right] = fromS < toS ? [fromS, toS] : [toS, fromS];
  const stepS = right - left;
  if (stepS < SHORTEST_MARCH_S) return [];
  const times: number[] = [];
  for (let timeS = left - stepS; timeS >= beginS && times.length < MOST_LINES; timeS -= stepS) times.unshift(timeS);
  for (let k = 0; left + k * stepS <= endS && times.length < MOST_LINES; k += 1) {
    if (left + k * stepS >= beginS) times.push(left + k * stepS);
  }
  return times;
}

/** What a key moves a corner by; null for keys that move nothing. */
export function cornerStep({ key, altKey }: Pick<KeyboardEvent, "key" | "altKey">, fs: number): CornerStep | null {
  const [dS, dMv] = altKey ? [1 / fs, FINE_MV] : [STEP_S, STEP_MV];
  const steps: Partial<Record<string, CornerStep>> = {
    ArrowLeft: { dS: -dS, dMv: 0 },
    ArrowRight: { dS, dMv: 0 },
    ArrowUp: { dS: 0, dMv },
    ArrowDown: { dS: 0, dMv: -dMv },
  };
  return steps[key] ?? null;
}

/** A measurement with one corner moved; it stays inside the recording. */
export function cornerMoved(measurement: Measurement, corner: Corner, { dS, dMv }: CornerStep, durationS: number): Measurement {
  const timeS = Math.min(Math.max(measurement[`${corner}S`] + dS, 0), durationS);
  return { ...measurement, [`${corner}S`]: timeS, [`${corner}Mv`]: measurement[`${corner}Mv`] + dMv };
}

/** "356 ms · 169 bpm · 1.24 mV"; a lead without calibration has no height. */
export function measurementText({ fromS, toS, fromMv, toMv }: Omit<Measurement, "lane">, calibrated = true): string {
  const [ms, mv] = [Math.round(Math.abs(toS - fromS) * 1000), Math.abs(toMv - fromMv)];
  const parts = [`${ms.toLocaleString("en")} ms`];
  if (ms > 0) parts.push(`${Math.round(60000 / ms).toLocaleString("en")} bpm`);
  parts.push(calibrated ? `${mv.toFixed(2)} mV` : "height uncalibrated");
  return parts.join(" · ");
}

/** Whether all leads of a measurement's lane have known heights. */
export function isCalibrated(measurement: Measurement, plan: SheetPlan, leads: readonly Pick<LeadFacts, "calibrated">[]): boolean {
  const lane = plan.lanes[Math.min(measurement.lane, plan.lanes.length - 1)];
  return lane.cells.every((cell) => leads[cell.lead].calibrated);
}

/** Box of a measurement on the sheet, null where nothing of it is on screen. */
export function boxOf(measurement: Measurement, viewStartS: number, plan: SheetPlan): Box | null {
  const [leftS, rightS] = [measurement.fromS, measurement.toS].sort((a, b) => a - b);
  const offset = (timeS: number) => timeS - viewStartS;
  const rowOf = (timeS: number) => plan.rows.find((row) => offset(timeS) >= row.offsetS && offset(timeS) <= row.offsetS + row.lengthS);
  const row = rowOf((leftS + rightS) / 2) ?? rowOf(leftS) ?? rowOf(rightS);
  if (!row) return null;
  const lane = plan.lanes[Math.min(measurement.lane, plan.lanes.length - 1)];
  const end = plan.gutter + row.lengthS * plan.pxPerS;
  const x = (timeS: number) => Math.min(Math.max(plan.gutter + (offset(timeS) - row.offsetS) * plan.pxPerS, plan.gutter), end);
  const lowest = plan.rowHeight - SIZES.times;
  const y = (mv: number) => row.y + Math.min(Math.max(lane.base - mv * plan.pxPerMv, 0), lowest);
  const corners: Box["corners"] = { from: [x(measurement.fromS), y(measurement.fromMv)], to: [x(measurement.toS), y(measurement.toMv)] };
  const [[x0, x1], [y0, y1]] = [0, 1].map((axis) => [corners.from[axis], corners.to[axis]].sort((a, b) => a - b));
  return { row, corners, left: x0, top: y0, width: x1 - x0, height: y1 - y0 };
}

export class Calipers {
  measurement: Measurement | null = null;
  readonly box = element("div", "sh-calipers");
  private readonly store: Store;
  private readonly onChange: () => void;
  private marching = false;
  private readonly label = element("span", "sh-calipers-label");
  private readonly text = element("span", "sh-figures");
  private readonly marchButton: HTMLButtonElement;
  private readonly snapButton: HTMLButtonElement;
  private readonly handles: Record<Corner, HTMLElement>;

  /** `onChange()` is called when the measurement changed or was marched out. */
  constructor(store: Store, onChange: () => void) {
    this.store = store;
    this.onChange = onChange;
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", "Calipers");
    this.marchButton = button("sh-march", "march out", "Repeat the interval over the row (Enter)", () => this.march());
    this.snapButton = button("sh-march", "snap", "An interval dragged from beat to beat keeps to them", () => store.setPref("snap", !store.prefs.snap));
    this.label.append(this.text, this.marchButton, this.snapButton);
    this.handles = { from: this.makeHandle("from", "First"), to: this.makeHandle("to", "Second") };
    this.box.append(this.handles.from, this.handles.to, this.label);
    this.box.hidden = true;
  }

  private makeHandle(corner: Corner, name: string): HTMLElement {
    const handle = element("span", "sh-corner");
    handle.tabIndex = 0;
    handle.dataset.corner = corner;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", `${name} corner of the calipers`);
    handle.title = "Arrow keys move it by 10 ms and 0.05 mV, with Alt by one sample and 0.01 mV";
    handle.addEventListener("keydown", (event) => this.key(event, corner));
    return handle;
  }

  private key(event: KeyboardEvent, corner: Corner): void {
    const { facts } = this.store.review;
    if (!facts || !this.measurement) return;
    const step = event.ctrlKey || event.metaKey || event.shiftKey ? null : cornerStep(event, facts.fs);
    if (step) this.measurement = cornerMoved(this.measurement, corner, step, facts.durationS);
    else if (event.key === "Enter" || event.key === " ") this.march();
    else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear(); // and no beat
      this.box.parentElement?.focus({ preventScroll: true });
    } else {
      if (event.key === "Tab") event.stopPropagation(); // on to the other corner, not to the next uncertain beat
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.onChange();
  }

  private march(): void {
    this.marching = !this.marching;
    this.onChange();
  }

  set(measurement: Measurement): void {
    this.measurement = measurement;
    this.onChange();
  }

  clear(): void {
    this.measurement = null;
    this.marching = false;
    this.onChange();
  }

  /**
   * Show the calipers and focus them for keys. Where nothing is measured they begin with the interval before the
   * chosen beat, else with a second in the middle of the view.
   */
  begin(plan: SheetPlan): void {
    if (!this.measurement) this.set(this.firstMeasurement(plan));
    this.place(plan, this.store.navigation.view.startS);
    this.handles.to.focus({ preventScroll: true });
  }

  private firstMeasurement(plan: SheetPlan): Measurement {
    const { beats } = this.store.review;
    const { chosen, view } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    const endS = view.startS + view.spanS;
    const inView = (timeS: number) => timeS >= view.startS && timeS <= endS;
    const middleS = view.startS + Math.min(plan.rowS, view.spanS) / 2;
    const [fromS, toS] =
      at > 0 && inView(beats.timeS(at - 1)) && inView(beats.timeS(at))
        ? [beats.timeS(at - 1), beats.timeS(at)]
        : [middleS - 0.5, middleS + 0.5];
    return { lane: 0, fromS, toS, fromMv: 1, toMv: 0 };
  }

  /** Put the box in its place; it hides where nothing of it is on screen. */
  place(plan: SheetPlan, viewStartS: number): void {
    const { measurement } = this;
    const { facts } = this.store.review;
    const found = measurement && boxOf(measurement, viewStartS, plan);
    this.box.hidden = !found;
    if (!found || !facts) return;
    const { left, top, width, height, corners } = found;
    this.box.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    const text = measurementText(measurement, isCalibrated(measurement, plan, facts.leads));
    this.text.textContent = text;
    this.marchButton.setAttribute("aria-pressed", String(this.marching));
    this.snapButton.setAttribute("aria-pressed", String(this.store.prefs.snap));
    for (const [corner, handle] of Object.entries(this.handles) as [Corner, HTMLElement][]) {
      const [x, y] = corners[corner];
      handle.style.cssText = `left:${x - left}px;top:${y - top}px`;
      const timeS = measurement[`${corner}S`];
      const time = formatTime(timeS, facts.clockS, 3);
      handle.setAttribute("aria-valuemin", "0");
      handle.setAttribute("aria-valuemax", String(Math.round(1000 * facts.durationS)));
      handle.setAttribute("aria-valuenow", String(Math.round(1000 * timeS)));
      handle.setAttribute("aria-valuetext", `${time}, ${text}`);
    }
    const half = this.label.offsetWidth / 2;
    const centre = Math.min(Math.max(left + width / 2, half + 2), plan.width - half - 2);
    this.label.style.left = `${centre - left}px`;
    this.label.classList.toggle("above", top + height + 26 > plan.height);
  }

  /** Where the marched out lines stand. */
  lines(plan: SheetPlan, viewStartS: number): number[] {
    const measurement = this.marching ? this.measurement : null;
    const found = measurement && boxOf(measurement, viewStartS, plan);
    if (!found) return [];
    const beginS = viewStartS + found.row.offsetS;
    return marchTimes(measurement, beginS, beginS + found.row.lengthS);
  }
}
