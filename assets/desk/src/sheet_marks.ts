// Above the traces: the beats' letters, the reference's symbols, and the tooltip of the beat under the pointer.

import { LETTERS } from "./beat_table.ts";
import { closestTo, element } from "./dom.ts";
import { placeLetters, placeTime, SIZES, type Row } from "./geometry.ts";
import type { Reference } from "./sheet_overlays.ts";
import type { Scene } from "./sheet_scene.ts";
import { beatLabel } from "./sheet_text.ts";
import { formatTime } from "./times.ts";
import { CLASS_NAMES, editedText, intervalText } from "./wording.ts";

const FULL = 17;
const LEVEL_PX = 6.5;
const REFERENCE_FULL = 16;
const REFERENCE_SMALL = 10;
const REFERENCE_LEVEL_PX = 5;

/** The letter of a beat, and what it was drawn for. */
interface BeatLetter {
  node: HTMLButtonElement;
  drawnFor: string;
}

export class SheetMarks {
  readonly layer = element("div", "sh-letters");
  readonly tip = element("div", "sh-tip");
  /** By id of the beat. */
  private readonly letters = new Map<number, BeatLetter>();
  /** By place among the reference's annotations. */
  private readonly symbols = new Map<number, HTMLElement>();
  private scene: Scene | null = null;

  /** `onBeat` is called for a click on the letter of a beat, with its place in the table. */
  constructor({ onBeat }: { onBeat: (index: number, event: MouseEvent) => void }) {
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.layer.addEventListener("click", (event) => {
      const i = this.indexOf(closestTo(event, ".sh-beat"));
      if (i >= 0) onBeat(i, event);
    });
    this.layer.addEventListener("pointerover", (event) => {
      const letter = closestTo(event, ".sh-beat");
      const i = this.indexOf(letter);
      if (letter && this.scene && i >= 0 && !event.buttons) this.showTip(i, letter, this.scene);
    });
    this.layer.addEventListener("pointerout", () => this.hideTip());
  }

  /** Place of the beat that a letter stands for, -1 for none. */
  private indexOf(letter: HTMLElement | null): number {
    return letter && this.scene ? this.scene.beats.indexOfId(Number(letter.dataset.id)) : -1;
  }

  /** Put every mark of the scene in its place; nodes stay with their beat. */
  place(scene: Scene): void {
    this.scene = scene;
    const [beatsSeen, symbolsSeen] = [new Set<number>(), new Set<number>()];
    for (const row of scene.plan.rows) {
      this.placeBeats(row, scene, beatsSeen);
      if (scene.reference) this.placeReference(row, scene, scene.reference, symbolsSeen);
    }
    for (const [id, { node }] of this.letters) {
      if (beatsSeen.has(id)) continue;
      node.remove();
      this.letters.delete(id);
    }
    for (const [i, node] of this.symbols) {
      if (symbolsSeen.has(i)) continue;
      node.remove();
      this.symbols.delete(i);
    }
  }

  private placeBeats(row: Row, scene: Scene, seen: Set<number>): void {
    const { plan, beats, near, view, drag } = scene;
    const places: { i: number; x: number }[] = [];
    for (let i = near[0]; i < near[1]; i += 1) {
      const timeS = drag?.index === i ? drag.timeS : beats.timeS(i);
      const at = placeTime(timeS, view.startS, plan);
      if (at?.row === row) places.push({ i, x: at.x });
    }
    places.sort((a, b) => a.x - b.x);
    const spots = placeLetters(places.map(({ x }) => x), FULL);
    places.forEach(({ i, x }, k) => {
      const id = beats.id[i];
      seen.add(id);
      const letter = this.letters.get(id) ?? this.addLetter(id);
      this.drawLetter(letter, i, spots[k].size, scene);
      const y = row.y + plan.lettersTop + SIZES.letters / 2 + spots[k].level * LEVEL_PX;
      letter.node.style.transform = `translate(${x.toFixed(2)}px, ${y}px) translate(-50%, -50%)`;
    });
  }

  private addLetter(id: number): BeatLetter {
    const node = element("button");
    node.type = "button";
    node.tabIndex = -1; // beats are walked through by keys
    this.layer.append(node);
    const added = { node, drawnFor: "" };
    this.letters.set(id, added);
    return added;
  }

