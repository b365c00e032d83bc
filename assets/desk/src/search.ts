// Finding beats by what they are: the answer stands there while one types.

import { LETTERS } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { waitingText } from "./difference_words.ts";
import { Panel, chip, heading, letterBox, press, write } from "./panel.ts";
import type { JobPayload, Label, Stage } from "./payloads.ts";
import { EMPTY_FIELDS, asks, criteriaOf, placeAmong, searchBeats, type RangeEnd, type SearchFields } from "./search_beats.ts";
import { stepAmong } from "./selection.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { VirtualList } from "./virtual.ts";
import { CLASS_NAMES, counted, familyNumber, number } from "./wording.ts";

const ROW_PX = 26;

/** A pair of fields; low and high are shown while they are empty. */
interface RangeField {
  name: "p" | "rr" | "time";
  title: string;
  low: string;
  high: string;
  /** Width in characters. */
  size: number;
}

const RANGES: readonly RangeField[] = [
  { name: "p", title: "highest probability", low: "0.00", high: "1.00", size: 5 },
  { name: "rr", title: "RR before, ms", low: "300", high: "2000", size: 6 },
  { name: "time", title: "time", low: "hh:mm:ss", high: "hh:mm:ss", size: 11 },
];

const FLAG_NAMES = { uncertain: "uncertain only", edited: "edited only", differs: "differing from the file" };

/** Why nothing is listed, in words. */
export function emptyText({ stage, beats, job }: { stage: Stage; beats: { n: number }; job: JobPayload | null }): string {
  if (beats.n) return "No beat is like this.";
  if (stage === "beats") return job?.problem ?? "Beats are being found …";
  return "There are no beats in this recording.";
}

