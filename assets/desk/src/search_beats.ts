// @ts-nocheck
// Which beats pass a search. Pure functions; a day of beats takes a few milliseconds.

import { lowerBound } from "./sorted.ts";
import { parseTime } from "./wording.ts";

const NO_CLASS = 255;
const DAY_S = 86400;

export const EMPTY_FIELDS = {
  letters: [], pFrom: "", pTo: "", rrFrom: "", rrTo: "", timeFrom: "", timeTo: "", edited: false, uncertain: false,
};

function figure(text) {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  return /^\d*\.?\d+$|^\d+\.$/.test(plain) ? Number(plain) : NaN;
}

/** What the fields mean: `{criteria, wrong}`; `wrong` names the fields that mean nothing and are passed over. */
export function criteriaOf(fields, clockS = null) {
  const read = {
    pFrom: figure(fields.pFrom),
    pTo: figure(fields.pTo),
    rrFrom: figure(fields.rrFrom),
    rrTo: figure(fields.rrTo),
    timeFrom: fields.timeFrom.trim() ? parseTime(fields.timeFrom, clockS) : null,
    timeTo: fields.timeTo.trim() ? parseTime(fields.timeTo, clockS) : null,
  };
  if (read.pFrom > 1) read.pFrom = NaN;
  if (read.pTo > 1) read.pTo = NaN;
  const wrong = Object.keys(read).filter((name) => Number.isNaN(read[name]));
  for (const name of wrong) read[name] = null;
  // From the evening to the morning is over midnight.
  const dayless = clockS !== null && read.timeFrom !== null && read.timeTo !== null && !/d/i.test(fields.timeTo);
  while (dayless && read.timeTo < read.timeFrom) read.timeTo += DAY_S;
  const { letters, edited, uncertain } = fields;
  return { criteria: { ...read, letters, edited, uncertain }, wrong };
}

/** Whether anything is asked for at all. */
export function asks(criteria) {
  const { letters, edited, uncertain, ...ranges } = criteria;
  return Boolean(letters.length || edited || uncertain || Object.values(ranges).some((value) => value !== null));
}

/** Table positions of the beats that pass, in order of time. Probabilities are compared as they are shown, to 0.01. */
export function searchBeats(beats, criteria) {
  const { letters, pFrom, pTo, rrFrom, rrTo, timeFrom, timeTo, edited, uncertain } = criteria;
  const wanted = new Uint8Array(256).fill(letters.length ? 0 : 1);
  for (const letter of letters) wanted["NSVFQ".includes(letter) ? "NSVFQ".indexOf(letter) : NO_CLASS] = 1;
  const first = timeFrom === null ? 0 : beats.firstAtOrAfter(timeFrom * beats.fs);
  const stop = timeTo === null ? beats.n : beats.firstAtOrAfter(timeTo * beats.fs + 1e-6);
  const byP = pFrom !== null || pTo !== null;
  const byRr = rrFrom !== null || rrTo !== null;
  const found = new Int32Array(Math.max(stop - first, 0));
  let n = 0;
  for (let i = first; i < stop; i += 1) {
    if (!wanted[beats.label[i]] || (edited && !beats.edited[i])) continue;
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
export function placeAmong(found, position) {
  const at = lowerBound(found, position);
  return found[at] === position ? at : -1;
}
