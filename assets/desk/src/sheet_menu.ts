// Compact controls of the strip: a button that opens a menu of choices, and buttons that are pressed or not.

import { activeElementOf, button, element } from "./dom.ts";
import { write } from "./panel.ts";

/** The place that a key moves to among `n` items, null for other keys. */
export function itemAfter(key: string, at: number, n: number): number | null {
  if (key === "ArrowDown") return (at + 1) % n;
  if (key === "ArrowUp") return (at - 1 + n) % n;
  if (key === "Home") return 0;
  return key === "End" ? n - 1 : null;
}

export interface MenuChoice {
  text: string;
  choose: () => void;
  on?: boolean;
  /** One of several is on. */
  one?: boolean;
  /** Why it cannot be chosen. */
  why?: string;
  /** It closes the menu and is neither on nor off. */
  ends?: boolean;
  /** It shares a line with others. */
  beside?: boolean;
}

export type MenuItem = MenuChoice | { heading: string };

export class Menu {
  readonly root = element("span", "sh-menu");
  readonly open: HTMLButtonElement;
  private readonly name: HTMLElement;
  private readonly list: HTMLElement;
  private readonly items: () => MenuItem[];
  private filling = false;

  /** `items()` gives the menu when it opens. */
  constructor(name: string, title: string, items: () => MenuItem[]) {
    this.items = items;
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
      if (!this.filling && !this.root.contains(event.relatedTarget as Node | null)) this.toggle(false);
    });
    this.toggle(false);
  }

  show(text: string, strong = false): void {
    write(this.name, text);
    this.open.classList.toggle("strong", strong);
    if (!this.list.hidden) this.fill();
  }

  private toggle(on = this.list.hidden): void {
    this.list.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (!on) return;
    this.fill();
    (this.choices().find((item) => item.getAttribute("aria-checked") === "true") ?? this.choices()[0])?.focus();
    // Stays on the sheet.
    this.list.classList.remove("right");
    const edge = this.root.closest(".sh-head")?.getBoundingClientRect().right ?? Infinity;
    this.list.classList.toggle("right", this.list.getBoundingClientRect().right > edge);
  }

  private choices(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[role^=menuitem]")];
  }

  /** Write the items; the one that has the focus keeps it. */
  private fill(): void {
    const focused = activeElementOf(this.root);
    const at = this.choices().findIndex((choice) => choice === focused);
    this.filling = true;
    this.list.replaceChildren();
    this.filling = false;
    let line: HTMLElement | null = null;
    for (const item of this.items()) {
      if ("heading" in item || !item.beside) line = null;
      else if (!line) this.list.append((line = element("div", "sh-line")));
      (line ?? this.list).append("heading" in item ? element("div", "sh-heading", item.heading) : this.make(item));
    }
    if (at >= 0) this.choices()[at]?.focus();
  }

  private make({ text, choose, on = false, one = false, why = "", ends = false, beside = false }: MenuChoice): HTMLElement {
    const item = button("sh-item", "", why, () => {
      if (why) return;
      if (one || ends) this.close();
      choose();
    });
    item.setAttribute("role", ends ? "menuitem" : one ? "menuitemradio" : "menuitemcheckbox");
    if (!ends) item.setAttribute("aria-checked", String(on));
    item.setAttribute("aria-disabled", String(Boolean(why)));
    item.tabIndex = -1;
    item.append(element("span", "", text));
    if (why && !beside) item.append(element("span", "why", why));
    return item;
  }

  private close(): void {
    this.toggle(false);
    this.open.focus({ preventScroll: true });
  }

  private key(event: KeyboardEvent): void {
    const opened = !this.list.hidden;
    if (event.key === "Escape" && opened) this.close();
    else if (event.key === "Tab" && opened) {
      this.close(); // and on to what follows the menu
      event.stopPropagation();
      return;
    } else if (event.key === "ArrowDown" && !opened) this.toggle(true);
    else {
      const items = this.choices();
      const at = items.findIndex((item) => item === event.target);
      const next = opened ? itemAfter(event.key, at, items.length) : null;
      if (next === null) return;
      items[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
