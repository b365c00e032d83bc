// The hourly table in words: its headings, and what its cells say and where they lead. Pure functions.

import type { TrendColumnPayload, TrendRowPayload, TrendsPayload, VariabilityPart } from "./payloads.ts";
import { clockText, formatTime } from "./times.ts";
import { ABSENT, duration, number, percentage } from "./wording.ts";

/** Shorter recordings are read as they are. */
export const SHORTEST_S = 600;

/** A cell of the table. */
export interface TrendCell {
  column: TrendColumnPayload;
  text: string;
  /** The sample that the strip goes to. */
  sample: number | null;
  title: string;
  /** Absent figures and zeros are quiet. */
  quiet: boolean;
}

export interface TrendRow {
  row: TrendRowPayload;
  name: string;
  title: string;
  /** Which heart-rate variability belongs to the row. */
  part: VariabilityPart;
  startS: number;
  stopS: number;
  cells: TrendCell[];
}

export interface ColumnGroup {
  title: string;
  span: number;
}

interface Clock {
  fs: number;
  clockS: number | null;
}

const TOTALS: TrendRowPayload["kind"][] = ["whole", "day", "night"];

/** Neighbouring columns under the heading that they share. */
export function groupsOf(columns: readonly TrendColumnPayload[]): ColumnGroup[] {
  const groups: ColumnGroup[] = [];
  for (const { group } of columns) {
    const last = groups.at(-1);
    if (last?.title === group) last.span += 1;
    else groups.push({ title: group, span: 1 });
  }
  return groups;
}

/** The rows as they stand: the whole recording, day and night first, then the hours. */
export function rowsOf({ columns, rows, day_hours }: TrendsPayload, clock: Clock): TrendRow[] {
  const totals = TOTALS.flatMap((kind) => rows.filter((row) => row.kind === kind));
  const hours = rows.filter((row) => row.kind === "hour");
  return [...totals, ...hours].map((row) => {
    const name = nameOf(row, day_hours, clock);
    const [[startS], [, stopS]] = [row.spans_s[0], row.spans_s[row.spans_s.length - 1]];
    return {
      row,
      name,
      title: `${titleOf(row, day_hours, clock)}: heart-rate variability${row.kind === "hour" ? ", and the strip where it begins" : ""}`,
      part: row.kind === "hour" ? "span" : row.kind,
      startS,
      stopS,
      cells: columns.map((column, at) => cellOf(column, row, at, name, clock)),
    };
  });
}

function nameOf({ kind, spans_s: [[startS]] }: TrendRowPayload, [from, to]: [number, number], { clockS }: Clock): string {
  if (kind === "hour") return clockText(startS, clockS, { seconds: false });
  if (kind === "whole") return "Whole";
  return kind === "day" ? `Day ${from}–${to} h` : `Night ${to}–${from} h`;
}

function titleOf(row: TrendRowPayload, hours: [number, number], clock: Clock): string {
  if (row.kind !== "hour") return nameOf(row, hours, clock);
  const [startS, stopS] = row.spans_s[0];
  return `${clockText(startS, clock.clockS, { seconds: false })} to ${clockText(stopS, clock.clockS, { seconds: false })}`;
}

function cellOf(column: TrendColumnPayload, row: TrendRowPayload, at: number, rowName: string, { fs, clockS }: Clock): TrendCell {
  const [value, sample, reason] = [row.values[at], row.samples[at], row.reasons[at]];
  const what = `${column.group}, ${column.title}, ${rowName}`;
  if (value === null) return { column, text: ABSENT, sample: null, title: `${what}: not told, ${reason}`, quiet: true };
  const text = column.unit === "%" ? percentage(value).replace(/\.0$/, "") : number(value, column.digits);
  const unit = column.unit ? ` ${column.unit}` : "";
  if (sample === null) return { column, text, sample, title: `${what}: ${text}${unit}`, quiet: value === 0 };
  const time = formatTime(sample / fs, clockS);
  return { column, text, sample, title: `${what}: ${text}${unit}. Go to ${column.leads_to}, ${time}`, quiet: value === 0 };
}

/** What stands beside the heading. */
export function remarkOf({ has_clock, n_dismissed }: TrendsPayload): string {
  const parts = [has_clock ? "by the hour of the clock" : "by the hour from the start: the recording does not say when it began, so day and night are unknown"];
  if (n_dismissed) parts.push(`${number(n_dismissed)} dismissed ${n_dismissed === 1 ? "event is" : "events are"} not counted`);
  return parts.join(" · ");
}

/** Why there is no table for a recording; empty where there is one. */
export function tooShortText(durationS: number): string {
  return durationS < SHORTEST_S ? `Trends are of recordings of ten minutes and more; this one lasts ${duration(durationS)}.` : "";
}

/** Where an arrow key leads among cells; null for other keys. */
export function afterKey(key: string, row: number, column: number, rows: number, columns: number): [number, number] | null {
  const within = (at: number, n: number) => Math.max(0, Math.min(n - 1, at));
  switch (key) {
    case "ArrowUp":
      return [within(row - 1, rows), column];
    case "ArrowDown":
      return [within(row + 1, rows), column];
    case "ArrowLeft":
      return [row, within(column - 1, columns)];
    case "ArrowRight":
      return [row, within(column + 1, columns)];
    case "Home":
      return [row, 0];
    case "End":
      return [row, columns - 1];
    default:
      return null;
  }
}
