// What a person does to the rhythm of spans, as edits.

import { DANGEROUS } from "./rhythm_names.ts";
import { overruledBy } from "./rhythm_spans.ts";
import type { Store } from "./store.ts";

export const MOST_OVERRULED = 1000;

const newSpan = () => 1 + Math.floor(Math.random() * 2147483646);

/** Name the rhythm of a span, or give a span that is named already another one; returns its id. */
export function nameRhythm(store: Store, [startSample, stopSample]: [number, number], rhythm: string, span: number | null = null): number {
  const id = span ?? newSpan();
  const { fs } = store.review.beats;
  // What was dangerous there stands in the log beside the name that overrules it.
  const found = overruledBy(store.review.episodes, startSample / fs, stopSample / fs, DANGEROUS).filter(({ kind }) => kind !== rhythm);
  const overrules = found.slice(0, MOST_OVERRULED).map(({ key }) => key);
  void store.edits.edit([{ action: "set_rhythm", span: id, start_sample: startSample, stop_sample: stopSample, rhythm, overrules }]);
  return id;
}

/** Let a named span begin and end elsewhere. */
export function trimRhythm(store: Store, span: number, [startSample, stopSample]: [number, number]): void {
  const old = store.review.rhythms.find((each) => each.span === span);
  if (!old || (old.start_sample === startSample && old.stop_sample === stopSample)) return;
  void store.edits.edit([{ action: "trim_rhythm", span, start_sample: startSample, stop_sample: stopSample }]);
}

export function deleteRhythm(store: Store, span: number): void {
  void store.edits.edit([{ action: "delete_rhythm", span }]);
}
