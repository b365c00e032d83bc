// @ts-nocheck
// Finding beats by what they are: the answer stands there while one types.

import { LETTERS } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { Panel, chip, heading, letterBox, press, write } from "./panel.ts";
import { EMPTY_FIELDS, asks, criteriaOf, placeAmong, searchBeats } from "./search_beats.ts";
import { stepAmong } from "./selection.ts";
import { formatTime } from "./times.ts";
import { VirtualList } from "./virtual.ts";
import { CLASS_NAMES, counted, familyNumber, number } from "./wording.ts";

const ROW_PX = 26;
const RANGES = [
  ["p", "highest probability", "0.00", "1.00", 5],
  ["rr", "RR before, ms", "300", "2000", 6],
  ["time", "time", "hh:mm:ss", "hh:mm:ss", 11],
];

/** Why nothing is listed, in words. */
export function emptyText({ stage, beats, job }) {
  if (beats.n) return "No beat is like this.";
  if (stage === "beats") return job?.problem ?? "Beats are being found …";
  return "There are no beats in this recording.";
}

export class Search extends Panel {
  constructor(store, place) {
    super(store, place, "search");
    this.fields = { ...EMPTY_FIELDS, letters: [] };
    this.found = new Int32Array(0);
    this.inputs = new Map();
    const { head, beside } = heading("Search beats");
    this.beside = beside;
    const form = element("div", "search-form");
    form.setAttribute("role", "search");
    form.append(head, this.buildLetters(), ...RANGES.map((range) => this.buildRange(range)), this.buildFlags(), this.buildActions());
    this.list = new VirtualList({
      label: "Beats found",
      rowPx: ROW_PX,
      fill: (row, index) => this.fill(row, this.found[index]),
      onEnter: (index) => store.navigation.choose(store.review.beats.id[this.found[index]]),
    });
    const results = element("div", "search-results");
    this.empty = element("p", "empty");
    results.append(this.buildColumns(), this.list.root, this.empty);
    this.root.append(form, results);
    this.follow(["beats", "state"], () => this.search());
    this.follow(["chosen"], () => this.showChosen());
    this.search();
  }

  destroy() {
    this.list.destroy();
    super.destroy();
  }

  focus() {
    this.letters[0][1].focus({ preventScroll: false });
  }

  buildLetters() {
    const group = element("div", "chips");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Classes");
    this.letters = LETTERS.map((letter) => {
      const node = chip("", `${letter}: ${CLASS_NAMES[letter]}`, () => this.toggleLetter(letter));
      node.setAttribute("aria-label", `Class ${letter}, ${CLASS_NAMES[letter]}`);
      const n = element("span", "count");
      node.append(letterBox(letter), n);
      group.append(node);
      return [letter, node, n];
    });
    return group;
  }

  buildRange([name, title, low, high, size]) {
    const group = element("div", "range-field");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    group.append(element("span", "range-title", title));
    for (const [end, words, placeholder] of [["From", "from", low], ["To", "to", high]]) {
      const input = element("input", "field");
      Object.assign(input, { type: "text", inputMode: "decimal", placeholder, size, autocomplete: "off", spellcheck: false });
      input.setAttribute("aria-label", `${title}, ${words}`);
      input.addEventListener("input", () => {
        this.fields[name + end] = input.value;
        this.search();
      });
      this.inputs.set(name + end, input);
      group.append(...(end === "To" ? [element("span", "quiet", "–")] : []), input);
    }
    return group;
  }

  buildFlags() {
    const group = element("div", "chips");
    const flag = (name, text, title) => {
      const node = chip(text, title, () => {
        this.fields[name] = !this.fields[name];
        this.search();
      });
      group.append(node);
      return [name, node];
    };
    this.flags = [
      flag("uncertain", "uncertain only", "Beats whose highest probability is below 0.70 and that nobody edited"),
      flag("edited", "edited only", "Beats that somebody relabelled, added or moved"),
    ];
    group.append(button("plain", "clear", "Search for all beats", () => this.clear()));
    return group;
  }

  buildActions() {
    const line = element("div", "search-actions");
    this.count = element("strong", "count");
    this.count.setAttribute("role", "status");
    this.all = button("primary", "choose them all", "Choose all beats found, to relabel or delete them", () => this.choose());
    this.before = button("plain", "‹ previous", "Go to the beat found before", () => this.step(-1));
    this.next = button("plain", "next ›", "Go to the next beat found", () => this.step(1));
    line.append(this.count, this.before, this.next, this.all);
    return line;
  }

  buildColumns() {
    const columns = element("div", "columns-head");
    columns.setAttribute("aria-hidden", "true");
    for (const name of ["", "time", "p", "RR ms", "family"]) columns.append(element("span", "", name));
    return columns;
  }

  toggleLetter(letter) {
    const { letters } = this.fields;
    this.fields.letters = letters.includes(letter) ? letters.filter((each) => each !== letter) : [...letters, letter];
    this.search();
  }

  clear() {
    this.fields = { ...EMPTY_FIELDS, letters: [] };
    for (const input of this.inputs.values()) input.value = "";
    this.search();
  }

  search() {
    const { store } = this;
    const { criteria, wrong } = criteriaOf(this.fields, store.review.facts?.clockS ?? null);
    for (const [name, input] of this.inputs) input.setAttribute("aria-invalid", String(wrong.includes(name)));
    for (const [letter, node, n] of this.letters) {
      press(node, this.fields.letters.includes(letter));
      write(n, number(store.review.summary?.n_by_class?.[letter]));
    }
    for (const [name, node] of this.flags) press(node, this.fields[name]);
    this.found = searchBeats(store.review.beats, criteria);
    const { length } = this.found;
    write(this.count, counted(length, "beat"));
    write(this.beside, asks(criteria) ? `of ${number(store.review.beats.n)}` : "all are shown");
    for (const node of [this.all, this.before, this.next]) node.disabled = !length;
    this.list.root.hidden = !length;
    this.empty.hidden = length > 0;
    write(this.empty, emptyText(store.review));
    this.list.show(length, this.placeOfChosen());
  }

  placeOfChosen() {
    const { beats } = this.store.review;
    const { chosen } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    return at < 0 ? -1 : placeAmong(this.found, at);
  }

  showChosen() {
    this.list.setActive(this.placeOfChosen());
  }

  choose() {
    const { beats } = this.store.review;
    this.store.navigation.select(Array.from(this.found, (i) => beats.id[i]));
  }

  step(step) {
    const { beats } = this.store.review;
    const { chosen, view } = this.store.navigation;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    const from = at >= 0 ? at : beats.firstAtOrAfter(view.startS * beats.fs) - (step > 0 ? 1 : 0);
    const to = stepAmong(this.found, from, step);
    if (to < 0) this.store.showMessage("No further beat found.");
    else this.store.navigation.choose(beats.id[this.found[to]]);
  }

  fill(row, i) {
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
