// The chosen beat: what it is, why, how it comes, and what can be done with it. Nothing moves when another is chosen.

import { BeatCriteria } from "./beat_criteria.ts";
import { LETTERS, RELABELLED, type BeatTable } from "./beat_table.ts";
import { BoundaryControl } from "./boundary_control.ts";
import { button, element } from "./dom.ts";
import { EditedBy } from "./edited_by.ts";
import { Panel, chip, classButtons, heading, letterBox, press, write } from "./panel.ts";
import type { Label } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { ABSENT, CLASS_NAMES, counted, editedText, familyNumber, intervalText, number, qualityText } from "./wording.ts";

/** What the panel says of a beat. */
interface BeatFacts {
  letter: Label | null;
  /** Of the class. */
  name: string;
  time: string;
  probabilities: number[] | null;
  /** Intervals. */
  before: string;
  after: string;
  family: number | null;
  quality: string;
  uncertain: boolean;
  edited: string;
  by: string;
}

const LINES = [
  ["before", "RR before"],
  ["after", "RR after"],
  ["edited", "edits"],
  ["by", "last by"],
] as const;
type LineName = (typeof LINES)[number][0];

/** What the panel says of a beat; null for one that is not there. `by(id)` says who edited it, as far as known. */
export function factsOfBeat(beats: BeatTable, at: number, clockS: number | null = null, by: (id: number) => string = () => ""): BeatFacts | null {
  if (at < 0 || at >= beats.n) return null;
  const probabilities = beats.probabilities(at);
  const letter = beats.letter(at);
  const edited = beats.edited[at];
  const model = probabilities ? modelText(probabilities) : "";
  return {
    letter,
    name: letter ? CLASS_NAMES[letter] : "not classified",
    time: formatTime(beats.timeS(at), clockS, 2),
    probabilities,
    before: intervalText(beats.rrMs(at)),
    after: intervalText(beats.rrMs(at + 1)),
    family: beats.family[at] < 0 ? null : beats.family[at],
    quality: qualityText(beats.quality[at]),
    uncertain: beats.uncertain(at),
    edited: [editedText(edited) || "none", edited & RELABELLED ? model : ""].filter(Boolean).join("; "),
    by: (edited && by(beats.id[at])) || ABSENT,
  };
}

/** The most probable class. */
function modelText(probabilities: number[]): string {
  const best = Math.max(...probabilities);
  return `the model said ${LETTERS[probabilities.indexOf(best)]}, ${number(best, 2)}`;
}

const HINTS = [
  "Choose a beat: click its mark on the strip, or walk with Shift ← and Shift →.",
  "Choose a beat: click its letter on the strip, or walk with Shift ← and Shift →; on the strip, Tab goes to the next uncertain one.",
];

export class Inspector extends Panel {
  private readonly beside: HTMLElement;
  private readonly hint = element("p", "empty");
  private readonly body = element("div", "beat-body");
  private readonly editedBy: EditedBy;
  private readonly box = letterBox(null, "large");
  private readonly name = element("span", "beat-name");
  private readonly time = element("strong", "beat-time");
  private readonly barsBox = element("div", "probabilities");
  /** A bar and a figure for each class. */
  private readonly bars = LETTERS.map((letter) => ({ letter, fill: element("i", `c-${letter}`), figure: element("span", "p-figure") }));
  private readonly lines: Record<LineName, HTMLElement> = {
    before: element("dd"),
    after: element("dd"),
    edited: element("dd"),
    by: element("dd"),
  };
  private readonly family = button("link", "", "Choose this family's beats", () => this.chooseFamily());
  private readonly quality = element("span");
  private readonly letters: HTMLElement;
  private readonly delete: HTMLButtonElement;
  private readonly add: HTMLButtonElement;
  private readonly move: HTMLButtonElement;
  private readonly explain: HTMLButtonElement;
  private readonly criteria: BeatCriteria;
  private readonly saliency: HTMLButtonElement;
  private readonly boundaries: BoundaryControl;
  private shown: BeatFacts | null = null;

