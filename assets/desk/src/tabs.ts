// Panels behind tabs: a panel is made when its tab is first opened.

import { button, element } from "./dom.ts";
import type { Store } from "./store.ts";

/** What stands behind a tab. */
interface TabPanel {
  destroy(): void;
  focus?(): void;
}

type MakePanel = (place: HTMLElement) => TabPanel;

interface Tab {
  tab: HTMLButtonElement;
  body: HTMLElement;
  make: MakePanel;
  /** Null until the tab is first opened. */
  panel: TabPanel | null;
}

export class Tabs {
  private readonly store: Store;
  private readonly bar = element("div", "tabs");
  private readonly tabs = new Map<string, Tab>();
  private opened = "";

  /** `panels` has name, title and maker of each. */
  constructor(store: Store, place: ParentNode, panels: readonly (readonly [string, string, MakePanel])[]) {
    this.store = store;
    this.bar.setAttribute("role", "tablist");
    this.bar.setAttribute("aria-label", "Ways to look at the whole recording");
    place.append(this.bar);
    for (const [name, title, make] of panels) {
      const tab = button("tab", title, "", () => this.open(name));
      tab.setAttribute("role", "tab");
      tab.id = `desk-tab-${name}`;
      const body = element("div", `tab-body tab-${name}`);
      body.setAttribute("role", "tabpanel");
      body.setAttribute("aria-labelledby", tab.id);
      body.hidden = true;
      this.tabs.set(name, { tab, body, make, panel: null });
      this.bar.append(tab);
      place.append(body);
    }
    this.bar.addEventListener("keydown", (event) => this.key(event));
    const asked = store.prefs.tab;
    this.open(this.tabs.has(asked) ? asked : panels[0][0]);
  }

  /** Open a tab; `keep` lets the next recording open with it, too. */
  open(name: string, { keep = true } = {}): TabPanel | undefined {
    for (const [each, { tab, body }] of this.tabs) {
      const on = each === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      body.hidden = !on;
    }
    const opened = this.tabs.get(name);
    if (opened) opened.panel ??= opened.make(opened.body);
    this.opened = name;
    if (keep) this.store.setPref("tab", name);
    return opened?.panel ?? undefined;
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const step = event.key === "ArrowLeft" ? -1 : 1;
    const names = [...this.tabs.keys()];
    const at = names.indexOf(this.opened);
    const name = names[(at + step + names.length) % names.length];
    this.open(name);
    this.tabs.get(name)?.tab.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  destroy(): void {
    for (const { panel } of this.tabs.values()) panel?.destroy();
  }
}
