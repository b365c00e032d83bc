// Where things go on the strip. Pure functions: lengths in CSS pixels unless a name says otherwise.

const ROW_S = 10;
const PAPER_MM_PER_S = 25;
/** Height of a lane above and below its baseline, in mm. */
export interface LaneMm {
  up: number;
  down: number;
}

/** A lead on a lane, and the part of the row that it has, in seconds from the row's begin. */
export interface Cell {
  lead: number;
  fromS: number;
  toS: number;
}

/** A lane of a row, in px from the row's top. */
export interface Lane extends LaneMm {
  top: number;
  base: number;
  bottom: number;
  cells: Cell[];
}

export interface Row {
  index: number;
  y: number;
  /** Begin after the view's, and length. */
  offsetS: number;
  lengthS: number;
}

/** Where everything on the strip lies. */
export interface Layout {
  width: number;
  dpr: number;
  /** A millimetre of paper in px. */
  mm: number;
  pxPerS: number;
  pxPerMv: number;
  /** Where time begins. */
  gutter: number;
  nameW: number;
  rowS: number;
  lanes: Lane[];
  rows: Row[];
  rowHeight: number;
  lanesTop: number;
  lanesBottom: number;
  rhythmRows: number;
  lettersTop: number;
  referenceTop: number;
  height: number;
  pulseMm: number;
}

interface LayoutOptions {
  width: number;
  spanS: number;
  gain: number;
  /** Least and largest mV of each lead. */
  ranges: [number, number][];
  names: string[];
  hasReference?: boolean;
  rhythmRows?: number;
  dpr?: number;
  speed?: number;
  rowS?: number;
  cells?: number[][];
  trueMm?: number | null;
  nameW?: number;
  mostLaneMm?: number;
}

export const SIZES = { rhythm: 17, letters: 27, reference: 20, times: 17, rowGap: 8, right: 4 };

const MAX_LANE_MM = 90;
const PULSE_MM = 5; // 0.2 s at 25 mm/s
const GUTTER_MM = PULSE_MM + 3;

const ceil5 = (mm: number) => Math.max(5, Math.ceil((mm - 1) / 5) * 5); // a peak may pass its lane by 1 mm

const UNCALIBRATED_W = 78;

/** Width of the lead name column, from the longest name and the word below it; longer names are cut by the style sheet. */
export function nameColumn(names: string[], calibrated = true): number {
  const longest = Math.max(0, ...names.map((name) => name.length));
  return Math.min(96, Math.max(calibrated ? 40 : UNCALIBRATED_W, 10 * longest + 12)); // wide enough for a wide system font
}

/**
 * Lane of one lead in mm above and below its baseline: whole major boxes, so that every baseline lies on
 * a major line, and at least as high as the calibration pulse. A lane higher than `mostMm` is cut down to it;
 * its trace then reaches into its neighbours, as it does on paper.
 */
export function lane([lowMv, highMv]: [number, number], gain: number, mostMm = MAX_LANE_MM): LaneMm {
  let up = ceil5(highMv * gain);
  let down = ceil5(-lowMv * gain);
  const least = Math.ceil((gain + 2) / 5) * 5;
  if (up + down < least) up = least - down;
  const most = Math.max(mostMm, least);
  if (up + down > most) {
    const share = most / (up + down);
    up = Math.round((up * share) / 5) * 5;
    down = most - up;
  }
  return { up, down };
}

/**
 * Device pixels of a major box, at most as many as given: a whole number, so that all boxes look alike,
 * or a half where rounding down would waste too much of a narrow screen.
 */
function wholeBoxes(pixels: number): number {
  const step = pixels < 20 ? 0.5 : 1;
  return Math.max(Math.floor(pixels / step), 2) * step;
}

/** Width that a row leaves for time: what the names and the calibration pulse do not take, in px and in mm. */
function roomFor(width: number, nameW: number): { px: number; pulseMm: number } {
  return { px: width - nameW - SIZES.right, pulseMm: GUTTER_MM };
}

/** Seconds that fit on a row where a millimetre has a given size: whole major boxes, at least one second. */
export function secondsThatFit({ width, nameW, mm, speed = PAPER_MM_PER_S }: { width: number; nameW: number; mm: number; speed?: number }): number {
  const { px, pulseMm } = roomFor(width, nameW);
  return Math.max(Math.floor((px / mm - pulseMm) / 5 + 1e-6) * 5, speed) / speed;
}

/**
 * Lay the strip out for an element of the given width.
 *
 * One row shows `rowS` seconds, at most 10 unless it is given. `mm` is a millimetre of paper on screen, the same in
 * both directions; it follows from the width unless `trueMm` gives it. `cells` are the leads of each lane, side by
 * side in consecutive parts of the row: one lead a lane unless it is given.
 */
