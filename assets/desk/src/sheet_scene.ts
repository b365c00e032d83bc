// @ts-nocheck
// What is drawn, gathered from the store and the parts of the sheet.

/** The scene of the view there is now, see `paintSheetRow`. */
export function sceneOf(sheet) {
  const { store, plan, signal, rows } = sheet;
  const { beats, view, prefs, facts, selection } = store;
  const near = [
    Math.max(beats.firstAtOrAfter((view.startS - 1) * beats.fs), 0),
    beats.firstAtOrAfter((view.startS + view.spanS + 1) * beats.fs),
  ];
  return {
    plan,
    facts,
    view,
    beats,
    near,
    paper: rows.paper,
    colours: rows.colours,
    font: rows.font,
    accent: rows.accent,
    chunkAt: (index) => signal.chunks.get(index),
    nChunks: signal.chunks.nChunks,
    levelsMv: signal.levelsMv,
    chosenAt: store.chosen === null ? -1 : beats.indexOfId(store.chosen),
    selected: (i) => selection.has(beats.id[i]),
    span: sheet.span,
    drag: sheet.moved,
    unreadable: store.unreadable,
    waiting: signal.waitingText(),
    reference: prefs.reference && sheet.reference.there ? sheet.reference : null,
    spikes: sheet.spikes.there ? sheet.spikes : null,
    saliency: prefs.saliency && store.stage === "classified" ? sheet.saliency.maps(...near) : [],
    march: sheet.calipers.lines(plan, view.startS),
  };
}
