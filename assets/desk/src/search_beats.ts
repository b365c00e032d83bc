// Which beats pass a search. Pure functions; a day of beats takes a few milliseconds.

import { LETTERS, type BeatTable } from "./beat_table.ts";
import type { Label } from "./payloads.ts";
import { lowerBound } from "./sorted.ts";
import { parseTime } from "./wording.ts";

const DAY_S = 86400;

/** The ends of the ranges that are asked for. */
export type RangeEnd = `${"p" | "rr" | "time"}${"From" | "To"}`;

interface Wanted {
  /** All where it is empty. */
  letters: readonly Label[];
  edited: boolean;
  uncertain: boolean;
  /** Only beats in which the program differs from the file. */
  differs: boolean;
}

/** What a person wrote. */
export type SearchFields = Wanted & Record<RangeEnd, string>;

/** What it means; null where an end is open. */
export type SearchCriteria = Wanted & Record<RangeEnd, number | null>;

export const EMPTY_FIELDS: Readonly<SearchFields> = {
  letters: [], pFrom: "", pTo: "", rrFrom: "", rrTo: "", timeFrom: "", timeTo: "", edited: false, uncertain: false, differs: false,
};

const NO_POSITIONS: ReadonlySet<number> = new Set();

function figure(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  return /^\d*\.?\d+$|^\d+\.$/.test(plain) ? Number(plain) : NaN;
}

/** What the fields mean; `wrong` names those that mean nothing and are left out. */
export function criteriaOf(
  fields: Readonly<SearchFields>,
  clockS: number | null = null,
): { criteria: SearchCriteria; wrong: RangeEnd[] } {
  const ends: Record<RangeEnd, number | null> = {
    pFrom: figure(fields.pFrom),
    pTo: figure(fields.pTo),
    rrFrom: figure(fields.rrFrom),
    rrTo: figure(fields.rrTo),
    timeFrom: fields.timeFrom.trim() ? parseTime(fields.timeFrom, clockS) : null,
    timeTo: fields.timeTo.trim() ? parseTime(fields.timeTo, clockS) : null,
  };
  const wrong = (Object.keys(ends) as RangeEnd[]).filter((name) => {
    const value = ends[name];
    return value !== null && (Number.isNaN(value) || (name.startsWith("p") && value > 1));
  });
  for (const name of wrong) ends[name] = null;
  // From the evening to the morning is over midnight.
  if (clockS !== null && ends.timeFrom !== null && ends.timeTo !== null && !/d/i.test(fields.timeTo)) {
    while (ends.timeTo < ends.timeFrom) ends.timeTo += DAY_S;
  }
  const { letters, edited, uncertain, differs } = fields;
  return { criteria: { ...ends, letters, edited, uncertain, differs }, wrong };
}

/** Whether anything is asked for at all. */
export function asks(criteria: SearchCriteria): boolean {
  const { letters, edited, uncertain, differs, ...ranges } = criteria;
  return Boolean(letters.length || edited || uncertain || differs || Object.values(ranges).some((value) => value !== null));
}

/**
 * Table positions of the beats that pass, in order of time; `differing` holds those that differ from the file.
 * Probabilities are compared as they are shown, to 0.01.
 */
export function searchBeats(beats: BeatTable, criteria: SearchCriteria, differing: ReadonlySet<number> = NO_POSITIONS): Int32Array {
  const { letters, pFrom, pTo, rrFrom, rrTo, timeFrom, timeTo, edited, uncertain, differs } = criteria;
  const wanted = new Uint8Array(256).fill(letters.length ? 0 : 1);
  for (const letter of letters) wanted[LETTERS.indexOf(letter)] = 1;
  const first = timeFrom === null ? 0 : beats.firstAtOrAfter(timeFrom * beats.fs);
  const stop = timeTo === null ? beats.n : beats.firstAtOrAfter(timeTo * beats.fs + 1e-6);
  const byP = pFrom !== null || pTo !== null;
  const byRr = rrFrom !== null || rrTo !== null;
  const found = new Int32Array(Math.max(stop - first, 0));
  let n = 0;
  for (let i = first; i < stop; i += 1) {
    if (!wanted[beats.label[i]] || (edited && !beats.edited[i]) || (differs && !differing.has(i))) continue;
    if (byRr) {
      const rr = beats.rrMs(i);
      if (rr === null || (rrFrom !== null && rr < rrFrom) || (rrTo !== null && rr > rrTo)) continue;
    }
    if (byP) {
      const p = Math.round(100 * beats.pBest(i)) / 100;
      if (!(p >= (pFrom ?? 0) && p <= (pTo ?? 1))) continue;
    }
    if (uncertain && !beats.uncertain(i)) continue;
    found[n] = i;
    n += 1;
  }
  return found.subarray(0, n);
}

/** The place of a table position among the found ones, -1 where it is none of them. */
export function placeAmong(found: ArrayLike<number>, position: number): number {
  const at = lowerBound(found, position);
  return found[at] === position ? at : -1;
}
