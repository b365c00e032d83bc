// @ts-nocheck
// Beats that look and come alike, as small pictures: relabel, split or merge a family, walk through its members.

import { paperColours } from "./colours.ts";
import { button, element } from "./dom.ts";
import { FamilyCard } from "./family_card.ts";
import { bySize, editedByFamily, membersOf, pictureRange } from "./family_walk.ts";
import { Panel, classButtons, heading, write } from "./panel.ts";
import { Walk } from "./walk.ts";
import { counted, familyNumber, number } from "./wording.ts";

/** What is said beside the heading. */
export function familiesText(families, stage) {
  if (stage === "beats") return "come with the beats";
  if (!families.length) return stage === "found" ? "come with the classes" : "none";
  const beats = families.reduce((sum, { n }) => sum + n, 0);
  return `${counted(families.length, "family", "families")} hold ${counted(beats, "beat")}`;
}

/** Why there are no families, in words. */
export function emptyText({ stage, beats }) {
  if (stage === "beats") return "Families come with the beats …";
  if (!beats.n) return "No families: there are no beats to group.";
  return "Beats are grouped by shape, timing and class: classify them first.";
}

/** The card that a key moves to; cards lie in rows of `perRow`. */
export function cardAfterKey(key, at, n, perRow) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow }[key];
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (step === undefined) return null;
  return at + step < 0 || at + step >= n ? at : at + step;
}

export class Families extends Panel {
  constructor(store, place) {
    super(store, place, "families");
    Object.assign(this, { cards: new Map(), family: null, merging: false, lead: 0 });
    this.root.append(this.buildHead(), this.buildActions(), this.buildCards());
    this.empty = element("p", "empty");
    this.root.append(this.empty);
    this.follow(["state", "beats", "theme"], () => this.draw());
    this.follow(["chosen"], () => this.walk.draw());
    this.draw();
  }

  buildHead() {
    const { head, beside } = heading("Beat families");
    this.beside = beside;
    const label = element("label", "lead-choice", "lead ");
    this.leads = element("select");
    this.leads.addEventListener("change", () => {
      this.lead = Number(this.leads.value);
      this.draw();
    });
    label.append(this.leads);
    const line = element("div", "families-head");
    line.append(head, label);
    return line;
  }

  buildActions() {
    const { store } = this;
    this.actions = element("div", "family-actions");
    this.actions.setAttribute("role", "group");
    this.hint = element("span", "hint-line");
    this.chosen = element("strong", "chosen-family");
    this.all = classButtons((letter) => this.relabel(letter), "all beats of the family");
    this.split = button("plain", "split", "Part it in two by shape and timing", () => this.splitFamily());
    this.merge = button("plain", "merge …", "Choose another family that takes these beats in", () => this.setMerging(true));
    this.select = button("plain", "choose its beats", "Choose all its beats, to see them everywhere", () =>
      store.navigation.select(this.ids()),
    );
    this.walk = new Walk(store);
    this.leave = button("plain", "cancel", "Do not merge (Esc)", () => this.setMerging(false));
    this.tools = element("span", "family-tools");
    this.tools.append(this.chosen, element("span", "quiet", "relabel all"), this.all, this.split, this.merge, this.select, this.walk.root);
    this.actions.append(this.hint, this.tools, this.leave);
    return this.actions;
  }

  buildCards() {
    this.grid = element("div", "family-grid");
    this.grid.setAttribute("role", "listbox");
    this.grid.setAttribute("aria-label", "Beat families, the largest first");
    this.grid.addEventListener("click", (event) => {
      const card = event.target.closest?.(".family-card");
      if (card) this.choose(Number(card.dataset.family));
    });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    return this.grid;
  }

  ids() {
    const { beats } = this.store.review;
    return Array.from(membersOf(beats, this.family), (i) => beats.id[i]);
  }

