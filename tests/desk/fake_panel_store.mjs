// A day of plausible beats and a server that answers for it, to try panels against the real store.

import { BeatTable, LETTERS } from "../../assets/desk/src/beat_table.ts";
import { Problem } from "../../assets/desk/src/api.ts";
import { deltaMeta, reviewPayload } from "./tables.mjs";

export const FS = 360;

/** Numbers between 0 and 1, the same every time. */
export function random(seed = 1) {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** Columns of a beat table: mostly N, a few V, S, F and Q, each kind in its own families. */
export function columnsOf(n, { classified = true, seed = 7 } = {}) {
  const next = random(seed);
  const of = (Type, width = 1) => new Type(n * width);
  const columns = {
    id: of(Int32Array), sample: of(Int32Array), label: of(Uint8Array).fill(255), p: of(Uint8Array, 5).fill(255),
    edited: of(Uint8Array), quality: of(Uint8Array).fill(2), family: of(Int16Array), distance: of(Uint8Array),
  };
  const families = { 0: [0, 0, 0, 3], 1: [4], 2: [1, 1, 2], 3: [5], 4: [6] };
  let sample = 200;
  for (let i = 0; i < n; i += 1) {
    const dice = next();
    const label = dice < 0.96 ? 0 : dice < 0.972 ? 1 : dice < 0.995 ? 2 : dice < 0.998 ? 3 : 4;
    sample += Math.round(FS * (label ? 0.55 : 0.84 + 0.06 * Math.sin(i / 4000) + 0.03 * next()));
    columns.id[i] = columns.sample[i] = sample;
    const choices = families[label];
    columns.family[i] = choices[Math.floor(next() * choices.length)];
    columns.distance[i] = Math.round(230 * next() ** 2);
    if (!classified) continue;
    columns.label[i] = label;
    const best = 255 - Math.round(150 * next() ** 8);
    for (let k = 0; k < 5; k += 1) columns.p[5 * i + k] = k === label ? best : Math.round((255 - best) / 4);
  }
  return columns;
}

const BITS = { seen: 1, dismissed: 2, report: 4 };
const KINDS = [
  ["VT", "Ventricular tachycardia", "V", 3, (n) => `${n} V at 148 bpm > 100 bpm`],
  ["PAUSE", "Pause", "–", 8, () => "RR 2.4 s > 2.0 s, after a premature beat"],
  ["AFIB", "Atrial fibrillation", "~", 2, () => "irregular RR intervals without a rhythm, irregularity 0.31 > 0.18"],
  ["SVTA", "Supraventricular tachycardia", "S", 5, (n) => `${n} S at 131 bpm > 100 bpm`],
  ["TACHY", "Tachycardia", "↑", 9, () => "above 100 bpm for 96 s, mean 108 bpm"],
  ["COUPLET", "Ventricular couplet", "V", 420, () => "2 V at 137 bpm"],
  ["B", "Ventricular bigeminy", "V", 160, () => "V at every second beat, 12 times"],
  ["SINGLE_V", "V single", "V", 25, () => "early by 31 %, probability 0.62"],
  ["SINGLE_S", "S single", "S", 25, () => "early by 22 %, probability 0.55"],
  ["UNREADABLE", "Unreadable", "×", 640, () => "no lead can be read"],
];

function episodesOf(columns, classified) {
  const next = random(3);
  const names = ["key", "kind", "title", "start_sample", "stop_sample", "n_beats", "rate_bpm", "reason", "sign", "marks", "source"];
  const made = Object.fromEntries(names.map((name) => [name, []]));
  for (const [kind, title, sign, count, reason] of KINDS) {
    if (!classified && !["PAUSE", "TACHY", "UNREADABLE"].includes(kind)) continue;
    for (let i = 0; i < count; i += 1) {
      const at = Math.floor(next() * (columns.sample.length - 400));
      const long = { AFIB: 380, TACHY: 170, B: 24 }[kind] ?? 2;
      const n = kind.startsWith("SINGLE") ? 1 : kind === "UNREADABLE" ? 0 : kind.endsWith("T") ? 3 + Math.floor(next() * 9) : long;
      const start = columns.sample[at];
      const stop = kind === "UNREADABLE" ? start + FS * Math.round(5 + 40 * next()) : columns.sample[at + Math.max(n - 1, 1)];
      const row = [`${kind}:${start}`, kind, title, start, stop, n, n > 1 ? 90 + 60 * next() : null, reason(n), sign, 0, "beats"];
      names.forEach((name, k) => made[name].push(row[k]));
    }
  }
  if (made.marks.length > 2) [made.marks[0], made.marks[1]] = [BITS.seen, BITS.dismissed];
  if (made.marks.length > 3) made.marks[3] = BITS.report;
  return made;
}

const OFFSETS_S = Array.from({ length: 100 }, (_, k) => -0.25 + k * 0.008);
/** Width and height of the QRS complex, height of P and of T, for each family. */
const SHAPES = [
  [0.018, 1.1, 0.12, 0.25], [0.05, 1.6, 0, -0.5], [0.055, -1.2, 0, 0.45], [0.02, 0.8, 0.1, 0.2],
  [0.018, 1.0, -0.08, 0.24], [0.035, 1.4, 0.06, -0.1], [0.04, 0.4, 0, 0.05], [0.03, 0.6, 0, 0.1],
];

function pictureOf([width, height, p, t], gain) {
  const bump = (at, size, wide) => (x) => size * Math.exp(-(((x - at) / wide) ** 2) / 2);
  const waves = [bump(-0.16, p, 0.02), bump(0, height, width), bump(width * 2, -0.2 * height, width), bump(0.27, t, 0.05)];
  return OFFSETS_S.map((x) => Math.round(1000 * gain * waves.reduce((sum, wave) => sum + wave(x), 0)) / 1000);
}

function familiesOf(columns, classified) {
  const sizes = new Map();
  columns.family.forEach((family) => sizes.set(family, (sizes.get(family) ?? 0) + 1));
  return [...sizes.keys()].sort((a, b) => a - b).map((index) => {
    const shape = SHAPES[index % SHAPES.length];
    const at = columns.family.indexOf(index);
    return {
      index, n_beats: sizes.get(index), label: classified ? LETTERS[columns.label[at]] : null,
      certainty: classified ? [0.99, 0.97, 0.94, 0.81, 0.72, 0.66, 0.4][index % 7] : null, unreadable: index === 6,
      before: [1, 0.66, 0.7, 1.02, 0.78, 0.93, 1.2][index % 7], after: [1, 1.34, 1.3, 1, 1.05, 1.1, 1][index % 7],
      mean_mv: [1, 0.7, -0.5].map((gain) => pictureOf(shape, gain)),
      spread_mv: [1, 0.7, 0.5].map((gain) => OFFSETS_S.map((x) => gain * (0.05 + 0.1 * Math.exp(-((x / 0.05) ** 2))))),
      typical_id: columns.id[at],
    };
  });
}

function summaryOf(columns, fs, classified) {
  const n = columns.sample.length;
  const counts = Object.fromEntries(LETTERS.map((letter, k) => [letter, columns.label.reduce((sum, l) => sum + (l === k), 0)]));
  const at = (i) => columns.sample[Math.min(i, n - 1)];
  return {
    duration_s: 86400, readable_share: 0.9914, n_beats: n, n_by_class: classified ? counts : null,
    burden_v_percent: classified ? (100 * counts.V) / n : null, burden_s_percent: classified ? (100 * counts.S) / n : null,
    mean_rate_bpm: 71.2, min_rate_bpm: 48, min_rate_sample: at(900), max_rate_bpm: 131, max_rate_sample: at(4000),
    longest_rr_s: 2.44, longest_rr_sample: at(7000), n_by_kind: { PAUSE: 8 }, longest_v_run_beats: classified ? 11 : null,
    fastest_v_run_bpm: classified ? 164 : null, af_share: classified ? 0.0123 : null, n_uncertain: classified ? 412 : null,
  };
}

/** A server with one recording; `stage` as in its state, `job` what runs, `n` beats. */
export class FakeApi {
  constructor({ n = 102_000, stage = "classified", job = null, clockS = 8 * 3600, episodes = true, name = "holter_day" } = {}) {
    Object.assign(this, { stage, job, clockS, name, withEpisodes: episodes });
    this.revision = 0;
    this.done = [];
    this.undone = [];
    this.columns = columnsOf(n, { classified: stage === "classified" });
    this.episodes = episodes ? episodesOf(this.columns, this.classified) : episodesOf({ sample: [] }, "none");
    if (!episodes) for (const name of Object.keys(this.episodes)) this.episodes[name] = [];
    this.families = familiesOf(this.columns, this.classified);
  }

  get classified() {
    return this.stage === "classified";
  }

  derived() {
    const told = (entry) => (entry ? { entry: entry.seq, text: entry.text, samples: null } : null);
    const families = this.families.map((family) => ({ ...family, n_beats: this.columns.family.filter((f) => f === family.index).length }));
    return reviewPayload({
      coverage: {
        assessed: ["VT", "PAUSE"], not_assessed: { ST: "not looked for", AVB3: "not looked for" }, remarks: [],
        checked: "VT, asystole, pauses, AF, runs, ectopic beats", unchecked: "ST segment, AV conduction", unchecked_names: "ST segment, AV conduction",
      },
      performance: { VT: { short: "Se 64 % on DS2", sentence: "Runs of V of 3 to 5: sensitivity 64 % on DS2." } },
      revision: this.revision, episodes: this.episodes, notes: this.notes ?? {}, families: families.filter(({ n_beats: size }) => size),
      family_offsets_s: OFFSETS_S, quality: { seconds: 86400, unreadable: [[], [], []] },
      summary: summaryOf(this.columns, FS, this.classified),
      history: { undo: told(this.done.at(-1)), redo: told(this.undone.at(-1)) },
    });
  }

  async get() {
    const leads = ["MLII", "V1", "V5"].map((name) => ({ name, calibrated: true, scale: 1, range_mv: [-1, 2], offset_mv: 0 }));
    const recording = {
      rec: "local/holter_day", name: this.name, fs_hz: FS, n_samples: 86400 * FS, duration_s: 86400, clock_s: this.clockS,
      start_time: null, synthetic: true, person: "F 64", notes: [], lead_notes: [], leads, annotators: ["atr"],
    };
    const model = { name: "beat-2026.2", device: "CPU", sha256: "0" };
    const early = this.stage === "beats" ? reviewPayload() : this.derived();
    return { stage: this.stage, job: this.job, recording, model, person: "reviewer", edits_problem: null, live: null, ...early };
  }

  async packed(path) {
    if (path === "changes") return null;
    return { meta: { revision: this.revision, fs_hz: FS }, arrays: this.columns };
  }

  patch() {
    return { meta: deltaMeta(this.derived()), arrays: { ...this.columns, removed: new Int32Array(0) } };
  }

  async post(path, body) {
    if (path === "job") return this.jobDo(body.do);
    if (path === "undo" || path === "redo") this.step(path);
    else if (path === "families/split") this.split(body.family);
    else if (path === "edits") for (const edit of body.edits) this.apply(edit);
    return this.patch();
  }

  jobDo(what) {
    this.job = what === "cancel" ? null : { what: "classes", stage: "Classifying beats", share: 0.37, problem: null, long_s: null };
    return this.get();
  }

  keep(text) {
    this.revision += 1;
    const marks = [...this.episodes.marks];
    this.done.push({ seq: this.revision, text, columns: this.columns, marks });
    this.undone = [];
  }

  step(path) {
    const [from, to] = path === "undo" ? [this.done, this.undone] : [this.undone, this.done];
    const entry = from.pop();
    if (!entry) throw new Problem(`There is nothing to ${path}.`, 409);
    this.revision += 1;
    to.push({ ...entry, columns: this.columns, marks: [...this.episodes.marks] });
    this.columns = entry.columns;
    this.episodes = { ...this.episodes, marks: entry.marks };
  }

  split(family) {
    this.keep(`split family ${family}`);
    const into = Math.max(...this.families.map(({ index }) => index)) + 1;
    const column = this.columns.family.map((f, i) => (f === family && this.columns.distance[i] > 90 ? into : f));
    this.columns = { ...this.columns, family: column };
    this.families = [...this.families, { ...this.families.find(({ index }) => index === family), index: into }];
  }

  apply(edit) {
    this.keep(edit.action.replaceAll("_", " "));
    const table = new BeatTable(this.columns, FS);
    const relabelled = (indices) => (this.columns = { ...this.columns, ...table.relabelled(indices, edit.label) });
    if (edit.action === "relabel") relabelled(edit.beats.map((id) => table.indexOfId(id)));
    else if (edit.action === "relabel_family") {
      const members = Array.from(this.columns.family.keys()).filter((i) => this.columns.family[i] === edit.family);
      relabelled(members);
      this.families = this.families.map((f) => (f.index === edit.family ? { ...f, label: edit.label } : f));
    } else if (edit.action === "delete") {
      const gone = edit.beats.map(([id]) => table.indexOfId(id));
      const kept = table.without(gone);
      this.columns = Object.fromEntries(Object.keys(this.columns).map((name) => [name, kept[name]]));
    } else if (edit.action === "merge_families") {
      this.columns = { ...this.columns, family: this.columns.family.map((f) => (f === edit.family ? edit.into : f)) };
    } else if (edit.action === "mark_events") {
      const [named, bit] = [new Set(edit.events), BITS[edit.mark]];
      const marks = this.episodes.marks.map((bits, i) => (named.has(this.episodes.key[i]) ? (edit.on ? bits | bit : bits & ~bit) : bits));
      this.episodes = { ...this.episodes, marks };
    } else if (edit.action === "note_event") {
      this.notes = { ...this.notes, [edit.event]: edit.text };
    }
  }

  async file(path) {
    return { blob: new Blob(["{}"]), name: path.split("/").pop() };
  }
}
