// The beats of a whole recording summed up for the overview, so that any range is drawn from a few columns.
// Pure functions; `intervals` as plot_intervals.ts makes them.

import type { Label } from "./payloads.ts";
import { rangeAbout, type Range, type ValueAxis } from "./plot_axes.ts";
import { LETTERS, quantileOf, type Intervals } from "./plot_intervals.ts";
import { lowerBound } from "./sorted.ts";
import type { View } from "./store_navigation.ts";

const LOWEST_BPM = 20;
const HIGHEST_BPM = 300;
const BIN_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
const BEATS_OF_A_MEAN = 12; // fewer would follow single beats
const ROUND_SPANS: readonly ZoomChoice[] = [
  { name: "day", spanS: 86400 },
  { name: "hour", spanS: 3600 },
  { name: "10 min", spanS: 600 },
  { name: "minute", spanS: 60 },
];
export const SHORTEST_S = 15;

/** Running sums over the beats: of the beats a ... b-1, a sum is `value[b] - value[a]`. */
export interface BeatSums {
  /** Of the trusted intervals. */
  lengthMs: Float64Array;
  /** Number of trusted intervals. */
  trusted: Int32Array;
  /** Number of beats, for each class. */
  counts: Int32Array[];
}

/** Beats of each class in each bin. */
export interface Densities {
  stepS: number;
  edges: Float64Array;
  counts: Record<Label, number[]>;
}

/** A length of the overview that a button offers. */
export interface ZoomChoice {
  name: string;
  spanS: number;
}

export function sumsOf(intervals: Intervals): BeatSums {
  const { n, ms, readable, label } = intervals;
  const lengthMs = new Float64Array(n + 1);
  const trusted = new Int32Array(n + 1);
  const counts = LETTERS.map(() => new Int32Array(n + 1));
  for (let i = 0; i < n; i += 1) {
    const counted = readable[i] === 1 && ms[i] > 0;
    lengthMs[i + 1] = lengthMs[i] + (counted ? ms[i] : 0);
    trusted[i + 1] = trusted[i] + (counted ? 1 : 0);
    for (let k = 0; k < counts.length; k += 1) counts[k][i + 1] = counts[k][i];
    if (label[i] < counts.length) counts[label[i]][i + 1] += 1;
  }
  return { lengthMs, trusted, counts };
}

/** Mean rate of the beats a ... b-1 over their trusted intervals; NaN without any. */
export function meanBpm(sums: BeatSums, a: number, b: number): number {
  const n = sums.trusted[b] - sums.trusted[a];
  return n ? (60000 * n) / (sums.lengthMs[b] - sums.lengthMs[a]) : NaN;
}

/** Rate that an interval amounts to, inside what can be drawn. */
export function rateOf(ms: number): number {
  return Math.min(Math.max(60000 / ms, LOWEST_BPM), HIGHEST_BPM);
}

/** Limits of the rate axis: nearly all rates, and nearly all of the ectopic ones, which are few and looked for. */
export function rateAxis({ n, ms, readable, label }: Intervals): ValueAxis {
  const all = new Float64Array(HIGHEST_BPM + 1);
  const ectopic = new Float64Array(HIGHEST_BPM + 1);
  const [s, v] = [LETTERS.indexOf("S"), LETTERS.indexOf("V")];
  let [any, anyEctopic] = [false, false];
  for (let i = 1; i < n; i += 1) {
    if (!readable[i]) continue;
    const bin = Math.floor(rateOf(ms[i]));
    all[bin] += 1;
    any = true;
    if (label[i] !== s && label[i] !== v) continue;
    ectopic[bin] += 1;
    anyEctopic = true;
  }
  if (!any) return { low: 40, high: 120 };
  const high = Math.max(quantileOf(all, 0.99), anyEctopic ? quantileOf(ectopic, 0.98) : 0);
  return {
    low: Math.max(Math.floor(quantileOf(all, 0.005) / 10) * 10 - 10, 0),
    high: Math.ceil(high / 10) * 10 + 10,
  };
}

/** Length of the bins over a span: the shortest round one that is so wide on screen. */
export function binStepS(spanS: number, widthPx: number, leastPx: number): number {
  return BIN_STEPS_S.find((step) => (step / spanS) * widthPx >= leastPx) ?? 3600;
}

/** Bins that cover a range; they begin at round times of the clock, so that they stay while it moves. */
export function binEdges({ fromS, toS }: Range, stepS: number, clockS: number | null = null): Float64Array {
  const offsetS = (clockS ?? 0) % stepS;
  const first = Math.floor((fromS + offsetS) / stepS);
  const n = Math.ceil((toS + offsetS) / stepS) - first;
  return Float64Array.from({ length: n + 1 }, (_, k) => (first + k) * stepS - offsetS);
}