  /** `onMode` sets what the next click on the strip does. */
  constructor(store: Store, place: ParentNode, { onMode }: { onMode: (mode: "add" | "move") => void }) {
    super(store, place, "inspector");
    const { head, beside } = heading("Beat");
    this.beside = beside;
    this.editedBy = new EditedBy(store, () => this.draw());
    this.letters = classButtons((letter) => void store.edits.relabel(letter), "this beat");
    this.delete = button("plain", "delete", "Delete the beat (Delete)", () => void store.edits.deleteChosen());
    this.add = button("plain", "add", "Add a beat: then click on the strip (A)", () => onMode("add"));
    this.move = button("plain", "move", "Move the beat: then click where it belongs (M)", () => onMode("move"));
    this.explain = button("primary", "Explain", "Why was it called so? (E)", () => store.explain());
    this.saliency = chip("saliency", "What the model looked at, over the trace (G)", () => store.setPref("saliency", !store.prefs.saliency));
    this.criteria = new BeatCriteria(store);
    this.offs.push(() => this.criteria.destroy());
    this.boundaries = new BoundaryControl(store);
    this.body.append(this.buildFirst(), this.buildBars(), this.buildFacts(), this.criteria.root, this.boundaries.root);
    this.root.append(head, this.hint, this.body, this.buildActions());
    this.follow(["chosen", "beats", "state", "prefs", "waves"], () => this.draw());
    this.draw();
  }

  private buildFirst(): HTMLElement {
    const first = element("div", "beat-first");
    first.append(this.box, this.name, this.time);
    return first;
  }

  private buildBars(): HTMLElement {
    this.barsBox.setAttribute("role", "img");
    for (const { letter, fill, figure } of this.bars) {
      const bar = element("span", "p-bar");
      bar.append(fill);
      this.barsBox.append(element("span", "p-letter", letter), bar, figure);
    }
    return this.barsBox;
  }

  private buildFacts(): HTMLElement {
    const list = element("dl", "beat-facts");
    const family = element("dd");
    family.append(this.family, element("span", "quiet", " · signal "), this.quality);
    for (const [name, title] of LINES) {
      if (name === "edited") list.append(element("dt", "", "family"), family);
      list.append(element("dt", "", title), this.lines[name]);
    }
    return list;
  }

  private buildActions(): HTMLElement {
    const actions = element("div", "beat-actions");
    const [first, second] = [element("div", "line"), element("div", "line")];
    first.append(this.letters, this.add, this.move, this.delete);
    second.append(this.explain, this.saliency);
    actions.append(first, second);
    return actions;
  }

  private chooseFamily(): void {
    const { beats } = this.store.review;
    const family = this.shown?.family ?? null;
    if (family === null) return;
    const ids: number[] = [];
    for (let i = 0; i < beats.n; i += 1) if (beats.family[i] === family) ids.push(beats.id[i]);
    this.store.navigation.select(ids);
  }

  private draw(): void {
    const { store } = this;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    this.shown = factsOfBeat(store.review.beats, at, store.review.facts?.clockS ?? null, (id) => this.editedBy.of(id));
    const classified = store.review.stage === "classified";
    write(this.beside, this.shown ? `${number(at + 1)} of ${number(store.review.beats.n)}` : "none chosen");
    write(this.hint, store.review.stage === "beats" ? "Beats are being found …" : HINTS[classified ? 1 : 0]);
    this.hint.hidden = Boolean(this.shown);
    this.body.hidden = !this.shown;
    for (const node of [...this.letters.querySelectorAll("button"), this.delete, this.move]) node.disabled = !this.shown || !classified;
    this.add.disabled = !classified;
    this.explain.disabled = !this.shown || !classified;
    this.saliency.disabled = !classified;
    press(this.saliency, store.prefs.saliency);
    this.boundaries.draw();
    if (this.shown) this.drawBeat(this.shown);
    void this.criteria.show(this.shown ? store.navigation.chosen : null);
  }

  private drawBeat(facts: BeatFacts): void {
    this.box.className = `letter large c-${facts.letter ?? "none"} ${facts.uncertain ? "uncertain" : ""}`;
    write(this.box, facts.letter ?? "·");
    write(this.name, facts.uncertain ? `uncertain; ${facts.name}` : facts.name);
    this.name.title = this.name.textContent;
    write(this.time, facts.time);
    const words: string[] = [];
    for (const [k, { letter, fill, figure }] of this.bars.entries()) {
      const p = facts.probabilities?.[k];
      fill.style.width = `${100 * (p ?? 0)}%`;
      write(figure, number(p, 2));
      words.push(`${letter} ${number(p, 2)}`);
    }
    this.barsBox.setAttribute("aria-label", facts.probabilities ? `Probabilities: ${words.join(", ")}` : "No probabilities");
    for (const [name] of LINES) {
      write(this.lines[name], facts[name]);
      this.lines[name].title = facts[name];
    }
    write(this.quality, facts.quality);
    write(this.family, this.familyText(facts.family));
    this.family.disabled = facts.family === null;
  }

  private familyText(index: number | null): string {
    const family = this.store.review.families.find((each) => each.index === index);
    return familyNumber(index) + (family ? ` · ${counted(family.n, "beat")}` : "");
  }
}
