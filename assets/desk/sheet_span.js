// The bar with what can be done to the selected span.

import { button, element } from "./dom.js";
import { placeTime } from "./geometry.js";
import { classButtons } from "./panel.js";

export class SpanBar {
  constructor(store) {
    this.store = store;
    this.box = element("div", "sh-bar-of-span");
    this.box.hidden = true;
    this.box.append(
      classButtons((letter) => store.relabel(letter), "the selected beats"),
      button("sh-delete", "delete", "Delete the selected beats (Delete)", () => store.deleteChosen()),
    );
  }

  /** Stand above the end of a span with selected beats; away where there is none, or it is out of sight. */
  place(span, plan) {
    const { store, box } = this;
    const at = span && store.selection.size ? placeTime(span.toS, store.view.startS, plan) : null;
    box.hidden = !at;
    if (!at) return;
    const x = Math.min(at.x + 6, plan.width - box.offsetWidth - 4);
    box.style.transform = `translate(${x}px, ${at.row.y + plan.lanesTop + 4}px)`;
  }
}
