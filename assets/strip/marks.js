// The letters above the traces, the reference symbols under them, and the tooltip of a beat.

import { element } from "./dom.js";
import { placeLetters, placeTime, SIZES } from "./geometry.js";
import { beatText, CLASSES, CLASS_NAMES, formatTime } from "./model.js";

export class Marks {
  /** `onBeat` is called with the sample index of a chosen beat. */
  constructor(onBeat) {
    this.onBeat = onBeat;
    this.letters = element("div", "letters");
    this.tip = element("div", "tip");
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.nodes = new Map();
  }

  /** Put every mark of the view in its place; nodes are kept by beat, so the focus stays where it is. */
  place(plan, model, viewStartS) {
    this.plan = plan;
    this.model = model;
    this.previous = null;
    this.seen = new Set();
    for (const row of plan.rows) {
      const inRow = (items) =>
        items
          .map((item) => ({ item, at: placeTime(item.timeS, viewStartS, plan) }))
          .filter(({ at }) => at?.row === row);
      this.placeBeats(inRow(model.beats), row.y + SIZES.letters / 2);
      if (model.reference) this.placeReference(inRow(model.reference), row.y + plan.referenceTop);
    }
    for (const [key, node] of this.nodes) {
      if (this.seen.has(key)) continue;
      node.remove();
      this.nodes.delete(key);
    }
  }

  placeBeats(beats, y) {
    const spots = placeLetters(beats.map(({ at }) => at.x));
    beats.forEach(({ item, at }, i) => {
      const { size, level } = spots[i];
      const button = this.node(`beat ${item.sample}`, () => this.makeLetter(), at.x, y + level * 6.5);
      this.dress(button, item, size);
    });
  }

  placeReference(marks, top) {
    for (const { item, at } of marks) {
      const key = `reference ${item.sample} ${item.symbol}`;
      const node = this.node(key, () => element("span"), at.x, top + SIZES.reference / 2 - 1);
      const text = item.symbol === "+" && item.note ? item.note : item.symbol;
      node.className = `ref${item.beat ? "" : " note"}${item.differs ? " differs" : ""}`;
      node.textContent = text;
      node.title = `reference: ${text}${item.differs ? " (differs)" : ""}`;
      node.dataset.sample = item.sample;
    }
  }

  node(key, make, x, y) {
    let node = this.nodes.get(key);
    if (!node) {
      node = make();
      this.nodes.set(key, node);
    }
    this.seen.add(key);
    if (!node.parentNode || node.previousElementSibling !== this.previous) {
      this.letters.insertBefore(node, this.previous ? this.previous.nextSibling : this.letters.firstChild);
    }
    this.previous = node;
    node.style.left = `${x}px`;
    node.style.top = `${y}px`;
    return node;
  }

  makeLetter() {
    const button = element("button");
    button.type = "button";
    const show = () => this.showTip(button);
    button.addEventListener("click", () => this.onBeat(Number(button.dataset.sample)));
    button.addEventListener("pointerenter", show);
    button.addEventListener("focus", show);
    button.addEventListener("pointerleave", () => this.hideTip());
    button.addEventListener("blur", () => this.hideTip());
    return button;
  }

  dress(button, beat, size) {
    const selected = beat.sample === this.model.selected_sample;
    const names = ["beat", beat.label ? `c-${beat.label}` : "c-none"];
    if (beat.uncertain) names.push("uncertain");
    if (selected) names.push("selected");
    if (size < 17) names.push("small");
    button.className = names.join(" ");
    const text = beat.label ?? "•";
    if (button.textContent !== text) button.textContent = text;
    button.beat = beat;
    button.dataset.sample = beat.sample;
    button.setAttribute("aria-label", beatText(beat, this.model.clock_s));
    button.setAttribute("aria-pressed", String(selected));
  }

  showTip(button) {
    const { beat } = button;
    const title = beat.label ? `${beat.label} · ${CLASS_NAMES[beat.label]}` : "beat, not classified yet";
    const lines = [
      element("b", "", title),
      element("div", "quiet", formatTime(beat.timeS, this.model.clock_s, 2)),
    ];
    if (beat.rrMs !== null) {
      lines.push(element("div", "quiet", `RR ${beat.rrMs} ms · ${Math.round(60000 / beat.rrMs)} bpm`));
    }
    if (beat.p) lines.push(probabilityBars(beat.p));
    if (beat.uncertain) lines.push(element("div", "quiet", "uncertain: no class is above 0.70"));
    this.tip.replaceChildren(...lines);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    const x = Math.min(Math.max(button.offsetLeft, half + 2), this.plan.width - half - 2);
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${button.offsetTop + 16}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}

/** A table of the five classes with their probabilities as bars. */
export function probabilityBars(probabilities) {
  const table = element("div", "bars");
  CLASSES.forEach((letter, i) => {
    const bar = element("span", `bar c-${letter}`);
    bar.style.setProperty("--p", probabilities[i]);
    table.append(element("span", "", letter), bar, element("span", "p", probabilities[i].toFixed(2)));
  });
  return table;
}
