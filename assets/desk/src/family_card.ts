// @ts-nocheck
// One family as a small picture with its figures.

import { element } from "./dom.ts";
import { letterBox, write } from "./panel.ts";
import { certaintyText, counted, familyNumber, number, share, timingText } from "./wording.ts";

const [WIDTH, HEIGHT] = [84, 56];

/** A family in one sentence, for screen readers. */
export function familyText(family, total, edited) {
  const parts = [
    `Family ${familyNumber(family.index)}`,
    family.label ?? "not classified",
    `${counted(family.n, "beat")}, ${share(family.n, total)}`,
    family.unreadable ? "signal cannot be read" : certaintyText(family.certainty),
    family.unreadable ? "" : timingText(family.before, family.after),
    edited ? `${number(edited)} edited` : "",
  ];
  return parts.filter(Boolean).join(", ");
}

export class FamilyCard {
  constructor(index) {
    this.root = element("div", "family-card");
    this.root.dataset.family = index;
    this.root.setAttribute("role", "option");
    this.root.tabIndex = -1;
    this.canvas = element("canvas", "picture");
    this.canvas.setAttribute("aria-hidden", "true"); // the card's label says it in figures
    this.box = letterBox(null);
    this.count = element("strong", "count");
    this.share = element("span", "family-share");
    this.sure = element("span", "remark");
    this.timing = element("span", "remark");
    this.number = element("span", "family-number", familyNumber(index));
    const [words, first] = [element("span", "family-words"), element("span", "family-first")];
    first.append(this.box, this.count, this.share);
    words.append(first, this.sure, this.timing);
    this.root.append(this.canvas, words, this.number);
  }

  /** `view`: `{total, edited, lead, range, offsetsS, colours}`. */
  draw(family, view) {
    this.box.className = `letter c-${family.label ?? "none"}`;
    write(this.box, family.label ?? "·");
    write(this.count, number(family.n));
    write(this.share, share(family.n, view.total));
    const sure = family.unreadable ? "cannot be read" : certaintyText(family.certainty);
    write(this.sure, view.edited ? `${sure.replace(" sure", "")} · ${number(view.edited)} edited` : sure);
    write(this.timing, family.unreadable ? "" : timingText(family.before, family.after));
    this.root.setAttribute("aria-label", familyText(family, view.total, view.edited));
    this.root.title = this.root.getAttribute("aria-label");
    const drawn = [family.meanMv[view.lead], view.range, family.label, view.colours.dark, devicePixelRatio];
    if (this.drawn && drawn.every((value, k) => String(value) === String(this.drawn[k]))) return;
    this.drawn = drawn;
    this.paint(family, view);
  }

  paint(family, { lead, range: [low, high], offsetsS, colours }) {
    const scale = devicePixelRatio || 1;
    this.canvas.width = WIDTH * scale;
    this.canvas.height = HEIGHT * scale;
    const context = this.canvas.getContext("2d");
    context.scale(scale, scale);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    const mean = family.meanMv[lead] ?? [];
    const spread = family.spreadMv?.[lead];
    const [from, to] = [offsetsS[0] ?? 0, offsetsS.at(-1) ?? 1];
    const x = (k) => 2 + ((offsetsS[k] - from) / (to - from || 1)) * (WIDTH - 4);
    const y = (mv) => HEIGHT - 3 - ((mv - low) / (high - low)) * (HEIGHT - 6);
    const colour = colours.classes[family.label] ?? colours.quiet;
    const known = [...mean.keys()].filter((k) => Number.isFinite(mean[k]));
    if (spread && known.length) {
      context.beginPath();
      for (const k of known) context.lineTo(x(k), y(mean[k] + spread[k]));
      for (const k of [...known].reverse()) context.lineTo(x(k), y(mean[k] - spread[k]));
      context.globalAlpha = colours.dark ? 0.3 : 0.2;
      context.fillStyle = colour;
      context.fill();
      context.globalAlpha = 1;
    }
    context.beginPath();
    for (const k of known) context.lineTo(x(k), y(mean[k]));
    Object.assign(context, { strokeStyle: colour, lineWidth: 1.5, lineJoin: "round" });
    context.stroke();
  }
}
