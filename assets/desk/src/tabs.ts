// @ts-nocheck
// Panels behind tabs: a panel is made when its tab is first opened.

import { button, element } from "./dom.ts";

export class Tabs {
  /** `panels` is a list of `[name, title, make]`; `make(place)` returns the panel. */
  constructor(store, place, panels) {
    this.store = store;
    this.made = new Map();
    this.bar = element("div", "tabs");
    this.bar.setAttribute("role", "tablist");
    this.bar.setAttribute("aria-label", "Ways to look at the whole recording");
    this.tabs = new Map();
    this.places = new Map();
    place.append(this.bar);
    for (const [name, title, make] of panels) {
      const tab = button("tab", title, "", () => this.open(name));
      tab.setAttribute("role", "tab");
      tab.id = `desk-tab-${name}`;
      const body = element("div", `tab-body tab-${name}`);
      body.setAttribute("role", "tabpanel");
      body.setAttribute("aria-labelledby", tab.id);
      body.hidden = true;
      this.tabs.set(name, { tab, make });
      this.places.set(name, body);
      this.bar.append(tab);
      place.append(body);
    }
    this.bar.addEventListener("keydown", (event) => this.key(event));
    const asked = store.prefs.tab;
    this.open(this.tabs.has(asked) ? asked : panels[0][0]);
  }

  open(name) {
    for (const [each, { tab, make }] of this.tabs) {
      const on = each === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      this.places.get(each).hidden = !on;
      if (on && !this.made.has(each)) this.made.set(each, make(this.places.get(each)));
    }
    this.store.setPref("tab", name);
    return this.made.get(name);
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const names = [...this.tabs.keys()];
    const at = names.indexOf(this.store.prefs.tab);
    const name = names[(at + step + names.length) % names.length];
    this.open(name);
    this.tabs.get(name).tab.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() {
    for (const panel of this.made.values()) panel.destroy?.();
  }
}
