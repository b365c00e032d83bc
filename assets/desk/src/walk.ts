// @ts-nocheck
// The walk through a family's members: in which order, how far, and how usual the member is.

import { button, element } from "./dom.ts";
import { ORDERS, membersOf, stepWalk, timesUsual, walkOf } from "./family_walk.ts";
import { chip, press, write } from "./panel.ts";
import { number } from "./wording.ts";

export class Walk {
  constructor(store) {
    this.store = store;
    this.root = element("span", "family-walk");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Walk through the members");
    this.orders = Object.entries(ORDERS).map(([order, words]) => {
      const node = chip(words, `Walk through its beats, ${words}`, () => this.take(order));
      this.root.append(node);
      return [order, node];
    });
    this.where = element("span", "where");
    this.root.append(
      button("plain", "‹", "Member before", () => this.step(-1)),
      button("plain", "›", "Next member", () => this.step(1)),
      this.where,
    );
    this.begin(null);
  }

  begin(family) {
    Object.assign(this, { family, order: null, ids: new Int32Array(0), at: -1 });
  }

  /** Fix an order and go to its first member. */
  take(order) {
    this.order = order;
    this.ids = walkOf(this.store.review.beats, this.family, order);
    this.at = -1;
    this.step(1);
  }

  step(step) {
    const { store } = this;
    if (!this.order) {
      this.take("nearest");
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

  draw() {
    for (const [order, node] of this.orders) press(node, order === this.order);
    write(this.where, this.whereText());
  }

  whereText() {
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
