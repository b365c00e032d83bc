// Figures, times and states in words, the same in every panel. Pure functions.

import type { Facts, ReviewEvent } from "./facts.ts";
import { deviceKindName, deviceTitle, isDevice } from "./device.ts";
import { isUnseen } from "./marks.ts";
import type { JobPayload, Label, SummaryPayload } from "./payloads.ts";
import { formatTime } from "./times.ts";

export const ABSENT = "–";
export const CLASS_NAMES: Record<Label, string> = {
  N: "normal, bundle branch block or escape",
  S: "supraventricular ectopic",
  V: "ventricular ectopic",
  F: "fusion of ventricular and normal",
  Q: "paced or unclassifiable",
};

const formats = new Map<number, Intl.NumberFormat>();
const DAY_S = 86400;
const REGULAR = 0.1; // intervals within a tenth of the local median are regular

/** A figure with thousands separators, or a dash where it is absent. */
export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined || Number.isNaN(value)) return ABSENT;
  let format = formats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    formats.set(digits, format);
  }
  return format.format(value);
}

/** `1 beat`, `1,024 beats`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A part of a whole in percent; what is there is never called 0 %, what is not all never 100 %. */
export function share(part: number | null | undefined, whole: number | null | undefined): string {
  if (!whole || part === null || part === undefined) return ABSENT;
  const percent = (100 * part) / whole;
  if (part > 0 && percent < 0.1) return "< 0.1 %";
  if (part < whole && percent > 99.9) return "> 99.9 %";
  return `${number(percent, percent > 0 && percent < 99.95 ? 1 : 0)} %`;
}

/** A figure in percent without its sign; as in `share`, little is never nothing and nearly all is never all. */
export function percentage(percent: number | null | undefined): string {
  if (percent === null || percent === undefined) return ABSENT;
  if (percent > 0 && percent < 0.1) return "< 0.1";
  if (percent < 100 && percent > 99.9) return "> 99.9";
  return number(percent, 1);
}

/** A length: `2.3 s`, `30 min 06 s`, `24 h 00 min`. */
export function duration(seconds: number): string {
  const total = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  if (total < 60) return `${number(seconds, seconds < 10 ? 1 : 0)} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${two(total % 60)} s`;
  return `${number(Math.floor(total / 3600))} h ${two(Math.floor(total / 60) % 60)} min`;
}

/** A sampling rate. */
export function rate(hz: number): string {
  return `${Number.isInteger(hz) ? number(hz) : number(hz, 2)} Hz`;
}

/** The leads' names, the first and last where there are many. */
export function leadNames(names: string[], most = 4): string {
  if (names.length <= most) return names.join(", ");
  return `${names.length} leads (${names.slice(0, 2).join(", ")} … ${names[names.length - 1]})`;
}

/** What never changes about a recording. */
export function factsText(facts: Pick<Facts, "leads" | "fs" | "durationS" | "person">): string {
  const parts = [leadNames(facts.leads.map((lead) => lead.name)), rate(facts.fs), duration(facts.durationS)];
  return [...parts, facts.person].filter(Boolean).join(" · ");
}

/** The figures in the title; `null` as long as there are no beats. */
export function liveText(summary: Pick<SummaryPayload, "n_beats" | "burden_v_percent" | "mean_rate_bpm"> | null): string | null {
  if (!summary) return null;
  const parts = [counted(summary.n_beats, "beat")];
  const burden = summary.burden_v_percent;
  if (burden !== null) parts.push(`${percentage(burden)} % V`);
  if (summary.mean_rate_bpm) parts.push(`mean ${number(summary.mean_rate_bpm)} bpm`);
  return parts.join(" · ");
}

/** `842 ms · 71 bpm`. */
export function intervalText(ms: number | null): string {
  if (ms === null || !(ms > 0)) return ABSENT;
  return `${number(ms)} ms · ${number(60000 / ms)} bpm`;
}

const SHORT_TITLES: Record<string, string> = {
  VF: "VF or flutter", POSSIBLE_VT: "Possible VF or VT",
  VT: "V tachycardia", IVR: "Idioventricular", COUPLET: "V couplet", B: "V bigeminy", T: "V trigeminy", SINGLE_V: "V single",
  AVB1: "AV block I", AVB2: "AV block II", AVB3: "AV block III",
  SVTA: "S tachycardia", SVR: "S run", PAIR_S: "S pair", SINGLE_S: "S single", SBR: "Bradycardia", UNREADABLE: "Unreadable",
};
const KIND_NAMES: Record<string, string> = {
  VF: "VF", POSSIBLE_VT: "possible VF/VT",
  VT: "VT", IVR: "IVR", SVTA: "SVT", AFIB: "AF", COUPLET: "couplet", B: "bigeminy", T: "trigeminy", SBR: "slow", TACHY: "fast",
  AVB1: "AV block I", AVB2: "AV block II", AVB3: "AV block III",
};

/** An event's title as short as a list needs it; the class letter stands for the long word. */
export function shortTitle(event: Pick<ReviewEvent, "kind" | "title">): string {
  return SHORT_TITLES[event.kind] ?? deviceTitle(event) ?? event.title;
}

/** The name of an event's kind, shorter still. */
export function kindName(event: Pick<ReviewEvent, "kind" | "title">): string {
  const title = deviceKindName(event) ?? shortTitle(event);
  return KIND_NAMES[event.kind] ?? (/^[A-Z] /.test(title) ? title : title.toLowerCase());
}

const BY_LENGTH = new Set(["PAUSE", "ASYSTOLE", "UNREADABLE", "VF", "POSSIBLE_VT"]);

