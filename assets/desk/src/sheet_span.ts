// @ts-nocheck
// The bar with what can be done to the selected span.

import { button, element } from "./dom.ts";
import { placeTime } from "./geometry.ts";
import { classButtons, write } from "./panel.ts";

const LOW_LANES_PX = 120;

export class SpanBar {
  /** `rhythm` names spans, see `RhythmHands`. */
  constructor(store, rhythm) {
    Object.assign(this, { store, rhythm });
    this.box = element("div", "sh-bar-of-span");
    this.box.hidden = true;
    this.text = element("span", "sh-span-text");
    this.beats = element("span", "sh-span-beats");
    this.beats.append(
      classButtons((letter) => store.edits.relabel(letter), "the selected beats"),
      button("sh-delete", "delete", "Delete the selected beats (Delete)", () => store.edits.deleteChosen()),
    );
    this.box.append(this.text, this.beats, rhythm.menu.root, rhythm.delete);
  }

  /** Stand above the end of a span; away where there is none, or it is out of sight. */
  place(span, plan) {
    const { store, box, rhythm } = this;
    const at = span && (store.navigation.selection.size || span.held) ? this.placeOf(span, plan) : null;
    box.hidden = !at;
    if (!at) return;
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
  placeOf({ fromS, toS }, plan) {
    const { startS, spanS } = this.store.navigation.view;
    if (toS < startS || fromS > startS + spanS) return null;
    return placeTime(Math.min(toS, startS + spanS - 1e-6), startS, plan);
  }
}
