// What the sheet shows and how it is arranged: layouts, order of the leads, seconds in a row, steps of zoom.
// Pure functions on preferences and facts.

import type { Facts } from "./facts.ts";
import { layout, nameColumn, secondsThatFit, type Cell, type Lane, type Layout, type Row } from "./geometry.ts";
import type { PrefValues } from "./prefs.ts";

type LayoutName = PrefValues["layout"];

/** Leads of each lane, side by side, and the layout that this is. */
export interface Arrangement {
  name: LayoutName;
  cells: number[][];
}

/** Where everything on the sheet lies, and what it shows. */
export interface SheetPlan extends Layout {
  spanS: number;
  arrangement: LayoutName;
  inColumns: boolean;
  gain: PrefValues["gain"];
  speed: PrefValues["speed"];
}

interface SheetPlanOptions {
  facts: Facts;
  prefs: PrefValues;
  width: number;
  dpr: number;
  hasReference: boolean;
  rhythmRows?: number;
}

export const PAPER_MM = 250; // a row at scale "fit": 10 s at 25 mm/s
export const SPEEDS: readonly PrefValues["speed"][] = [12.5, 25, 50];
export const GAINS: readonly PrefValues["gain"][] = [5, 10, 20];
export const ROWS: readonly PrefValues["rows"][] = [1, 3, 6];
export const LAYOUTS: Record<LayoutName, string> = { stacked: "stacked", "3x4": "3 × 4 + rhythm", "6x2": "6 × 2", single: "single lead" };
export const FILTERS: Record<string, string> = {
  baseline: "baseline",
  mains50: "mains 50 Hz",
  mains60: "mains 60 Hz",
  muscle: "muscle",
};

const STANDARD = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const COLUMNS: Partial<Record<LayoutName, number>> = { "3x4": 4, "6x2": 2 };
// From near to far, in seconds on a wide screen: 5, 10, 20, 30, 60, 120.
const ZOOM: [PrefValues["speed"], PrefValues["rows"]][] = [[50, 1], [25, 1], [12.5, 1], [25, 3], [25, 6], [12.5, 6]];

const plainName = (name: string) => name.trim().replace(/^(ecg|lead)[\s_-]+/i, "").toUpperCase();

/** The leads in the order they are read in: the twelve by name where all are there, else as recorded. */
export function leadOrder(names: string[]): number[] {
  const plain = names.map(plainName);
  const standard = STANDARD.map((name) => plain.indexOf(name));
  const order = names.map((_, lead) => lead);
  if (standard.includes(-1)) return order;
  return [...standard, ...order.filter((lead) => !standard.includes(lead))];
}

/** Why a layout cannot be had for these leads; an empty text where it can. */
export function whyNot(name: LayoutName, names: string[]): string {
  if (!(name in COLUMNS) || names.length >= 12) return "";
  return `needs 12 leads, this recording has ${names.length}`;
}

/** Leads of each lane, side by side, for the preferences; and the layout that this is. */
export function arrange(prefs: Pick<PrefValues, "leads" | "layout">, names: string[]): Arrangement {
  const order = leadOrder(names);
  const chosen = order.filter((lead) => !prefs.leads || prefs.leads.includes(lead));
  const shown = chosen.length ? chosen : order;
  const name = whyNot(prefs.layout, names) ? "stacked" : prefs.layout;
  if (name === "single") return { name, cells: [[shown[0]]] };
  const columns = COLUMNS[name];
  if (!columns) return { name, cells: shown.map((lead) => [lead]) };
  const height = 12 / columns;
  const cells = Array.from({ length: height }, (_, row) =>
    Array.from({ length: columns }, (__, column) => order[column * height + row]),
  );
  if (name === "3x4") cells.push([rhythmLead(names, order)]);
  return { name, cells };
}

function rhythmLead(names: string[], order: number[]): number {
  const second = names.findIndex((name) => plainName(name) === "II");
  return second < 0 ? order[0] : second;
}

