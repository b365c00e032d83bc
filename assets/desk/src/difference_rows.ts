// Differences between program, file and person as rows, in order of consequence. Pure functions.

import type { BeatTable } from "./beat_table.ts";
import type { DifferencesPayload, Judgement, NamedEdit } from "./payloads.ts";

const NONE = 255;
const MATCH_S = 0.15; // a beat and its reference are at most 150 ms apart (EC57)
export const NOTHING = "none";

/** A class or kind, and its title. */
export interface Word {
  code: string;
  title: string;
}

export interface DifferenceRow {
  /** Its name in the log of edits. */
  key: string;
  episode: boolean;
  sample: number;
  stop: number;
  program: Word;
  reference: Word;
  /** Null where a person has said nothing. */
  person: Word | null;
  /** Whether program and file differ; else it is listed for a person's word or the audit's. */
  differs: boolean;
  /** Of the label audit. */
  verdict: { code: string; title: string; refuted: boolean } | null;
  reason: string;
  judged: Judgement | null;
  /** Who judged it. */
  by: string;
}

export type FilterName = "all" | "episodes" | "V" | "S" | "others" | "uncertain" | "open";

const isOf = (row: DifferenceRow, letters: string) =>
  !row.episode && [row.program, row.reference, row.person].some((word) => word !== null && letters.includes(word.code));

/** Name, label, title and test of each filter. */
export const FILTERS: readonly (readonly [FilterName, string, string, (row: DifferenceRow) => boolean])[] = [
  ["all", "all", "All differences", () => true],
  ["episodes", "episodes", "Episodes of rhythm, pauses", (row) => row.episode],
  ["V", "V", "Ventricular and fusion beats", (row) => isOf(row, "VF")],
  ["S", "S", "Supraventricular ectopic beats", (row) => isOf(row, "S") && !isOf(row, "VF")],
  ["others", "other beats", "Other classes, beats that one of the two does not have", (row) => !row.episode && !isOf(row, "VFS")],
  ["uncertain", "to decide", "Labels that the audit can neither confirm nor refute", (row) => row.verdict?.code === "uncertain"],
  ["open", "not judged", "Nobody has said who is right", (row) => row.judged === null],
];

/** The test of a filter. */
export function passes(filter: FilterName): (row: DifferenceRow) => boolean {
  return (FILTERS.find(([name]) => name === filter) ?? FILTERS[0])[3];
}

/** Rows of an answer. */
export function rowsOf({ meta, arrays }: Pick<DifferencesPayload, "meta" | "arrays">): DifferenceRow[] {
  const { words, verdicts, reasons, judgements, persons } = meta;
  return Array.from(arrays.sample, (sample, i) => {
    const episode = arrays.episode[i] > 0;
    const [program, reference] = [words[arrays.program[i]], words[arrays.reference[i]]];
    return {
      key: `${episode ? "episode" : "beat"}:${sample}:${program.code}>${reference.code}`,
      episode,
      sample,
      stop: arrays.stop[i],
      program,
      reference,
      person: arrays.person[i] === NONE ? null : words[arrays.person[i]],
      differs: program.code !== reference.code,
      verdict: arrays.verdict[i] === NONE ? null : verdicts[arrays.verdict[i]],
      reason: reasons[arrays.reason[i]],
      judged: arrays.judged[i] === NONE ? null : judgements[arrays.judged[i]],
      by: arrays.by[i] === NONE ? "" : persons[arrays.by[i]],
    };
  });
}

/** Rows with the judgements that are still on their way. */
export function judged(
  rows: readonly DifferenceRow[],
  annotator: string,
  operations: readonly { edits?: NamedEdit[] }[],
  person: string,
): DifferenceRow[] {
  const news = new Map<string, Judgement | null>();
  for (const { edits = [] } of operations) {
    for (const edit of edits) {
      if (edit.action === "judge_difference" && edit.annotator === annotator) news.set(edit.difference, edit.judgement);
    }
  }
  if (!news.size) return [...rows];
  return rows.map((row) => {
    const judgement = news.get(row.key);
    return judgement === undefined ? row : { ...row, judged: judgement, by: judgement === null ? "" : person };
  });
}

/** How many rows pass each filter. */
export function filterCounts(rows: readonly DifferenceRow[]): Record<FilterName, number> {
  return Object.fromEntries(FILTERS.map(([name, , , test]) => [name, rows.filter(test).length])) as Record<FilterName, number>;
}

/** How often each was right. */
export function judgementCounts(rows: readonly DifferenceRow[]): Record<Judgement, number> {
  const counts = { program: 0, file: 0, unsure: 0 };
  for (const row of rows) if (row.judged) counts[row.judged] += 1;
  return counts;
}

/** The index of the next row after one of a key that passes, -1 where there is none. */
export function nextRow(rows: readonly DifferenceRow[], key: string | null, step: 1 | -1, test: (row: DifferenceRow) => boolean): number {
  const from = rows.findIndex((row) => row.key === key);
  let at = from < 0 && step < 0 ? rows.length : from;
  do at += step;
  while (at >= 0 && at < rows.length && !test(rows[at]));
  return at < rows.length ? at : -1;
}

/** The position of the beat nearest to a sample, -1 where none is within 150 ms. */
export function beatAt(beats: BeatTable, sample: number): number {
  const after = beats.firstAtOrAfter(sample);
  const near = [after - 1, after].filter((i) => i >= 0 && i < beats.n && Math.abs(beats.sample[i] - sample) <= MATCH_S * beats.fs);
  if (!near.length) return -1;
  return near.reduce((best, i) => (Math.abs(beats.sample[i] - sample) < Math.abs(beats.sample[best] - sample) ? i : best));
}
