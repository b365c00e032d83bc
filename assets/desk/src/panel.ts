// What the panels share: subscriptions that end with the panel, and their small pieces.

import { button, element } from "./dom.ts";
import type { Label } from "./payloads.ts";
import type { Store } from "./store.ts";
import type { Topic } from "./topics.ts";
import { CLASS_NAMES } from "./wording.ts";

export class Panel {
  readonly store: Store;
  readonly root: HTMLDivElement;
  /** What ends the panel's subscriptions. */
  readonly offs: (() => void)[] = [];

  constructor(store: Store, place: ParentNode, className: string) {
    this.store = store;
    this.root = element("div", `panel ${className}`);
    place.append(this.root);
  }

  /** Call `fn` whenever one of the topics fires, at most once a frame, as long as the panel is there. */
  follow(topics: Topic[], fn: () => void): void {
    let frame = 0;
    const later = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        fn();
      });
    };
    for (const topic of topics) this.offs.push(this.store.subscribe(topic, later));
    this.offs.push(() => cancelAnimationFrame(frame));
  }

  destroy(): void {
    for (const off of this.offs) off();
    this.root.remove();
  }
}

/** Heading of a card with a quiet remark beside it. */
export function heading(text: string): { head: HTMLHeadingElement; beside: HTMLSpanElement } {
  const head = element("h2", "panel-head", text);
  const beside = element("span", "beside");
  head.append(" ", beside);
  return { head, beside };
}

/** Set a text only where it is another one, so that nothing is announced or laid out again. */
export function write(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** The box with a class letter or an event's sign. */
export function letterBox(letter: Label | null, extra = ""): HTMLSpanElement {
  const box = element("span", `letter c-${letter ?? "none"} ${extra}`, letter ?? "·");
  box.setAttribute("aria-hidden", "true");
  return box;
}

/** The class of an event's sign: letters have theirs, signs of rhythm none. */
export function signBox(sign: string): HTMLSpanElement {
  const box = letterBox(null);
  box.textContent = sign || "·";
  if ("NSVFQ".includes(sign)) box.classList.replace("c-none", `c-${sign}`);
  return box;
}

/** Five buttons that relabel. */
export function classButtons(onLetter: (letter: Label) => void, what: string): HTMLSpanElement {
  const group = element("span", "class-buttons");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `Relabel ${what}`);
  for (const [letter, name] of Object.entries(CLASS_NAMES) as [Label, string][]) {
    const each = button(`letter-button c-${letter}`, letter, `${letter}: ${name}`, () => onLetter(letter));
    each.setAttribute("aria-label", `Relabel ${what} ${letter}, ${name}`);
    group.append(each);
  }
  return group;
}

/** A button that is pressed or not. */
export function chip(text: string, title: string, onPress: () => void): HTMLButtonElement {
  const node = button("chip", text, title, onPress);
  node.setAttribute("aria-pressed", "false");
  return node;
}

export function press(node: Element, on: boolean): void {
  node.setAttribute("aria-pressed", String(on));
}

/** A bar of how far a job is. */
export class Progress {
  readonly root: HTMLDivElement;
  private readonly bar: HTMLElement;

  constructor(label: string) {
    this.root = element("div", "progress");
    this.root.setAttribute("role", "progressbar");
    this.root.setAttribute("aria-label", label);
    this.root.setAttribute("aria-valuemin", "0");
    this.root.setAttribute("aria-valuemax", "100");
    this.bar = element("i");
    this.root.append(this.bar);
  }

  show(share: number): void {
    const percent = Math.round(100 * share);
    this.root.setAttribute("aria-valuenow", String(percent));
    this.bar.style.width = `${percent}%`;
  }
}
