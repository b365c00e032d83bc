// What the sheet shows and how it is arranged: layouts, order of the leads, seconds in a row, steps of zoom.
// Pure functions on preferences and facts.

import type { Facts } from "./facts.ts";
import { layout, nameColumn, secondsThatFit, type Cell, type Lane, type Layout, type Row } from "./geometry.ts";
import { hasTwelve, invertedLeads, isHalf, leadLabel, leadOrder, leadsOfSet, rhythmLeads } from "./lead_order.ts";
import type { PrefValues } from "./prefs.ts";

type LayoutName = Exclude<PrefValues["layout"], "auto">;

/** Leads of each lane, side by side, and the layout that this is. */
export interface Arrangement {
  name: LayoutName;
  cells: number[][];
}

/** Where everything on the sheet lies, and what it shows. */
export interface SheetPlan extends Layout {
  spanS: number;
  /** Of each lead: whether it is drawn turned over. */
  inverted: readonly boolean[];
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
export const LAYOUTS: Record<LayoutName, string> = {
  stacked: "stacked",
  "3x4": "3 × 4 + rhythm",
  "6x2": "6 × 2",
  "2x3": "2 × 3",
  "3x2": "3 × 2",
  single: "single lead",
};
export const FILTERS: Record<string, string> = {
  baseline: "baseline",
  mains50: "mains 50 Hz",
  mains60: "mains 60 Hz",
  muscle: "muscle",
};

/** Layouts in columns: rows and columns of leads; leads that follow each other stand below or beside one another. */
const GRIDS: Partial<Record<LayoutName, { rows: number; columns: number; beside: boolean }>> = {
  "3x4": { rows: 3, columns: 4, beside: false },
  "6x2": { rows: 6, columns: 2, beside: false },
  "2x3": { rows: 2, columns: 3, beside: true },
  "3x2": { rows: 3, columns: 2, beside: false },
};
// From near to far, in seconds on a wide screen: 5, 10, 20, 30, 60, 120.
const ZOOM: [PrefValues["speed"], PrefValues["rows"]][] = [[50, 1], [25, 1], [12.5, 1], [25, 3], [25, 6], [12.5, 6]];

/** Recordings of up to so many seconds are ECGs of a page, not of a day. */
export const SHORT_S = 60;

/** Smaller paper cannot be read: a row then shows fewer seconds, at a size at which marks of waves have room. */
const MIN_MM_PX = 2.3;
const SHORT_ROW_MM_PX = 3;

/** Below this width the columns of a page would have less than that. */
export const NARROWEST_PAGE_PX = 640;

/** The layout where nobody has chosen one: a page for the leads of a short recording, else one below the other. */
export function automaticLayout(names: string[], durationS: number, width: number): LayoutName {
  if (!(durationS <= SHORT_S && width >= NARROWEST_PAGE_PX)) return "stacked";
  return hasTwelve(names) ? "3x4" : isHalf(names) ? "2x3" : "stacked";
}

/** Why a layout cannot be had for these leads, of which some are shown; an empty text where it can. */
export function whyNot(name: LayoutName, names: string[], nShown = names.length, width = Infinity): string {
  const grid = GRIDS[name];
  if (!grid) return "";
  const needed = grid.rows * grid.columns;
  if (names.length < needed) return `needs ${needed} leads, this recording has ${names.length}`;
  if (needed === 12 ? nShown < needed : nShown !== needed) return `needs ${needed} leads, ${nShown} are shown`;
  return width < NARROWEST_PAGE_PX ? "needs a wider window" : "";
}

type LeadPrefs = Pick<PrefValues, "leads" | "leadSet" | "limbOrder">;

/** The leads that are shown, in the order they are read in. */
export function shownLeads(prefs: LeadPrefs, names: string[]): number[] {
  const order = leadOrder(names, prefs.limbOrder);
  const wanted = prefs.leads ?? leadsOfSet(prefs.leadSet, names);
  const shown = order.filter((lead) => !wanted || wanted.includes(lead));
  return shown.length ? shown : order;
}

/** Leads of each lane, side by side, for the preferences; and the layout that this is. */
export function arrange(prefs: LeadPrefs & Pick<PrefValues, "layout" | "rhythm">, names: string[], durationS: number, width: number): Arrangement {
  const shown = shownLeads(prefs, names);
  const automatic = () => automaticLayout(shown.map((lead) => names[lead]), durationS, width);
  const asked = prefs.layout === "auto" || whyNot(prefs.layout, names, shown.length, width) ? automatic() : prefs.layout;
  if (asked === "single") return { name: asked, cells: [[shown[0]]] };
  const grid = GRIDS[asked];
  if (!grid) return { name: asked, cells: shown.map((lead) => [lead]) };
  const { rows, columns, beside } = grid;
  const cells = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (__, column) => shown[beside ? row * columns + column : column * rows + row]),
  );
  if (asked === "3x4") cells.push(...rhythmLeads(prefs.rhythm, names, shown).map((lead) => [lead]));
  return { name: asked, cells };
}

