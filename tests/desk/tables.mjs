// Small beat tables for tests.

import { BeatTable, LETTERS } from "../../assets/desk/src/beat_table.ts";

/** A table of beats whose ids are their samples. */
export function table(samples, letters, { fs = 360, p = null, family = null } = {}) {
  const n = samples.length;
  const label = Uint8Array.from(letters, (letter) => LETTERS.indexOf(letter));
  const probabilities = new Uint8Array(5 * n);
  for (let i = 0; i < n; i += 1) probabilities[5 * i + label[i]] = Math.round(255 * (p?.[i] ?? 1));
  return new BeatTable(
    {
      id: Int32Array.from(samples),
      sample: Int32Array.from(samples),
      label,
      p: probabilities,
      edited: new Uint8Array(n),
      quality: new Uint8Array(n).fill(2),
      family: Int16Array.from(family ?? new Array(n).fill(0)),
      distance: new Uint8Array(n),
    },
    fs,
  );
}
