// Full disclosure as rows of a minute: what is where, and in which colour. Pure functions.

import type { BeatTable } from "./beat_table.ts";
import type { DisclosurePayload, Label, SpanS } from "./payloads.ts";
import { LETTERS } from "./plot_intervals.ts";
import type { PrefValues } from "./prefs.ts";
import { lowerBound } from "./sorted.ts";

export const ROW_S = 60;
export const LABELS = 60; // px left of the rows
export const ABSENT = -128;
const RIGHT = 4;
const EPISODE_LINE = 3;
const BEFORE_S = 0.3; // a beat's colour begins with its P wave
const AFTER_S = 0.45; // and ends with its T wave
export const MOST_COLUMNS = 4000;
type Minutes = PrefValues["minutes"];

const ROW_PX: Record<Minutes, number> = { 30: 24, 60: 14 };
const LETTER_PX = 9;
export const UNREADABLE = LETTERS.length;

/** Where the rows of a page lie; lengths in CSS pixels. */
export interface PagePlan {
  width: number;
  minutes: Minutes;
  rowPx: number;
  nRows: number;
  left: number;
  plotWidth: number;
  height: number;
  /** Columns of a row: pixels of the screen. */
  columns: number;
  dpr: number;
  tracePx: number;
  episodePx: number;
  /** Whether there is room for letters. */
  letters: boolean;
}

/** The signal of a page. */
export interface PageTraces {
  startS: number;
  /** mV of a count. */
  scaleMv: number;
  /** Least and largest value of each column of each row. */
  minmax: Int8Array;
  columns: number;
  nRows: number;
}

/** What is used of the server's answer. */
export type PageAnswer = Pick<DisclosurePayload, "meta" | "arrays">;

/** A part of a row, in px of the stage. */
export interface RowPiece {
  row: number;
  left: number;
  width: number;
  /** Whether the span begins here, and whether it ends here. */
  begins: boolean;
  ends: boolean;
}

type BeatColumns = Pick<BeatTable, "fs" | "sample" | "label" | "n">;

/** Where the `nRows` rows of a page lie on a stage of the given width, that has room for `mostRows`. */
export function pagePlan(width: number, minutes: Minutes, nRows: number, dpr = 1, mostRows: number = minutes): PagePlan {
  const rowPx = ROW_PX[minutes];
  const plotWidth = Math.max(Math.floor(width - LABELS - RIGHT), 60);
  return {
    width,
    minutes,
    rowPx,
    nRows,
    left: LABELS,
    plotWidth,
    height: 2 + mostRows * rowPx,
    columns: Math.min(Math.max(Math.round(plotWidth * dpr), 60), MOST_COLUMNS),
    dpr,
    tracePx: rowPx - EPISODE_LINE - 1,
    episodePx: EPISODE_LINE,
    letters: rowPx >= 20,
  };
}

export const rowTop = (plan: Pick<PagePlan, "rowPx">, row: number): number => 1 + row * plan.rowPx;

/** Number of rows that a page has: the last may be short. */
export function rowsOf(startS: number, minutes: number, durationS: number): number {
  return Math.max(Math.min(Math.ceil((durationS - startS) / ROW_S - 1e-9), minutes), 0);
}

/** Start of the page that a time lies on. */
export function pageOf(timeS: number, minutes: number, durationS: number): number {
  const lengthS = minutes * ROW_S;
  const last = Math.max(Math.ceil(durationS / lengthS - 1e-9) - 1, 0);
  return Math.min(Math.max(Math.floor(timeS / lengthS), 0), last) * lengthS;
}

/** Time under a point of the stage, kept on its row; null below the last row. */
export function timeAtPoint(plan: PagePlan, startS: number, x: number, y: number, durationS: number): number | null {
  const row = Math.floor((y - 1) / plan.rowPx);
  if (row < 0 || row >= plan.nRows) return null;
  const inRow = Math.min(Math.max((x - plan.left) / plan.plotWidth, 0), 1) * ROW_S;
  return Math.min(startS + row * ROW_S + inRow, durationS);
}

/** A span of time as pieces of rows. */
export function rowPieces(plan: PagePlan, startS: number, fromS: number, toS: number): RowPiece[] {
  const pieces: RowPiece[] = [];
  const first = Math.max(Math.floor((fromS - startS) / ROW_S), 0);
  const last = Math.min(Math.ceil((toS - startS) / ROW_S) - 1, plan.nRows - 1);
  for (let row = first; row <= last; row += 1) {
    const begin = Math.max(fromS - startS - row * ROW_S, 0);
    const end = Math.min(toS - startS - row * ROW_S, ROW_S);
    if (end <= begin) continue;
    pieces.push({
      row,
      left: plan.left + (begin / ROW_S) * plan.plotWidth,
      width: ((end - begin) / ROW_S) * plan.plotWidth,
      begins: row === first && fromS >= startS,
      ends: row === last && toS <= startS + (row + 1) * ROW_S,
    });
  }
  return pieces;
}

/**
 * Class of each column of a row: index of the beat's class where a beat of another class than N stands, else
 * 0. A beat reaches half-way to its neighbours at most.
 */
