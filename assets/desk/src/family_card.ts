// One family as a small picture with its figures.

import type { PaperColours } from "./colours.ts";
import { context2d, element } from "./dom.ts";
import type { Family } from "./facts.ts";
import { letterBox, write } from "./panel.ts";
import { certaintyText, counted, familyNumber, number, share, timingText } from "./wording.ts";

const [WIDTH, HEIGHT] = [84, 56];

/** What a card shows besides its family. */
interface CardView {
  /** Beats in all families. */
  total: number;
  /** Beats of the family that a person edited. */
  edited: number;
  lead: number;
  /** Of the picture, in mV. */
  range: [number, number];
  /** Times of the picture's points. */
  offsetsS: number[];
  colours: PaperColours;
}

/** A family in one sentence, for screen readers. */
export function familyText(family: Family, total: number, edited: number): string {
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
  readonly root = element("div", "family-card");
  private readonly canvas = element("canvas", "picture");
  private readonly box = letterBox(null);
  private readonly count = element("strong", "count");
  private readonly share = element("span", "family-share");
  private readonly sure = element("span", "remark");
  private readonly timing = element("span", "remark");
  /** What the picture was painted from. */
  private painted = "";

  constructor(index: number) {
    this.root.dataset.family = String(index);
    this.root.setAttribute("role", "option");
    this.root.tabIndex = -1;
    this.canvas.setAttribute("aria-hidden", "true"); // the card's label says it in figures
    const [words, first] = [element("span", "family-words"), element("span", "family-first")];
    first.append(this.box, this.count, this.share);
    words.append(first, this.sure, this.timing);
    this.root.append(this.canvas, words, element("span", "family-number", familyNumber(index)));
  }

  draw(family: Family, view: CardView): void {
    this.box.className = `letter c-${family.label ?? "none"}`;
    write(this.box, family.label ?? "·");
    write(this.count, number(family.n));
    write(this.share, share(family.n, view.total));
    const sure = family.unreadable ? "cannot be read" : certaintyText(family.certainty);
    write(this.sure, view.edited ? `${sure.replace(" sure", "")} · ${number(view.edited)} edited` : sure);
    write(this.timing, family.unreadable ? "" : timingText(family.before, family.after));
    this.root.title = familyText(family, view.total, view.edited);
    this.root.setAttribute("aria-label", this.root.title);
    const painted = JSON.stringify([family.meanMv[view.lead], view.range, family.label, view.colours.dark, devicePixelRatio]);
    if (painted === this.painted) return;
    this.painted = painted;
    this.paint(family, view);
  }

  private paint(family: Family, { lead, range: [low, high], offsetsS, colours }: CardView): void {
    const scale = devicePixelRatio || 1;
    this.canvas.width = WIDTH * scale;
    this.canvas.height = HEIGHT * scale;
    const context = context2d(this.canvas);
    context.scale(scale, scale);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    const spread = family.spreadMv?.[lead];
    const points = (family.meanMv[lead] ?? []).flatMap((mv, k) => {
      return mv !== null && Number.isFinite(mv) ? [{ k, mv, around: spread?.[k] ?? 0 }] : [];
    });
    const [from, to] = [offsetsS[0] ?? 0, offsetsS.at(-1) ?? 1];
    const x = (k: number) => 2 + ((offsetsS[k] - from) / (to - from || 1)) * (WIDTH - 4);
    const y = (mv: number) => HEIGHT - 3 - ((mv - low) / (high - low)) * (HEIGHT - 6);
    const colour = family.label ? colours.classes[family.label] : colours.quiet;
    if (spread && points.length) {
      context.beginPath();
      for (const { k, mv, around } of points) context.lineTo(x(k), y(mv + around));
      for (const { k, mv, around } of points.toReversed()) context.lineTo(x(k), y(mv - around));
      context.globalAlpha = colours.dark ? 0.3 : 0.2;
      context.fillStyle = colour;
      context.fill();
      context.globalAlpha = 1;
    }
    context.beginPath();
    for (const { k, mv } of points) context.lineTo(x(k), y(mv));
    Object.assign(context, { strokeStyle: colour, lineWidth: 1.5, lineJoin: "round" });
    context.stroke();
  }
}
