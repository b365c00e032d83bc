// The bar at the foot of the page while beats are chosen: how many, and what can be done with them.

import type { BeatTable } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { Panel, classButtons, write } from "./panel.ts";
import { lowerBound } from "./sorted.ts";
import type { Store } from "./store.ts";
import { counted, number } from "./wording.ts";

/** Ids of the chosen beats that there are, in order of time. */
export function inOrder(beats: BeatTable, selection: Iterable<number>): Int32Array {
  const places: number[] = [];
  for (const id of selection) {
    const at = beats.indexOfId(id);
    if (at >= 0) places.push(at);
  }
  return Int32Array.from(places).sort();
}

/** The place among ordered table positions that a step from a beat leads to, -1 at the end. */
export function stepAmong(places: ArrayLike<number>, from: number, step: number): number {
  const at = step > 0 ? lowerBound(places, from + 1) : lowerBound(places, from) - 1;
  return at >= 0 && at < places.length ? at : -1;
}

export class SelectionBar extends Panel {
  private places: Int32Array = new Int32Array(0);
  private readonly count: HTMLElement;
  private readonly where: HTMLElement;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "selection-bar");
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Chosen beats");
    this.count = element("strong", "count");
    this.count.setAttribute("role", "status");
    this.where = element("span", "where");
    const walk = element("span", "walk");
    walk.append(
      button("plain", "first", "Go to the first chosen beat", () => this.goTo(0)),
      button("plain", "‹ previous", "Go to the chosen beat before", () => this.step(-1)),
      this.where,
      button("plain", "next ›", "Go to the next chosen beat", () => this.step(1)),
    );
    this.root.append(
      this.count,
      classButtons((letter) => void store.edits.relabel(letter), "the chosen beats"),
      button("plain delete", "delete", "Delete the chosen beats (Delete)", () => void store.edits.deleteChosen()),
      walk,
      button("plain", "clear", "Choose none of them (Esc)", () => store.navigation.clearSelection()),
    );
    this.follow(["selection", "beats"], () => this.draw());
    this.follow(["chosen"], () => this.drawWhere());
    this.draw();
  }

  private draw(): void {
    const { beats } = this.store.review;
    const { selection } = this.store.navigation;
    this.places = inOrder(beats, selection);
    this.root.hidden = !this.places.length;
    write(this.count, this.places.length ? `${counted(this.places.length, "beat")} chosen` : "");
    this.drawWhere();
  }

  private drawWhere(): void {
    const { beats } = this.store.review;
    const { chosen } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    const here = at < 0 ? -1 : stepAmong(this.places, at - 1, 1);
    const n = number(this.places.length);
    write(this.where, here >= 0 && this.places[here] === at ? `${number(here + 1)} of ${n}` : `– of ${n}`);
  }

  private goTo(place: number): void {
    if (this.places.length) this.store.navigation.choose(this.store.review.beats.id[this.places[place]]);
  }

  private step(step: number): void {
    const { beats } = this.store.review;
    const { chosen, view } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    const from = at >= 0 ? at : beats.firstAtOrAfter(view.startS * beats.fs) - (step > 0 ? 1 : 0);
    const to = stepAmong(this.places, from, step);
    if (to < 0) this.store.showMessage("No further chosen beat.");
    else this.goTo(to);
  }
}
