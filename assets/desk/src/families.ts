// Beats that look and come alike, as small pictures: relabel, split or merge a family, walk through its members.

import { paperColours } from "./colours.ts";
import { activeElementOf, button, closestTo, element } from "./dom.ts";
import type { Family } from "./facts.ts";
import { FamilyCard } from "./family_card.ts";
import { FamilyMeasurements } from "./family_measurements.ts";
import { bySize, editedByFamily, membersOf, pictureRange } from "./family_walk.ts";
import { Panel, classButtons, heading, write } from "./panel.ts";
import type { Label, Stage } from "./payloads.ts";
import type { Store } from "./store.ts";
import { Walk } from "./walk.ts";
import { counted, familyNumber, number } from "./wording.ts";

/** What is said beside the heading. */
export function familiesText(families: readonly Pick<Family, "n">[], stage: Stage): string {
  if (stage === "beats") return "come with the beats";
  if (!families.length) return stage === "found" ? "come with the classes" : "none";
  const beats = families.reduce((sum, { n }) => sum + n, 0);
  return `${counted(families.length, "family", "families")} hold ${counted(beats, "beat")}`;
}

/** Why there are no families, in words. */
export function emptyText({ stage, beats }: { stage: Stage; beats: { n: number } }, live = false): string {
  if (live) return "Families are not made of a live stream.";
  if (stage === "beats") return "Families come with the beats …";
  if (!beats.n) return "No families: there are no beats to group.";
  return "Beats are grouped by shape, timing and class: classify them first.";
}

/** The card that a key moves to; cards lie in rows of `perRow`. */
export function cardAfterKey(key: string, at: number, n: number, perRow: number): number | null {
  const steps: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow };
  const step = steps[key];
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (step === undefined) return null;
  return at + step < 0 || at + step >= n ? at : at + step;
}

export class Families extends Panel {
  private readonly cards = new Map<number, FamilyCard>();
  /** Index of the chosen family. */
  private family: number | null = null;
  /** The next family chosen takes the chosen one in. */
  private merging = false;
  private lead = 0;
  private leadNames = "";
  /** Members that a person edited, of each family. */
  private edited = new Map<number, number>();
  private readonly beside: HTMLElement;
  private readonly leadChoice = element("label", "lead-choice", "lead ");
  private readonly leads = element("select");
  private readonly hint = element("span", "hint-line");
  private readonly chosen = element("strong", "chosen-family");
  private readonly tools = element("span", "family-tools");
  private readonly all: HTMLElement;
  private readonly split = button("plain", "split", "Part it in two by shape and timing", () => void this.splitFamily());
  private readonly merge = button("plain", "merge …", "Choose another family that takes these beats in", () => this.setMerging(true));
  private readonly leave = button("plain", "cancel", "Do not merge (Esc)", () => this.setMerging(false));
  private readonly walk: Walk;
  private readonly measurements: FamilyMeasurements;
  private readonly grid = element("div", "family-grid");
  private readonly empty = element("p", "empty");

  constructor(store: Store, place: ParentNode) {
    super(store, place, "families");
    const { head, beside } = heading("Beat families");
    this.beside = beside;
    this.all = classButtons((letter) => this.relabel(letter), "all beats of the family");
    this.walk = new Walk(store);
    this.measurements = new FamilyMeasurements(store);
    this.root.append(this.buildHead(head), this.buildActions(), this.measurements.root, this.buildCards(), this.empty);
    this.follow(["state", "beats", "theme"], () => this.draw());
    this.follow(["chosen"], () => this.walk.draw());
    this.follow(["waves"], () => this.measurements.show(this.family));
    this.draw();
  }

  override destroy(): void {
    this.measurements.end();
    super.destroy();
  }

  private buildHead(head: HTMLElement): HTMLElement {
    this.leads.addEventListener("change", () => {
      this.lead = Number(this.leads.value);
      this.draw();
    });
    this.leadChoice.append(this.leads);
    const line = element("div", "families-head");
    line.append(head, this.leadChoice);
    return line;
  }

  private buildActions(): HTMLElement {
    const actions = element("div", "family-actions");
    actions.setAttribute("role", "group");
    const select = button("plain", "choose its beats", "Choose all its beats, to see them everywhere", () =>
      this.store.navigation.select(this.ids()),
    );
    this.tools.append(this.chosen, element("span", "quiet", "relabel all"), this.all, this.split, this.merge, select, this.walk.root);
    actions.append(this.hint, this.tools, this.leave);
    return actions;
  }

