// @ts-nocheck
// Adding and moving beats by hand: a beat goes to the extremum of the nearest lead, or where keys put it.

import { laneAt } from "./sheet_plan.ts";
import { extremum } from "./sheet_trace.ts";

const REACH_S = 0.06;
const STEP_S = 0.01;
const LONG_STEP_S = 0.1;

/** Seconds that an arrow key moves a beat in hand by, 0 for other keys. */
export function handStepS({ key, altKey, shiftKey }, fs) {
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  return direction * (altKey ? 1 / fs : shiftKey ? LONG_STEP_S : STEP_S);
}

export class BeatHands {
  /** `tools` has the mode and what points mean; the sheet shows what is in hand. */
  constructor(sheet, tools) {
    Object.assign(this, { sheet, tools, store: sheet.store });
    this.letter = "N";
    this.byKey = false;
  }

  /** Where a beat would be put for a point of the paper. */
  peakAt(x, y) {
    const { row, timeS } = this.tools.timeOf(x, y);
    const { cell } = laneAt(x, y - row.y, this.sheet.plan);
    const chunks = this.sheet.signal.between(timeS - 6 * REACH_S, timeS + 6 * REACH_S);
    return extremum(chunks, cell.lead, timeS, REACH_S)?.timeS ?? timeS;
  }

  begin(mode) {
    if (mode === "move") this.take();
    if (mode === "add") this.beginAdd();
  }

  putDown() {
    this.byKey = false;
    this.sheet.setGhost(null);
    this.sheet.setMoved(null);
  }

  // Adding

  beginAdd() {
    const { store, sheet } = this;
    const { view } = store.navigation;
    const at = this.tools.chosenAt();
    const timeS = at >= 0 ? store.review.beats.timeS(at) : -1;
    const inView = timeS >= view.startS && timeS <= view.startS + view.spanS;
    this.byKey = true;
    sheet.setGhost(inView ? timeS + 0.4 : view.startS + sheet.plan.rowS / 2);
  }

  aim(x, y) {
    this.byKey = false;
    this.sheet.setGhost(this.peakAt(x, y));
  }

  add(timeS) {
    const { store, sheet } = this;
    const sample = Math.round(timeS * store.review.facts.fs);
    if (sample < 0 || sample >= store.review.facts.nSamples) return;
    if (store.review.beats.indexOfSample(sample) >= 0) store.showMessage("There is a beat already.");
    else store.edits.add(sample, this.letter);
    sheet.setGhost(timeS);
  }

  // Moving

  /** Take the chosen beat in hand. */
  take() {
    const index = this.tools.chosenAt();
    this.sheet.setMoved(index < 0 ? null : { index, timeS: this.store.review.beats.timeS(index) });
  }

  carry(timeS) {
    const index = this.tools.chosenAt();
    if (index >= 0) this.sheet.setMoved({ index, timeS });
  }

  drop(timeS) {
    const { store, sheet } = this;
    const index = this.tools.chosenAt();
    if (index >= 0) {
      const sample = Math.min(Math.max(Math.round(timeS * store.review.facts.fs), 0), store.review.facts.nSamples - 1);
      if (store.review.beats.indexOfSample(sample) < 0) store.edits.move(store.review.beats.id[index], sample);
      else if (store.review.beats.sample[index] !== sample) store.showMessage("There is a beat already.");
    }
    sheet.setMoved(null);
    this.tools.setMode(null); // one beat, then out
  }

  // Keys

  /** Arrow keys move what is in hand, Enter puts it down; tells whether the key was one of these. */
  key(event) {
    const { sheet, store } = this;
    const { mode } = this.tools;
    const by = handStepS(event, store.review.facts.fs);
    const at = mode === "add" ? sheet.ghostS : (sheet.moved?.timeS ?? null);
    if (!by && event.key !== "Enter" && event.key !== " ") return false;
    if (at === null) {
      this.begin(mode);
      return true;
    }
    if (!store.navigation.shows(at, 0)) {
      store.navigation.goTo(at); // what is in hand went out of view: nothing is put down unseen
      return true;
    }
    const timeS = Math.min(Math.max(at + by, store.navigation.view.startS), store.navigation.view.startS + store.navigation.view.spanS);
    if (mode === "add") {
      this.byKey = true;
      if (by) sheet.setGhost(timeS);
      else this.add(at);
    } else if (by) this.carry(timeS);
    else this.drop(at);
    return true;
  }
}
