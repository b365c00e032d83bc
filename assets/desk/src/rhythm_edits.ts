// @ts-nocheck
// What a person does to the rhythm of spans, as edits.

import { DANGEROUS } from "./rhythm_names.ts";
import { overruledBy } from "./rhythm_spans.ts";

const MOST_OVERRULED = 1000;

const newSpan = () => 1 + Math.floor(Math.random() * 2147483646);

/** Name the rhythm of a span, or give a span that is named already another one; returns its id. */
export function nameRhythm(store, [startSample, stopSample], rhythm, span = null) {
  const id = span ?? newSpan();
  const { fs } = store.beats;
  // What was dangerous there stands in the log beside the name that overrules it.
  const found = overruledBy(store.episodes, startSample / fs, stopSample / fs, DANGEROUS).filter(({ kind }) => kind !== rhythm);
  const overrules = found.slice(0, MOST_OVERRULED).map(({ key }) => key);
  store.edit([{ action: "set_rhythm", span: id, start_sample: startSample, stop_sample: stopSample, rhythm, overrules }]);
  return id;
}

/** Let a named span begin and end elsewhere. */
export function trimRhythm(store, span, [startSample, stopSample]) {
  const old = store.rhythms.find((each) => each.span === span);
  if (!old || (old.start_sample === startSample && old.stop_sample === stopSample)) return;
  store.edit([{ action: "trim_rhythm", span, start_sample: startSample, stop_sample: stopSample }]);
}

export function deleteRhythm(store, span) {
  store.edit([{ action: "delete_rhythm", span }]);
}