  private drawLetter(drawn: BeatLetter, i: number, size: number, scene: Scene): void {
    const { beats, chosenAt, selected, facts } = scene;
    const { node } = drawn;
    const letter = beats.letter(i);
    const names = ["sh-beat", letter ? `c-${letter}` : "c-none"];
    if (beats.uncertain(i)) names.push("uncertain");
    if (beats.edited[i]) names.push("edited");
    if (i === chosenAt) names.push("chosen");
    if (selected(i)) names.push("selected");
    if (size < FULL) names.push("small");
    const drawnFor = `${names.join(" ")} ${beats.sample[i]}`;
    if (drawn.drawnFor === drawnFor) return;
    drawn.drawnFor = drawnFor;
    node.className = names.join(" ");
    node.textContent = letter ?? "•";
    node.dataset.id = String(beats.id[i]);
    node.dataset.sample = String(beats.sample[i]);
    node.setAttribute("aria-label", beatLabel(beats, i, facts.clockS));
    node.setAttribute("aria-pressed", String(i === chosenAt));
  }

  private placeReference(row: Row, scene: Scene, reference: Reference, seen: Set<number>): void {
    const { plan, view, facts } = scene;
    const fromS = view.startS + row.offsetS;
    const [first, stop] = reference.between(fromS * facts.fs, (fromS + row.lengthS) * facts.fs);
    const xOf = (i: number) => plan.gutter + (reference.sample[i] / facts.fs - fromS) * plan.pxPerS;
    const beats: number[] = [];
    for (let i = first; i < stop; i += 1) if (reference.isBeat(i)) beats.push(i);
    const spots = new Map(placeLetters(beats.map(xOf), REFERENCE_FULL, REFERENCE_SMALL).map((spot, k) => [beats[k], spot] as const));
    for (let i = first; i < stop; i += 1) {
      if (reference.rhythmAt(i) !== null) continue; // has a row of its own
      seen.add(i);
      let node = this.symbols.get(i);
      if (!node) {
        node = element("span");
        this.symbols.set(i, node);
        this.layer.append(node);
      }
      const spot = spots.get(i) ?? { size: REFERENCE_FULL, level: 0 };
      const small = spot.size < REFERENCE_FULL ? " small" : "";
      const className = `sh-ref${reference.isBeat(i) ? small : " note"}${reference.differs(i) ? " differs" : ""}`;
      if (node.className !== className) {
        node.className = className;
        node.textContent = reference.text(i);
        node.title = `reference: ${reference.text(i)}${reference.differs(i) ? " (differs)" : ""}`;
      }
      const x = xOf(i);
      const y = row.y + plan.referenceTop + SIZES.reference / 2 - 1 + spot.level * REFERENCE_LEVEL_PX;
      const own = reference.isBeat(i) ? "-50%" : "calc(-100% - 9px)";
      node.style.transform = `translate(${x.toFixed(2)}px, ${y}px) translate(${own}, -50%)`;
    }
  }

  private showTip(i: number, node: Element, { beats, facts, plan }: Scene): void {
    const letter = beats.letter(i);
    const lines = [
      element("b", "", letter ? `${letter} · ${CLASS_NAMES[letter]}` : "beat, not classified yet"),
      element("div", "quiet", formatTime(beats.timeS(i), facts.clockS, 2)),
    ];
    if (i > 0) lines.push(element("div", "quiet", `RR ${intervalText(beats.rrMs(i))}`));
    const probabilities = beats.probabilities(i);
    if (probabilities) lines.push(probabilityBars(probabilities));
    if (beats.uncertain(i)) lines.push(element("div", "quiet", "uncertain: no class is above 0.70"));
    if (beats.edited[i]) lines.push(element("div", "quiet", editedText(beats.edited[i])));
    this.tip.replaceChildren(...lines);
    this.tip.hidden = false;
    const box = node.getBoundingClientRect();
    const origin = this.layer.getBoundingClientRect();
    const half = this.tip.offsetWidth / 2;
    const x = Math.min(Math.max((box.left + box.right) / 2 - origin.left, half + 2), plan.width - half - 2);
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${box.bottom - origin.top + 8}px`;
  }

  hideTip(): void {
    this.tip.hidden = true;
  }
}

/** A table of the five classes with their probabilities as bars. */
function probabilityBars(probabilities: readonly number[]): HTMLElement {
  const table = element("div", "sh-bars");
  LETTERS.forEach((letter, i) => {
    const bar = element("span", `sh-share c-${letter}`);
    bar.style.setProperty("--p", String(probabilities[i]));
    table.append(element("span", "", letter), bar, element("span", "sh-p", probabilities[i].toFixed(2)));
  });
  return table;
}
