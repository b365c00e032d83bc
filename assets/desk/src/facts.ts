// @ts-nocheck
// The server's answers in the words of the desk. Pure functions.

import { marksOf } from "./marks.ts";

/** Facts of the recording from the state's `recording`. */
export function factsOf(recording) {
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
    notes: recording.notes ?? [],
    leadNotes: recording.lead_notes ?? [],
    annotators: recording.annotators,
    hasReference: recording.annotators.length > 0,
    leads: recording.leads.map((lead) => ({
      name: lead.name,
      calibrated: lead.calibrated,
      rangeMv: lead.range_mv.map((limit) => limit * (lead.scale ?? 1)),
      scale: lead.scale ?? 1,
      offsetMv: lead.offset_mv ?? 0,
    })),
  };
}

/** Episodes as objects, in the server's order; `notes` has texts by key. */
export function episodesOf(columns, fs, notes = {}) {
  return (columns?.key ?? []).map((key, i) => ({
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

export function familiesOf(families) {
  return (families ?? []).map((family) => ({
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
export function clampView(startS, spanS, durationS) {
  return Math.min(Math.max(startS, 0), Math.max(durationS - spanS, 0));
}

/** Where a place is put: a third into the view, of ten seconds at most. */
export function leadInS(spanS) {
  return Math.min(spanS, 10) / 3;
}
