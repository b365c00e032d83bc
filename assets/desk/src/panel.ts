// @ts-nocheck
// What the panels share: subscriptions that end with the panel, and their small pieces.

import { button, element } from "./dom.ts";
import { CLASS_NAMES } from "./wording.ts";

export class Panel {
  constructor(store, place, className) {
    this.store = store;
    this.root = element("div", `panel ${className}`);
    this.offs = [];
    place.append(this.root);
  }

  /** Call `fn` whenever one of the topics fires, at most once a frame, as long as the panel is there. */
  follow(topics, fn) {
    let frame = 0;
    const later = () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        fn();
      });
    };
    for (const topic of topics) this.offs.push(this.store.on(topic, later));
    this.offs.push(() => cancelAnimationFrame(frame));
  }

  destroy() {
    for (const off of this.offs) off();
    this.root.remove();
  }
}

/** Heading of a card with a quiet remark beside it. */
export function heading(text) {
  const head = element("h2", "panel-head", text);
  const beside = element("span", "beside");
  head.append(" ", beside);
  return { head, beside };
}

/** Set a text only where it is another one, so that nothing is announced or laid out again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The box with a class letter or an event's sign. */
export function letterBox(letter, extra = "") {
  const box = element("span", `letter c-${letter ?? "none"} ${extra}`, letter ?? "·");
  box.setAttribute("aria-hidden", "true");
  return box;
}

/** The class of an event's sign: letters have theirs, signs of rhythm none. */
export function signBox(sign) {
  const box = letterBox(null);
  box.textContent = sign || "·";
  if ("NSVFQ".includes(sign)) box.classList.replace("c-none", `c-${sign}`);
  return box;
}

/** Five buttons that relabel. */
export function classButtons(onLetter, what) {
  const group = element("span", "class-buttons");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `Relabel ${what}`);
  for (const [letter, name] of Object.entries(CLASS_NAMES)) {
    const each = button(`letter-button c-${letter}`, letter, `${letter}: ${name}`, () => onLetter(letter));
    each.setAttribute("aria-label", `Relabel ${what} ${letter}, ${name}`);
    group.append(each);
  }
  return group;
}

/** A button that is pressed or not. */
export function chip(text, title, onPress) {
  const node = button("chip", text, title, onPress);
  node.setAttribute("aria-pressed", "false");
  return node;
}

export function press(node, on) {
  node.setAttribute("aria-pressed", String(on));
}

/** A bar of how far a job is. */
export class Progress {
  constructor(label) {
    this.root = element("div", "progress");
    this.root.setAttribute("role", "progressbar");
    this.root.setAttribute("aria-label", label);
    this.root.setAttribute("aria-valuemin", "0");
    this.root.setAttribute("aria-valuemax", "100");
    this.bar = element("i");
    this.root.append(this.bar);
  }

  show(share) {
    const percent = Math.round(100 * share);
    this.root.setAttribute("aria-valuenow", String(percent));
    this.bar.style.width = `${percent}%`;
  }
}
