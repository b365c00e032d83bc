// @ts-nocheck
// The line below the paper: what is on screen in words, what the colours mean, and the tools that change beats.

import { LETTERS } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { chip, press, write } from "./panel.ts";
import { viewText } from "./sheet_text.ts";

const SPOKEN_MS = 400;
const HINTS = {
  calipers: "drag a box; its corners move by arrow keys, with Alt by one sample; Enter marches it out",
  select: "drag over beats, or step through them by ↑ ↓; H names the rhythm",
  add: "click on a trace, or ← → and Enter",
  move: "drag the letter, or ← → and Enter",
};
const NAMES = { calipers: "Calipers", select: "Select", add: "Add a beat", move: "Move a beat" };

export class SheetFoot {
  /** `onMode(name)` switches a mode, `onLetter(letter)` the class of beats to be added, `onRhythm()` names a span. */
  constructor(store, { onMode, onLetter, onRhythm }) {
    this.store = store;
    this.root = element("div", "sh-foot");
    this.text = element("span", "sh-text");
    this.text.setAttribute("aria-hidden", "true");
    this.spoken = element("span", "unseen");
    this.spoken.setAttribute("aria-live", "polite");
    this.hint = element("span", "sh-hint");
    this.letters = element("span", "sh-letters-to-add");
    this.letters.setAttribute("role", "radiogroup");
    this.letters.setAttribute("aria-label", "Class of the beat to add");
    for (const letter of LETTERS) {
      const one = chip(letter, `Add it as ${letter}`, () => onLetter(letter));
      one.classList.add(`c-${letter}`);
      one.setAttribute("role", "radio");
      one.removeAttribute("aria-pressed");
      this.letters.append(one);
    }
    this.legend = element("span", "sh-legend");
    this.tools = element("span", "sh-tools");
    this.tools.setAttribute("role", "group");
    this.tools.setAttribute("aria-label", "Work on beats");
    this.modes = {
      select: chip("select", "Select beats: drag over them (or hold Alt and drag)", () => onMode("select")),
      add: chip("add", "Add a beat (A)", () => onMode("add")),
      move: chip("move", "Move the chosen beat (M)", () => onMode("move")),
    };
    this.rhythm = button("chip", "rhythm", "Name the rhythm of the selected span or event (H)", () => onRhythm());
    this.tools.append(...Object.values(this.modes), this.rhythm);
    this.root.append(this.text, this.spoken, this.hint, this.letters, this.legend, this.tools);
  }

  drawMode(mode, letter) {
    for (const [name, node] of Object.entries(this.modes)) press(node, name === mode);
    for (const node of this.letters.children) node.setAttribute("aria-checked", String(node.textContent === letter));
    this.letters.hidden = mode !== "add";
    this.text.hidden = mode !== null;
    this.hint.hidden = mode === null;
    this.hint.replaceChildren(...(mode ? [element("b", "", NAMES[mode]), `: ${HINTS[mode]} · Esc leaves`] : []));
  }

  drawTools() {
    const { stage, facts } = this.store.review;
    this.modes.select.disabled = !facts || stage === "beats";
    this.modes.add.disabled = this.modes.move.disabled = this.rhythm.disabled = stage !== "classified";
    if (!facts) write(this.text, "The recording is being opened …");
  }

  /** What the marks on the paper mean, as far as they are on. */
  drawLegend({ reference, spikes, saliency }) {
    const look = `${reference} ${spikes} ${saliency?.state} ${saliency?.problem}`;
    if (look === this.look) return;
    this.look = look;
    const parts = [];
    if (reference) parts.push(element("span", "sh-underlined", "reference differs"));
    if (spikes) parts.push(element("span", "sh-spikes", spikes));
    if (saliency?.state === "loading") parts.push(element("span", "quiet", "saliency is being computed …"));
    else if (saliency?.state === "failed") parts.push(element("span", "problem", saliency.problem));
    else if (saliency) parts.push(element("span", "", "saliency: low"), element("i", "sh-ramp"), element("span", "", "high"));
    this.legend.replaceChildren(...parts);
  }

  /** Write what is on screen. */
  drawText() {
    write(this.text, viewText(this.store));
  }

  /** Say what is on screen to who listens, once the view rests. */
  speak() {
    if (!this.store.review.facts) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => write(this.spoken, viewText(this.store)), SPOKEN_MS);
  }

  destroy() {
    clearTimeout(this.timer);
  }
}
