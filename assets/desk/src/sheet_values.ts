// The line of measurements at the head of a short ECG: rate, intervals with the preferred QTc, axes.

import { element } from "./dom.ts";
import { headText } from "./measurement_words.ts";
import { write } from "./panel.ts";
import { SHORT_S } from "./sheet_plan.ts";
import type { Store } from "./store.ts";

export class SheetValues {
  readonly root = element("p", "sh-values");
  private readonly store: Store;
  private readonly offs: (() => void)[];

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("aria-label", "Measurements of the usual beat");
    this.offs = (["waves", "prefs", "state"] as const).map((topic) => store.subscribe(topic, () => this.draw()));
    this.draw();
  }

  destroy(): void {
    for (const off of this.offs) off();
  }

  private draw(): void {
    const { review, waves, prefs } = this.store;
    const { measured } = waves;
    const isShort = (review.facts?.durationS ?? Infinity) <= SHORT_S;
    const shown = isShort && waves.state === "ready" && measured !== null;
    this.root.hidden = !shown;
    if (!shown) return;
    write(this.root, headText(measured, prefs.qtc));
    this.root.title = `Median of ${measured.basis}; QTc by the formula chosen under Measurements`;
  }
}
