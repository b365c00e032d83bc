// The rhythm over time: ours, with what people named on top, that of the reference, and where they differ. Pure functions.

import type { BeatTable } from "./beat_table.ts";
import type { ReviewEvent } from "./facts.ts";
import type { Edit, RhythmPayload, SpanS } from "./payloads.ts";
import { NO_CLASS, type Intervals } from "./plot_intervals.ts";
import { isRhythm, rhythmOf, rhythmOfWfdb } from "./rhythm_names.ts";
import { lowerBound } from "./sorted.ts";

const LEAST_DIFFERENCE_S = 0.25;
const EDGE_S = 1;

interface Stretch {
  startS: number;
  stopS: number;
}

/** A rhythm over time; `span` is null for the program's, `fromS` and `toS` are those of the whole. */
export interface OurRhythm extends Stretch {
  code: string;
  span: number | null;
  by: string;
  fromS: number;
  toS: number;
  text: string;
}

/** A rhythm of the reference; `code` is null for one unknown here. */
export interface TheirRhythm extends Stretch {
  code: string | null;
  text: string;
}

/** A stretch where the reference names another rhythm. */
export interface RhythmDifference extends Stretch {
  theirs: TheirRhythm;
}

/** Named spans as the server tells them, with the edits that are on their way drawn over them. */
export function named(rhythms: RhythmPayload[], operations: readonly { edits?: Edit[] }[], by = ""): RhythmPayload[] {
  let spans = rhythms;
  for (const edit of operations.flatMap(({ edits }) => edits ?? [])) {
    if (edit.action !== "set_rhythm" && edit.action !== "trim_rhythm" && edit.action !== "delete_rhythm") continue;
    const old = spans.find(({ span }) => span === edit.span);
    if (edit.action === "trim_rhythm" && !old) continue;
    spans = spans.filter((each) => each !== old);
    if (edit.action === "delete_rhythm") continue;
    const { span, start_sample, stop_sample } = edit;
    const rhythm = edit.action === "set_rhythm" ? edit.rhythm : (old?.rhythm ?? "");
    spans.push({ span, start_sample, stop_sample, rhythm, by });
  }
  return spans;
}

/** Parts of `[startS, stopS)` that sorted spans without overlap leave uncovered. */
function uncovered(startS: number, stopS: number, spans: readonly Stretch[]): SpanS[] {
  const parts: SpanS[] = [];
  for (let i = firstAfter(spans, startS); i < spans.length && spans[i].startS < stopS; i += 1) {
    if (spans[i].startS > startS) parts.push([startS, spans[i].startS]);
    startS = Math.max(startS, spans[i].stopS);
  }
  if (startS < stopS) parts.push([startS, stopS]);
  return parts;
}

/** Place of the first span that ends after a time. */
function firstAfter(spans: readonly Stretch[], timeS: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle].stopS <= timeS) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The spans that touch a stretch of time. */
export function within<Kind extends Stretch>(spans: readonly Kind[], fromS: number, toS: number): Kind[] {
  const found: Kind[] = [];
  for (let i = firstAfter(spans, fromS); i < spans.length && spans[i].startS < toS; i += 1) found.push(spans[i]);
  return found;
}

/**
 * One rhythm at a time, in order of time: what people named, the last on top, then the program's episodes, the most
 * urgent on top.
 */
export function ourRhythm(episodes: readonly ReviewEvent[], rhythms: readonly RhythmPayload[], fs: number): OurRhythm[] {
  const held: OurRhythm[] = [];
  const put = (whole: Omit<OurRhythm, keyof Stretch>) => {
    for (const [startS, stopS] of uncovered(whole.fromS, whole.toS, held)) {
      held.splice(firstAfter(held, startS), 0, { ...whole, startS, stopS });
    }
  };
  for (const { span, start_sample, stop_sample, rhythm, by } of [...rhythms].reverse()) {
    const text = `named by ${by || "you"}`;
    put({ fromS: start_sample / fs, toS: stop_sample / fs, code: rhythm, span, by, text });
  }
  for (const { kind, source, dismissed, startS, stopS, reason } of episodes) {
    if (source === "person" || source === "device" || dismissed || !isRhythm(kind)) continue;
    put({ fromS: startS, toS: stopS, code: kind, span: null, by: "", text: reason });
  }
  return held;
}

