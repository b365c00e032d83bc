// @ts-nocheck
// Above the list of events: which marks are listed, and the way through a whole kind.

import { isDevice } from "./device.ts";
import { button, element } from "./dom.ts";
import { FILTERS, filterCounts } from "./marks.ts";
import { chip, press, write } from "./panel.ts";
import { number } from "./wording.ts";

/** What the button of the montage says; empty where it is not offered. */
export function montageText(kinds, chosen) {
  const of = kinds.filter(({ kind }) => chosen.has(kind));
  if (of.length !== 1 || isDevice(of[0])) return ""; // a statement has no place of its own
  return of[0].n === 1 ? "Look at its strip and confirm it …" : `Look through all ${number(of[0].n)} and confirm …`;
}

export class EventFilters {
  /** `changed()` is called when another filter was chosen, `onMontage(kind)` to look through a kind. */
  constructor(store, { changed, onMontage }) {
    this.store = store;
    this.root = element("div", "event-filters");
    const group = element("div", "chips");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Marks of events shown");
    this.filters = FILTERS.map(([name, text, title]) => {
      const node = chip("", title, () => {
        store.navigation.eventFilter = name;
        changed();
      });
      const count = element("span", "count");
      node.append(element("span", "", text), count);
      group.append(node);
      return [name, node, count];
    });
    this.montage = button("plain montage-button", "", "All strips of the kind side by side", () => onMontage([...store.navigation.eventKinds][0]));
    this.root.append(group, this.montage);
  }

  draw(kinds) {
    const { store } = this;
    const counts = filterCounts(store.navigation.eventKinds.size ? store.review.episodes.filter(({ kind }) => store.navigation.eventKinds.has(kind)) : store.review.episodes);
    for (const [name, node, count] of this.filters) {
      press(node, store.navigation.eventFilter === name);
      write(count, number(counts[name]));
    }
    const text = store.review.stage === "classified" ? montageText(kinds, store.navigation.eventKinds) : "";
    this.montage.hidden = !text;
    write(this.montage, text);
    this.root.hidden = !store.review.episodes.length;
  }
}
