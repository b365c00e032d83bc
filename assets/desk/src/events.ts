// @ts-nocheck
// What was found, the most urgent first: each event with its reason, its time and what somebody made of it.

import { Coverage } from "./coverage.ts";
import { deviceBadge, isDevice } from "./device.ts";
import { button, element } from "./dom.ts";
import { EventDetails, eventTip } from "./event_details.ts";
import { EventFilters } from "./event_filters.ts";
import { JobBox } from "./job_box.ts";
import { MARKS, NOTE_SIGN, signsOf } from "./marks.ts";
import { Panel, chip, heading, press, signBox, write } from "./panel.ts";
import { formatTime } from "./times.ts";
import { VirtualList } from "./virtual.ts";
import { eventFigures, eventText, kindName, number, seenText, shortTitle } from "./wording.ts";

const ROW_PX = 50;
const MARK_OF_KEY = { d: "seen", x: "dismissed", r: "report" };

/** Kinds with their names, the number of events listed and of all there are, in the order of the list. */
export function kindsOf(events, totals = {}) {
  const kinds = new Map();
  for (const event of events) {
    const known = kinds.get(event.kind);
    if (known) known.n += 1;
    else kinds.set(event.kind, { kind: event.kind, name: kindName(event), title: event.title, n: 1 });
  }
  return [...kinds.values()].map((each) => ({ ...each, total: Math.max(each.n, totals[each.kind] ?? 0) }));
}

/** How many events of a kind there are; until the single beats have come, fewer of them than that are listed. */
export function countText({ n, total }) {
  return total > n ? `${number(n)} of ${number(total)}` : number(n);
}

/** Why none of the events is listed, in words; empty where there is no filter. */
export function filteredText(filter, n) {
  if (filter === "all" || !n) return "";
  const which = { unseen: "unseen", starred: "marked for the report", dismissed: "dismissed" }[filter];
  return `None of the ${number(n)} events is ${which}.`;
}

function cell(name, content) {
  const node = element("span", name, typeof content === "string" ? content : "");
  if (typeof content !== "string") node.append(content);
  return node;
}

export class Events extends Panel {
  /** `onMontage(kind)` looks through a kind, `onNote(event, what)` asks for a note. */
  constructor(store, place, { onMontage = () => {}, onNote = () => {} } = {}) {
    super(store, place, "events");
    this.onNote = onNote;
    this.kinds = store.navigation.eventKinds; // stepping by key walks through these alone, too
    this.shown = [];
    const { head, beside } = heading("Events");
    this.beside = beside;
    this.job = new JobBox(store);
    this.chips = element("div", "chips");
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Kinds of events shown");
    this.filters = new EventFilters(store, { changed: () => this.refilter(), onMontage });
    this.actions = this.buildActions();
    this.list = new VirtualList({
      label: "Events, most urgent first",
      rowPx: ROW_PX,
      fill: (row, index) => this.fill(row, this.shown[index]),
      onEnter: (index) => store.navigation.goToEvent(this.shown[index].key),
      onActive: () => this.drawActions(),
      beside: this.actions,
    });
    this.list.box.addEventListener("keydown", (event) => this.key(event));
    this.details = new EventDetails(store);
    this.coverage = new Coverage(store);
    this.empty = element("p", "empty");
    const below = [this.list.root, this.empty, this.details.root, this.coverage.root];
    this.root.append(head, this.job.root, this.chips, this.filters.root, ...below);
    this.follow(["state"], () => this.draw());
    this.follow(["event"], () => this.showCurrent());
    this.draw();
  }

  destroy() {
    this.list.destroy();
    super.destroy();
  }

  buildActions() {
    const bar = element("div", "row-actions");
    bar.setAttribute("role", "group");
    this.marks = MARKS.map(([mark, sign, name, key]) => {
      const each = button(`mark ${mark}`, sign, `${name} (${key})`, () => this.mark(mark));
      each.setAttribute("aria-label", name);
      bar.append(each);
      return [mark, each];
    });
    this.noting = button("mark note", NOTE_SIGN, "Note (T)", () => this.note());
    this.noting.setAttribute("aria-label", "Note");
    bar.append(this.noting);
    return bar;
  }

