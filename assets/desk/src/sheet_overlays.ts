// @ts-nocheck
// What is fetched besides the signal and laid over it when a person asks: reference annotations, once, and the
// saliency of the beats in view.

import { LETTERS } from "./beat_table.ts";
import { lowerBound } from "./sorted.ts";

const MATCH_S = 0.15; // a beat and its reference are at most 150 ms apart (EC57)
const SALIENCY_KEPT = 400;
const SALIENCY_AT_ONCE = 40;
const LOADING_AGAIN_MS = 1500;

/** For each reference mark 1 where it is a beat and the table has none there or one of another class. */
export function differing(reference, beats) {
  const reach = MATCH_S * beats.fs;
  const found = new Uint8Array(reference.sample.length);
  let at = 0;
  for (let i = 0; i < found.length; i += 1) {
    if (!reference.beat[i]) continue;
    const sample = reference.sample[i];
    while (at + 1 < beats.n && Math.abs(beats.sample[at + 1] - sample) <= Math.abs(beats.sample[at] - sample)) at += 1;
    const there = at < beats.n && Math.abs(beats.sample[at] - sample) <= reach;
    const known = there && beats.label[at] < LETTERS.length && reference.aami[i] < LETTERS.length;
    if (!there || (known && beats.label[at] !== reference.aami[i])) found[i] = 1;
  }
  return found;
}

/** The reference annotations: fetched when first switched on, and when others of the file's are chosen. */
export class Reference {
  constructor(store, onChange) {
    Object.assign(this, { store, onChange });
    this.sample = new Int32Array(0);
  }

  async load() {
    const at = this.store.prefs.annotator;
    if (this.asked === at) return;
    this.asked = at;
    this.there = false;
    try {
      const answer = await this.store.api.packed("reference", { at });
      if (!answer || this.asked !== at) return;
      const { meta, arrays } = answer;
      Object.assign(this, { symbols: meta.symbols, notes: meta.notes }, arrays);
      this.there = true;
      this.compare();
    } catch (problem) {
      this.asked = null;
      this.store.say(problem.message, { problem: true });
      this.store.setPref("reference", false);
      return;
    }
    this.onChange();
  }

  compare() {
    if (this.there) this.different = this.store.stage === "beats" ? null : differing(this, this.store.beats);
  }

  between(fromSample, toSample) {
    return [lowerBound(this.sample, fromSample), lowerBound(this.sample, toSample + 1e-6)];
  }

  isBeat(i) {
    return this.beat[i] > 0;
  }

  /** The WFDB rhythm name of a change of rhythm, null for other marks. */
  rhythmAt(i) {
    const note = this.symbols[this.symbol[i]] === "+" ? this.notes?.[this.note[i]] : null;
    return note?.startsWith("(") ? note : null;
  }

  differs(i) {
    return Boolean(this.different?.[i]);
  }

  /** The symbol, or the note where the symbol only says that there is one. */
  text(i) {
    const symbol = this.symbols[this.symbol[i]] ?? "?";
    const note = this.notes?.[this.note[i]];
    return symbol === "+" && note ? note : symbol;
  }
}

/** Saliency maps by beat, fetched for the beats in view once it has settled. */
export class Saliency {
  constructor(store, onChange, { later = setTimeout, never = clearTimeout } = {}) {
    Object.assign(this, { store, onChange });
    this.later = (fn, ms) => later(fn, ms);
    this.never = (timer) => never(timer);
    this.kept = new Map(); // by beat and what it was asked for, in order of last use
    this.state = "idle"; // "loading" while the server makes ready, "failed" with `problem`
  }

  key(i) {
    const { beats } = this.store;
    return `${beats.id[i]} ${beats.sample[i]} ${beats.letter(i) ?? "-"}`;
  }

  /** Maps of the beats `[first, stop)` that are here. */
  maps(first, stop) {
    const found = [];
    for (let i = first; i < stop; i += 1) {
      const map = this.kept.get(this.key(i));
      if (map) found.push(map);
    }
    return found;
  }

  /** Fetch what is missing of the beats `[first, stop)`, each for the class that it has. */
  async want(first, stop) {
    this.never(this.again);
    const missing = [];
    for (let i = first; i < stop && missing.length < SALIENCY_AT_ONCE; i += 1) {
      if (!this.kept.has(this.key(i))) missing.push(i);
    }
    if (!missing.length || this.store.stage !== "classified") return;
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const { beats } = this.store;
    const keys = new Map(missing.map((i) => [beats.id[i], this.key(i)]));
    this.change("loading");
    try {
      const asked = { beats: missing.map((i) => beats.id[i]).join(","), target: "auto" };
      const answer = await this.store.api.packed("saliency", asked, { signal });
      if (signal.aborted) return;
      this.take(answer, keys);
      this.change("idle");
    } catch (problem) {
      if (signal.aborted || problem.name === "AbortError") return;
      if (problem.status === 409) {
        this.store.api.post("saliency").catch(() => {}); // asking again tells what is wrong
        this.again = this.later(() => this.want(first, stop), LOADING_AGAIN_MS);
      } else {
        this.problem = problem.message;
        this.change("failed");
      }
      return;
    }
    const came = missing.some((i) => this.kept.has(this.key(i)));
    if (missing.length === SALIENCY_AT_ONCE && came) await this.want(first, stop);
  }

  take({ meta, arrays }, keys) {
    const { fs } = this.store.facts;
    meta.beats.forEach(({ id, start_sample: startSample, n, target }, k) => {
      const key = keys.get(id);
      // A class that was changed meanwhile is asked for again when the view next rests.
      if (key?.endsWith(target)) this.kept.set(key, { startS: startSample / fs, n, target, levels: arrays[`s${k}`] });
    });
    for (const key of this.kept.keys()) {
      if (this.kept.size <= SALIENCY_KEPT) break;
      this.kept.delete(key);
    }
    this.onChange();
  }

  change(state) {
    this.state = state;
    this.onChange();
  }

  /** Nothing is wanted any more. */
  rest() {
    this.never(this.again);
    this.stop?.abort();
    this.state = "idle";
  }
}
