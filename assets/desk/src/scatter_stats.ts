// RR intervals: pairs of neighbours, their spread, their histogram, and choosing among them. Pure functions.

import type { ValueAxis } from "./plot_axes.ts";
import { LETTERS, quantileOf, type Intervals } from "./plot_intervals.ts";
import { lowerBound } from "./sorted.ts";

const LONGEST_MS = 4000;
const ROUND_MS = 100;
const LEAST_SPAN_MS = 400;
const BINS_MS = [5, 10, 20, 25, 50, 100];
const WIDEST_BIN_MS = 200;

/** x and y. */
export type Point = [number, number];
export type Polygon = readonly Point[];
/** For each class and NO_CLASS whether it is shown. */
export type ShownClasses = ArrayLike<number>;

/**
 * Each beat between two readable intervals: the one that leads to it (`x`) and the one that leaves it (`y`),
 * in ms, its class and its place in the table. A dot in the Poincaré plot stands for the beat in the middle.
 */
export interface IntervalPairs {
  n: number;
  index: Int32Array;
  x: Float32Array;
  y: Float32Array;
  label: Uint8Array;
}

/** Heart rate variability; NaN where it cannot be told. */
export interface Variability {
  nIntervals: number;
  nPairs: number;
  meanMs: number;
  sdnnMs: number;
  rmssdMs: number;
  /** Percent. */
  pnn50: number;
  sd1Ms: number;
  sd2Ms: number;
}

/** Intervals in bars by the class of the beat that ends them. */
export interface IntervalHistogram {
  axis: ValueAxis;
  /** Width of a bar in ms. */
  step: number;
  /** Number of bars. */
  bars: number;
  /** By class and bar, NO_CLASS last. */
  counts: Int32Array[];
}

/** What the plots of RR intervals show. */
export interface ScatterData {
  readonly intervals: Intervals;
  readonly pairs: IntervalPairs;
  readonly axis: ValueAxis;
  readonly figures: Variability;
  readonly shown: ShownClasses;
  /** Chosen beats, as places in the table. */
  selected: ReadonlySet<number>;
}

export function pairsOf({ n, ms, readable, label }: Intervals): IntervalPairs {
  const index = new Int32Array(n);
  const [x, y] = [new Float32Array(n), new Float32Array(n)];
  const kind = new Uint8Array(n);
  let m = 0;
  for (let i = 1; i + 1 < n; i += 1) {
    if (!readable[i] || !readable[i + 1]) continue;
    index[m] = i;
    x[m] = ms[i];
    y[m] = ms[i + 1];
    kind[m] = label[i];
    m += 1;
  }
  return { n: m, index: index.subarray(0, m), x: x.subarray(0, m), y: y.subarray(0, m), label: kind.subarray(0, m) };
}

