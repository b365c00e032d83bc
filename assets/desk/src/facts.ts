// The server's answers in the words of the desk. Pure functions.

import { marksOf } from "./marks.ts";
import type { EpisodesPayload, EventOrigin, FamilyPayload, Label, Mark, RecordingPayload } from "./payloads.ts";

export interface LeadFacts {
  name: string;
  calibrated: boolean;
  /** Usual extremes, as drawn. */
  rangeMv: [number, number];
  /** How many times its size it is drawn. */
  scale: number;
  offsetMv: number;
}

/** What never changes about a recording. */
export interface Facts {
  rec: string;
  name: string;
  fs: number;
  nSamples: number;
  durationS: number;
  /** Time of day at which it starts, in seconds; null where it is not known. */
  clockS: number | null;
  startTime: string | null;
  synthetic: boolean;
  person: string | null;
  notes: string[];
  leadNotes: string[];
  annotators: string[];
  hasReference: boolean;
  leads: LeadFacts[];
}

/** An event of the list: an episode, or a single beat (singles.ts). */
export interface ReviewEvent extends Record<Mark, boolean> {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly startSample: number;
  readonly stopSample: number;
  readonly startS: number;
  readonly stopS: number;
  readonly nBeats: number;
  readonly rateBpm: number | null;
  readonly reason: string;
  readonly source: EventOrigin;
  readonly sign: string;
  note: string;
}

/** Beats of one shape. */
export interface Family {
  index: number;
  n: number;
  label: Label | null;
  certainty: number | null;
  unreadable: boolean;
  before: number | null;
  after: number | null;
  meanMv: (number | null)[][];
  spreadMv: (number | null)[][];
  typicalId: number | null;
}

/** Facts of the recording from the state's `recording`. */
export function factsOf(recording: RecordingPayload): Facts {
  return {
    rec: recording.rec,
    name: recording.name,
    fs: recording.fs_hz,
    nSamples: recording.n_samples,
    durationS: recording.duration_s,
    clockS: recording.clock_s,
    startTime: recording.start_time,
    synthetic: recording.synthetic,
    person: recording.person,
    notes: recording.notes,
    leadNotes: recording.lead_notes,
    annotators: recording.annotators,
    hasReference: recording.annotators.length > 0,
    leads: recording.leads.map((lead) => ({
      name: lead.name,
      calibrated: lead.calibrated,
      rangeMv: [lead.range_mv[0] * lead.scale, lead.range_mv[1] * lead.scale],
      scale: lead.scale,
      offsetMv: lead.offset_mv,
    })),
  };
}

/** Episodes as objects, in the server's order; `notes` has texts by key. */
export function episodesOf(columns: EpisodesPayload | null, fs: number, notes: Record<string, string> = {}): ReviewEvent[] {
  if (!columns) return [];
  return columns.key.map((key, i) => ({
    key,
    kind: columns.kind[i],
    title: columns.title[i],
    startSample: columns.start_sample[i],
    stopSample: columns.stop_sample[i],
    startS: columns.start_sample[i] / fs,
    stopS: columns.stop_sample[i] / fs,
    nBeats: columns.n_beats[i],
    rateBpm: columns.rate_bpm[i],
    reason: columns.reason[i],
    source: columns.source?.[i] ?? "beats",
    sign: columns.sign[i],
    ...marksOf(columns.marks[i]),
    note: notes[key] ?? "",
  }));
}

export function familiesOf(families: FamilyPayload[]): Family[] {
  return families.map((family) => ({
    index: family.index,
    n: family.n_beats,
    label: family.label,
    certainty: family.certainty,
    unreadable: family.unreadable,
    before: family.before,
    after: family.after,
    meanMv: family.mean_mv,
    spreadMv: family.spread_mv,
    typicalId: family.typical_id,
  }));
}

/** Keep a view inside the recording. */
export function clampView(startS: number, spanS: number, durationS: number): number {
  return Math.min(Math.max(startS, 0), Math.max(durationS - spanS, 0));
}

/** Where a place is put: a third into the view, of ten seconds at most. */
export function leadInS(spanS: number): number {
  return Math.min(spanS, 10) / 3;
}