/** Rows for the preferences: columns of leads are one row, and there are no rows after the recording's end. */
export function rowsFor(prefs: Pick<PrefValues, "rows">, arrangement: Arrangement, rowS: number, durationS: number): number {
  if (arrangement.name in GRIDS) return 1;
  return Math.min(prefs.rows, Math.max(1, Math.ceil(durationS / rowS - 1e-6)));
}

/** Lay the sheet out. `facts` and `prefs` are the store's, `devicePxPerMm` what the screen was measured to have. */
export function planSheet({ facts, prefs, width, dpr, hasReference, rhythmRows = 0 }: SheetPlanOptions): SheetPlan {
  const names = facts.leads.map((lead) => lead.name);
  const arrangement = arrange(prefs, names, facts.durationS, width);
  const inColumns = arrangement.name in GRIDS;
  const inverted = invertedLeads(names, prefs.limbOrder);
  // Names stand before the rows, or in the paper where several leads share a row.
  const shown = arrangement.cells.flat();
  const calibrated = shown.every((lead) => facts.leads[lead].calibrated);
  const nameW = inColumns ? 4 : nameColumn(shown.map((lead) => leadLabel(names[lead], inverted[lead])), calibrated);
  const trueMm = prefs.scale === "true" && prefs.pxPerMm ? prefs.pxPerMm / dpr : null;
  const { speed, gain } = prefs;
  const wholeS = PAPER_MM / speed;
  const isReadable = secondsThatFit({ width, nameW, mm: MIN_MM_PX, speed }) >= wholeS;
  const rowS = !trueMm && isReadable ? wholeS : secondsThatFit({ width, nameW, mm: trueMm ?? SHORT_ROW_MM_PX, speed });
  const nRows = rowsFor(prefs, arrangement, rowS, facts.durationS);
  const plan = layout({
    width,
    dpr,
    spanS: rowS * nRows,
    gain,
    ranges: facts.leads.map(({ rangeMv: [low, high] }, lead) => (inverted[lead] ? [-high, -low] : [low, high])),
    names,
    hasReference,
    rhythmRows,
    speed,
    rowS,
    cells: arrangement.cells,
    trueMm,
    nameW,
    mostLaneMm: laneLimitMm(arrangement.cells.length, gain, !trueMm && !isReadable),
  });
  return { ...plan, inverted, spanS: rowS * nRows, arrangement: arrangement.name, inColumns, gain, speed };
}

/** The more lanes, the less of the paper each has; at a high gain each has more, and where the paper is small. */
function laneLimitMm(nLanes: number, gain: number, small: boolean): number {
  const most = nLanes <= 3 ? 90 : nLanes <= 6 ? 25 : small ? 20 : 15;
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
