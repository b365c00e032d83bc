// What the overview says in words: under the pointer, and to those who cannot see it. Pure functions.

import type { ReviewEvent } from "./facts.ts";
import { meanBpm, type BeatSums, type Densities } from "./overview_bins.ts";
import type { DiaryEntryPayload, Label, SpanS } from "./payloads.ts";
import { stepText, type Range } from "./plot_axes.ts";
import type { Intervals } from "./plot_intervals.ts";
import { lowerBound } from "./sorted.ts";
import { clockText } from "./times.ts";
import { counted, duration, intervalText, number } from "./wording.ts";

const MEAN_OVER_S = 30;

/** What of the overview's data is put into words. */
export interface DescribedData {
  intervals: Intervals;
  sums: BeatSums;
  unreadable: readonly SpanS[];
  /** In the order in which they are drawn: the most important one last. */
  episodes: readonly ReviewEvent[];
  clockS: number | null;
  /** Entries of the diary, and when the person slept. */
  diary: readonly DiaryEntryPayload[];
  asleep: readonly SpanS[];
}

/** What lies under the pointer. */
export interface Hovered {
  timeS: number;
  beat: { letter: Label | null; timeS: number; ms: number } | null;
  episode: ReviewEvent | null;
  density: Densities;
  /** The bin of `density`, -1 for none. */
  bin: number;
  classified: boolean;
}

/** The line under the pointer: time, rate, and what is drawn there. */
export function hoverText(data: DescribedData, { timeS, beat, episode, density, bin, classified }: Hovered): string {
  const { clockS } = data;
  if (beat) {
    const what = beat.letter ? `${beat.letter} · ` : "";
    return `${clockText(beat.timeS, clockS)} · ${what}${intervalText(beat.ms)}`;
  }
  if (episode) {
    const lengthText = duration(episode.stopS - episode.startS);
    return `${clockText(episode.startS, clockS)} · ${episode.title} · ${lengthText} · ${episode.reason}`;
  }
  const { timeS: times } = data.intervals;
  const [a, b] = [timeS - MEAN_OVER_S / 2, timeS + MEAN_OVER_S / 2].map((edge) => lowerBound(times, edge));
  const bpm = meanBpm(data.sums, a, b);
  const parts = [clockText(timeS, clockS)];
  if (data.unreadable.some(([from, to]) => from <= timeS && timeS < to)) parts.push("unreadable");
  else parts.push(Number.isNaN(bpm) ? "no rate" : `${number(bpm)} bpm`);
  if (classified && bin >= 0) {
    const ectopic = (["V", "S"] as const).filter((letter) => density.counts[letter][bin]);
    if (ectopic.length) {
      const figures = ectopic.map((letter) => `${letter} ${number(density.counts[letter][bin])}`);
      parts.push(`${figures.join(", ")} per ${stepText(density.stepS)}`);
    }
  }
  return parts.join(" · ");
}

/** The overview in one paragraph of figures. */
export function overviewLabel(data: DescribedData, range: Range, whole: boolean): string {
  const { clockS, sums } = data;
  const { timeS } = data.intervals;
  const [a, b] = [lowerBound(timeS, range.fromS), lowerBound(timeS, range.toS)];
  const what = whole
    ? `Heart rate over the whole recording, ${duration(range.toS - range.fromS)}`
    : `Heart rate from ${clockText(range.fromS, clockS)} to ${clockText(range.toS, clockS)}`;
  if (a === b) return `${what}: no beats.`;
  const bpm = meanBpm(sums, a, b);
  const parts = [counted(b - a, "beat")];
  if (!Number.isNaN(bpm)) parts.push(`mean ${number(bpm)} bpm`);
  const ofClass = (k: number) => sums.counts[k][b] - sums.counts[k][a];
  if (sums.counts.some((_, k) => ofClass(k))) {
    parts.push(`${number(ofClass(2))} ventricular`, `${number(ofClass(1))} supraventricular`);
  }
  const inside = (startS: number, stopS: number) => Math.max(Math.min(stopS, range.toS) - Math.max(startS, range.fromS), 0);
  const byTitle = new Map<string, { n: number; lengthS: number }>();
  for (const episode of [...data.episodes].reverse()) {
    const lengthS = inside(episode.startS, episode.stopS);
    if (!lengthS) continue;
    const known = byTitle.get(episode.title) ?? { n: 0, lengthS: 0 };
    byTitle.set(episode.title, { n: known.n + 1, lengthS: known.lengthS + lengthS });
  }
  const rhythms = [...byTitle].slice(0, 6).map(([title, { n, lengthS }]) => `${title} ${n === 1 ? "once" : `${number(n)} times`}, ${duration(lengthS)}`);
  if (rhythms.length) parts.push(`episodes: ${rhythms.join("; ")}`);
  const entries = data.diary.filter(({ kind }) => kind !== "sleep").length;
  if (entries) parts.push(counted(entries, "diary entry", "diary entries"));
  const asleepS = data.asleep.reduce((sum, [from, to]) => sum + inside(from, to), 0);
  if (asleepS) parts.push(`asleep ${duration(asleepS)}`);
  const unreadableS = data.unreadable.reduce((sum, [from, to]) => sum + inside(from, to), 0);
  parts.push(unreadableS ? `unreadable ${duration(unreadableS)}` : "all of it readable");
  return `${what}: ${parts.join(", ")}.`;
}
