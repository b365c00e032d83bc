// Dangerous events that do not count any more, since a person named the signal there an artefact: said above the list.

import { button, element } from "./dom.ts";
import type { SetAsidePayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";

const MOST_SHOWN = 6;

/** What is said of one: `Ventricular tachycardia at 00:01:12 was marked as artefact by Ann.` */
export function setAsideText({ title, start_sample: start, told }: Pick<SetAsidePayload, "title" | "start_sample" | "told">, fs: number, clockS: number | null): string {
  return `${title} at ${formatTime(start / fs, clockS)} was ${told}.`;
}

export class SetAside {
  readonly root = element("div", "set-aside");
  private readonly store: Store;
  private drawn = "";

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Dangerous events marked as artefact");
  }

  draw(): void {
    const { setAside, facts } = this.store.review;
    const texts = facts ? setAside.map((one) => setAsideText(one, facts.fs, facts.clockS)) : [];
    this.root.hidden = !texts.length;
    if (texts.join("\n") === this.drawn || !facts) return;
    this.drawn = texts.join("\n");
    this.root.replaceChildren(
      ...texts.slice(0, MOST_SHOWN).map((text, at) =>
        button("set-aside-event", text, `Found as: ${setAside[at].reason}`, () => this.store.navigation.goTo(setAside[at].start_sample / facts.fs)),
      ),
    );
    if (texts.length > MOST_SHOWN) this.root.append(element("p", "quiet", `and ${texts.length - MOST_SHOWN} more`));
  }
}