export function layout({
  width,
  spanS,
  gain,
  ranges,
  names,
  hasReference = false,
  rhythmRows = 0,
  dpr = 1,
  speed = PAPER_MM_PER_S,
  rowS = Math.min(spanS, ROW_S),
  cells = names.map((_, lead) => [lead]),
  trueMm = null,
  nameW = nameColumn(names),
  mostLaneMm = MAX_LANE_MM,
}: LayoutOptions): Layout {
  const nRows = Math.max(1, Math.ceil(spanS / rowS - 1e-6));
  const { px, pulseMm } = roomFor(width, nameW);
  const mm = trueMm ?? wholeBoxes((5 * px * dpr) / (speed * rowS + pulseMm)) / dpr / 5;
  const pxPerS = speed * mm;
  // Where few seconds fit at true scale, the rest of the row stays paper.
  const gutter = trueMm
    ? Math.round((nameW + pulseMm * mm) * dpr) / dpr
    : Math.round((width - SIZES.right - rowS * pxPerS) * dpr) / dpr;
  const lettersTop = rhythmRows * SIZES.rhythm;
  const top = lettersTop + SIZES.letters + (hasReference ? SIZES.reference : 0);
  let y = top;
  const lanes = cells.map((leads): Lane => {
    const range: [number, number] = [Math.min(...leads.map((lead) => ranges[lead][0])), Math.max(...leads.map((lead) => ranges[lead][1]))];
    const { up, down } = lane(range, gain, mostLaneMm);
    const top = y;
    y += (up + down) * mm;
    const parts = leads.map((lead, i) => ({
      lead,
      fromS: (i * rowS) / leads.length,
      toS: ((i + 1) * rowS) / leads.length,
    }));
    return { top, base: top + up * mm, bottom: y, up, down, cells: parts };
  });
  const rowHeight = Math.ceil(y + SIZES.times);
  const rows = Array.from({ length: nRows }, (_, index) => ({
    index,
    y: index * (rowHeight + SIZES.rowGap),
    offsetS: index * rowS,
    lengthS: Math.min(rowS, spanS - index * rowS),
  }));
  return {
    width,
    dpr,
    mm,
    pxPerS,
    pxPerMv: gain * mm,
    gutter,
    nameW,
    rowS,
    lanes,
    rows,
    rowHeight,
    lanesTop: top,
    lanesBottom: y,
    rhythmRows,
    lettersTop,
    referenceTop: lettersTop + SIZES.letters,
    height: nRows * (rowHeight + SIZES.rowGap) - SIZES.rowGap,
    pulseMm: PULSE_MM,
  };
}

/** Where the calibration pulse stands in its lane: mm above the baseline at which it starts. */
export function pulseFootMm({ up }: Pick<LaneMm, "up">, gain: number): number {
  return Math.min(0, up - gain - 0.5);
}

/** Row and x of a time, or null where it is not on screen. */
export function placeTime(timeS: number, viewStartS: number, plan: Layout): { row: Row; x: number } | null {
  const offset = timeS - viewStartS;
  if (offset < 0) return null;
  const row = plan.rows.at(Math.floor(offset / plan.rowS + 1e-9));
  if (!row || offset - row.offsetS > row.lengthS) return null;
  return { row, x: plan.gutter + (offset - row.offsetS) * plan.pxPerS };
}

/** Time under a point of the sheet, and the row it lies in. */
export function timeAt(x: number, y: number, viewStartS: number, plan: Layout): { row: Row; timeS: number } {
  const pitch = plan.rowHeight + SIZES.rowGap;
  const index = Math.min(Math.max(Math.floor(y / pitch), 0), plan.rows.length - 1);
  const row = plan.rows[index];
  const inRow = Math.min(Math.max((x - plan.gutter) / plan.pxPerS, 0), row.lengthS);
  return { row, timeS: viewStartS + row.offsetS + inRow };
}

/**
 * Size and height level of letters centred at increasing x: full size where there is room, smaller where
 * neighbours come close, and alternating up and down where even small ones would overlap.
 */
export function placeLetters(xs: number[], full = 17, small = 12): { size: number; level: number }[] {
  const gap = (i: number) =>
    Math.min(i > 0 ? xs[i] - xs[i - 1] : Infinity, i + 1 < xs.length ? xs[i + 1] - xs[i] : Infinity);
  let level = 0;
  return xs.map((x, i) => {
    if (gap(i) >= full + 1) {
      level = 0;
      return { size: full, level: 0 };
    }
    const crowded = gap(i) < small + 1;
    if (!crowded) {
      level = 0;
      return { size: small, level: 0 };
    }
    level = i > 0 && x - xs[i - 1] < small + 1 && level === -1 ? 1 : -1;
    return { size: small, level };
  });
}

/** Seconds between time labels, so that they stay apart. */
export function labelStepS(pxPerS: number, labelWidth = 62): number {
  return [1, 2, 5, 10, 30].find((step) => step * pxPerS >= labelWidth) ?? 60;
}

/** A width that is laid out for, the one before, and since when. */
export interface SteadyWidth {
  now: number;
  last: number;
  atMs: number;
}

/**
 * The width to lay out for, given the element's width and what was used so far.
 *
 * A scroll bar that comes with the taller strip narrows it, which makes it shorter, which takes the
 * scroll bar away: a width that comes straight back is not followed.
 */
export function steadyWidth(before: SteadyWidth | undefined, width: number, nowMs: number, settleMs = 500): SteadyWidth {
  if (!before) return { now: width, last: width, atMs: nowMs };
  const flips = width === before.last && width > before.now && nowMs - before.atMs < settleMs;
  if (width === before.now || flips) return before;
  return { now: width, last: before.now, atMs: nowMs };
}
