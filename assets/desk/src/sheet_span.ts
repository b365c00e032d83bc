// The bar with what can be done to the selected span.

import { button, element } from "./dom.ts";
import { placeTime } from "./geometry.ts";
import { classButtons, write } from "./panel.ts";
import type { RhythmNaming } from "./rhythm_naming.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { SheetSpan } from "./sheet_scene.ts";
import type { Store } from "./store.ts";

const LOW_LANES_PX = 120;

export class SpanBar {
  readonly box = element("div", "sh-bar-of-span");
  private readonly store: Store;
  private readonly rhythm: RhythmNaming;
  private readonly text = element("span", "sh-span-text");
  private readonly beats = element("span", "sh-span-beats");

  constructor(store: Store, rhythm: RhythmNaming) {
    this.store = store;
    this.rhythm = rhythm;
    this.box.hidden = true;
    this.beats.append(
      classButtons((letter) => void store.edits.relabel(letter), "the selected beats"),
      button("sh-delete", "delete", "Delete the selected beats (Delete)", () => void store.edits.deleteChosen()),
    );
    this.box.append(this.text, this.beats, rhythm.menu.root, rhythm.delete);
  }

  /** Stand above the end of a span; away where there is none, or it is out of sight. */
  place(span: SheetSpan | null, plan: SheetPlan): void {
    const { store, box, rhythm } = this;
    const at = span && (store.navigation.selection.size || span.held) ? this.placeOf(span, plan) : null;
    box.hidden = !at;
    if (!span || !at) return;
    this.beats.hidden = !store.navigation.selection.size;
    this.text.hidden = !span.held;
    write(this.text, rhythm.text(span));
    rhythm.menu.open.hidden = store.review.stage !== "classified";
    rhythm.menu.show(span.code ?? null);
    rhythm.delete.hidden = span.named === undefined || span.named === null;
    const x = Math.max(Math.min(at.x + 6, plan.width - box.offsetWidth - 4), 0);
    // It lies over tall lanes, and below low ones, which it would cover.
    const top = plan.lanesBottom - plan.lanesTop < LOW_LANES_PX ? plan.lanesBottom + 2 : plan.lanesTop + 4;
    box.style.transform = `translate(${x}px, ${at.row.y + top}px)`;
  }

  /** Where the span ends; of one that reaches beyond the view, where it leaves it. */
  private placeOf({ fromS, toS }: SheetSpan, plan: SheetPlan): ReturnType<typeof placeTime> {
    const { startS, spanS } = this.store.navigation.view;
    if (toS < startS || fromS > startS + spanS) return null;
    return placeTime(Math.min(toS, startS + spanS - 1e-6), startS, plan);
  }
}
