// Small beat tables for tests.

import { BeatTable, LETTERS } from "../../assets/desk/src/beat_table.ts";

/** What a server tells beside the beats where nothing was found, with other values as given. */
export function reviewPayload(values) {
  return {
    revision: 0, summary: null, episodes: null, singles: null, notes: {}, conflicts: { n_beats: 0, groups: [] }, pacing: null, coverage: null,
    performance: {}, rhythms: [], families: [], family_offsets_s: [], quality: { seconds: 0, unreadable: null },
    history: { undo: null, redo: null }, refused: [], ...values,
  };
}

/** The head of what a server tells of changes. */
export function deltaMeta(derived, values) {
  return { derived, full: true, distance_scale: 1, said: null, edits_problem: null, ...values };
}

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
