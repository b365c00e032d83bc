// @ts-nocheck
// The beat table in the browser: plain columns in order of time, as the server packs them.

import { lowerBound } from "./sorted.ts";

export const LETTERS = ["N", "S", "V", "F", "Q"];
export const UNCERTAIN_BELOW = 0.7;
export const RELABELLED = 1;
export const ADDED = 2;
export const MOVED = 4;

const NONE = 255;
const COLUMNS = {
  id: [Int32Array, 1],
  sample: [Int32Array, 1],
  label: [Uint8Array, 1],
  p: [Uint8Array, 5],
  edited: [Uint8Array, 1],
  quality: [Uint8Array, 1],
  family: [Int16Array, 1],
  distance: [Uint8Array, 1],
};

export class BeatTable {
  constructor(arrays, fs) {
    this.fs = fs;
    this.n = arrays.sample.length;
    for (const name of Object.keys(COLUMNS)) this[name] = arrays[name];
    this.places = null;
  }

  static empty(fs) {
    const arrays = Object.fromEntries(Object.entries(COLUMNS).map(([name, [Type]]) => [name, new Type(0)]));
    return new BeatTable(arrays, fs);
  }

  timeS(i) {
    return this.sample[i] / this.fs;
  }

  /** Interval from the beat before, null for the first. */
  rrMs(i) {
    return i > 0 && i < this.n ? (1000 * (this.sample[i] - this.sample[i - 1])) / this.fs : null;
  }

  letter(i) {
    return LETTERS[this.label[i]] ?? null;
  }

  /** Probabilities of the five classes, null where the model said nothing. */
  probabilities(i) {
    const part = this.p.subarray(5 * i, 5 * i + 5);
    return part.every((value) => value === NONE) ? null : [...part].map((value) => value / NONE);
  }

  /** Highest class probability, NaN where there is none. */
  pBest(i) {
    let best = 0;
    let all = 0;
    for (let k = 5 * i; k < 5 * i + 5; k += 1) {
      best = Math.max(best, this.p[k]);
      all += this.p[k];
    }
    return all === 5 * NONE ? NaN : best / NONE;
  }

  uncertain(i) {
    return this.label[i] !== NONE && !this.edited[i] && this.pBest(i) < UNCERTAIN_BELOW;
  }

  /** First beat at or after a sample; `n` where there is none. */
  firstAtOrAfter(sample) {
    return lowerBound(this.sample, sample, this.n);
  }

  indexOfSample(sample) {
    const at = this.firstAtOrAfter(sample);
    return at < this.n && this.sample[at] === sample ? at : -1;
  }

  indexOfId(id) {
    // A beat that nobody moved stands where its id says.
    const there = id >= 0 ? this.indexOfSample(id) : -1;
    if (there >= 0 && this.id[there] === id) return there;
    this.places ??= new Map(Array.from(this.id, (each, i) => [each, i]).filter(([each, i]) => each !== this.sample[i]));
    return this.places.get(id) ?? -1;
  }

  /** The table after a patch: beats that are gone, and beats that are new or changed. */
  patched({ meta, arrays }) {
    if (meta.full) return new BeatTable(arrays, this.fs);
    const out = new Set([...arrays.removed, ...arrays.id]);
    if (!out.size) return this;
    const kept = [];
    for (let i = 0; i < this.n; i += 1) if (!out.has(this.id[i])) kept.push(i);
    const n = kept.length + arrays.id.length;
    const merged = {};
    for (const [name, [Type, width]] of Object.entries(COLUMNS)) merged[name] = new Type(n * width);
    let [a, b] = [0, 0];
    for (let to = 0; to < n; to += 1) {
      const old = b >= arrays.id.length || (a < kept.length && this.sample[kept[a]] < arrays.sample[b]);
      const from = old ? kept[a++] : b++;
      for (const [name, [, width]] of Object.entries(COLUMNS)) {
        const source = old ? this[name] : arrays[name];
        for (let k = 0; k < width; k += 1) merged[name][to * width + k] = source[from * width + k];
      }
    }
    return new BeatTable(merged, this.fs);
  }

  /** The same table with other labels, drawn until the server has answered. */
  relabelled(indices, letter) {
    const label = this.label.slice();
    const edited = this.edited.slice();
    for (const i of indices) {
      label[i] = LETTERS.indexOf(letter);
      edited[i] |= RELABELLED;
    }
    return this.changed({ label, edited });
  }

  without(indices) {
    const gone = new Set(indices);
    return this.patched({
      meta: { full: false },
      arrays: { ...BeatTable.empty(this.fs), removed: Int32Array.from(gone, (i) => this.id[i]) },
    });
  }

  /** The table with one more beat; where a beat stands already, nothing is added. */
  withBeat(id, sample, letter) {
    if (this.indexOfSample(sample) >= 0 || this.indexOfId(id) >= 0) return this;
    const one = { id: [id], sample: [sample], label: [LETTERS.indexOf(letter)], edited: [ADDED], quality: [NONE] };
    const rest = { p: new Array(5).fill(NONE), family: [-1], distance: [NONE] };
    const arrays = { removed: new Int32Array(0) };
    for (const [name, [Type]] of Object.entries(COLUMNS)) arrays[name] = Type.from({ ...one, ...rest }[name]);
    return this.patched({ meta: { full: false }, arrays });
  }

  /** The table with a beat moved to a free sample. */
  moved(index, sample) {
    if (index < 0 || this.indexOfSample(sample) >= 0) return this;
    const arrays = { removed: new Int32Array(0) };
    for (const [name, [, width]] of Object.entries(COLUMNS)) {
      arrays[name] = this[name].slice(width * index, width * (index + 1));
    }
    arrays.sample[0] = sample;
    arrays.edited[0] |= MOVED;
    return this.patched({ meta: { full: false }, arrays });
  }

  changed(columns) {
    const arrays = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, columns[name] ?? this[name]]));
    return new BeatTable(arrays, this.fs);
  }
}
