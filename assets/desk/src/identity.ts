// Whom the file names, shown once to the person who loaded it. It is asked for once, kept nowhere, and gone when closed.

import { activeElementOf, button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { IdentityPayload } from "./payloads.ts";
import type { Store } from "./store.ts";

const PROMISE = "Nothing of this is stored, exported or logged. It is not shown again.";
const MAY_NAME = "Free text may name a person: nothing of it is stored, exported or logged. It is not shown again.";

/** What the card is called: a device is no person, and a comment need not name one. */
export const TITLES: Record<IdentityPayload["about"], string> = {
  person: "This file names a person",
  device: "This file names its device",
  texts: "What this file says besides",
};

export class IdentityCard extends Panel {
  constructor(store: Store, place: ParentNode) {
    super(store, place, "identity-panel");
    const off = store.subscribe("state", () => {
      if (!store.review.facts) return;
      off();
      void this.ask();
    });
    this.offs.push(off);
  }

  private async ask(): Promise<void> {
    let found: IdentityPayload | null;
    try {
      found = await this.store.api.post("identity", {});
    } catch {
      return; // what cannot be asked for is not shown
    }
    if (found?.lines.length && this.root.isConnected) this.show(found);
  }

  private show({ about, lines }: IdentityPayload): void {
    const title = TITLES[about];
    const card = element("section", "identity-card");
    card.setAttribute("role", "dialog");
    card.setAttribute("aria-label", title);
    const head = element("div", "identity-head");
    const close = button("plain", "Close", "Close (Esc); it is not shown again", () => this.close());
    head.append(element("h2", "", title), close);
    const list = element("dl", "file-facts");
    for (const [label, text] of lines) {
      const [term, value] = [element("dt"), element("dd")];
      term.append(element("bdi", "", label));
      value.append(element("bdi", "", text));
      list.append(term, value);
    }
    const scroller = element("div", "identity-lines");
    scroller.tabIndex = 0;
    scroller.setAttribute("role", "group");
    scroller.setAttribute("aria-label", "What the file says");
    scroller.append(list);
    card.append(head, scroller, element("p", "quiet", about === "texts" ? MAY_NAME : PROMISE));
    card.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    this.root.replaceChildren(card);
  }

  close(): void {
    const inside = this.root.contains(activeElementOf(this.root));
    this.root.replaceChildren();
    if (inside) (this.root.getRootNode() as Document | ShadowRoot).querySelector<HTMLElement>(".sh-paper")?.focus({ preventScroll: true });
  }
}