/** Beats and rate; the length instead of the beats of what is long, and alone of what has no beats of its own. */
export function eventFigures(event: Pick<ReviewEvent, "kind" | "startS" | "stopS" | "nBeats" | "rateBpm">): string {
  if (isDevice(event)) return ""; // it holds for the whole recording
  const lengthS = event.stopS - event.startS;
  if (BY_LENGTH.has(event.kind) || event.nBeats === 0) return duration(lengthS);
  const parts = [];
  if (lengthS >= 60) parts.push(duration(lengthS));
  else if (event.nBeats > 1) parts.push(counted(event.nBeats, "beat"));
  if (event.nBeats > 1 && event.rateBpm !== null && event.rateBpm > 0) parts.push(`${number(event.rateBpm)} bpm`);
  return parts.join(", ");
}

/** An event's marks in words. */
export function markText({ seen, dismissed, report }: Pick<ReviewEvent, "seen" | "dismissed" | "report">): string {
  const words = [seen && "seen", dismissed && "dismissed", report && "strip for the report"].filter(Boolean);
  return words.join(", ") || "not seen yet";
}

/** An event in one sentence, for screen readers. */
export function eventText(event: ReviewEvent, time: string): string {
  const parts = [event.title, eventFigures(event), event.reason, `at ${time}`, markText(event), event.note ? `note: ${event.note}` : ""];
  return parts.filter(Boolean).join(", ");
}

/** How many events somebody has looked at. */
export function seenText(events: readonly ReviewEvent[]): string {
  if (!events.length) return "none found";
  const seen = events.filter((event) => !isUnseen(event)).length;
  return `most urgent first · ${number(seen)} of ${number(events.length)} seen`;
}

/** A family's number as people count, from 1; a dash for none. */
export function familyNumber(index: number | null): string {
  return index === null || index < 0 ? ABSENT : String(index + 1);
}

/** A family's rhythm: its mean interval before and after, 1 being the local median. */
export function timingText(before: number | null, after: number | null): string {
  if (before === null || !Number.isFinite(before)) return ABSENT;
  const off = (ratio: number) => number(Math.abs(100 * (ratio - 1)));
  const parts = [];
  if (before < 1 - REGULAR) parts.push(`early, ${off(before)} %`);
  else if (before > 1 + REGULAR) parts.push(`late, ${off(before)} %`);
  if (after !== null && Number.isFinite(after) && after > 1 + REGULAR) parts.push(parts.length ? "pause" : "pause after");
  return parts.join(" · ") || "regular";
}

/** `98 % sure`. */
export function certaintyText(certainty: number | null): string {
  return certainty !== null && Number.isFinite(certainty) ? `${number(Math.floor(100 * certainty))} % sure` : "not classified";
}

const WHO: Record<number, string> = { 1: "relabelled", 2: "added", 4: "moved" };

/** What a person did to a beat: bits of the `edited` column. */
export function editedText(edited: number): string {
  const words = [1, 2, 4].filter((bit) => edited & bit && !(bit === 1 && edited & 2)).map((bit) => WHO[bit]);
  return words.join(" and ");
}

const QUALITY = ["unreadable", "usable", "good"];

export function qualityText(grade: number): string {
  return QUALITY[grade] ?? ABSENT;
}

/** `12 changes by you saved`. */
export function savedText(n: number): string {
  return n ? `${counted(n, "change")} by you saved` : "";
}

/** The same, with how long work on a long recording may take as a whole. */
export function longText(job: JobPayload): string {
  if (!job.long_s) return jobText(job);
  const minutes = Math.ceil(job.long_s / 60);
  const whole = minutes < 120 ? `${minutes} ${minutes === 1 ? "minute" : "minutes"}` : `${Math.ceil(minutes / 60)} hours`;
  return `${jobText(job)} · a long recording: up to ${whole} in all`;
}

/** A stage of a job with how far it is; a stage that has just begun has no figure. */
export function jobText(job: JobPayload): string {
  return job.share > 0 ? `${job.stage} · ${number(100 * job.share)} %` : `${job.stage} …`;
}

/** Seconds of the recording that a written time means; NaN if it is none.
 *
 * `h:mm`, `hh:mm:ss` and `hh:mm:ss.s`. Where the start is known these are times of day, and one before the start
 * is the next day's; `10:30 day 3` or `10:30 d3` is that day's, the first being 1.
 */
export function parseTime(text: string, clockS: number | null = null): number {
  const parts = /^\s*(\d{1,3}):([0-5]?\d)(?::([0-5]?\d(?:\.\d*)?))?(?:\s*d(?:ay)?\s*(\d{1,3}))?\s*$/i.exec(text);
  if (!parts) return NaN;
  const seconds = 3600 * Number(parts[1]) + 60 * Number(parts[2]) + Number(parts[3] ?? 0);
  const day = parts[4] === undefined ? null : Number(parts[4]);
  if (clockS === null) return day === null ? seconds : NaN;
  if (seconds >= DAY_S) return NaN;
  if (day === null) return (seconds - clockS + DAY_S) % DAY_S;
  const timeS = (day - 1) * DAY_S + seconds - clockS;
  return timeS < 0 ? NaN : timeS;
}

/** What can be written where a time is asked for. */
export function timeHint({ durationS, clockS = null }: { durationS: number; clockS?: number | null }): string {
  if (clockS === null) return `a time since the start up to ${formatTime(durationS)}, like ${formatTime(Math.floor(durationS / 2))}`;
  const middle = formatTime(Math.floor(durationS / 2), clockS);
  if (durationS > DAY_S) return `a time of day with its day, like ${middle}; without one it is within the first 24 hours`;
  if (durationS === DAY_S) return `a time of day, like ${middle}`;
  return `a time of day between ${formatTime(0, clockS)} and ${formatTime(durationS, clockS)}, like ${middle}`;
}
