// @ts-nocheck
// What a person prefers, kept in the browser. What is stored is checked, never trusted.

const KEY = "rhythmoscope.desk";
const oneOf = (...values) => (value) => values.includes(value);
const flag = (value) => typeof value === "boolean";

const PREFS = {
  speed: [25, oneOf(12.5, 25, 50)],
  gain: [10, oneOf(5, 10, 20)],
  layout: ["stacked", oneOf("stacked", "3x4", "6x2", "single")],
  rows: [1, oneOf(1, 3, 6)],
  scale: ["fit", oneOf("fit", "true")],
  pxPerMm: [null, (value) => value === null || (value > 1 && value < 40)],
  leads: [null, (value) => value === null || (Array.isArray(value) && value.every(Number.isInteger))],
  filters: [[], (value) => Array.isArray(value) && value.every((each) => typeof each === "string")],
  reference: [false, flag],
  annotator: [0, (value) => Number.isInteger(value) && value >= 0],
  saliency: [false, flag],
  snap: [true, flag],
  minutes: [30, oneOf(30, 60)],
  montageLead: [0, (value) => Number.isInteger(value) && value >= 0],
  tab: ["families", (value) => typeof value === "string"],
  person: ["", (value) => typeof value === "string" && value.length <= 60],
};
/** These belong to a recording and are not carried to the next. */
const OF_A_RECORDING = new Set(["leads", "filters", "reference", "annotator", "saliency", "montageLead"]);

export class Prefs {
  constructor(storage = null) {
    this.storage = storage;
    this.values = Object.fromEntries(Object.entries(PREFS).map(([name, [value]]) => [name, value]));
    for (const [name, value] of Object.entries(this.stored())) {
      if (Object.hasOwn(PREFS, name) && !OF_A_RECORDING.has(name) && PREFS[name][1](value)) this.values[name] = value;
    }
  }

  stored() {
    try {
      const found = JSON.parse(this.storage?.getItem(KEY) ?? "{}");
      return found && typeof found === "object" ? found : {};
    } catch {
      return {};
    }
  }

  /** Set one; tells whether it is another value. */
  set(name, value) {
    if (!Object.hasOwn(PREFS, name) || !PREFS[name][1](value)) return false;
    if (JSON.stringify(this.values[name]) === JSON.stringify(value)) return false;
    this.values[name] = value;
    const kept = Object.entries(this.values).filter(([each]) => !OF_A_RECORDING.has(each));
    try {
      this.storage?.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
    return true;
  }
}