  key(event) {
    const key = event.key.toLowerCase();
    const mark = MARK_OF_KEY[key];
    if ((!mark && key !== "t") || this.list.active < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (mark) this.mark(mark);
    else this.note();
    event.preventDefault();
    event.stopPropagation();
  }

  mark(mark) {
    const event = this.shown[this.list.active];
    if (event) this.store.edits.markEvent(event.key, mark, !event[mark]);
  }

  /** Ask for a note on an event, the active one by default. */
  note(event = this.shown[this.list.active]) {
    if (event) this.onNote(event, `${event.title} at ${this.time(event)}`);
  }

  draw() {
    const { store } = this;
    const kinds = kindsOf(store.review.episodes, store.review.summary?.n_by_kind ?? {});
    for (const kind of [...this.kinds]) if (!kinds.some((each) => each.kind === kind)) this.kinds.delete(kind);
    write(this.beside, store.review.stage === "beats" ? "" : seenText(store.review.episodes));
    this.job.draw();
    this.drawChips(kinds);
    this.filters.draw(kinds);
    const active = this.shown[this.list.active]?.key ?? store.navigation.currentEvent;
    this.shown = store.review.episodes.filter((each) => store.navigation.listsEvent(each));
    const at = this.shown.findIndex(({ key }) => key === active);
    // Who marks rows one after the other goes on with the row that has come in the place of one that left the list.
    const goesOn = at < 0 && this.root.getRootNode().activeElement === this.list.box;
    this.list.show(this.shown.length, goesOn ? Math.min(this.list.active, this.shown.length - 1) : at);
    this.drawActions();
    this.list.root.hidden = !this.shown.length;
    const empty = filteredText(store.navigation.eventFilter, store.review.episodes.length);
    this.empty.hidden = this.shown.length > 0 || !empty;
    write(this.empty, empty);
    this.coverage.draw(this.list.root);
  }

  drawChips(kinds) {
    const drawn = JSON.stringify(kinds);
    if (drawn !== this.drawnChips) {
      this.drawnChips = drawn;
      const focused = this.focusedKind();
      this.chipOf = new Map([[null, this.chip({ kind: null, name: "all", title: "All kinds", n: this.store.review.episodes.length })]]);
      for (const each of kinds) this.chipOf.set(each.kind, this.chip(each));
      this.chips.replaceChildren(...(kinds.length > 1 ? this.chipOf.values() : []));
      if (focused !== undefined) this.chipOf.get(focused)?.focus({ preventScroll: true });
    }
    for (const [kind, node] of this.chipOf) press(node, kind === null ? !this.kinds.size : this.kinds.has(kind));
  }

  focusedKind() {
    const focused = this.root.getRootNode().activeElement;
    return [...(this.chipOf ?? [])].find(([, node]) => node === focused)?.[0];
  }

  chip({ kind, name, title, n, total = n }) {
    const count = countText({ n, total });
    const node = chip("", `${title}: ${count}`, () => this.toggle(kind));
    node.append(element("span", "", name), element("span", "count", count));
    return node;
  }

  toggle(kind) {
    if (kind === null) this.kinds.clear();
    else if (!this.kinds.delete(kind)) this.kinds.add(kind);
    this.refilter();
  }

  refilter() {
    this.draw();
    this.list.root.scrollTop = 0;
    if (this.list.active >= 0) this.list.reveal(this.list.active);
  }

  showCurrent() {
    const index = this.shown.findIndex(({ key }) => key === this.store.navigation.currentEvent);
    if (index >= 0) this.list.setActive(index);
    this.list.show(this.shown.length);
    this.drawActions();
  }

  drawActions() {
    const event = this.shown[this.list.active];
    this.details.draw(event ?? this.shown[0]);
    this.actions.hidden = !event;
    if (!event) return;
    this.actions.setAttribute("aria-label", `Mark ${event.title} at ${this.time(event)}`);
    for (const [mark, node] of this.marks) press(node, event[mark]);
    press(this.noting, Boolean(event.note));
  }

  time(event) {
    return formatTime(event.startS, this.store.review.facts?.clockS ?? null);
  }

  fill(row, event) {
    row.className = "row event";
    for (const [mark] of MARKS) row.classList.toggle(mark, event[mark]);
    row.classList.toggle("current", event.key === this.store.navigation.currentEvent);
    row.classList.toggle("device", isDevice(event));
    row.classList.toggle("urgent", event.kind === "DEVICE_URGENT");
    const time = this.time(event);
    row.setAttribute("aria-label", eventText(event, time));
    row.title = eventTip(event, this.store.review.performance);
    const first = element("span", "first");
    first.append(element("strong", "", shortTitle(event)), " ", eventFigures(event));
    const reason = event.note ? `${NOTE_SIGN} ${event.note} · ${event.reason}` : event.reason;
    const parts = [["time", isDevice(event) ? deviceBadge() : time], ["mark-sign", signsOf(event)], ["reason", reason]];
    row.replaceChildren(signBox(event.sign), first, ...parts.map(([name, text]) => cell(name, text)));
  }
}
