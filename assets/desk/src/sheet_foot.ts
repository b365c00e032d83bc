// The line below the paper: what is on screen in words, what the colours mean, and the tools that change beats.

import { LETTERS } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { chip, press, write } from "./panel.ts";
import type { Label } from "./payloads.ts";
import type { Saliency } from "./sheet_overlays.ts";
import { viewText } from "./sheet_text.ts";
import type { Mode } from "./sheet_tools.ts";
import type { Store } from "./store.ts";

const ANNOUNCED_AFTER_MS = 400;
const HINTS: Record<Mode, string> = {
  calipers: "drag a box; its corners move by arrow keys, with Alt by one sample; Enter marches it out",
  select: "drag over beats, or step through them by ↑ ↓; H names the rhythm",
  add: "click on a trace, or ← → and Enter",
  move: "drag the letter, or ← → and Enter",
};
const NAMES: Record<Mode, string> = { calipers: "Calipers", select: "Select", add: "Add a beat", move: "Move a beat" };

interface FootHandlers {
  /** Switch a mode. */
  onMode: (mode: Mode) => void;
  /** Choose the class of beats to be added. */
  onLetter: (letter: Label) => void;
  /** Name the rhythm of a span. */
  onRhythm: () => void;
}

/** What is drawn on the paper besides signal and beats. */
interface LegendParts {
  reference: boolean;
  /** What the ticks of pacing spikes mean; empty where there are none. */
  spikes: string;
  saliency: Pick<Saliency, "state" | "problem"> | null;
}

export class SheetFoot {
  readonly root = element("div", "sh-foot");
  private readonly store: Store;
  private readonly text = element("span", "sh-text");
  private readonly announced = element("span", "unseen");
  private readonly hint = element("span", "sh-hint");
  private readonly letters = element("span", "sh-letters-to-add");
  private readonly legend = element("span", "sh-legend");
  private readonly modes: Record<Exclude<Mode, "calipers">, HTMLButtonElement>;
  private readonly rhythm: HTMLButtonElement;
  private legendKey = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, { onMode, onLetter, onRhythm }: FootHandlers) {
    this.store = store;
    this.text.setAttribute("aria-hidden", "true");
    this.announced.setAttribute("aria-live", "polite");
    this.letters.setAttribute("role", "radiogroup");
    this.letters.setAttribute("aria-label", "Class of the beat to add");
    for (const letter of LETTERS) {
      const one = chip(letter, `Add it as ${letter}`, () => onLetter(letter));
      one.classList.add(`c-${letter}`);
      one.setAttribute("role", "radio");
      one.removeAttribute("aria-pressed");
      this.letters.append(one);
    }
    const tools = element("span", "sh-tools");
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", "Work on beats");
    this.modes = {
      select: chip("select", "Select beats: drag over them (or hold Alt and drag)", () => onMode("select")),
      add: chip("add", "Add a beat (A)", () => onMode("add")),
      move: chip("move", "Move the chosen beat (M)", () => onMode("move")),
    };
    this.rhythm = button("chip", "rhythm", "Name the rhythm of the selected span or event (H)", () => onRhythm());
    tools.append(...Object.values(this.modes), this.rhythm);
    this.root.append(this.text, this.announced, this.hint, this.letters, this.legend, tools);
  }

  drawMode(mode: Mode | null, letter: Label): void {
    for (const [name, node] of Object.entries(this.modes)) press(node, name === mode);
    for (const node of this.letters.children) node.setAttribute("aria-checked", String(node.textContent === letter));
    this.letters.hidden = mode !== "add";
    this.text.hidden = mode !== null;
    this.hint.hidden = mode === null;
    this.hint.replaceChildren(...(mode ? [element("b", "", NAMES[mode]), `: ${HINTS[mode]} · Esc leaves`] : []));
  }

  drawTools(): void {
    const { stage, facts } = this.store.review;
    this.modes.select.disabled = !facts || stage === "beats";
    this.modes.add.disabled = this.modes.move.disabled = this.rhythm.disabled = stage !== "classified";
    if (!facts) write(this.text, "The recording is being opened …");
  }

  /** What the marks on the paper mean, as far as they are on. */
  drawLegend({ reference, spikes, saliency }: LegendParts): void {
    const key = JSON.stringify([reference, spikes, saliency?.state, saliency?.problem]);
    if (key === this.legendKey) return;
    this.legendKey = key;
    const parts: HTMLElement[] = [];
    if (reference) parts.push(element("span", "sh-underlined", "reference differs"));
    if (spikes) parts.push(element("span", "sh-spikes", spikes));
    if (saliency?.state === "loading") parts.push(element("span", "quiet", "saliency is being computed …"));
    else if (saliency?.state === "failed") parts.push(element("span", "problem", saliency.problem));
    else if (saliency) parts.push(element("span", "", "saliency: low"), element("i", "sh-ramp"), element("span", "", "high"));
    this.legend.replaceChildren(...parts);
  }

  /** Write what is on screen. */
  drawText(): void {
    write(this.text, viewText(this.store));
  }

  /** Announce what is on screen to screen readers, once the view rests. */
  scheduleAnnouncement(): void {
    if (!this.store.review.facts) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => write(this.announced, viewText(this.store)), ANNOUNCED_AFTER_MS);
  }

  destroy(): void {
    clearTimeout(this.timer);
  }
}
