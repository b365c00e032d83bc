// @ts-nocheck
// Above the traces: the beats' letters, the reference's symbols, and the tooltip of the beat under the pointer.

import { LETTERS } from "./beat_table.ts";
import { element } from "./dom.ts";
import { placeLetters, placeTime, SIZES } from "./geometry.ts";
import { beatLabel } from "./sheet_text.ts";
import { formatTime } from "./times.ts";
import { CLASS_NAMES, editedText, intervalText } from "./wording.ts";

const FULL = 17;
const LEVEL_PX = 6.5;
const REFERENCE_FULL = 16;
const REFERENCE_SMALL = 10;
const REFERENCE_LEVEL_PX = 5;

export class SheetMarks {
  /** `handlers` are onBeat(index, event), called for a click on a letter. */
  constructor({ onBeat }) {
    this.layer = element("div", "sh-letters");
    this.tip = element("div", "sh-tip");
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.beatNodes = new Map();
    this.referenceNodes = new Map();
    this.layer.addEventListener("click", (event) => {
      const i = this.indexOf(event.target);
      if (i >= 0) onBeat(i, event);
    });
    this.layer.addEventListener("pointerover", (event) => {
      const i = this.indexOf(event.target);
      if (i >= 0 && !event.buttons) this.showTip(i, event.target.closest(".sh-beat"));
    });
    this.layer.addEventListener("pointerout", () => this.hideTip());
  }

  /** Place of the beat whose letter a node is, -1 for other nodes. */
  indexOf(node) {
    const letter = node.closest?.(".sh-beat");
    return letter ? this.scene.beats.indexOfId(Number(letter.dataset.id)) : -1;
  }

  /** Put every mark of the scene in its place; nodes stay with their beat. */
  place(scene) {
    this.scene = scene;
    const seen = new Set();
    for (const row of scene.plan.rows) {
      this.placeBeats(row, seen);
      if (scene.reference) this.placeReference(row, seen);
    }
    for (const nodes of [this.beatNodes, this.referenceNodes]) {
      for (const [key, node] of nodes) {
        if (seen.has(key)) continue;
        node.remove();
        nodes.delete(key);
      }
    }
  }

  placeBeats(row, seen) {
    const { plan, beats, near, view, drag } = this.scene;
    const places = [];
    for (let i = near[0]; i < near[1]; i += 1) {
      const timeS = drag?.index === i ? drag.timeS : beats.timeS(i);
      const at = placeTime(timeS, view.startS, plan);
      if (at?.row === row) places.push({ i, x: at.x });
    }
    places.sort((a, b) => a.x - b.x);
    const spots = placeLetters(places.map(({ x }) => x), FULL);
    places.forEach(({ i, x }, k) => {
      const key = beats.id[i];
      seen.add(key);
      let node = this.beatNodes.get(key);
      if (!node) {
        node = element("button");
        node.type = "button";
        node.tabIndex = -1; // beats are walked through by keys
        this.beatNodes.set(key, node);
        this.layer.append(node);
      }
      this.dress(node, i, spots[k].size);
      const y = row.y + plan.lettersTop + SIZES.letters / 2 + spots[k].level * LEVEL_PX;
      node.style.transform = `translate(${x.toFixed(2)}px, ${y}px) translate(-50%, -50%)`;
    });
  }

  dress(node, i, size) {
    const { beats, chosenAt, selected, facts } = this.scene;
    const letter = beats.letter(i);
    const names = ["sh-beat", letter ? `c-${letter}` : "c-none"];
    if (beats.uncertain(i)) names.push("uncertain");
    if (beats.edited[i]) names.push("edited");
    if (i === chosenAt) names.push("chosen");
    if (selected(i)) names.push("selected");
    if (size < FULL) names.push("small");
    const look = `${names.join(" ")} ${beats.sample[i]}`;
    if (node.look === look) return;
    node.look = look;
    node.className = names.join(" ");
    node.textContent = letter ?? "•";
    node.dataset.id = beats.id[i];
    node.dataset.sample = beats.sample[i];
    node.setAttribute("aria-label", beatLabel(beats, i, facts.clockS));
    node.setAttribute("aria-pressed", String(i === chosenAt));
  }

  placeReference(row, seen) {
    const { plan, reference, view, facts } = this.scene;
    const fromS = view.startS + row.offsetS;
    const [first, stop] = reference.between(fromS * facts.fs, (fromS + row.lengthS) * facts.fs);
    const xOf = (i) => plan.gutter + (reference.sample[i] / facts.fs - fromS) * plan.pxPerS;
    const beats = [];
    for (let i = first; i < stop; i += 1) if (reference.isBeat(i)) beats.push(i);
    const spots = new Map(placeLetters(beats.map(xOf), REFERENCE_FULL, REFERENCE_SMALL).map((spot, k) => [beats[k], spot]));
    for (let i = first; i < stop; i += 1) {
      if (reference.rhythmAt(i) !== null) continue; // has a row of its own
      const key = `r${i}`;
      seen.add(key);
      let node = this.referenceNodes.get(key);
      if (!node) {
        node = element("span");
        this.referenceNodes.set(key, node);
        this.layer.append(node);
      }
      const spot = spots.get(i) ?? { size: REFERENCE_FULL, level: 0 };
      const small = spot.size < REFERENCE_FULL ? " small" : "";
      const look = `sh-ref${reference.isBeat(i) ? small : " note"}${reference.differs(i) ? " differs" : ""}`;
      if (node.className !== look) {
        node.className = look;
        node.textContent = reference.text(i);
        node.title = `reference: ${reference.text(i)}${reference.differs(i) ? " (differs)" : ""}`;
      }
      const x = xOf(i);
      const y = row.y + plan.referenceTop + SIZES.reference / 2 - 1 + spot.level * REFERENCE_LEVEL_PX;
      const own = reference.isBeat(i) ? "-50%" : "calc(-100% - 9px)";
      node.style.transform = `translate(${x.toFixed(2)}px, ${y}px) translate(${own}, -50%)`;
    }
  }

  showTip(i, node) {
    const { beats, facts, plan } = this.scene;
    const letter = beats.letter(i);
    const lines = [
      element("b", "", letter ? `${letter} · ${CLASS_NAMES[letter]}` : "beat, not classified yet"),
      element("div", "quiet", formatTime(beats.timeS(i), facts.clockS ?? null, 2)),
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

  hideTip() {
    this.tip.hidden = true;
  }
}

/** A table of the five classes with their probabilities as bars. */
function probabilityBars(probabilities) {
  const table = element("div", "sh-bars");
  LETTERS.forEach((letter, i) => {
    const bar = element("span", `sh-share c-${letter}`);
    bar.style.setProperty("--p", probabilities[i]);
    table.append(element("span", "", letter), bar, element("span", "sh-p", probabilities[i].toFixed(2)));
  });
  return table;
}