/** For each edge the first beat at or after it. */
const placesOf = (edges: Float64Array, timeS: Float64Array) => Int32Array.from(edges, (edge) => lowerBound(timeS, edge));

/** The local mean rate: `[timeS, bpm]` for each bin, NaN where too few intervals can be trusted. */
export function meanLine(
  intervals: Intervals,
  sums: BeatSums,
  range: Range,
  widthPx: number,
  clockS: number | null = null,
): [timeS: number, bpm: number][] {
  const stepS = Math.max(binStepS(range.toS - range.fromS, widthPx, 3), SHORTEST_S);
  const wider = { fromS: range.fromS - stepS, toS: range.toS + stepS }; // the line goes on to the edges
  const edges = binEdges(wider, stepS, clockS);
  const places = placesOf(edges, intervals.timeS);
  const line: [number, number][] = [];
  for (let k = 0; k + 1 < edges.length; k += 1) {
    const enough = sums.trusted[places[k + 1]] - sums.trusted[places[k]] >= Math.min(BEATS_OF_A_MEAN, stepS / 3);
    line.push([(edges[k] + edges[k + 1]) / 2, enough ? meanBpm(sums, places[k], places[k + 1]) : NaN]);
  }
  return line;
}

/** Beats of each class in bins of a length. */
export function densities(
  intervals: Intervals,
  sums: BeatSums,
  range: Range,
  stepS: number,
  clockS: number | null = null,
): Densities {
  const edges = binEdges(range, stepS, clockS);
  const places = placesOf(edges, intervals.timeS);
  const countsOf = (k: number) =>
    Array.from({ length: edges.length - 1 }, (_, bin) => sums.counts[k][places[bin + 1]] - sums.counts[k][places[bin]]);
  const counts = Object.fromEntries(LETTERS.map((letter, k) => [letter, countsOf(k)])) as Densities["counts"];
  return { stepS, edges, counts };
}

/** Bin that a time lies in, -1 where none does. */
export function binAt({ edges }: Pick<Densities, "edges">, timeS: number): number {
  const bin = Math.floor((timeS - edges[0]) / (edges[1] - edges[0]));
  return bin >= 0 && bin < edges.length - 1 ? bin : -1;
}

/** Ranges that the buttons offer: the whole, and each round length that is well inside it. */
export function zoomChoices(durationS: number): ZoomChoice[] {
  return [{ name: "whole", spanS: durationS }, ...ROUND_SPANS.filter(({ spanS }) => spanS < 0.98 * durationS)];
}

/** The range a choice means about the middle of what is on the sheet. */
export function chosenRange(choice: Pick<ZoomChoice, "spanS">, view: View, durationS: number): Range {
  return rangeAbout(view.startS + view.spanS / 2, choice.spanS, durationS);
}

/**
 * The dot nearest to a place: index of its beat, -1 where none is near. `reachS` and `reachBpm` are as far
 * as the pointer reaches; with `ectopic` only beats of another class than N count.
 */
export function nearestDot(
  { timeS, ms, readable, label }: Intervals,
  atS: number,
  atBpm: number,
  reachS: number,
  reachBpm: number,
  { ectopic, low, high }: ValueAxis & { ectopic: boolean },
): number {
  let [best, nearest] = [-1, 1];
  for (let i = lowerBound(timeS, atS - reachS); i < timeS.length && timeS[i] <= atS + reachS; i += 1) {
    if (!readable[i] || (ectopic && (label[i] === 0 || label[i] >= LETTERS.length))) continue;
    const drawn = Math.min(Math.max(rateOf(ms[i]), low), high);
    const away = ((timeS[i] - atS) / reachS) ** 2 + ((drawn - atBpm) / reachBpm) ** 2;
    if (away <= nearest) [best, nearest] = [i, away];
  }
  return best;
}

/**
 * The episode whose bar lies under a time, null where none does: of those that last at least `shortS` in the
 * upper part of the lane, of the others below. `episodes` are in the order in which they are drawn.
 */
export function episodeAt<Episode extends { startS: number; stopS: number }>(
  episodes: readonly Episode[],
  timeS: number,
  slackS: number,
  shortS: number,
  upper: boolean,
): Episode | null {
  const here = episodes.filter(({ startS, stopS }) => startS - slackS <= timeS && timeS <= stopS + slackS);
  return here.findLast(({ startS, stopS }) => stopS - startS >= shortS === upper) ?? null;
}
