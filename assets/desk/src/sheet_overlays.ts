// What is fetched besides the signal and laid over it when a person asks: reference annotations, once, and the
// saliency of the beats in view.

import { Problem, errorOf, isAbort } from "./api.ts";
import { LETTERS, type BeatTable } from "./beat_table.ts";
import type { Label, SaliencyPayload } from "./payloads.ts";
import { lowerBound } from "./sorted.ts";
import type { Store } from "./store.ts";

type Timer = ReturnType<typeof setTimeout>;

const MATCH_S = 0.15; // a beat and its reference are at most 150 ms apart (EC57)
const SALIENCY_KEPT = 400;
export const SALIENCY_AT_ONCE = 40;
const LOADING_AGAIN_MS = 1500;

/** For each reference mark 1 where it is a beat and the table has none there or one of another class. */
export function differing(
  reference: Pick<Reference, "sample" | "beat" | "aami">,
  beats: Pick<BeatTable, "n" | "fs" | "sample" | "label">,
): Uint8Array {
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
  sample: Int32Array = new Int32Array(0);
  beat: Uint8Array = new Uint8Array(0);
  aami: Uint8Array = new Uint8Array(0);
  /** Whether the annotations that are asked for are here. */
  there = false;
  private symbol: Uint8Array = new Uint8Array(0);
  private note: Uint16Array = new Uint16Array(0);
  private symbols: string[] = [];
  private notes: string[] = [];
  private different: Uint8Array | null = null;
  private asked: number | null = null;
  private readonly store: Store;
  private readonly onChange: () => void;

  constructor(store: Store, onChange: () => void) {
    this.store = store;
    this.onChange = onChange;
  }

  async load(): Promise<void> {
    const at = this.store.prefs.annotator;
    if (this.asked === at) return;
    this.asked = at;
    this.there = false;
    try {
      const answer = await this.store.api.packed("reference", { at });
      if (!answer || this.asked !== at) return;
      const { meta, arrays } = answer;
      ({ symbols: this.symbols, notes: this.notes } = meta);
      ({ sample: this.sample, beat: this.beat, aami: this.aami, symbol: this.symbol, note: this.note } = arrays);
      this.there = true;
      this.compare();
    } catch (problem) {
      this.asked = null;
      this.store.showProblem(problem);
      this.store.setPref("reference", false);
      return;
    }
    this.onChange();
  }

  compare(): void {
    if (this.there) this.different = this.store.review.stage === "beats" ? null : differing(this, this.store.review.beats);
  }

  between(fromSample: number, toSample: number): [number, number] {
    return [lowerBound(this.sample, fromSample), lowerBound(this.sample, toSample + 1e-6)];
  }

  isBeat(i: number): boolean {
    return this.beat[i] > 0;
  }

  /** The WFDB rhythm name of a change of rhythm, null for other marks. */
  rhythmAt(i: number): string | null {
    const note = this.symbols[this.symbol[i]] === "+" ? this.notes[this.note[i]] : undefined;
    return note?.startsWith("(") ? note : null;
  }

  differs(i: number): boolean {
    return Boolean(this.different?.[i]);
  }

  /** The symbol, or the note where the symbol only says that there is one. */
  text(i: number): string {
    const symbol = this.symbols[this.symbol[i]] ?? "?";
    const note = this.notes[this.note[i]];
    return symbol === "+" && note ? note : symbol;
  }
}

/** The map of a beat: its levels from `startS` on, one lead of `n` samples after the other. */
export interface SaliencyMap {
  startS: number;
  n: number;
  target: Label;
  levels: Uint8Array;
}

/** Saliency maps by beat, fetched for the beats in view once it has settled. */
export class Saliency {
  /** "loading" while the server makes ready, "failed" with `problem`. */
  state: "idle" | "loading" | "failed" = "idle";
  problem = "";
  readonly kept = new Map<string, SaliencyMap>(); // by beat and what it was asked for, in order of last use
  private readonly store: Store;
  private readonly onChange: () => void;
  private readonly later: (fn: () => void, ms: number) => Timer;
  private readonly never: (timer: Timer | undefined) => void;
  private again: Timer | undefined;
  private stop: AbortController | undefined;

  constructor(
    store: Store,
    onChange: () => void,
    { later = setTimeout, never = clearTimeout }: { later?: (fn: () => void, ms: number) => Timer; never?: (timer: Timer | undefined) => void } = {},
  ) {
    this.store = store;
    this.onChange = onChange;
    this.later = (fn, ms) => later(fn, ms);
    this.never = (timer) => never(timer);
  }

  private key(i: number): string {
    const { beats } = this.store.review;
    return `${beats.id[i]} ${beats.sample[i]} ${beats.letter(i) ?? "-"}`;
  }

  /** Maps of the beats `[first, stop)` that are here. */
  maps(first: number, stop: number): SaliencyMap[] {
    const found: SaliencyMap[] = [];
    for (let i = first; i < stop; i += 1) {
      const map = this.kept.get(this.key(i));
      if (map) found.push(map);
    }
    return found;
  }

  /** Fetch what is missing of the beats `[first, stop)`, each for the class that it has. */
  async want(first: number, stop: number): Promise<void> {
    this.never(this.again);
    const missing: number[] = [];
    for (let i = first; i < stop && missing.length < SALIENCY_AT_ONCE; i += 1) {
      if (!this.kept.has(this.key(i))) missing.push(i);
    }
    if (!missing.length || this.store.review.stage !== "classified") return;
    this.stop?.abort();
    this.stop = new AbortController();
    const { signal } = this.stop;
    const { beats } = this.store.review;
    const keys = new Map(missing.map((i) => [beats.id[i], this.key(i)]));
    this.change("loading");
    try {
      const asked = { beats: missing.map((i) => beats.id[i]).join(","), target: "auto" };
      const answer = await this.store.api.packed("saliency", asked, { signal });
      if (signal.aborted) return;
      this.take(answer, keys);
      this.change("idle");
    } catch (problem) {
      if (signal.aborted || isAbort(problem)) return;
      if (problem instanceof Problem && problem.status === 409) {
        this.store.api.post("saliency", {}).catch(() => {}); // asking again tells what is wrong
        this.again = this.later(() => void this.want(first, stop), LOADING_AGAIN_MS);
      } else {
        this.problem = errorOf(problem).message;
        this.change("failed");
      }
      return;
    }
    const came = missing.some((i) => this.kept.has(this.key(i)));
    if (missing.length === SALIENCY_AT_ONCE && came) await this.want(first, stop);
  }

  private take({ meta, arrays }: Pick<SaliencyPayload, "meta" | "arrays">, keys: ReadonlyMap<number, string>): void {
    const { fs } = this.store.review.beats;
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

  private change(state: Saliency["state"]): void {
    this.state = state;
    this.onChange();
  }

  /** Nothing is wanted any more. */
  rest(): void {
    this.never(this.again);
    this.stop?.abort();
    this.state = "idle";
  }
}