export function columnClasses(beats: BeatColumns, startS: number, columns: number): Uint8Array {
  const classes = new Uint8Array(columns);
  const { fs, sample, label, n } = beats;
  const perS = columns / ROW_S;
  const first = lowerBound(sample, (startS - AFTER_S) * fs, n);
  for (let i = first; i < n; i += 1) {
    const timeS = sample[i] / fs;
    if (timeS - BEFORE_S > startS + ROW_S) break;
    if (label[i] === 0 || label[i] >= LETTERS.length) continue;
    const before = i > 0 ? (timeS - sample[i - 1] / fs) / 2 : Infinity;
    const after = i + 1 < n ? (sample[i + 1] / fs - timeS) / 2 : Infinity;
    const from = Math.max(Math.round((timeS - Math.min(BEFORE_S, before) - startS) * perS), 0);
    const to = Math.min(Math.round((timeS + Math.min(AFTER_S, after) - startS) * perS), columns);
    classes.fill(label[i], from, Math.max(to, from));
  }
  return classes;
}

/** Letters of the beats of a row that are not N, where they do not touch; x in px of the stage. */
export function rowLetters(beats: BeatColumns, plan: PagePlan, startS: number): { letter: Label; x: number }[] {
  const letters: { letter: Label; x: number }[] = [];
  let free = -Infinity;
  const stopSample = (startS + ROW_S) * beats.fs;
  for (let i = lowerBound(beats.sample, startS * beats.fs, beats.n); i < beats.n && beats.sample[i] < stopSample; i += 1) {
    const letter: Label | undefined = LETTERS[beats.label[i]];
    if (!letter || letter === "N") continue;
    const x = plan.left + ((beats.sample[i] / beats.fs - startS) / ROW_S) * plan.plotWidth;
    if (x < free) continue;
    letters.push({ letter, x });
    free = x + LETTER_PX;
  }
  return letters;
}

/**
 * Fill the pixels of the traces: a vertical line from least to largest value in each column, joined to the
 * column before. `palette` holds an ABGR word for each class, and one for what cannot be read.
 */
export function fillTraces(
  words: Uint32Array,
  plan: PagePlan,
  page: PageTraces,
  { beats, unreadable }: { beats: BeatColumns; unreadable: readonly SpanS[] },
  palette: ArrayLike<number>,
  pxPerMv: number,
): void {
  const { columns, nRows, dpr } = plan;
  const rowHeight = Math.round(plan.rowPx * dpr);
  const height = words.length / columns;
  const base = plan.tracePx * dpr * 0.62;
  const reach = plan.rowPx * dpr * 0.4; // a tall beat may pass into the neighbouring rows so far
  const scale = page.scaleMv * pxPerMv * dpr;
  for (let row = 0; row < Math.min(nRows, page.nRows); row += 1) {
    const rowS = page.startS + row * ROW_S;
    const classes = columnClasses(beats, rowS, columns);
    for (const [fromS, toS] of unreadable) {
      if (toS > rowS && fromS < rowS + ROW_S) {
        const [from, to] = [fromS, toS].map((timeS) => Math.round(((timeS - rowS) / ROW_S) * columns));
        classes.fill(UNREADABLE, Math.max(from, 0), Math.max(to, 0));
      }
    }
    const top = Math.round(rowTop(plan, row) * dpr);
    const [least, most] = [Math.max(top - reach, 0), Math.min(top + rowHeight + reach, height - 1)];
    let [lastLow, lastHigh] = [NaN, NaN];
    for (let column = 0; column < columns; column += 1) {
      const at = 2 * (row * columns + column);
      const low = page.minmax[at];
      if (low === ABSENT) {
        lastLow = NaN;
        continue;
      }
      let y1 = top + base - low * scale; // the larger y: values grow upwards
      let y0 = top + base - page.minmax[at + 1] * scale;
      const [ownLow, ownHigh] = [y1, y0];
      if (!Number.isNaN(lastLow)) {
        if (y0 > lastLow) y0 = lastLow;
        if (y1 < lastHigh) y1 = lastHigh;
      }
      [lastLow, lastHigh] = [ownLow, ownHigh];
      const from = Math.round(Math.min(Math.max(y0, least), most));
      const to = Math.round(Math.min(Math.max(y1, least), most));
      const word = palette[classes[column]];
      for (let y = from; y <= to; y += 1) words[y * columns + column] = word;
    }
  }
}

/** px of a millivolt so that the lead's usual range fills a row. */
export function fittingScale(plan: Pick<PagePlan, "tracePx">, [lowMv, highMv]: [number, number], gain: number): number {
  return (gain * 0.95 * plan.tracePx) / Math.max(highMv - lowMv, 0.2);
}

/** The page in the server's answer. */
export function pageOfAnswer({ meta, arrays }: PageAnswer): PageTraces {
  return {
    startS: meta.start_s,
    scaleMv: meta.scale_mv,
    minmax: arrays.minmax,
    columns: meta.width,
    nRows: Math.floor(arrays.minmax.length / (2 * meta.width)),
  };
}

/** Where a key moves the sheet, in seconds; null where it does not. */
export function keyMoveS(key: string, shift: boolean, { viewSpanS, minutes }: { viewSpanS: number; minutes: number }): number | null {
  const pageS = minutes * ROW_S;
  const steps: Record<string, number> = {
    ArrowLeft: -viewSpanS, ArrowRight: viewSpanS, ArrowUp: -ROW_S, ArrowDown: ROW_S,
    PageUp: -pageS, PageDown: pageS, Home: -Infinity, End: Infinity,
  };
  if (!Object.hasOwn(steps, key)) return null;
  return steps[key] * (shift && key.startsWith("Arrow") ? 5 : 1);
}