export class Search extends Panel {
  private fields: SearchFields = { ...EMPTY_FIELDS };
  /** Beats found, as places in the table. */
  private found: Int32Array = new Int32Array(0);
  private readonly heading = heading("Search beats");
  private readonly inputs = new Map<RangeEnd, HTMLInputElement>();
  private readonly letters = LETTERS.map((letter) => {
    const node = chip("", `${letter}: ${CLASS_NAMES[letter]}`, () => this.toggleLetter(letter));
    node.setAttribute("aria-label", `Class ${letter}, ${CLASS_NAMES[letter]}`);
    const count = element("span", "count");
    node.append(letterBox(letter), count);
    return { letter, node, count };
  });
  private readonly flags = [
    this.flag("uncertain", "Beats whose highest probability is below 0.70 and that nobody edited"),
    this.flag("edited", "Beats that somebody relabelled, added or moved"),
    this.flag("differs", "Beats that the file's annotations have not, or as another class"),
  ];
  private readonly count = element("strong", "count");
  private readonly all = button("primary", "choose them all", "Choose all beats found, to relabel or delete them", () => this.choose());
  private readonly previous = button("plain", "‹ previous", "Go to the beat found before", () => this.step(-1));
  private readonly next = button("plain", "next ›", "Go to the next beat found", () => this.step(1));
  private readonly empty = element("p", "empty");
  private readonly list: VirtualList;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "search");
    const form = element("div", "search-form");
    form.setAttribute("role", "search");
    form.append(this.heading.head, this.buildLetters(), ...RANGES.map((range) => this.buildRange(range)), this.buildFlags(), this.buildActions());
    this.list = new VirtualList({
      label: "Beats found",
      rowPx: ROW_PX,
      fill: (row, index) => this.fill(row, this.found[index]),
      onEnter: (index) => store.navigation.choose(store.review.beats.id[this.found[index]]),
    });
    const results = element("div", "search-results");
    results.append(this.buildColumns(), this.list.root, this.empty);
    this.root.append(form, results);
    this.follow(["beats", "state", "differences"], () => this.search());
    this.follow(["chosen"], () => this.showChosen());
    this.search();
  }

  override destroy(): void {
    this.list.destroy();
    super.destroy();
  }

  focus(): void {
    this.letters[0].node.focus({ preventScroll: false });
  }

  private buildLetters(): HTMLElement {
    const group = element("div", "chips");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Classes");
    group.append(...this.letters.map(({ node }) => node));
    return group;
  }

  private buildRange({ name, title, low, high, size }: RangeField): HTMLElement {
    const group = element("div", "range-field");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    group.append(element("span", "range-title", title));
    for (const [end, words, placeholder] of [["From", "from", low], ["To", "to", high]] as const) {
      const field: RangeEnd = `${name}${end}`;
      const input = element("input", "field");
      Object.assign(input, { type: "text", inputMode: "decimal", placeholder, size, autocomplete: "off", spellcheck: false });
      input.setAttribute("aria-label", `${title}, ${words}`);
      input.addEventListener("input", () => {
        this.fields[field] = input.value;
        this.search();
      });
      this.inputs.set(field, input);
      group.append(...(end === "To" ? [element("span", "quiet", "–")] : []), input);
    }
    return group;
  }

  private flag(name: "uncertain" | "edited" | "differs", title: string): { name: typeof name; node: HTMLButtonElement } {
    const node = chip(FLAG_NAMES[name], title, () => {
      this.fields[name] = !this.fields[name];
      this.search();
    });
    return { name, node };
  }

  private buildFlags(): HTMLElement {
    const group = element("div", "chips");
    group.append(...this.flags.map(({ node }) => node));
    group.append(button("plain", "clear", "Search for all beats", () => this.clear()));
    return group;
  }

  private buildActions(): HTMLElement {
    const line = element("div", "search-actions");
    this.count.setAttribute("role", "status");
    line.append(this.count, this.previous, this.next, this.all);
    return line;
  }

  private buildColumns(): HTMLElement {
    const columns = element("div", "columns-head");
    columns.setAttribute("aria-hidden", "true");
    for (const name of ["", "time", "p", "RR ms", "family"]) columns.append(element("span", "", name));
    return columns;
  }

  private toggleLetter(letter: Label): void {
    const { letters } = this.fields;
    this.fields.letters = letters.includes(letter) ? letters.filter((each) => each !== letter) : [...letters, letter];
    this.search();
  }

  private clear(): void {
    this.fields = { ...EMPTY_FIELDS };
    for (const input of this.inputs.values()) input.value = "";
    this.search();
  }

  private search(): void {
    const { store } = this;
    const { criteria, wrong } = criteriaOf(this.fields, store.review.facts?.clockS ?? null);
    for (const [name, input] of this.inputs) input.setAttribute("aria-invalid", String(wrong.includes(name)));
    for (const { letter, node, count } of this.letters) {
      press(node, this.fields.letters.includes(letter));
      write(count, number(store.review.summary?.n_by_class?.[letter]));
    }
    for (const { name, node } of this.flags) {
      press(node, this.fields[name]);
      if (name === "differs") node.hidden = !store.review.facts?.hasReference;
    }
    this.found = searchBeats(store.review.beats, criteria, criteria.differs ? store.differences.positions() : undefined);
    const { length } = this.found;
    write(this.count, counted(length, "beat"));
    write(this.heading.beside, asks(criteria) ? `of ${number(store.review.beats.n)}` : "all are shown");
    for (const node of [this.all, this.previous, this.next]) node.disabled = !length;
    this.list.root.hidden = !length;
    this.empty.hidden = length > 0;
    write(this.empty, criteria.differs && !store.differences.known ? waitingText(store) : emptyText(store.review));
    this.list.show(length, this.placeOfChosen());
  }

  private placeOfChosen(): number {
    const { beats } = this.store.review;
    const { chosen } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    return at < 0 ? -1 : placeAmong(this.found, at);
  }

  private showChosen(): void {
    this.list.setActive(this.placeOfChosen());
  }

  private choose(): void {
    const { beats } = this.store.review;
    this.store.navigation.select(Array.from(this.found, (i) => beats.id[i]));
  }

  private step(step: 1 | -1): void {
    const { beats } = this.store.review;
    const { chosen, view } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    const from = at >= 0 ? at : beats.firstAtOrAfter(view.startS * beats.fs) - (step > 0 ? 1 : 0);
    const to = stepAmong(this.found, from, step);
    if (to < 0) this.store.showMessage("No further beat found.");
    else this.store.navigation.choose(beats.id[this.found[to]]);
  }

  private fill(row: HTMLElement, i: number): void {
    const { beats, facts } = this.store.review;
    row.className = `row found ${beats.edited[i] ? "edited" : ""}`;
    const letter = beats.letter(i);
    const family = familyNumber(beats.family[i]);
    const time = formatTime(beats.timeS(i), facts?.clockS ?? null, 2);
    const cells = [time, number(beats.pBest(i), 2), number(beats.rrMs(i)), family];
    row.setAttribute("aria-label", `${letter ?? "beat"} at ${time}, p ${cells[1]}, RR ${cells[2]} ms, family ${family}`);
    row.replaceChildren(letterBox(letter, beats.uncertain(i) ? "uncertain" : ""), ...cells.map((text) => element("span", "", text)));
  }
}
