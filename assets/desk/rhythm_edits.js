// What a person does to the rhythm of spans, as edits.

const newSpan = () => 1 + Math.floor(Math.random() * 2147483646);

/** Name the rhythm of a span, or give a span that is named already another one; returns its id. */
export function nameRhythm(store, [startSample, stopSample], rhythm, span = null) {
  const id = span ?? newSpan();
  store.edit([{ action: "set_rhythm", span: id, start_sample: startSample, stop_sample: stopSample, rhythm }]);
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
