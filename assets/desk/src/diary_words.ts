// The diary in words, and what is typed into it. Pure functions.

import type { DiaryEntryPayload, DiaryKind } from "./payloads.ts";
import { clockText, formatTime } from "./times.ts";
import { counted, duration, number, parseTime, timeHint } from "./wording.ts";

export const DIARY_KINDS: readonly (readonly [DiaryKind, string])[] = [
  ["diary", "Diary entry"], ["button", "Button press"], ["sleep", "Sleep"], ["activity", "Activity"], ["note", "Note"],
];

/** Kinds that hold for some time. */
const WITH_END: ReadonlySet<DiaryKind> = new Set<DiaryKind>(["sleep", "activity"]);

const DAY_S = 86400;

interface Typed {
  kind: DiaryKind;
  from: string;
  to: string;
  text: string;
}

interface Length {
  fs: number;
  nSamples: number;
  durationS: number;
  clockS: number | null;
}

/** The samples of what was typed, or what is wrong with it. */
export function typedSpan({ kind, from, to, text }: Typed, { fs, nSamples, durationS, clockS }: Length): [number, number] | string {
  const hint = timeHint({ durationS, clockS });
  const startS = parseTime(from, clockS);
  if (!(startS >= 0 && startS <= durationS)) return `Write ${hint}.`;
  const start = Math.min(Math.round(startS * fs), nSamples - 1);
  if (!to.trim()) {
    if (WITH_END.has(kind)) return `${kind === "sleep" ? "Sleep" : "An activity"} needs an end, too.`;
    if (!text.trim() && kind !== "button") return "Write what the entry says.";
    return [start, start];
  }
  let stopS = parseTime(to, clockS);
  if (clockS !== null && stopS < startS && !/d/i.test(to)) stopS += DAY_S; // past midnight, or a day later
  if (!(stopS > startS && stopS <= durationS)) return `The end must lie behind the start and within the recording: ${hint}.`;
  return [start, Math.min(Math.round(stopS * fs), nSamples)];
}

/** When an entry was: a time, or a time and a length. */
export function entryTime({ start_sample: start, stop_sample: stop }: Pick<DiaryEntryPayload, "start_sample" | "stop_sample">, fs: number, clockS: number | null): string {
  const time = clockS === null ? `+${formatTime(start / fs)}` : clockText(start / fs, clockS);
  return stop > start ? `${time}, ${duration((stop - start) / fs)}` : time;
}

/** Rhythm, rate and beats around an entry. */
export function aroundText({ around }: Pick<DiaryEntryPayload, "around">): string {
  if (!around) return "The beats are still being found.";
  const rate = around.rate_bpm === null ? "no rate" : `${number(around.rate_bpm)} bpm`;
  return `${around.rhythm} · ${rate} · ${around.beats}`;
}

/** What stands beside the heading. */
export function diaryRemark(entries: readonly DiaryEntryPayload[]): string {
  const byFile = entries.filter(({ uuid }) => uuid === null).length;
  if (!entries.length) return "";
  return byFile ? `${counted(entries.length, "entry", "entries")}, ${number(byFile)} from the file` : counted(entries.length, "entry", "entries");
}

/** The line under the pointer over an entry's mark. */
export function entryTip(entry: DiaryEntryPayload, fs: number, clockS: number | null): string {
  const what = entry.text ? `${entry.title}: ${entry.text}` : entry.title;
  return `${entryTime(entry, fs, clockS)} · ${what} · ${aroundText(entry)}`;
}
