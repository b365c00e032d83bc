// @ts-nocheck
// Compact controls of the strip: a button that opens a menu of choices, and buttons that are pressed or not.

import { button, element } from "./dom.ts";
import { write } from "./panel.ts";

/** The place that a key moves to among `n` items, null for other keys. */
export function itemAfter(key, at, n) {
  if (key === "ArrowDown") return (at + 1) % n;
  if (key === "ArrowUp") return (at - 1 + n) % n;
  if (key === "Home") return 0;
  return key === "End" ? n - 1 : null;
}

export class Menu {
  /**
   * `items()` gives the menu when it opens: a list of `{text, on, one, why, choose}` and of `{heading}`. `one` says
   * that one of several is on, `why` a reason for which it cannot be chosen, `beside` that it shares a line with others.
   */
  constructor(name, title, items) {
    Object.assign(this, { items });
    this.root = element("span", "sh-menu");
    this.open = button("sh-open", "", title, () => this.toggle());
    this.open.setAttribute("aria-haspopup", "menu");
    this.name = element("span");
    this.open.append(this.name, element("span", "sh-down"));
    this.list = element("div", "sh-items");
    this.list.setAttribute("role", "menu");
    this.list.setAttribute("aria-label", name);
    this.root.append(this.open, this.list);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.filling && !this.root.contains(event.relatedTarget)) this.toggle(false);
    });
    this.toggle(false);
  }

  show(text, strong = false) {
    write(this.name, text);
    this.open.classList.toggle("strong", strong);
    if (!this.list.hidden) this.fill();
  }

  toggle(on = this.list.hidden) {
    this.list.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (!on) return;
    this.fill();
    (this.choices().find((item) => item.getAttribute("aria-checked") === "true") ?? this.choices()[0])?.focus();
    // Stays on the sheet.
    this.list.classList.remove("right");
    const [box, around] = [this.list, this.root.closest(".sh-head")].map((node) => node.getBoundingClientRect());
    this.list.classList.toggle("right", box.right > around.right);
  }

  choices() {
    return [...this.list.querySelectorAll("[role^=menuitem]")];
  }

  /** Write the items; the one that has the focus keeps it. */
  fill() {
    const at = this.choices().indexOf(this.root.getRootNode().activeElement);
    this.filling = true;
    this.list.replaceChildren();
    this.filling = false;
    let line = null;
    for (const item of this.items()) {
      if (!item.beside) line = null;
      else if (!line) this.list.append((line = element("div", "sh-line")));
      (line ?? this.list).append(this.make(item));
    }
    if (at >= 0) this.choices()[at]?.focus();
  }

  make({ heading, text, on, one, why = "", choose, ends = false, beside = false }) {
    if (heading) return element("div", "sh-heading", heading);
    const item = button("sh-item", "", why, () => {
      if (why) return;
      if (one || ends) this.close();
      choose();
    });
    item.setAttribute("role", ends ? "menuitem" : one ? "menuitemradio" : "menuitemcheckbox");
    if (!ends) item.setAttribute("aria-checked", String(Boolean(on)));
    item.setAttribute("aria-disabled", String(Boolean(why)));
    item.tabIndex = -1;
    item.append(element("span", "", text));
    if (why && !beside) item.append(element("span", "why", why));
    return item;
  }

  close() {
    this.toggle(false);
    this.open.focus({ preventScroll: true });
  }

  key(event) {
    const opened = !this.list.hidden;
    if (event.key === "Escape" && opened) this.close();
    else if (event.key === "Tab" && opened) {
      this.close(); // and on to what follows the menu
      event.stopPropagation();
      return;
    } else if (event.key === "ArrowDown" && !opened) this.toggle(true);
    else {
      const items = this.choices();
      const next = opened ? itemAfter(event.key, items.indexOf(event.target), items.length) : null;
      if (next === null) return;
      items[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
