// Differences in words. Pure functions.

import { NOTHING, judgementCounts, type DifferenceRow } from "./difference_rows.ts";
import type { AuditCountPayload, DifferencesMeta, Judgement } from "./payloads.ts";
import type { Store } from "./store.ts";
import type { DifferenceData } from "./store_differences.ts";
import { counted, kindName, number } from "./wording.ts";

/** Judgement, sign in the list, words of its button, key. */
export const JUDGEMENTS: readonly (readonly [Judgement, string, string, string])[] = [
  ["program", "program", "program is right", "1"],
  ["file", "file", "file is right", "2"],
  ["unsure", "unsure", "unsure", "3"],
];

/** The button of the title; an empty text where there is nothing to say. */
export function titleText({ known, problem, meta, rows }: Pick<DifferenceData, "known" | "problem" | "meta" | "rows">): { text: string; title: string } {
  if (problem) return { text: "differences not known", title: problem };
  if (!known || !meta) return { text: "", title: "" };
  const n = rows.filter((row) => row.judged).length;
  return {
    text: counted(meta.n_differences, "difference"),
    title: `Program and file (${meta.name}) differ in ${counted(meta.n_differences, "place")}; ${number(n)} judged. I goes to the next one.`,
  };
}

/** Why there are no rows yet. */
export function waitingText({ review, differences }: Pick<Store, "review" | "differences">): string {
  const { facts, stage } = review;
  if (!facts) return "Opening the recording …";
  if (!facts.hasReference) return "This file brings no annotations along: there is nothing to compare with.";
  if (stage === "beats") return "Beats are being found …";
  if (stage !== "classified") return "The beats have no classes yet. Classify them to compare them with the file's annotations.";
  if (differences.problem) return differences.problem;
  return differences.known ? "" : "The file's annotations are being compared and audited …";
}

/** Why the list is empty. */
export function emptyText(rows: readonly DifferenceRow[], meta: DifferencesMeta): string {
  if (rows.length) return "No difference of this kind.";
  const n = meta.confusion.flat().reduce((sum, each) => sum + each, 0);
  const left = notComparedText(meta);
  return `No differences in ${counted(n, "beat")} and the episodes that the file tells.${left ? ` ${left}` : ""}`;
}

/** What was not compared, in a sentence; empty where all was. */
export function notComparedText({ not_compared: left }: Pick<DifferencesMeta, "not_compared">): string {
  return left.length ? `Not compared: ${left.map(([what, n]) => `${number(n)} ${what}`).join("; ")}.` : "";
}

/** How well the two agree. */
export function agreementText({ kappa, agreement }: Pick<DifferencesMeta, "kappa" | "agreement">): string {
  const classes = Object.entries(agreement).flatMap(([letter, value]) => (value === null ? [] : [`${letter} ${number(100 * value)} %`]));
  const parts = [`kappa ${kappa === null ? "not defined" : number(kappa, 2)}`];
  if (classes.length) parts.push(`agreement on ${classes.join(", ")}`);
  return parts.join(" · ");
}

/** Who was right, counted. */
export function judgedText(rows: readonly DifferenceRow[]): string {
  const { program, file, unsure } = judgementCounts(rows);
  const n = program + file + unsure;
  if (!n) return "none judged";
  return `${number(n)} judged: program right ${number(program)}, file right ${number(file)}, unsure ${number(unsure)}`;
}

/** A difference in one line, for those who hear it. */
export function rowText(row: DifferenceRow, time: string): string {
  const parts = [`${time}: program ${row.program.title}, file ${row.reference.title}`];
  if (row.person) parts.push(`person ${row.person.title}`);
  if (row.verdict) parts.push(`audit: ${row.verdict.title}`);
  if (row.judged) parts.push(`judged: ${row.judged}`);
  return parts.join("; ");
}

/** A word as the list shows it: classes by their letter, kinds by name. */
export function shownWord(row: DifferenceRow, word: DifferenceRow["program"] | null): string {
  if (!word) return "";
  if (word.code === NOTHING) return "–";
  return row.episode ? kindName({ kind: word.code, title: word.title }) : word.code;
}

/** The figures of a count: the file's, the audited one, what is uncertain. */
export function countCells(count: AuditCountPayload): string[] {
  const percent = (value: number | null) => (value === null ? "" : ` (${number(value, value < 10 ? 1 : 0)} %)`);
  return [
    `${number(count.file)}${percent(count.file_percent)}`,
    `${number(count.audited)}${percent(count.audited_percent)}`,
    number(count.uncertain + count.doubtful),
  ];
}

/** What lies behind an audited count. */
export function countTitle(count: AuditCountPayload): string {
  return (
    `${count.name}: the file has ${number(count.file)}, of which ${number(count.confirmed)} confirmed, ${number(count.uncertain)} uncertain, ` +
    `${number(count.refuted)} refuted; it lacks ${number(count.missed)}, and ${number(count.doubtful)} more are uncertain.`
  );
}
