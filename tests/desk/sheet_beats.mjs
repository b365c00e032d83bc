// Small beat tables for the strip's tests.

import { BeatTable, LETTERS } from "../../assets/desk/src/beat_table.ts";

/** Beats at samples; letters and edited flags where they are given. */
export function beatsAt(samples, fs, { letters = "", edited = [] } = {}) {
  const n = samples.length;
  const label = Uint8Array.from(samples, (_, i) => (letters[i] ? LETTERS.indexOf(letters[i]) : 255));
  const p = new Uint8Array(5 * n).fill(255);
  label.forEach((code, i) => {
    if (code < 5) p.fill(5, 5 * i, 5 * i + 5)[5 * i + code] = 235;
  });
  return new BeatTable(
    {
      id: Int32Array.from(samples),
      sample: Int32Array.from(samples),
      label,
      p,
      edited: Uint8Array.from(samples, (_, i) => edited[i] ?? 0),
      quality: new Uint8Array(n).fill(2),
      family: new Int16Array(n),
      distance: new Uint8Array(n),
    },
    fs,
  );
}
