// Pacing spikes on the strip: a tick with the chamber's letter below the traces, crossed where no QRS answers.

import type { Facts } from "./facts.ts";
import { SIZES } from "./geometry.ts";
import type { RowScene } from "./sheet_scene.ts";
import { lowerBound } from "./sorted.ts";
import type { Store } from "./store.ts";
import type { View } from "./store_navigation.ts";

const TICK_PX = 11;
const LETTERS_APART_PX = 9;

/** The spikes: fetched once there are some, and again when beats were edited, since capture follows from the beats. */
export class Spikes {
  there = false;
  sample: Int32Array = new Int32Array(0);
  failed: Uint8Array = new Uint8Array(0);
  private chamber: Uint8Array = new Uint8Array(0);
  private chambers: string[] = [];
  private asked: string | null = null;
  private readonly store: Store;
  private readonly onChange: () => void;

  constructor(store: Store, onChange: () => void) {
    this.store = store;
    this.onChange = onChange;
  }

  async follow(): Promise<void> {
    const { pacing, revision, stage } = this.store.review;
    if (!pacing?.n_spikes) {
      this.there = false;
      this.asked = null;
      return;
    }
    const key = `${stage} ${revision} ${pacing.n_spikes} ${pacing.n_without_capture ?? 0}`;
    if (key === this.asked) return;
    this.asked = key;
    try {
      const answer = await this.store.api.packed("pacing", {});
      if (this.asked !== key) return;
      this.there = Boolean(answer);
      if (answer) {
        ({ chambers: this.chambers } = answer.meta);
        ({ sample: this.sample, chamber: this.chamber, failed: this.failed } = answer.arrays);
      }
    } catch (problem) {
      this.asked = null;
      this.store.showProblem(problem);
      return;
    }
    this.onChange();
  }

  between(fromSample: number, toSample: number): [number, number] {
    return [lowerBound(this.sample, fromSample), lowerBound(this.sample, toSample + 1e-6)];
  }

  letter(i: number): string {
    return this.chambers[this.chamber[i]] ?? "?";
  }

  /** What the ticks in view mean, in words; nothing where none is in view. */
  legend({ view, facts }: { view: View; facts: Pick<Facts, "fs"> }): string {
    const [first, stop] = this.between(view.startS * facts.fs, (view.startS + view.spanS) * facts.fs);
    if (first === stop) return "";
    let failed = false;
    for (let i = first; i < stop && !failed; i += 1) failed = this.failed[i] > 0;
    return `▏A atrial, ▏V ventricular pacing spike${failed ? ", ✕ without capture" : ""}`;
  }
}

/** Draw the spikes of a row, see `paintSheetRow`. */
export function paintSpikes({ context, plan, spikes, facts, colours, font, row, startS, xOf }: RowScene): void {
  if (!spikes) return;
  const [first, stop] = spikes.between(startS * facts.fs, (startS + row.lengthS) * facts.fs);
  const bottom = plan.rowHeight - SIZES.times - 1;
  context.font = `600 10px ${font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  let freeX = -Infinity;
  for (let i = first; i < stop; i += 1) {
    const x = Math.round(xOf(spikes.sample[i] / facts.fs)) + 0.5;
    const colour = spikes.failed[i] ? colours.classes.V : colours.trace;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, bottom);
    context.lineTo(x, bottom - TICK_PX);
    context.stroke();
    if (x < freeX) continue;
    context.fillText(spikes.failed[i] ? `${spikes.letter(i)}✕` : spikes.letter(i), x + 2, bottom - 1);
    freeX = x + LETTERS_APART_PX * (spikes.failed[i] ? 2 : 1);
  }
}
