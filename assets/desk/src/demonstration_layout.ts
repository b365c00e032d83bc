// Where a demonstrated tracing lies on the screen. Pure functions; lengths in CSS pixels unless a name says otherwise.

import type { ViewName } from "./demonstration_payload.ts";

export const MM_PER_S = 25;
export const MM_PER_MV = 10;
const COLUMN_S = 2.5;
const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const ROW_MM = 24;
const LEAST_ROW_MM = 14;
const MOST_ROW_MM = 32;
const BASE_SHARE = 0.55;
const NARROW_PX = 560;

/** A lead in a part of the screen; time `fromS` after the page's begin lies at `left`. */
export interface Panel {
  lead: number;
  name: string;
  left: number;
  width: number;
  top: number;
  height: number;
  base: number;
  fromS: number;
  lengthS: number;
}

export interface DemonstrationLayout {
  mm: number;
  width: number;
  height: number;
  /** Seconds of the page; those of the rhythm strip. */
  pageS: number;
  panels: Panel[];
  /** Panel over which the letters stand. */
  rhythm: Panel;
  lettersTop: number;
  letterPx: number;
}

interface LayoutRequest {
  width: number;
  /** Room for the tracing; null where it may be as high as it needs. */
  height: number | null;
  view: ViewName;
  leads: string[];
  lead: string;
  /** Least and largest mV of the rhythm strip's lead. */
  rangeMv: [number, number];
  large: boolean;
}

/** Whether a recording has the twelve leads. */
export const hasTwelve = (leads: string[]): boolean => TWELVE.every((name) => leads.includes(name));

/** Seconds of a single strip: fewer on a small screen and where letters are to be read from afar. */
export function stripSeconds(width: number, large: boolean): number {
  if (width < 500) return 3;
  if (width < NARROW_PX) return 5;
  return large ? 6 : 10;
}

/** Lay out the leads: columns of 2.5 s over a rhythm strip, or one strip. */
export function demonstrationLayout({ width, height, view, leads, lead, rangeMv, large }: LayoutRequest): DemonstrationLayout {
  const letterPx = Math.round(Math.min(Math.max(width / (large ? 48 : 62), 15), large ? 40 : 22));
  const letters = 2 * (letterPx + 4) + 6;
  const strip = Math.max(leads.indexOf(lead), 0);
  const twelve = view === "12 leads" && hasTwelve(leads);
  const columns = twelve ? (width < NARROW_PX ? 2 : 4) : 1;
  const pageS = twelve ? columns * COLUMN_S : stripSeconds(width, large);
  const rows = twelve ? TWELVE.length / columns : 0;
  const up = Math.max(Math.ceil(rangeMv[1] * MM_PER_MV) + 3, 12);
  const down = Math.max(Math.ceil(-rangeMv[0] * MM_PER_MV) + 3, 8);
  // The rhythm strip has room for its largest deflections, so that no trace reaches the letters above it.
  const leastStripMm = Math.max(twelve ? ROW_MM : 0, up + down);
  let stripMm = leastStripMm;
  let rowMm = ROW_MM;
  let mm = width / (pageS * MM_PER_S);
  if (height !== null) {
    const room = Math.max(height - letters, 120);
    if (rows) rowMm = Math.min(Math.max((room / mm - leastStripMm) / rows, LEAST_ROW_MM), MOST_ROW_MM);
    mm = Math.min(mm, room / (rows * rowMm + leastStripMm));
    stripMm = Math.max(room / mm - rows * rowMm, leastStripMm);
  }
  const panels: Panel[] = [];
  const pxPerS = mm * MM_PER_S;
  for (let column = 0; twelve && column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const name = TWELVE[column * rows + row];
      const top = row * rowMm * mm;
      panels.push({
        lead: leads.indexOf(name),
        name,
        left: column * COLUMN_S * pxPerS,
        width: COLUMN_S * pxPerS,
        top,
        height: rowMm * mm,
        base: top + BASE_SHARE * rowMm * mm,
        fromS: column * COLUMN_S,
        lengthS: COLUMN_S,
      });
    }
  }
  const lettersTop = rows * rowMm * mm;
  const top = lettersTop + letters;
  const spare = stripMm - up - down;
  const base = top + (up + Math.max(spare, 0) / 2) * mm;
  const rhythm: Panel = {
    lead: strip,
    name: leads[strip] ?? "",
    left: 0,
    width: pageS * pxPerS,
    top,
    height: stripMm * mm,
    base,
    fromS: 0,
    lengthS: pageS,
  };
  panels.push(rhythm);
  return { mm, width: pageS * pxPerS, height: top + stripMm * mm, pageS, panels, rhythm, lettersTop, letterPx };
}

/** A span of the signal and where in its panel it is drawn, in seconds. */
export interface Piece {
  fromS: number;
  toS: number;
  atS: number;
}

const GAP_S = 0.35;

/** Return what a panel shows: on a still page one piece, on a sweeping one what is new and what is left of the sweep before. */
export function piecesOf(panel: Panel, startS: number, sweepS: number | null): Piece[] {
  if (sweepS === null) return [{ fromS: startS + panel.fromS, toS: startS + panel.fromS + panel.lengthS, atS: 0 }];
  const begun = Math.floor(sweepS / panel.lengthS) * panel.lengthS;
  const pieces = [{ fromS: begun, toS: sweepS, atS: 0 }];
  const oldFrom = sweepS - panel.lengthS + GAP_S;
  if (oldFrom < begun && begun > 0) pieces.push({ fromS: oldFrom, toS: begun, atS: oldFrom - begun + panel.lengthS });
  return pieces;
}

/** Return where in a panel a time of the signal lies, in px from its left; null where it is not shown. */
export function placeOf(panel: Panel, pieces: Piece[], atS: number): number | null {
  const piece = pieces.find(({ fromS, toS }) => atS >= fromS && atS < toS);
  return piece ? ((piece.atS + atS - piece.fromS) * panel.width) / panel.lengthS : null;
}

/** Return a distance between two times in the words of a caliper. */
export function caliperWords(seconds: number): string {
  const ms = Math.round(Math.abs(seconds) * 1000);
  return ms ? `${ms} ms · ${Math.round(60_000 / ms)} bpm` : "0 ms";
}
