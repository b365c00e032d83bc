// What a person prefers, kept in the browser. What is stored is checked, never trusted.

import type { QtcFormula } from "./payloads.ts";

const KEY = "rhythmoscope.desk";

export interface PrefValues {
  speed: 12.5 | 25 | 50;
  gain: 5 | 10 | 20;
  /** Rows × columns of leads; "auto" is 3 × 4 for twelve leads of up to a minute, 2 × 3 for six, else stacked. */
  layout: "auto" | "stacked" | "3x4" | "6x2" | "2x3" | "3x2" | "single";
  rows: 1 | 3 | 6;
  scale: "fit" | "true";
  /** What the screen was measured to have; null before. */
  pxPerMm: number | null;
  /** Set of leads that is shown where the recording has it. */
  leadSet: "all" | "limb" | "chest" | "einthoven" | "monitor";
  /** Indices of the leads shown; null for those of the set. */
  leads: number[] | null;
  limbOrder: "standard" | "cabrera";
  /** Names of the one to three leads of the rhythm strip, in capitals. */
  rhythm: string[];
  filters: string[];
  reference: boolean;
  /** Index of the annotation set that is the reference. */
  annotator: number;
  saliency: boolean;
  /** Boundaries of P, QRS and T. */
  waves: boolean;
  snap: boolean;
  /** Formula of QTc wherever one is shown. */
  qtc: QtcFormula;
  /** How the leads of the median beat are shown. */
  medianView: "grid" | "overlaid";
  /** Of the full disclosure, on a page. */
  minutes: 30 | 60;
  montageLead: number;
  tab: string;
  /** Name of the reviewer. */
  person: string;
}

export type PrefName = keyof PrefValues;

/** What of the browser's storage is used; `window.localStorage` has it. */
export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const DEFAULTS: PrefValues = {
  speed: 25,
  gain: 10,
  layout: "auto",
  rows: 1,
  scale: "fit",
  pxPerMm: null,
  leadSet: "all",
  leads: null,
  limbOrder: "standard",
  rhythm: ["II"],
  filters: [],
  reference: false,
  annotator: 0,
  saliency: false,
  waves: false,
  snap: true,
  qtc: "fridericia",
  medianView: "grid",
  minutes: 30,
  montageLead: 0,
  tab: "families",
  person: "",
};

type Check = (value: unknown) => boolean;
const oneOf = (...values: unknown[]): Check => (value) => values.includes(value);
const flag: Check = (value) => typeof value === "boolean";
const index: Check = (value) => Number.isInteger(value) && (value as number) >= 0;

const CHECKS: Record<PrefName, Check> = {
  speed: oneOf(12.5, 25, 50),
  gain: oneOf(5, 10, 20),
  layout: oneOf("auto", "stacked", "3x4", "6x2", "2x3", "3x2", "single"),
  rows: oneOf(1, 3, 6),
  scale: oneOf("fit", "true"),
  pxPerMm: (value) => value === null || (typeof value === "number" && value > 1 && value < 40),
  leads: (value) => value === null || (Array.isArray(value) && value.every(Number.isInteger)),
  leadSet: oneOf("all", "limb", "chest", "einthoven", "monitor"),
  limbOrder: oneOf("standard", "cabrera"),
  rhythm: (value) => Array.isArray(value) && value.length >= 1 && value.length <= 3 && value.every((each) => typeof each === "string"),
  filters: (value) => Array.isArray(value) && value.every((each) => typeof each === "string"),
  reference: flag,
  annotator: index,
  saliency: flag,
  waves: flag,
  snap: flag,
  medianView: oneOf("grid", "overlaid"),
  qtc: oneOf("bazett", "fridericia", "framingham", "hodges"),
  minutes: oneOf(30, 60),
  montageLead: index,
  tab: (value) => typeof value === "string",
  person: (value) => typeof value === "string" && value.length <= 60,
};
/** These belong to a recording and are not carried to the next. */
const OF_A_RECORDING = new Set<string>(["leads", "filters", "reference", "annotator", "saliency", "montageLead"]);

const isValid = (name: string, value: unknown): boolean => Object.hasOwn(CHECKS, name) && CHECKS[name as PrefName](value);

export class Prefs {
  readonly values: PrefValues;
  private readonly storage: KeyValueStore | null;
  private readonly signedIn: string;

  /** `signedIn` is the name of who is signed in, which is kept nowhere and stays. */
  constructor(storage: KeyValueStore | null = null, signedIn = "") {
    this.storage = storage;
    this.signedIn = signedIn;
    const stored = Object.entries(this.stored()).filter(([name, value]) => !OF_A_RECORDING.has(name) && isValid(name, value));
    this.values = { ...DEFAULTS, ...Object.fromEntries(stored), ...(signedIn ? { person: signedIn } : {}) };
  }

  private stored(): object {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(KEY) ?? "{}");
      return found && typeof found === "object" ? found : {};
    } catch {
      return {};
    }
  }

  /** Set one; tells whether it is another value. */
  set<Name extends PrefName>(name: Name, value: PrefValues[Name]): boolean {
    if (!isValid(name, value) || (name === "person" && this.signedIn)) return false;
    if (JSON.stringify(this.values[name]) === JSON.stringify(value)) return false;
    this.values[name] = value;
    const kept = Object.entries(this.values).filter(([each]) => !OF_A_RECORDING.has(each) && !(each === "person" && this.signedIn));
    try {
      this.storage?.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
    return true;
  }
}