/** Rows for the preferences: columns of leads are one row, and there are no rows after the recording's end. */
export function rowsFor(prefs: Pick<PrefValues, "rows">, arrangement: Arrangement, rowS: number, durationS: number): number {
  if (arrangement.name in COLUMNS) return 1;
  return Math.min(prefs.rows, Math.max(1, Math.ceil(durationS / rowS - 1e-6)));
}

/** Lay the sheet out. `facts` and `prefs` are the store's, `devicePxPerMm` what the screen was measured to have. */
export function planSheet({ facts, prefs, width, dpr, hasReference, rhythmRows = 0 }: SheetPlanOptions): SheetPlan {
  const names = facts.leads.map((lead) => lead.name);
  const arrangement = arrange(prefs, names);
  const inColumns = arrangement.name in COLUMNS;
  // Names stand before the rows, or in the paper where several leads share a row.
  const shown = arrangement.cells.flat();
  const calibrated = shown.every((lead) => facts.leads[lead].calibrated);
  const nameW = inColumns ? 4 : nameColumn(shown.map((lead) => names[lead]), calibrated);
  const trueMm = prefs.scale === "true" && prefs.pxPerMm ? prefs.pxPerMm / dpr : null;
  const { speed, gain } = prefs;
  const rowS = trueMm ? secondsThatFit({ width, nameW, mm: trueMm, speed }) : PAPER_MM / speed;
  const nRows = rowsFor(prefs, arrangement, rowS, facts.durationS);
  const plan = layout({
    width,
    dpr,
    spanS: rowS * nRows,
    gain,
    ranges: facts.leads.map((lead) => lead.rangeMv),
    names,
    hasReference,
    rhythmRows,
    speed,
    rowS,
    cells: arrangement.cells,
    trueMm,
    nameW,
    mostLaneMm: laneLimitMm(arrangement.cells.length, gain),
  });
  return { ...plan, spanS: rowS * nRows, arrangement: arrangement.name, inColumns, gain, speed };
}

/** The more lanes, the less of the paper each has; at a high gain each has more. */
function laneLimitMm(nLanes: number, gain: number): number {
  const most = nLanes <= 3 ? 90 : nLanes <= 6 ? 25 : 15;
  return gain > 10 && nLanes > 3 ? 2 * most : most;
}

/** Speed and rows one step nearer (1) or farther (-1), or null at the end. Columns of leads stay one row. */
export function zoomed({ speed, rows }: { speed: number; rows: number }, step: number, inColumns = false): Pick<PrefValues, "speed" | "rows"> | null {
  const steps = inColumns ? ZOOM.slice(0, 3) : ZOOM;
  const span = (at: number) => steps[at][1] / steps[at][0];
  const now = (inColumns ? 1 : rows) / speed;
  const at = step > 0 ? steps.findLastIndex((_, i) => span(i) < now - 1e-9) : steps.findIndex((_, i) => span(i) > now + 1e-9);
  return at < 0 ? null : { speed: steps[at][0], rows: steps[at][1] };
}

/** Where a cell lies on its row, in px. */
export function cellBounds(cell: Cell, plan: Layout): [number, number] {
  return [plan.gutter + cell.fromS * plan.pxPerS, plan.gutter + cell.toS * plan.pxPerS];
}

/** The lane whose middle is nearest to a height in its row, and its cell at an x. */
export function laneAt(x: number, y: number, plan: Layout): { lane: Lane; cell: Cell } {
  const middle = ({ top, bottom }: Lane) => (top + bottom) / 2;
  const lane = plan.lanes.reduce((best, each) => (Math.abs(middle(each) - y) < Math.abs(middle(best) - y) ? each : best));
  const cell = lane.cells.find((each) => x < cellBounds(each, plan)[1]) ?? lane.cells[lane.cells.length - 1];
  return { lane, cell };
}

/** Stretch of time that a row shows of a cell, in seconds of the recording. */
export function cellTimes(cell: Cell, row: Row, viewStartS: number): [number, number] {
  const fromS = viewStartS + row.offsetS;
  return [fromS + cell.fromS, fromS + Math.min(cell.toS, row.lengthS)];
}
