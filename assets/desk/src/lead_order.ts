// Leads by their names: the order they are read in, sets of leads that are shown together, and names on the paper.
// Pure functions.

import type { PrefValues } from "./prefs.ts";

type LimbOrder = PrefValues["limbOrder"];
type LeadSet = PrefValues["leadSet"];

const CHEST = ["V1", "V2", "V3", "V4", "V5", "V6"];
const LIMB: Record<LimbOrder, string[]> = {
  standard: ["I", "II", "III", "AVR", "AVL", "AVF"],
  // From the left over the inferior to the right wall; aVR is turned over (Fumagalli 1949, AHA/ACC/HRS 2007).
  cabrera: ["AVL", "I", "AVR", "II", "AVF", "III"],
};
const SETS: Record<Exclude<LeadSet, "all">, string[]> = { limb: LIMB.standard, chest: CHEST, einthoven: ["I", "II", "III"], monitor: ["II", "V1", "V5"] };

/** Sets of leads, as they are offered. */
export const LEAD_SETS: Record<LeadSet, string> = {
  all: "all leads",
  limb: "limb leads",
  chest: "chest leads",
  einthoven: "I, II, III",
  monitor: "II, V1, V5",
};
export const LIMB_ORDERS: Record<LimbOrder, string> = { standard: "I, II, III, aVR, aVL, aVF", cabrera: "Cabrera: aVL, I, −aVR, II, aVF, III" };

/** A lead's name as it is compared: without what recorders write before it, in capitals. */
export const plainName = (name: string): string => name.trim().replace(/^(ecg|lead)[\s_-]+/i, "").toUpperCase();

/** Places of some leads among names; null where one is missing. */
function placesOf(wanted: readonly string[], names: readonly string[]): number[] | null {
  const plain = names.map(plainName);
  const places = wanted.map((name) => plain.indexOf(name));
  return places.includes(-1) ? null : places;
}

/** Tell whether names hold all of the standard twelve. */
export const hasTwelve = (names: readonly string[]): boolean => placesOf([...LIMB.standard, ...CHEST], names) !== null;

/** Tell whether names are the six limb leads or the six chest leads, in any order. */
export const isHalf = (names: readonly string[]): boolean =>
  names.length === 6 && (placesOf(LIMB.standard, names) ?? placesOf(CHEST, names)) !== null;

/** The leads in the order they are read in: limb and chest leads by name where all of them are there, others as recorded. */
export function leadOrder(names: readonly string[], limbOrder: LimbOrder = "standard"): number[] {
  const known = [...(placesOf(LIMB[limbOrder], names) ?? []), ...(hasTwelve(names) ? (placesOf(CHEST, names) ?? []) : [])];
  return [...known, ...names.map((_, lead) => lead).filter((lead) => !known.includes(lead))];
}

/** The leads of a set, as indices; null where the recording lacks one of them, and for all leads. */
export function leadsOfSet(set: LeadSet, names: readonly string[]): number[] | null {
  return set === "all" ? null : placesOf(SETS[set], names);
}

/** Why a set cannot be had; an empty text where it can. */
export function whyNoSet(set: LeadSet, names: readonly string[]): string {
  if (set === "all") return "";
  const plain = names.map(plainName);
  const missing = SETS[set].filter((name) => !plain.includes(name)).map((name) => name.replace("AV", "aV"));
  return missing.length ? `this recording has no ${missing.join(", ")}` : "";
}

/** Which leads are drawn turned over: aVR in Cabrera's order. */
export function invertedLeads(names: readonly string[], limbOrder: LimbOrder): boolean[] {
  const cabrera = limbOrder === "cabrera" && placesOf(LIMB.cabrera, names) !== null;
  return names.map((name) => cabrera && plainName(name) === "AVR");
}

/** A lead's name on the paper, with a minus sign where it is turned over. */
export const leadLabel = (name: string, inverted: boolean): string => (inverted ? `−${name}` : name);

/** The rhythm leads that are preferred, as far as they are there; else lead II, else the first in order. */
export function rhythmLeads(wanted: readonly string[], names: readonly string[], order: readonly number[]): number[] {
  const plain = names.map(plainName);
  const found = wanted.map((name) => plain.indexOf(plainName(name))).filter((lead) => lead >= 0);
  if (found.length) return found;
  return [plain.includes("II") ? plain.indexOf("II") : order[0]];
}

export const MOST_RHYTHM_LEADS = 3;

/** Rhythm leads after one is switched, in the order they were chosen: one always stays, a fourth takes the place of the first. */
export function rhythmAfter(wanted: readonly string[], name: string): string[] {
  const plain = plainName(name);
  const now = wanted.map(plainName);
  if (!now.includes(plain)) return [...now, plain].slice(-MOST_RHYTHM_LEADS);
  return now.length > 1 ? now.filter((each) => each !== plain) : now;
}
