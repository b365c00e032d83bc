// The walk through a family's members: in which order, how far, and how usual the member is.

import { button, element } from "./dom.ts";
import { ORDERS, membersOf, stepWalk, timesUsual, walkOf, type WalkOrder } from "./family_walk.ts";
import { chip, press, write } from "./panel.ts";
import type { Store } from "./store.ts";
import { number } from "./wording.ts";

export class Walk {
  readonly root = element("span", "family-walk");
  private family: number | null = null;
  /** Null before the walk has begun. */
  private order: WalkOrder | null = null;
  /** Ids of the members in that order. */
  private ids: Int32Array = new Int32Array(0);
  /** Place of the current member, -1 for none. */
  private at = -1;
  private readonly store: Store;
  private readonly orders: { order: WalkOrder; node: HTMLButtonElement }[];
  private readonly where = element("span", "where");

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Walk through the members");
    this.orders = (Object.entries(ORDERS) as [WalkOrder, string][]).map(([order, words]) => ({
      order,
      node: chip(words, `Walk through its beats, ${words}`, () => this.setOrder(order)),
    }));
    this.root.append(
      ...this.orders.map(({ node }) => node),
      button("plain", "‹", "Member before", () => this.step(-1)),
      button("plain", "›", "Next member", () => this.step(1)),
      this.where,
    );
  }

  /** Begin anew, with another family. */
  begin(family: number | null): void {
    this.family = family;
    this.order = null;
    this.ids = new Int32Array(0);
    this.at = -1;
  }

  /** Fix an order and go to its first member. */
  private setOrder(order: WalkOrder): void {
    this.order = order;
    this.ids = walkOf(this.store.review.beats, this.family, order);
    this.at = -1;
    this.step(1);
  }

  private step(step: 1 | -1): void {
    const { store } = this;
    if (!this.order) {
      this.setOrder("nearest");
      return;
    }
    const next = stepWalk(this.ids, this.at, step, (id) => store.review.beats.indexOfId(id) >= 0);
    if (next < 0) {
      store.showMessage(step > 0 ? "This was the last member." : "This was the first member.");
    } else {
      this.at = next;
      store.navigation.choose(this.ids[next]);
    }
    this.draw();
  }

  draw(): void {
    for (const { order, node } of this.orders) press(node, order === this.order);
    write(this.where, this.whereText());
  }

  private whereText(): string {
    if (this.at < 0) return "";
    const { beats } = this.store.review;
    const place = `${number(this.at + 1)} of ${number(this.ids.length)}`;
    const i = beats.indexOfId(this.ids[this.at]);
    if (i < 0) return place;
    if (this.order === "unsure") return `${place} · p ${number(beats.pBest(i), 2)}`;
    const times = timesUsual(beats, membersOf(beats, this.family), i);
    return Number.isFinite(times) ? `${place} · ${number(times, 1)} × the usual distance` : place;
  }
}
