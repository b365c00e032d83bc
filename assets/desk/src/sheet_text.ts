// What the sheet says in words: times, what is on screen, what a box of the calipers measures. Pure functions.

import { LETTERS, type BeatTable } from "./beat_table.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { counted, intervalText, number } from "./wording.ts";

const isWhole = (s: number) => Math.abs(s - Math.round(s)) < 0.05;

/** Start and end of the view as times, with tenths where the start is no whole second. */
export function rangeTexts(startS: number, spanS: number, { durationS, clockS = null }: { durationS: number; clockS?: number | null }): string[] {
  const stopS = Math.min(startS + spanS, durationS);
  const decimals = isWhole(startS + (clockS ?? 0)) && isWhole(spanS) ? 0 : 1;
  return [startS, stopS].map((s) => formatTime(s, clockS, decimals));
}

/** Beats of a view by class: "13 beats: 9 N, 4 V"; and their mean rate where there are two. */
export function beatsText(beats: BeatTable, fromS: number, toS: number): string {
  const first = beats.firstAtOrAfter(Math.ceil(fromS * beats.fs - 1e-6));
  const stop = beats.firstAtOrAfter(Math.ceil(toS * beats.fs - 1e-6));
  const n = stop - first;
  if (n <= 0) return "no beats";
  const counts = new Array<number>(LETTERS.length).fill(0);
  for (let i = first; i < stop; i += 1) if (beats.label[i] < LETTERS.length) counts[beats.label[i]] += 1;
  const classes = LETTERS.map((letter, i) => (counts[i] ? `${number(counts[i])} ${letter}` : "")).filter(Boolean);
  const text = classes.length ? `${counted(n, "beat")}: ${classes.join(", ")}` : counted(n, "beat");
  const lengthS = beats.timeS(stop - 1) - beats.timeS(first);
  return n > 1 && lengthS > 0 ? `${text}, ${number((60 * (n - 1)) / lengthS)} bpm` : text;
}

/** Everything on screen in one line. */
export function viewText(store: Store): string {
  const { facts, beats, stage } = store.review;
  const { view } = store.navigation;
  if (!facts) return "";
  const [from, to] = rangeTexts(view.startS, view.spanS, facts);
  const what = stage === "beats" ? "beats are being found" : beatsText(beats, view.startS, view.startS + view.spanS);
  return `${from} to ${to}, ${what}`;
}

/** A beat in words, for screen readers. */
export function beatLabel(beats: BeatTable, i: number, clockS: number | null): string {
  const letter = beats.letter(i);
  const parts = [`${letter ? `${letter} beat` : "beat"} at ${formatTime(beats.timeS(i), clockS, 2)}`];
  if (i > 0) parts.push(`RR ${intervalText(beats.rrMs(i))}`);
  const p = letter && !beats.edited[i] ? beats.probabilities(i)?.[LETTERS.indexOf(letter)] : undefined;
  if (p !== undefined) parts.push(`probability ${p.toFixed(2)}`);
  if (beats.uncertain(i)) parts.push("uncertain");
  if (beats.edited[i]) parts.push("edited");
  return parts.join(", ");
}
