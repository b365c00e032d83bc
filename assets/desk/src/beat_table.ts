// The beat table in the browser: plain columns in order of time, as the server packs them.

import type { BeatColumns, DeltaArrays, Label } from "./payloads.ts";
import { lowerBound } from "./sorted.ts";

export const LETTERS: readonly Label[] = ["N", "S", "V", "F", "Q"];
export const UNCERTAIN_BELOW = 0.7;
export const RELABELLED = 1;
export const ADDED = 2;
export const MOVED = 4;

const NONE = 255;
const CLASSES = LETTERS.length;

/** What of a delta changes the table. */
export interface BeatChange {
  meta: { full: boolean };
  arrays: DeltaArrays;
}

type Column = keyof BeatColumns;
/** How many values of a column belong to a beat. */
const WIDTHS: Record<Column, number> = { id: 1, sample: 1, label: 1, p: CLASSES, edited: 1, quality: 1, family: 1, distance: 1 };
const COLUMNS = Object.keys(WIDTHS) as Column[];

/** Columns of `n` beats of which nothing is known. */
function blankColumns(n: number): BeatColumns {
  return {
    id: new Int32Array(n),
    sample: new Int32Array(n),
    label: new Uint8Array(n).fill(NONE),
    p: new Uint8Array(n * CLASSES).fill(NONE),
    edited: new Uint8Array(n),
    quality: new Uint8Array(n).fill(NONE),
    family: new Int16Array(n).fill(-1),
    distance: new Uint8Array(n).fill(NONE),
  };
}

/** Write beat `from` of some columns to place `to` of others. */
function copyBeat(source: BeatColumns, from: number, target: BeatColumns, to: number): void {
  for (const name of COLUMNS) {
    const width = WIDTHS[name];
    for (let k = 0; k < width; k += 1) target[name][to * width + k] = source[name][from * width + k];
  }
}

export class BeatTable implements BeatColumns {
  readonly fs: number;
  readonly n: number;
  readonly id: Int32Array;
  readonly sample: Int32Array;
  readonly label: Uint8Array;
  readonly p: Uint8Array;
  readonly edited: Uint8Array;
  readonly quality: Uint8Array;
  readonly family: Int16Array;
  readonly distance: Uint8Array;
  /** Indices of the beats that do not stand where their id says; made when first needed. */
  private places: Map<number, number> | null = null;

  constructor(columns: BeatColumns, fs: number) {
    this.fs = fs;
    this.n = columns.sample.length;
    this.id = columns.id;
    this.sample = columns.sample;
    this.label = columns.label;
    this.p = columns.p;
    this.edited = columns.edited;
    this.quality = columns.quality;
    this.family = columns.family;
    this.distance = columns.distance;
  }

  static empty(fs: number): BeatTable {
    return new BeatTable(blankColumns(0), fs);
  }

  timeS(i: number): number {
    return this.sample[i] / this.fs;
  }

  /** Interval from the beat before, null for the first. */
  rrMs(i: number): number | null {
    return i > 0 && i < this.n ? (1000 * (this.sample[i] - this.sample[i - 1])) / this.fs : null;
  }

  letter(i: number): Label | null {
    return LETTERS[this.label[i]] ?? null;
  }

  /** Probabilities of the five classes, null where the model said nothing. */
  probabilities(i: number): number[] | null {
    const part = this.p.subarray(CLASSES * i, CLASSES * (i + 1));
    return part.every((value) => value === NONE) ? null : Array.from(part, (value) => value / NONE);
  }

  /** Highest class probability, NaN where there is none. */
  pBest(i: number): number {
    let best = 0;
    let all = 0;
    for (let k = CLASSES * i; k < CLASSES * (i + 1); k += 1) {
      best = Math.max(best, this.p[k]);
      all += this.p[k];
    }
    return all === CLASSES * NONE ? NaN : best / NONE;
  }

  uncertain(i: number): boolean {
    return this.label[i] !== NONE && !this.edited[i] && this.pBest(i) < UNCERTAIN_BELOW;
  }

  /** First beat at or after a sample; `n` where there is none. */
  firstAtOrAfter(sample: number): number {
    return lowerBound(this.sample, sample, this.n);
  }

  indexOfSample(sample: number): number {
    const at = this.firstAtOrAfter(sample);
    return at < this.n && this.sample[at] === sample ? at : -1;
  }

  indexOfId(id: number): number {
    // A beat that nobody moved stands where its id says.
    const there = id >= 0 ? this.indexOfSample(id) : -1;
    if (there >= 0 && this.id[there] === id) return there;
    if (!this.places) {
      this.places = new Map();
      for (let i = 0; i < this.n; i += 1) if (this.id[i] !== this.sample[i]) this.places.set(this.id[i], i);
    }
    return this.places.get(id) ?? -1;
  }

  /** The table after a change: beats that are gone, and beats that are new or otherwise. */
  patched({ meta, arrays }: BeatChange): BeatTable {
    if (meta.full) return new BeatTable(arrays, this.fs);
    const out = new Set([...arrays.removed, ...arrays.id]);
    if (!out.size) return this;
    const kept: number[] = [];
    for (let i = 0; i < this.n; i += 1) if (!out.has(this.id[i])) kept.push(i);
    const n = kept.length + arrays.id.length;
    const merged = blankColumns(n);
    let [a, b] = [0, 0];
    for (let to = 0; to < n; to += 1) {
      if (b >= arrays.id.length || (a < kept.length && this.sample[kept[a]] < arrays.sample[b])) copyBeat(this, kept[a++], merged, to);
      else copyBeat(arrays, b++, merged, to);
    }
    return new BeatTable(merged, this.fs);
  }

  /** The same table with other labels, drawn until the server has answered. */
  relabelled(indices: Iterable<number>, letter: Label): BeatTable {
    const label = this.label.slice();
    const edited = this.edited.slice();
    for (const i of indices) {
      label[i] = LETTERS.indexOf(letter);
      edited[i] |= RELABELLED;
    }
    return new BeatTable({ ...this.columns(), label, edited }, this.fs);
  }

  without(indices: Iterable<number>): BeatTable {
    const removed = Int32Array.from(new Set(indices), (i) => this.id[i]);
    return this.patched({ meta: { full: false }, arrays: { ...blankColumns(0), removed } });
  }

  /** The table with one more beat; where a beat stands already, nothing is added. */
  withBeat(id: number, sample: number, letter: Label): BeatTable {
    if (this.indexOfSample(sample) >= 0 || this.indexOfId(id) >= 0) return this;
    const added = blankColumns(1);
    added.id[0] = id;
    added.sample[0] = sample;
    added.label[0] = LETTERS.indexOf(letter);
    added.edited[0] = ADDED;
    return this.withChanged(added);
  }

  /** The table with a beat moved to a free sample. */
  moved(index: number, sample: number): BeatTable {
    if (index < 0 || this.indexOfSample(sample) >= 0) return this;
    const moved = blankColumns(1);
    copyBeat(this, index, moved, 0);
    moved.sample[0] = sample;
    moved.edited[0] |= MOVED;
    return this.withChanged(moved);
  }

  private withChanged(columns: BeatColumns): BeatTable {
    return this.patched({ meta: { full: false }, arrays: { ...columns, removed: new Int32Array(0) } });
  }

  private columns(): BeatColumns {
    const { id, sample, label, p, edited, quality, family, distance } = this;
    return { id, sample, label, p, edited, quality, family, distance };
  }
}
