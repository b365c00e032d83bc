// Adding and moving beats: a beat goes to the extremum of the nearest lead, or where keys put it.

import type { Label } from "./payloads.ts";
import type { Sheet } from "./sheet.ts";
import { laneAt, type SheetPlan } from "./sheet_plan.ts";
import type { SheetTools } from "./sheet_tools.ts";
import { extremum } from "./sheet_trace.ts";
import type { Store } from "./store.ts";

const REACH_S = 0.06;
const STEP_S = 0.01;
const LONG_STEP_S = 0.1;

/** Seconds that an arrow key moves a beat by, 0 for other keys. */
export function keyStepS({ key, altKey, shiftKey }: Pick<KeyboardEvent, "key" | "altKey" | "shiftKey">, fs: number): number {
  const direction = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
  return direction * (altKey ? 1 / fs : shiftKey ? LONG_STEP_S : STEP_S);
}

export class BeatPlacing {
  /** Class of beats to be added. */
  letter: Label = "N";
  /** The place was set by a key, not by the pointer. */
  byKey = false;
  private readonly sheet: Sheet;
  private readonly tools: SheetTools;
  private readonly store: Store;

  /** `tools` has the mode and what points mean; the sheet shows where the beat is being put. */
  constructor(sheet: Sheet, tools: SheetTools) {
    this.sheet = sheet;
    this.tools = tools;
    this.store = sheet.store;
  }

  /** Where a beat would be put for a point of the paper. */
  peakAt(x: number, y: number, plan: SheetPlan): number {
    const { row, timeS } = this.tools.timeOf(x, y, plan);
    const { cell } = laneAt(x, y - row.y, plan);
    const chunks = this.sheet.signal.between(timeS - 6 * REACH_S, timeS + 6 * REACH_S);
    return extremum(chunks, cell.lead, timeS, REACH_S)?.timeS ?? timeS;
  }

  begin(mode: "add" | "move"): void {
    if (mode === "move") this.startMove();
    else this.startAdd();
  }

  reset(): void {
    this.byKey = false;
    this.sheet.setGhost(null);
    this.sheet.setMoved(null);
  }

  // Adding

  private startAdd(): void {
    const { store, sheet } = this;
    if (!sheet.plan) return;
    const { view } = store.navigation;
    const at = this.tools.chosenAt();
    const timeS = at >= 0 ? store.review.beats.timeS(at) : -1;
    const inView = timeS >= view.startS && timeS <= view.startS + view.spanS;
    this.byKey = true;
    sheet.setGhost(inView ? timeS + 0.4 : view.startS + sheet.plan.rowS / 2);
  }

  /** Show where a beat would be put for a point of the paper. */
  previewAt(x: number, y: number, plan: SheetPlan): void {
    this.byKey = false;
    this.sheet.setGhost(this.peakAt(x, y, plan));
  }

  add(timeS: number): void {
    const { store, sheet } = this;
    const { beats, facts } = store.review;
    if (!facts) return;
    const sample = Math.round(timeS * facts.fs);
    if (sample < 0 || sample >= facts.nSamples) return;
    if (beats.indexOfSample(sample) >= 0) store.showMessage("There is a beat already.");
    else void store.edits.add(sample, this.letter);
    sheet.setGhost(timeS);
  }

  // Moving

  /** Begin to move the chosen beat. */
  startMove(): void {
    const index = this.tools.chosenAt();
    this.sheet.setMoved(index < 0 ? null : { index, timeS: this.store.review.beats.timeS(index) });
  }

  moveTo(timeS: number): void {
    const index = this.tools.chosenAt();
    if (index >= 0) this.sheet.setMoved({ index, timeS });
  }

  /** Put the chosen beat at a time, and leave the mode. */
  finishMove(timeS: number): void {
    const { store, sheet } = this;
    const { beats, facts } = store.review;
    const index = this.tools.chosenAt();
    if (index >= 0 && facts) {
      const sample = Math.min(Math.max(Math.round(timeS * facts.fs), 0), facts.nSamples - 1);
      if (beats.indexOfSample(sample) < 0) void store.edits.move(beats.id[index], sample);
      else if (beats.sample[index] !== sample) store.showMessage("There is a beat already.");
    }
    sheet.setMoved(null);
    this.tools.setMode(null); // one beat, then out
  }

  // Keys

  /** Move the beat by arrow keys, put it by Enter; returns whether the key was one of these. */
  key(event: KeyboardEvent, mode: "add" | "move"): boolean {
    const { sheet, store } = this;
    const { facts } = store.review;
    if (!facts) return false;
    const by = keyStepS(event, facts.fs);
    const at = mode === "add" ? sheet.ghostS : (sheet.moved?.timeS ?? null);
    if (!by && event.key !== "Enter" && event.key !== " ") return false;
    if (at === null) {
      this.begin(mode);
      return true;
    }
    if (!store.navigation.shows(at, 0)) {
      store.navigation.goTo(at); // it went out of view: nothing is put where nobody sees it
      return true;
    }
    const timeS = Math.min(Math.max(at + by, store.navigation.view.startS), store.navigation.view.startS + store.navigation.view.spanS);
    if (mode === "add") {
      this.byKey = true;
      if (by) sheet.setGhost(timeS);
      else this.add(at);
    } else if (by) this.moveTo(timeS);
    else this.finishMove(at);
    return true;
  }
}
