// Heart-rate variability in words. Pure functions.

import type { HealthyPayload, TurbulencePayload, VariabilityMeasure, VariabilityPayload } from "./payloads.ts";
import { clockText } from "./times.ts";
import { ABSENT, counted, duration, number, share } from "./wording.ts";

export interface MeasureLine {
  title: string;
  meaning: string;
  value: string;
  /** Values of healthy people, or why there is none of this person. */
  beside: string;
  besideTitle: string;
  absent: boolean;
}

export interface MeasureGroup {
  title: string;
  /** Why none of its lines can be given; empty where they can. */
  note: string;
  lines: MeasureLine[];
}

/** What a span is called. */
export function partText({ part, spans_s }: Pick<VariabilityPayload, "part" | "spans_s">, clockS: number | null): string {
  const parts = { whole: "whole recording", day: "day", night: "night" };
  if (part !== "span") return parts[part];
  const [startS, stopS] = spans_s[0];
  return `${clockText(startS, clockS)} to ${clockText(stopS, clockS)}, ${duration(stopS - startS)}`;
}

/** What the measures rest on, and what was left out or put in. */
export function basisText({ n_nn, nn_s, left_out, n_interpolated }: VariabilityPayload): string {
  const leftS = left_out.reduce((sum, { time_s }) => sum + time_s, 0);
  const wholeS = leftS + nn_s;
  const rests = `From ${counted(n_nn, "N-N interval")}, ${duration(nn_s)}.`;
  if (!left_out.length) return `${rests} Nothing was left out.`;
  const causes = left_out.map(({ cause, n, time_s }) => `${cause} ${share(time_s, wholeS)}${n ? ` (${counted(n, "interval")})` : ""}`);
  const filled = n_interpolated ? ` For Welch's spectrum ${counted(n_interpolated, "interval")} in their place ${n_interpolated === 1 ? "is" : "are"} interpolated.` : "";
  return `${rests} Left out: ${share(leftS, wholeS)} of the time; ${causes.join(", ")}.${filled}`;
}

/** The measures under their headings. */
export function groupsOfMeasures({ measures, turbulence }: VariabilityPayload): MeasureGroup[] {
  const groups = new Map<string, MeasureLine[]>();
  for (const measure of measures) {
    const lines = groups.get(measure.group) ?? [];
    groups.set(measure.group, [...lines, lineOf(measure)]);
  }
  const listed = [...groups].map(([title, lines]) => ({ title, note: "", lines }));
  return turbulence ? [...listed, turbulenceGroup(turbulence)] : listed;
}

function lineOf({ title, unit, digits, meaning, value, reason, reference }: VariabilityMeasure): MeasureLine {
  const withUnit = (text: string) => (unit ? `${text} ${unit}` : text);
  if (value === null) return { title, meaning, value: ABSENT, beside: reason, besideTitle: reason, absent: true };
  const besideTitle = reference ? `${reference.group} (${reference.source})` : "";
  return { title, meaning, value: withUnit(number(value, digits)), beside: reference ? healthyText(reference) : "", besideTitle, absent: false };
}

/** Mean and standard deviation, or the range of 95 %. */
function healthyText({ mean, sd, low, high }: HealthyPayload): string {
  if (mean !== null && sd !== null) return `${number(mean, decimals(mean))} ± ${number(sd, decimals(sd))}`;
  return low !== null && high !== null ? `${number(low, decimals(low))} to ${number(high, decimals(high))}` : "";
}

const decimals = (value: number) => (Number.isInteger(value) ? 0 : Math.abs(value) < 5 ? 2 : 1);

function turbulenceGroup({ onset_percent, slope_ms, category, n_beats, n_ventricular, reason }: TurbulencePayload): MeasureGroup {
  const title = "Heart-rate turbulence";
  if (reason) return { title, note: `Not computed: ${reason}.`, lines: [] };
  const line = (term: string, meaning: string, value: string): MeasureLine => ({ title: term, meaning, value, beside: "", besideTitle: "", absent: false });
  const lines = [
    line("Onset", "below 0 % is normal", `${number(onset_percent, 2)} %`),
    line("Slope", "above 2.5 ms per interval is normal", `${number(slope_ms, 1)} ms/RR`),
    line("Category", "0: both normal, 1: one abnormal, 2: both abnormal", `HRT${number(category)}`),
    line("V beats used", "of all V beats", `${number(n_beats)} of ${number(n_ventricular)}`),
  ];
  return { title, note: "", lines };
}

/** Where the values of healthy people come from, or why there are none. */
export function sourceText({ measures, age_years, sex }: VariabilityPayload): string {
  const groups = new Map<string, string[]>();
  for (const { title, reference } of measures) {
    if (!reference) continue;
    const group = `${reference.group} (${reference.source})`;
    groups.set(group, [...(groups.get(group) ?? []), title]);
  }
  if (groups.size) {
    const named = [...groups].map(([group, titles]) => `${titles.join(", ")}: ${group}`);
    const hint = sex === null ? " Where the sex is known, some are of women or men alone." : "";
    return `Beside the values: mean ± standard deviation, or the range of 95 %, of healthy people. ${named.join("; ")}. No limits.${hint}`;
  }
  if (age_years === null) return "Values of healthy people are shown beside these where the age is known.";
  if (age_years < 18) return "Values of healthy people are of adults.";
  return "Values of healthy people are known for spans of five minutes and recordings of 18 hours and more.";
}
