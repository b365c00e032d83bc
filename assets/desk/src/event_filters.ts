// Above the list of events: which marks are listed, and the way through a whole kind.

import { isDevice } from "./device.ts";
import { button, element } from "./dom.ts";
import { FILTERS, filterCounts, type FilterName } from "./marks.ts";
import { chip, press, write } from "./panel.ts";
import type { Store } from "./store.ts";
import { number } from "./wording.ts";

interface KindCount {
  kind: string;
  n: number;
}

interface EventFiltersOptions {
  /** Called when another filter was chosen. */
  onFilter: () => void;
  /** Look through a kind. */
  onMontage: (kind: string) => void;
}

/** What the button of the montage says; empty where it is not offered. */
export function montageText(kinds: readonly KindCount[], chosen: ReadonlySet<string>): string {
  const counts = kinds.filter(({ kind }) => chosen.has(kind));
  if (counts.length !== 1 || isDevice(counts[0])) return ""; // a statement has no place of its own
  const [{ n }] = counts;
  return n === 1 ? "Look at its strip and confirm it …" : `Look through all ${number(n)} and confirm …`;
}

export class EventFilters {
  readonly root = element("div", "event-filters");
  private readonly store: Store;
  private readonly filters: { name: FilterName; node: HTMLElement; count: HTMLElement }[];
  private readonly montage: HTMLButtonElement;

  constructor(store: Store, { onFilter, onMontage }: EventFiltersOptions) {
    this.store = store;
    const group = element("div", "chips");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Marks of events shown");
    this.filters = FILTERS.map(([name, text, title]) => {
      const node = chip("", title, () => {
        store.navigation.eventFilter = name;
        onFilter();
      });
      const count = element("span", "count");
      node.append(element("span", "", text), count);
      group.append(node);
      return { name, node, count };
    });
    this.montage = button("plain montage-button", "", "All strips of the kind side by side", () => onMontage([...store.navigation.eventKinds][0]));
    this.root.append(group, this.montage);
  }

  draw(kinds: readonly KindCount[]): void {
    const { navigation, review } = this.store;
    const { eventKinds } = navigation;
    const counts = filterCounts(eventKinds.size ? review.episodes.filter(({ kind }) => eventKinds.has(kind)) : review.episodes);
    for (const { name, node, count } of this.filters) {
      press(node, navigation.eventFilter === name);
      write(count, number(counts[name]));
    }
    const text = review.stage === "classified" ? montageText(kinds, eventKinds) : "";
    this.montage.hidden = !text;
    write(this.montage, text);
    this.root.hidden = !review.episodes.length;
  }
}
