// The menu that names the rhythm of a span: grouped, the dangerous ones first, walked through by arrows and letters.

import { button, element } from "./dom.ts";
import { RHYTHM_GROUPS } from "./rhythm_names.ts";

/** The place that a key moves to among the names of a menu; null for keys that mean nothing there. */
export function placeAfter(key: string, at: number, names: readonly string[]): number | null {
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

interface RhythmMenuHandlers {
  /** Name the span. */
  choose: (code: string) => void;
  /** What naming the span would overrule; empty for nothing. */
  warning: () => string;
  /** Called when the menu was closed. */
  closed: () => void;
}

export class RhythmMenu {
  readonly root = element("span", "sh-rhythm-menu");
  readonly open: HTMLButtonElement;
  private readonly handlers: RhythmMenuHandlers;
  private readonly list = element("div", "sh-rhythm-items");
  private readonly caution = element("p", "sh-rhythm-caution");
  /** By code of the rhythm. */
  private readonly items = new Map<string, HTMLButtonElement>();

  constructor(handlers: RhythmMenuHandlers) {
    this.handlers = handlers;
    this.open = button("sh-rhythm-open", "", "Name the rhythm of this span (H)", () => this.toggle());
    this.open.setAttribute("aria-haspopup", "menu");
    this.open.append(element("span", "", "rhythm"), element("span", "sh-down"));
    this.list.setAttribute("role", "menu");
    this.list.tabIndex = -1;
    this.list.setAttribute("aria-label", "Rhythm of the span");
    this.list.append(this.caution, ...RHYTHM_GROUPS.map((group) => this.group(group)));
    this.root.append(this.open, this.list);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget as Node | null)) this.toggle(false);
    });
    this.toggle(false);
  }

  private group([heading, rhythms]: (typeof RHYTHM_GROUPS)[number]): HTMLElement {
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
  show(code: string | null): void {
    for (const [each, item] of this.items) item.setAttribute("aria-checked", String(each === code));
  }

  private get opened(): boolean {
    return !this.list.hidden;
  }

  toggle(on = !this.opened): void {
    this.list.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (!on) return;
    const text = this.handlers.warning();
    this.caution.textContent = text;
    this.caution.hidden = !text;
    this.place();
    const checked = [...this.items.values()].find((item) => item.getAttribute("aria-checked") === "true");
    (checked ?? this.list).focus({ preventScroll: true }); // Enter names nothing that nobody chose
    this.list.scrollIntoView({ block: "nearest" });
  }

  /** Keep the list between the edges of the strip. */
  private place(): void {
    this.list.style.left = "0px";
    const box = this.list.getBoundingClientRect();
    const around = this.root.closest(".sh-paper")?.getBoundingClientRect();
    if (!around) return;
    const left = Math.max(Math.min(0, around.right - box.right), around.left - box.left);
    this.list.style.left = `${left}px`;
  }

  private pick(code: string): void {
    this.toggle(false);
    this.handlers.choose(code);
    this.handlers.closed();
  }

  private key(event: KeyboardEvent): void {
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
      this.handlers.closed();
    } else if (this.opened) {
      const items = [...this.items.values()];
      const at = items.findIndex((item) => item === event.target);
      const next = placeAfter(event.key, at, items.map((item) => item.textContent ?? ""));
      if (next !== null) items[next].focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
