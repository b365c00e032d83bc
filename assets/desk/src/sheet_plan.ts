// @ts-nocheck
// What the sheet shows and how it is arranged: layouts, order of the leads, seconds in a row, steps of zoom.
// Pure functions on preferences and facts.

import { layout, nameColumn, secondsThatFit } from "./geometry.ts";

export const PAPER_MM = 250; // a row at scale "fit": 10 s at 25 mm/s
export const SPEEDS = [12.5, 25, 50];
export const GAINS = [5, 10, 20];
export const ROWS = [1, 3, 6];
export const LAYOUTS = { stacked: "stacked", "3x4": "3 × 4 + rhythm", "6x2": "6 × 2", single: "single lead" };
export const FILTERS = {
  baseline: "baseline",
  mains50: "mains 50 Hz",
  mains60: "mains 60 Hz",
  muscle: "muscle",
};

const STANDARD = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const COLUMNS = { "3x4": 4, "6x2": 2 };
// From near to far, in seconds on a wide screen: 5, 10, 20, 30, 60, 120.
const ZOOM = [[50, 1], [25, 1], [12.5, 1], [25, 3], [25, 6], [12.5, 6]];

const plainName = (name) => name.trim().replace(/^(ecg|lead)[\s_-]+/i, "").toUpperCase();

/** The leads in the order they are read in: the twelve by name where all are there, else as recorded. */
export function leadOrder(names) {
  const plain = names.map(plainName);
  const standard = STANDARD.map((name) => plain.indexOf(name));
  const order = names.map((_, lead) => lead);
  if (standard.includes(-1)) return order;
  return [...standard, ...order.filter((lead) => !standard.includes(lead))];
}

/** Why a layout cannot be had for these leads; an empty text where it can. */
export function whyNot(name, names) {
  if (!(name in COLUMNS) || names.length >= 12) return "";
  return `needs 12 leads, this recording has ${names.length}`;
}

/** Leads of each lane, side by side, for the preferences; and the layout that this is. */
export function arrange(prefs, names) {
  const order = leadOrder(names);
  const chosen = order.filter((lead) => !prefs.leads || prefs.leads.includes(lead));
  const shown = chosen.length ? chosen : order;
  const name = whyNot(prefs.layout, names) ? "stacked" : prefs.layout;
  if (name === "single") return { name, cells: [[shown[0]]] };
  if (name === "stacked") return { name, cells: shown.map((lead) => [lead]) };
  const columns = COLUMNS[name];
  const height = 12 / columns;
  const cells = Array.from({ length: height }, (_, row) =>
    Array.from({ length: columns }, (__, column) => order[column * height + row]),
  );
  if (name === "3x4") cells.push([rhythmLead(names, order)]);
  return { name, cells };
}

function rhythmLead(names, order) {
  const second = names.findIndex((name) => plainName(name) === "II");
  return second < 0 ? order[0] : second;
}

/** Rows for the preferences: columns of leads are one row, and there are no rows after the recording's end. */
export function rowsFor(prefs, arrangement, rowS, durationS) {
  if (arrangement.name in COLUMNS) return 1;
  return Math.min(prefs.rows, Math.max(1, Math.ceil(durationS / rowS - 1e-6)));
}

/** Lay the sheet out. `facts` and `prefs` are the store's, `devicePxPerMm` what the screen was measured to have. */
export function planSheet({ facts, prefs, width, dpr, hasReference, rhythmRows = 0 }) {
  const names = facts.leads.map((lead) => lead.name);
  const arrangement = arrange(prefs, names);
  const inColumns = arrangement.name in COLUMNS;
  // Names stand before the rows, or in the paper where several leads share a row.
  const shown = arrangement.cells.flat();
  const calibrated = shown.every((lead) => facts.leads[lead].calibrated !== false);
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
function laneLimitMm(nLanes, gain) {
  const most = nLanes <= 3 ? 90 : nLanes <= 6 ? 25 : 15;
  return gain > 10 && nLanes > 3 ? 2 * most : most;
}

/** Speed and rows one step nearer (1) or farther (-1), or null at the end. Columns of leads stay one row. */
export function zoomed({ speed, rows }, step, inColumns = false) {
  const steps = inColumns ? ZOOM.slice(0, 3) : ZOOM;
  const span = (at) => steps[at][1] / steps[at][0];
  const now = (inColumns ? 1 : rows) / speed;
  const at = step > 0 ? steps.findLastIndex((_, i) => span(i) < now - 1e-9) : steps.findIndex((_, i) => span(i) > now + 1e-9);
  return at < 0 ? null : { speed: steps[at][0], rows: steps[at][1] };
}

/** Where a cell lies on its row, in px. */
export function cellBounds(cell, plan) {
  return [plan.gutter + cell.fromS * plan.pxPerS, plan.gutter + cell.toS * plan.pxPerS];
}

/** The lane whose middle is nearest to a height in its row, and its cell at an x. */
export function laneAt(x, y, plan) {
  const middle = ({ top, bottom }) => (top + bottom) / 2;
  const lane = plan.lanes.reduce((best, each) => (Math.abs(middle(each) - y) < Math.abs(middle(best) - y) ? each : best));
  const cell = lane.cells.find((each) => x < cellBounds(each, plan)[1]) ?? lane.cells.at(-1);
  return { lane, cell };
}

/** Stretch of time that a row shows of a cell, in seconds of the recording. */
export function cellTimes(cell, row, viewStartS) {
  const fromS = viewStartS + row.offsetS;
  return [fromS + cell.fromS, fromS + Math.min(cell.toS, row.lengthS)];
}