  key(event) {
    const card = event.target.closest(".family-card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const cards = [...this.grid.children];
    if (event.key === "Escape" && this.merging) {
      this.setMerging(false);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(Number(card.dataset.family));
    } else {
      const perRow = cards.filter((each) => each.offsetTop === cards[0].offsetTop).length;
      const next = cardAfterKey(event.key, cards.indexOf(card), cards.length, perRow);
      if (next === null) return;
      this.rove(cards[next]);
      cards[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  rove(card) {
    for (const each of this.grid.children) each.tabIndex = each === card ? 0 : -1;
  }

  choose(index) {
    if (this.merging && index !== this.family) {
      this.store.edits.mergeFamilies(this.family, index);
      this.merging = false;
    }
    this.family = index;
    this.rove(this.cards.get(index).root);
    this.walk.begin(index);
    this.draw();
  }

  relabel(letter) {
    this.store.edits.edit([{ action: "relabel_family", family: this.family, label: letter }]);
  }

  async splitFamily() {
    this.split.disabled = true;
    write(this.split, "splitting …");
    await this.store.edits.splitFamily(this.family);
    this.split.disabled = false;
    write(this.split, "split");
  }

  setMerging(on) {
    this.merging = on;
    this.drawActions();
    if (on) this.cards.get(this.family)?.root.focus();
    else this.merge.focus();
  }

  draw() {
    const { store } = this;
    const families = bySize(store.review.families);
    if (!families.some(({ index }) => index === this.family)) {
      this.family = null;
      this.merging = false;
    }
    write(this.beside, familiesText(families, store.review.stage));
    this.drawLeads();
    this.drawCards(families);
    this.drawActions();
    this.empty.hidden = families.length > 0;
    write(this.empty, emptyText(store.review));
  }

  drawLeads() {
    const names = (this.store.review.facts?.leads ?? []).map(({ name }) => name);
    if (names.join("\n") !== this.leadNames) {
      this.leadNames = names.join("\n");
      this.leads.replaceChildren(
        ...names.map((name, k) => Object.assign(element("option", "", name), { value: k })),
      );
      this.lead = Math.min(this.lead, Math.max(names.length - 1, 0));
      this.leads.value = String(this.lead);
    }
    this.leads.parentElement.hidden = names.length < 2;
  }

  drawCards(families) {
    const { store } = this;
    const total = families.reduce((sum, { n }) => sum + n, 0);
    this.edited = editedByFamily(store.review.beats);
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color") || "#ffffff";
    const view = {
      total,
      lead: this.lead,
      range: pictureRange(families, this.lead),
      offsetsS: store.review.familyOffsetsS,
      colours: paperColours(background),
    };
    const cards = families.map((family) => {
      const card = this.cards.get(family.index) ?? new FamilyCard(family.index);
      this.cards.set(family.index, card);
      card.draw(family, { ...view, edited: this.edited.get(family.index) ?? 0 });
      card.root.setAttribute("aria-selected", String(family.index === this.family));
      return card.root;
    });
    const inPlace = cards.length === this.grid.children.length && cards.every((card, k) => this.grid.children[k] === card);
    if (!inPlace) this.arrange(cards);
    if (cards.length && !cards.some((card) => card.tabIndex === 0)) cards[0].tabIndex = 0;
  }

  arrange(cards) {
    const focused = this.root.getRootNode().activeElement;
    this.grid.replaceChildren(...cards);
    if (cards.includes(focused)) focused.focus({ preventScroll: true });
    const there = new Set(cards);
    for (const [index, { root }] of this.cards) if (!there.has(root)) this.cards.delete(index);
  }

  drawActions() {
    const family = this.store.review.families.find(({ index }) => index === this.family);
    const classified = this.store.review.stage === "classified";
    this.grid.classList.toggle("merging", this.merging);
    this.tools.hidden = !family || this.merging;
    this.hint.hidden = Boolean(family) && !this.merging;
    this.leave.hidden = !this.merging;
    const hint = this.merging
      ? `Choose the family that takes in the ${counted(family.n, "beat")} of family ${familyNumber(family.index)}.`
      : "Choose a family to walk through its beats, relabel, split or merge it.";
    write(this.hint, this.store.review.families.length ? hint : "");
    if (!family) return;
    const edited = this.edited.get(family.index);
    const parts = [`Family ${familyNumber(family.index)}`, number(family.n), edited ? `${number(edited)} edited` : ""];
    write(this.chosen, parts.filter(Boolean).join(" · "));
    for (const node of [...this.all.children, this.split, this.merge]) node.disabled = !classified;
    if (this.store.review.families.length < 2) this.merge.disabled = true;
    this.walk.draw();
  }
}
