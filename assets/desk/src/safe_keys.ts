// @ts-nocheck
// Keys that change beats: none of them does so out of sight. A beat that is not on screen is brought there first, and
// only the next press changes it; of many chosen beats the first is shown, and how many there are.

import { inOrder } from "./selection.ts";
import { number } from "./wording.ts";

export class SafeKeys {
  /** `sight.holds(timeS)` tells whether a time is on screen; `sight.bring(timeS)` brings it there. */
  constructor(store, sight) {
    Object.assign(this, { store, sight });
    this.armed = null;
    this.off = store.subscribe("selection", () => (this.armed = null));
  }

  destroy() {
    this.off();
  }

  /** Whether a key may change what is chosen now; if not, it is brought into view and said what the next press does. */
  ready(key) {
    const { store, sight } = this;
    const { beats } = store.review;
    const { selection, chosen } = store.navigation;
    const places = selection.size ? inOrder(beats, selection) : Int32Array.from(chosen === null ? [] : [beats.indexOfId(chosen)]).filter((at) => at >= 0);
    const hidden = places.filter((at) => !sight.holds(beats.timeS(at))).length;
    if (!hidden) return true;
    const what = `${key} ${places.length} ${places[0]}`;
    if (places.length > 1 && this.armed === what) {
      this.armed = null;
      return true;
    }
    sight.bring(beats.timeS(places[0]));
    this.armed = what;
    const again = `press ${key} again`;
    if (places.length === 1) store.showMessage(`The chosen beat was out of view; here it is. To change it, ${again}.`);
    else store.showMessage(`${number(hidden)} of the ${number(places.length)} chosen beats are out of view; this is the first. To change them all, ${again}.`);
    return false;
  }

  /** Bring into view what undo or redo is about to change. */
  bringHistory(way) {
    const { store, sight } = this;
    const samples = store.review.history[way]?.samples;
    if (!samples || !store.review.facts || store.edits.outbox.waiting.length) return;
    const [fromS, toS] = samples.map((sample) => sample / store.review.facts.fs);
    const { startS, spanS } = store.navigation.view;
    if (toS < startS || fromS > startS + spanS || !sight.holds(Math.max(fromS, startS))) sight.bring(fromS);
  }
}
