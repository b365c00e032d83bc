// @ts-nocheck
// The chosen beat: what it is, why, how it comes, and what can be done with it. Nothing moves when another is chosen.

import { LETTERS, RELABELLED } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { EditedBy } from "./edited_by.ts";
import { Panel, chip, classButtons, heading, letterBox, press, write } from "./panel.ts";
import { formatTime } from "./times.ts";
import { ABSENT, CLASS_NAMES, counted, editedText, familyNumber, intervalText, number, qualityText } from "./wording.ts";

/** What the panel says of a beat; null for one that is not there. `by(id)` says who edited it, as far as known. */
export function factsOfBeat(beats, at, clockS = null, by = () => "") {
  if (at < 0 || at >= beats.n) return null;
  const probabilities = beats.probabilities(at);
  const letter = beats.letter(at);
  const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  const edited = beats.edited[at];
  const said = best < 0 ? "" : `the model said ${LETTERS[best]}, ${number(probabilities[best], 2)}`;
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
    edited: [editedText(edited) || "none", edited & RELABELLED ? said : ""].filter(Boolean).join("; "),
    by: (edited && by(beats.id[at])) || ABSENT,
  };
}

const HINTS = [
  "Choose a beat: click its mark on the strip, or walk with Shift ← and Shift →.",
  "Choose a beat: click its letter on the strip, or walk with Shift ← and Shift →; on the strip, Tab goes to the next uncertain one.",
];

export class Inspector extends Panel {
  /** `onMode("add" | "move")` sets what the next click on the strip does. */
  constructor(store, place, { onMode }) {
    super(store, place, "inspector");
    const { head, beside } = heading("Beat");
    this.beside = beside;
    this.hint = element("p", "empty");
    this.body = element("div", "beat-body");
    this.editedBy = new EditedBy(store, () => this.draw());
    this.body.append(this.buildFirst(), this.buildBars(), this.buildFacts());
    this.root.append(head, this.hint, this.body, this.buildActions(onMode));
    this.follow(["chosen", "beats", "state", "prefs"], () => this.draw());
    this.draw();
  }

  buildFirst() {
    const first = element("div", "beat-first");
    this.box = letterBox(null, "large");
    this.name = element("span", "beat-name");
    this.time = element("strong", "beat-time");
    first.append(this.box, this.name, this.time);
    return first;
  }

  buildBars() {
    const bars = element("div", "probabilities");
    bars.setAttribute("role", "img");
    this.bars = LETTERS.map((letter) => {
      const [bar, fill, figure] = [element("span", "p-bar"), element("i", `c-${letter}`), element("span", "p-figure")];
      bar.append(fill);
      bars.append(element("span", "p-letter", letter), bar, figure);
      return { fill, figure };
    });
    this.barsBox = bars;
    return bars;
  }

  buildFacts() {
    const list = element("dl", "beat-facts");
    const line = (name, title, ...content) => {
      const node = element("dd");
      node.append(...content);
      list.append(element("dt", "", title), node);
      return [name, node];
    };
    this.family = button("link", "", "Choose this family's beats", () => this.chooseFamily());
    this.quality = element("span");
    this.facts = [line("before", "RR before"), line("after", "RR after")];
    line("family", "family", this.family, element("span", "quiet", " · signal "), this.quality);
    this.facts.push(line("edited", "edits"), line("by", "last by"));
    return list;
  }

  buildActions(onMode) {
    const { store } = this;
    const actions = element("div", "beat-actions");
    const [first, second] = [element("div", "line"), element("div", "line")];
    this.letters = classButtons((letter) => store.edits.relabel(letter), "this beat");
    this.delete = button("plain", "delete", "Delete the beat (Delete)", () => store.edits.deleteChosen());
    this.add = button("plain", "add", "Add a beat: then click on the strip (A)", () => onMode("add"));
    this.move = button("plain", "move", "Move the beat: then click where it belongs (M)", () => onMode("move"));
    first.append(this.letters, this.add, this.move, this.delete);
    this.explain = button("primary", "Explain", "Why was it called so? (E)", () => store.explain());
    this.saliency = chip("saliency", "What the model looked at, over the trace (G)", () =>
      store.setPref("saliency", !store.prefs.saliency),
    );
    second.append(this.explain, this.saliency);
    actions.append(first, second);
    return actions;
  }

  chooseFamily() {
    const { beats } = this.store.review;
    const family = this.shown?.family;
    if (family === null || family === undefined) return;
    const ids = [];
    for (let i = 0; i < beats.n; i += 1) if (beats.family[i] === family) ids.push(beats.id[i]);
    this.store.navigation.select(ids);
  }

  draw() {
    const { store } = this;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    this.shown = factsOfBeat(store.review.beats, at, store.review.facts?.clockS ?? null, (id) => this.editedBy.of(id));
    const classified = store.review.stage === "classified";
    write(this.beside, this.shown ? `${number(at + 1)} of ${number(store.review.beats.n)}` : "none chosen");
    write(this.hint, store.review.stage === "beats" ? "Beats are being found …" : HINTS[classified ? 1 : 0]);
    this.hint.hidden = Boolean(this.shown);
    this.body.hidden = !this.shown;
    for (const node of [...this.letters.children, this.delete, this.move]) node.disabled = !this.shown || !classified;
    this.add.disabled = !classified;
    this.explain.disabled = !this.shown || !classified;
    this.saliency.disabled = !classified;
    press(this.saliency, store.prefs.saliency);
    if (this.shown) this.drawBeat(this.shown);
  }

  drawBeat(facts) {
    this.box.className = `letter large c-${facts.letter ?? "none"} ${facts.uncertain ? "uncertain" : ""}`;
    write(this.box, facts.letter ?? "·");
    write(this.name, facts.uncertain ? `uncertain; ${facts.name}` : facts.name);
    this.name.title = this.name.textContent;
    write(this.time, facts.time);
    const words = [];
    for (const [k, { fill, figure }] of this.bars.entries()) {
      const p = facts.probabilities?.[k];
      fill.style.width = `${100 * (p ?? 0)}%`;
      write(figure, number(p, 2));
      words.push(`${LETTERS[k]} ${number(p, 2)}`);
    }
    this.barsBox.setAttribute("aria-label", facts.probabilities ? `Probabilities: ${words.join(", ")}` : "No probabilities");
    for (const [name, node] of this.facts) {
      write(node, facts[name]);
      node.title = facts[name];
    }
    write(this.quality, facts.quality);
    write(this.family, this.familyText(facts.family));
    this.family.disabled = facts.family === null;
  }

  familyText(index) {
    const family = this.store.review.families.find((each) => each.index === index);
    return familyNumber(index) + (family ? ` · ${counted(family.n, "beat")}` : "");
  }
}
