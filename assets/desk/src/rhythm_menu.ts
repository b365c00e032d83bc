// @ts-nocheck
// The menu that names the rhythm of a span: grouped, the dangerous ones first, walked through by arrows and letters.

import { button, element } from "./dom.ts";
import { RHYTHM_GROUPS } from "./rhythm_names.ts";

/** The place that a key moves to among the names of a menu; null for keys that mean nothing there. */
export function placeAfter(key, at, names) {
  const n = names.length;
  if (key === "ArrowDown" || key === "ArrowRight") return (at + 1) % n;
  if (key === "ArrowUp" || key === "ArrowLeft") return (Math.max(at, 0) - 1 + n) % n;
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (key.length !== 1) return null;
  const letter = key.toLowerCase();
  const order = names.map((_, i) => (at + 1 + i) % n);
  return order.find((i) => names[i].toLowerCase().startsWith(letter)) ?? null;
}

export class RhythmMenu {
  /** `choose(code)` names the span; `warning()` says what that would overrule; `closed()` is called after the menu. */
  constructor({ choose, warning, closed }) {
    Object.assign(this, { choose, warning, closed });
    this.root = element("span", "sh-rhythm-menu");
    this.open = button("sh-rhythm-open", "", "Name the rhythm of this span (H)", () => this.toggle());
    this.open.setAttribute("aria-haspopup", "menu");
    this.name = element("span", "", "rhythm");
    this.open.append(this.name, element("span", "sh-down"));
    this.list = element("div", "sh-rhythm-items");
    this.list.setAttribute("role", "menu");
    this.list.tabIndex = -1;
    this.list.setAttribute("aria-label", "Rhythm of the span");
    this.caution = element("p", "sh-rhythm-caution");
    this.items = new Map();
    this.list.append(this.caution, ...RHYTHM_GROUPS.map((group) => this.group(group)));
    this.root.append(this.open, this.list);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.toggle(false);
    });
    this.toggle(false);
  }

  group([heading, rhythms]) {
    const group = element("div", "sh-rhythm-group");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", heading);
    group.append(element("div", "sh-heading", heading));
    for (const [code, name] of rhythms) {
      const item = button("sh-item", name, name, () => this.pick(code));
      item.setAttribute("role", "menuitemradio");
      item.tabIndex = -1;
      this.items.set(code, item);
      group.append(item);
    }
    return group;
  }

  /** Show which rhythm the span has; null for none. */
  show(code) {
    for (const [each, item] of this.items) item.setAttribute("aria-checked", String(each === code));
  }

  get opened() {
    return !this.list.hidden;
  }

  toggle(on = !this.opened) {
    this.list.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (!on) return;
    const text = this.warning();
    this.caution.textContent = text;
    this.caution.hidden = !text;
    this.place();
    const checked = [...this.items.values()].find((item) => item.getAttribute("aria-checked") === "true");
    (checked ?? this.list).focus({ preventScroll: true }); // Enter names nothing that nobody chose
    this.list.scrollIntoView({ block: "nearest" });
  }

  /** Keep the list between the edges of the strip. */
  place() {
    this.list.style.left = "0px";
    const [box, around] = [this.list, this.root.closest(".sh-paper")].map((node) => node.getBoundingClientRect());
    const left = Math.max(Math.min(0, around.right - box.right), around.left - box.left);
    this.list.style.left = `${left}px`;
  }

  pick(code) {
    this.toggle(false);
    this.choose(code);
    this.closed();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Tab") {
      if (this.opened) event.stopPropagation();
      return;
    }
    if (event.key === "Enter" || event.key === " ") {
      event.stopPropagation(); // the button that has the focus is pressed
      return;
    }
    if (event.key === "Escape" && this.opened) {
      this.toggle(false);
      this.closed();
    } else if (this.opened) {
      const items = [...this.items.values()];
      const at = items.indexOf(event.target);
      const next = placeAfter(event.key, at, items.map((item) => item.textContent));
      if (next !== null) items[next].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
