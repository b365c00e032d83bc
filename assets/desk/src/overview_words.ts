// @ts-nocheck
// What the overview says in words: under the pointer, and to those who cannot see it. Pure functions.

import { meanBpm } from "./overview_bins.ts";
import { stepText } from "./plot_axes.ts";
import { lowerBound } from "./sorted.ts";
import { clockText } from "./times.ts";
import { counted, duration, intervalText, number } from "./wording.ts";

const MEAN_OVER_S = 30;

/** The line under the pointer: time, rate, and what is drawn there. */
export function hoverText(data, { timeS, beat, episode, density, bin, classified }) {
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
    const ectopic = ["V", "S"].filter((letter) => density.counts[letter][bin]);
    if (ectopic.length) {
      const figures = ectopic.map((letter) => `${letter} ${number(density.counts[letter][bin])}`);
      parts.push(`${figures.join(", ")} per ${stepText(density.stepS)}`);
    }
  }
  return parts.join(" · ");
}

/** The overview in one paragraph of figures. */
export function overviewLabel(data, range, whole) {
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
  const ofClass = (k) => sums.counts[k][b] - sums.counts[k][a];
  if (sums.counts.some((_, k) => ofClass(k))) {
    parts.push(`${number(ofClass(2))} ventricular`, `${number(ofClass(1))} supraventricular`);
  }
  const inside = (startS, stopS) => Math.max(Math.min(stopS, range.toS) - Math.max(startS, range.fromS), 0);
  const byTitle = new Map();
  for (const episode of [...data.episodes].reverse()) {
    const lengthS = inside(episode.startS, episode.stopS);
    if (!lengthS) continue;
    const known = byTitle.get(episode.title) ?? { n: 0, lengthS: 0 };
    byTitle.set(episode.title, { n: known.n + 1, lengthS: known.lengthS + lengthS });
  }
  const rhythms = [...byTitle].slice(0, 6).map(([title, { n, lengthS }]) => `${title} ${n === 1 ? "once" : `${number(n)} times`}, ${duration(lengthS)}`);
  if (rhythms.length) parts.push(`episodes: ${rhythms.join("; ")}`);
  const unreadableS = data.unreadable.reduce((sum, [from, to]) => sum + inside(from, to), 0);
  parts.push(unreadableS ? `unreadable ${duration(unreadableS)}` : "all of it readable");
  return `${what}: ${parts.join(", ")}.`;
}