/** Rhythms that reference annotations mark. */
export function referenceRhythm(
  reference: { sample: Int32Array; rhythmAt: (index: number) => string | null },
  fs: number,
  durationS: number,
): TheirRhythm[] {
  const spans: TheirRhythm[] = [];
  for (let i = 0; i < reference.sample.length; i += 1) {
    const note = reference.rhythmAt(i);
    if (note === null) continue;
    const startS = reference.sample[i] / fs;
    if (spans.length) spans[spans.length - 1].stopS = startS;
    spans.push({ startS, stopS: durationS, code: rhythmOfWfdb(note), text: note.replace(/^\(/, "") });
  }
  return spans.filter(({ startS, stopS }) => startS < stopS);
}

/** What a rhythm counts as where it is compared: rates say nothing about a rhythm. */
const comparable = (code: string | null) => (code === "TACHY" || code === "SBR" || code === "SVR" ? "N" : code === "POSSIBLE_VT" ? "VT" : code);

/**
 * Stretches where the reference names another rhythm than we do; where nothing is named, that is sinus rhythm. A
 * rhythm that both name and that begins or ends less than a second earlier or later in one is no difference.
 */
export function differences(ours: readonly OurRhythm[], reference: readonly TheirRhythm[]): RhythmDifference[] {
  const found: RhythmDifference[] = [];
  reference.forEach((theirs, k) => {
    if (theirs.code === null) return;
    const stretches = within(ours, theirs.startS, theirs.stopS).map((each) => ({
      code: each.code, startS: Math.max(each.startS, theirs.startS), stopS: Math.min(each.stopS, theirs.stopS),
    }));
    for (const [startS, stopS] of uncovered(theirs.startS, theirs.stopS, stretches)) stretches.push({ code: "N", startS, stopS });
    stretches.sort((a, b) => a.startS - b.startS);
    const agrees = ({ code }: { code: string }) => comparable(code) === comparable(theirs.code);
    const agreed = stretches.some(agrees);
    const shifted = ({ code, startS, stopS }: Stretch & { code: string }) =>
      agreed && stopS - startS < EDGE_S &&
      ((startS === theirs.startS && same(code, reference[k - 1])) || (stopS === theirs.stopS && same(code, reference[k + 1])));
    for (const stretch of stretches) {
      const { startS, stopS } = stretch;
      if (agrees(stretch) || shifted(stretch)) continue;
      const last = found.at(-1);
      if (last && last.stopS === startS && last.theirs === theirs) last.stopS = stopS;
      else found.push({ startS, stopS, theirs });
    }
  });
  return found.filter(({ startS, stopS }) => stopS - startS >= LEAST_DIFFERENCE_S);
}

const same = (code: string, theirs: TheirRhythm | undefined) => theirs !== undefined && comparable(code) === comparable(theirs.code);

/** Artefacts that people named, in seconds. */
export function artefactsOf(rhythms: readonly RhythmPayload[], fs: number): SpanS[] {
  return rhythms.filter(({ rhythm }) => rhythm === "ARTEFACT").map((each): SpanS => [each.start_sample / fs, each.stop_sample / fs]);
}

/** Intervals without the classes of beats in artefacts: they count nowhere. */
export function withoutArtefacts(intervals: Intervals, artefacts: readonly SpanS[]): Intervals {
  if (!artefacts.length) return intervals;
  const label = intervals.label.slice();
  for (const [startS, stopS] of artefacts) {
    label.fill(NO_CLASS, lowerBound(intervals.timeS, startS), lowerBound(intervals.timeS, stopS));
  }
  return { ...intervals, label };
}

/** Samples of a span between two times; ends that lie near a beat go to it, the last one to just behind it. */
export function limitsOf(fromS: number, toS: number, beats: BeatTable, reachS: number, nSamples: number): [number, number] {
  const near = (timeS: number, past: number) => {
    const at = beats.firstAtOrAfter(Math.round(timeS * beats.fs));
    const there = [at - 1, at].filter((i) => i >= 0 && i < beats.n && Math.abs(beats.timeS(i) - timeS) <= reachS);
    if (!there.length) return Math.round(timeS * beats.fs);
    return beats.sample[there.reduce((best, i) => (Math.abs(beats.timeS(i) - timeS) < Math.abs(beats.timeS(best) - timeS) ? i : best))] + past;
  };
  const start = Math.min(Math.max(near(Math.min(fromS, toS), 0), 0), nSamples - 1);
  const stop = Math.min(Math.max(near(Math.max(fromS, toS), 1), start + 1), nSamples);
  return [start, stop];
}

/** Dangerous episodes of the program that a span would overrule. */
export function overruledBy(episodes: readonly ReviewEvent[], fromS: number, toS: number, dangerous: ReadonlySet<string>): ReviewEvent[] {
  const found = ({ source }: ReviewEvent) => source !== "person" && source !== "device";
  return episodes.filter((each) => found(each) && dangerous.has(each.kind) && each.startS < toS && each.stopS > fromS);
}

/** Their names with their numbers. */
export function overruled(episodes: readonly ReviewEvent[], fromS: number, toS: number, dangerous: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of overruledBy(episodes, fromS, toS, dangerous)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, n]) => rhythmOf(kind).name + (n > 1 ? ` (${n})` : ""));
}
