// RR intervals of a beat table, and which of them can be trusted. Pure functions.

import { LETTERS, type BeatTable } from "./beat_table.ts";
import type { SpanS } from "./payloads.ts";

export { LETTERS };
export const NO_CLASS = 5;

/** The interval that leads to each beat, see `intervalsOf`. */
export interface Intervals {
  n: number;
  ms: Float32Array;
  timeS: Float64Array;
  readable: Uint8Array;
  label: Uint8Array;
}

/** Seconds that no lead can be read in: what the spans of all leads have in common, ascending. */
export function spansOfAllLeads(perLead: SpanS[][] | null): SpanS[] {
  if (!perLead?.length) return [];
  return perLead.reduce((common, spans) => {
    const both: SpanS[] = [];
    let [a, b] = [0, 0];
    while (a < common.length && b < spans.length) {
      const start = Math.max(common[a][0], spans[b][0]);
      const stop = Math.min(common[a][1], spans[b][1]);
      if (start < stop) both.push([start, stop]);
      if (common[a][1] < spans[b][1]) a += 1;
      else b += 1;
    }
    return both;
  });
}

/** Seconds in which any lead cannot be read. */
export function spansOfAnyLead(perLead: SpanS[][] | null): SpanS[] {
  const all = (perLead ?? []).flat().sort((one, other) => one[0] - other[0]);
  const joined: SpanS[] = [];
  for (const [start, stop] of all) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], stop);
    else joined.push([start, stop]);
  }
  return joined;
}

/**
 * The interval that leads to each beat.
 *
 * `ms[i]` is NaN for the first beat; `readable[i]` is 0 where the interval touches a second that no lead can
 * be read in (beats may be missing there); `label[i]` is the class index, NO_CLASS where there is none.
 */
export function intervalsOf(beats: Pick<BeatTable, "n" | "sample" | "fs" | "label">, unreadableSpans: SpanS[]): Intervals {
  const { n, sample, fs } = beats;
  const ms = new Float32Array(n).fill(NaN);
  const timeS = new Float64Array(n);
  const readable = new Uint8Array(n);
  const label = new Uint8Array(n);
  let span = 0;
  for (let i = 0; i < n; i += 1) {
    timeS[i] = sample[i] / fs;
    label[i] = beats.label[i] < LETTERS.length ? beats.label[i] : NO_CLASS;
    if (i === 0) continue;
    ms[i] = (1000 * (sample[i] - sample[i - 1])) / fs;
    const [firstS, lastS] = [Math.floor(timeS[i - 1]), Math.floor(timeS[i])];
    while (span < unreadableSpans.length && unreadableSpans[span][1] <= firstS) span += 1;
    readable[i] = span < unreadableSpans.length && unreadableSpans[span][0] <= lastS ? 0 : 1;
  }
  return { n, ms, timeS, readable, label };
}

/** Value below which a share of a histogram lies. */
export function quantileOf(histogram: ArrayLike<number> & Iterable<number>, share: number): number {
  let total = 0;
  for (const each of histogram) total += each;
  let passed = 0;
  for (let k = 0; k < histogram.length; k += 1) {
    passed += histogram[k];
    if (total && passed >= share * total) return k;
  }
  return 0;
}