/** Limits of the interval axes: nearly all intervals, and nearly all of those to and from ectopic beats, which are few. */
export function intervalAxis({ n, ms, readable, label }: Intervals): ValueAxis {
  const all = new Float64Array(LONGEST_MS / 10 + 1);
  const to = new Float64Array(LONGEST_MS / 10 + 1);
  const from = new Float64Array(LONGEST_MS / 10 + 1);
  const ectopic = (i: number) => label[i] !== 0 && label[i] < LETTERS.length;
  let any = false;
  for (let i = 1; i < n; i += 1) {
    if (!readable[i]) continue;
    const bin = Math.min(Math.floor(ms[i] / 10), LONGEST_MS / 10);
    all[bin] += 1;
    any = true;
    if (ectopic(i)) to[bin] += 1;
    if (ectopic(i - 1)) from[bin] += 1;
  }
  if (!any) return { low: 300, high: 1500 };
  const least = Math.min(quantileOf(all, 0.001), quantileOf(to, 0.02) || Infinity) * 10;
  const most = Math.max(quantileOf(all, 0.998), quantileOf(from, 0.97)) * 10;
  const low = Math.max(Math.floor((least - 30) / ROUND_MS) * ROUND_MS, 0);
  return { low, high: Math.max(Math.ceil((most + 30) / ROUND_MS) * ROUND_MS, low + LEAST_SPAN_MS) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample; NaN for fewer than two values. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/**
 * Heart rate variability of N-N intervals: between two N beats, touching no unreadable second. Differences
 * count where two such intervals follow each other. Task Force of the ESC and NASPE, Circulation 1996;93:1043;
 * SD1 and SD2 after Brennan, Palaniswami, Kamen, IEEE Trans Biomed Eng 2001;48:1342.
 */
export function variability({ n, ms, readable, label }: Intervals): Variability {
  const intervals: number[] = [];
  const across: number[] = [];
  const along: number[] = [];
  let squares = 0;
  let over50 = 0;
  const isNn = (i: number) => readable[i] === 1 && label[i] === 0 && label[i - 1] === 0;
  for (let i = 1; i < n; i += 1) {
    if (!isNn(i)) continue;
    intervals.push(ms[i]);
    if (i < 2 || !isNn(i - 1)) continue;
    const difference = ms[i] - ms[i - 1];
    squares += difference ** 2;
    if (Math.abs(difference) > 50) over50 += 1;
    across.push(difference / Math.SQRT2);
    along.push((ms[i] + ms[i - 1]) / Math.SQRT2);
  }
  const pairs = across.length;
  return {
    nIntervals: intervals.length,
    nPairs: pairs,
    meanMs: intervals.length ? mean(intervals) : NaN,
    sdnnMs: deviation(intervals),
    rmssdMs: pairs ? Math.sqrt(squares / pairs) : NaN,
    pnn50: pairs ? (100 * over50) / pairs : NaN,
    sd1Ms: deviation(across),
    sd2Ms: deviation(along),
  };
}

/** Width of the bars for an axis on so many px. */
export function barMs({ low, high }: ValueAxis, widthPx: number, leastPx = 4.5): number {
  return BINS_MS.find((step) => (step / (high - low)) * widthPx >= leastPx) ?? WIDEST_BIN_MS;
}

/** Bar that an interval lies in; what is off the axis lies in the first or the last. */
const barOf = (ms: number, { low }: ValueAxis, step: number, bars: number) => Math.min(Math.max(Math.floor((ms - low) / step), 0), bars - 1);

export function histogramOf({ n, ms, readable, label }: Intervals, axis: ValueAxis, step: number): IntervalHistogram {
  const bars = Math.max(Math.ceil((axis.high - axis.low) / step), 1);
  const counts = Array.from({ length: LETTERS.length + 1 }, () => new Int32Array(bars));
  for (let i = 1; i < n; i += 1) {
    if (readable[i]) counts[label[i]][barOf(ms[i], axis, step, bars)] += 1;
  }
  return { axis, step, bars, counts };
}

/** Beats whose interval lies in the bars first ... last: their places in the table. */
export function beatsInBars(
  { n, ms, readable, label }: Intervals,
  { axis, step, bars }: IntervalHistogram,
  first: number,
  last: number,
  shown: ShownClasses,
): number[] {
  const found: number[] = [];
  for (let i = 1; i < n; i += 1) {
    if (!readable[i] || !shown[label[i]]) continue;
    const bar = barOf(ms[i], axis, step, bars);
    if (bar >= first && bar <= last) found.push(i);
  }
  return found;
}

/**
 * A test for points in a polygon, by the even-odd rule. Its edges are kept in bands by the height at which they lie, so
 * that many points are tested quickly.
 */
export function polygonTest(polygon: Polygon, bands = 64): (x: number, y: number) => boolean {
  const ys = polygon.map(([, y]) => y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const perY = bands / Math.max(most - least, 1e-9);
  const bandOf = (y: number) => Math.min(Math.max(Math.floor((y - least) * perY), 0), bands - 1);
  const edges = Array.from({ length: bands }, (): number[] => []);
  polygon.forEach(([x0, y0], k) => {
    const [x1, y1] = polygon[(k + 1) % polygon.length];
    if (y0 === y1) return;
    for (let band = bandOf(Math.min(y0, y1)); band <= bandOf(Math.max(y0, y1)); band += 1) {
      edges[band].push(y0, y1, x0, (x1 - x0) / (y1 - y0));
    }
  });
  const flat = edges.map((each) => Float64Array.from(each));
  return (x, y) => {
    if (y < least || y > most) return false;
    const near = flat[bandOf(y)];
    let inside = false;
    for (let k = 0; k < near.length; k += 4) {
      if (near[k] > y !== near[k + 1] > y && x < near[k + 2] + (y - near[k]) * near[k + 3]) inside = !inside;
    }
    return inside;
  };
}

export const rectangle = ([x0, y0]: Point, [x1, y1]: Point): Point[] => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];

/** The polygon with its corners on the axes' edges moved out a little, so that dots on the edge lie inside. */
function closedOnAxis(polygon: Polygon, { low, high }: ValueAxis): Point[] {
  const out = (value: number) => (value <= low ? low - 1 : value >= high ? high + 1 : value);
  return polygon.map(([x, y]): Point => [out(x), out(y)]);
}

/**
 * Beats whose dots lie in a polygon in ms: their places in the table. A dot off the axes is drawn on their edge
 * and is chosen there.
 */
export function beatsInPolygon(pairs: IntervalPairs, axis: ValueAxis, polygon: Polygon, shown: ShownClasses): number[] {
  const { low, high } = axis;
  const inside = polygonTest(closedOnAxis(polygon, axis));
  const found: number[] = [];
  for (let k = 0; k < pairs.n; k += 1) {
    if (!shown[pairs.label[k]]) continue;
    const x = Math.min(Math.max(pairs.x[k], low), high);
    const y = Math.min(Math.max(pairs.y[k], low), high);
    if (inside(x, y)) found.push(pairs.index[k]);
  }
  return found;
}

/** Number of beats of each class among places of the table. */
export function classesOf(places: Iterable<number>, label: Uint8Array): Int32Array {
  const counts = new Int32Array(LETTERS.length + 1);
  for (const i of places) counts[label[i]] += 1;
  return counts;
}

/**
 * Where walking through chosen beats leads: `at` is the place in the ascending list of the beat that is on the
 * sheet, or none. Returns the position in the list, -1 where the walk ends.
 */
export function walk(places: Int32Array, at: number | null, step: 1 | -1): number {
  const from = at ?? (step > 0 ? -1 : Infinity);
  const position = step > 0 ? lowerBound(places, from + 1) : lowerBound(places, from) - 1;
  return position >= 0 && position < places.length ? position : -1;
}