  private buildCards(): HTMLElement {
    this.grid.setAttribute("role", "listbox");
    this.grid.setAttribute("aria-label", "Beat families, the largest first");
    this.grid.addEventListener("click", (event) => {
      const card = closestTo(event, ".family-card");
      if (card) this.choose(Number(card.dataset.family));
    });
    this.grid.addEventListener("keydown", (event) => this.key(event));
    return this.grid;
  }

  /** Ids of the chosen family's beats. */
  private ids(): number[] {
    const { beats } = this.store.review;
    return this.family === null ? [] : Array.from(membersOf(beats, this.family), (i) => beats.id[i]);
  }

  private get cardNodes(): HTMLElement[] {
    return [...this.grid.querySelectorAll<HTMLElement>(".family-card")];
  }

  private key(event: KeyboardEvent): void {
    const card = closestTo(event, ".family-card");
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const cards = this.cardNodes;
    if (event.key === "Escape" && this.merging) {
      this.setMerging(false);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(Number(card.dataset.family));
    } else {
      const perRow = cards.filter((each) => each.offsetTop === cards[0].offsetTop).length;
      const next = cardAfterKey(event.key, cards.indexOf(card), cards.length, perRow);
      if (next === null) return;
      this.setTabStop(cards[next]);
      cards[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Make a card the one that Tab goes to. */
  private setTabStop(card: HTMLElement): void {
    for (const each of this.cardNodes) each.tabIndex = each === card ? 0 : -1;
  }

  private choose(index: number): void {
    if (this.merging && this.family !== null && index !== this.family) {
      void this.store.edits.mergeFamilies(this.family, index);
      this.merging = false;
    }
    this.family = index;
    const card = this.cards.get(index);
    if (card) this.setTabStop(card.root);
    this.walk.begin(index);
    this.draw();
  }

  private relabel(letter: Label): void {
    if (this.family !== null) void this.store.edits.edit([{ action: "relabel_family", family: this.family, label: letter }]);
  }

  private async splitFamily(): Promise<void> {
    if (this.family === null) return;
    this.split.disabled = true;
    write(this.split, "splitting …");
    await this.store.edits.splitFamily(this.family);
    this.split.disabled = false;
    write(this.split, "split");
  }

  private setMerging(on: boolean): void {
    this.merging = on;
    this.drawActions();
    if (!on) this.merge.focus();
    else if (this.family !== null) this.cards.get(this.family)?.root.focus();
  }

  private draw(): void {
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
    this.measurements.show(this.family);
    this.measurements.root.hidden = !families.length;
    this.empty.hidden = families.length > 0;
    write(this.empty, emptyText(store.review, store.live.on));
  }

  private drawLeads(): void {
    const names = (this.store.review.facts?.leads ?? []).map(({ name }) => name);
    if (names.join("\n") !== this.leadNames) {
      this.leadNames = names.join("\n");
      this.leads.replaceChildren(...names.map((name, k) => Object.assign(element("option", "", name), { value: String(k) })));
      this.lead = Math.min(this.lead, Math.max(names.length - 1, 0));
      this.leads.value = String(this.lead);
    }
    this.leadChoice.hidden = names.length < 2;
  }

  private drawCards(families: Family[]): void {
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

  private arrange(cards: HTMLElement[]): void {
    const focused = activeElementOf(this.root);
    this.grid.replaceChildren(...cards);
    if (focused && cards.includes(focused)) focused.focus({ preventScroll: true });
    const there = new Set(cards);
    for (const [index, { root }] of this.cards) if (!there.has(root)) this.cards.delete(index);
  }

  private drawActions(): void {
    const family = this.store.review.families.find(({ index }) => index === this.family);
    const classified = this.store.review.stage === "classified";
    this.grid.classList.toggle("merging", this.merging);
    this.tools.hidden = !family || this.merging;
    this.hint.hidden = Boolean(family) && !this.merging;
    this.leave.hidden = !this.merging;
    const hint = this.merging && family
      ? `Choose the family that takes in the ${counted(family.n, "beat")} of family ${familyNumber(family.index)}.`
      : "Choose a family to walk through its beats, relabel, split or merge it.";
    write(this.hint, this.store.review.families.length ? hint : "");
    if (!family) return;
    const edited = this.edited.get(family.index);
    const parts = [`Family ${familyNumber(family.index)}`, number(family.n), edited ? `${number(edited)} edited` : ""];
    write(this.chosen, parts.filter(Boolean).join(" · "));
    for (const node of [...this.all.querySelectorAll("button"), this.split, this.merge]) node.disabled = !classified;
    if (this.store.review.families.length < 2) this.merge.disabled = true;
    this.walk.draw();
  }
}
