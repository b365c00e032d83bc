// What was found, the most urgent first: each event with its reason, its time and what somebody made of it.

import { Coverage } from "./coverage.js";
import { deviceBadge, isDevice } from "./device.js";
import { button, element } from "./dom.js";
import { EventDetails, eventTip } from "./event_details.js";
import { JobBox } from "./job_box.js";
import { Panel, chip, heading, press, signBox, write } from "./panel.js";
import { formatTime } from "./times.js";
import { VirtualList } from "./virtual.js";
import { eventFigures, eventText, kindName, number, seenText, shortTitle } from "./wording.js";

const ROW_PX = 50;
const MARKS = [
  ["seen", "✓", "Seen", "D"],
  ["dismissed", "×", "Dismiss", "X"],
  ["report", "★", "Strip for the report", "R"],
];
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

/** How many events of a kind there are: of single beats there may be more than the most premature ones listed. */
export function countText({ n, total }) {
  return total > n ? `${number(n)} of ${number(total)}` : number(n);
}

/** The events of some kinds; all of them where none is chosen. */
export function ofKinds(events, kinds) {
  return kinds.size ? events.filter(({ kind }) => kinds.has(kind)) : events;
}

/** What a press of a mark's button means: the mark, or none where it is there already. */
export function markAfter(mark, pressed) {
  return mark === pressed ? null : pressed;
}

function cell(name, content) {
  const node = element("span", name, typeof content === "string" ? content : "");
  if (typeof content !== "string") node.append(content);
  return node;
}

export class Events extends Panel {
  constructor(store, place) {
    super(store, place, "events");
    this.kinds = store.eventKinds; // stepping by key walks through these alone, too
    this.shown = [];
    const { head, beside } = heading("Events");
    this.beside = beside;
    this.job = new JobBox(store);
    this.chips = element("div", "chips");
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Kinds of events shown");
    this.actions = this.buildActions();
    this.list = new VirtualList({
      label: "Events, most urgent first",
      rowPx: ROW_PX,
      fill: (row, index) => this.fill(row, this.shown[index]),
      onEnter: (index) => store.goToEvent(this.shown[index].key),
      onActive: () => this.drawActions(),
      beside: this.actions,
    });
    this.list.box.addEventListener("keydown", (event) => this.key(event));
    this.details = new EventDetails(store);
    this.coverage = new Coverage(store);
    this.root.append(head, this.job.root, this.chips, this.list.root, this.details.root, this.coverage.root);
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
    return bar;
  }

  key(event) {
    const mark = MARK_OF_KEY[event.key.toLowerCase()];
    if (!mark || this.list.active < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    this.mark(mark);
    event.preventDefault();
    event.stopPropagation();
  }

  mark(mark) {
    const event = this.shown[this.list.active];
    if (event) this.store.markEvent(event.key, markAfter(event.mark, mark));
  }

  draw() {
    const { store } = this;
    const kinds = kindsOf(store.episodes, store.summary?.n_by_kind ?? {});
    for (const kind of [...this.kinds]) if (!kinds.some((each) => each.kind === kind)) this.kinds.delete(kind);
    write(this.beside, store.stage === "beats" ? "" : seenText(store.episodes));
    this.job.draw();
    this.drawChips(kinds);
    const active = this.shown[this.list.active]?.key ?? store.currentEvent;
    this.shown = ofKinds(store.episodes, this.kinds);
    this.list.show(this.shown.length, this.shown.findIndex(({ key }) => key === active));
    this.drawActions();
    this.list.root.hidden = !this.shown.length;
    this.coverage.draw(this.list.root);
  }

  drawChips(kinds) {
    const drawn = JSON.stringify(kinds);
    if (drawn !== this.drawnChips) {
      this.drawnChips = drawn;
      const focused = this.focusedKind();
      this.chipOf = new Map([[null, this.chip({ kind: null, name: "all", title: "All kinds", n: this.store.episodes.length })]]);
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
    const node = chip("", `${title}: ${total > n ? "most premature " : ""}${count}`, () => this.toggle(kind));
    node.append(element("span", "", name), element("span", "count", count));
    return node;
  }

  toggle(kind) {
    if (kind === null) this.kinds.clear();
    else if (!this.kinds.delete(kind)) this.kinds.add(kind);
    this.draw();
    this.list.root.scrollTop = 0;
    if (this.list.active >= 0) this.list.reveal(this.list.active);
  }

  showCurrent() {
    const index = this.shown.findIndex(({ key }) => key === this.store.currentEvent);
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
    for (const [mark, node] of this.marks) press(node, event.mark === mark);
  }

  time(event) {
    return formatTime(event.startS, this.store.facts?.clockS ?? null);
  }

  fill(row, event) {
    row.className = `row event ${event.mark ?? ""}`;
    row.classList.toggle("current", event.key === this.store.currentEvent);
    row.classList.toggle("device", isDevice(event));
    row.classList.toggle("urgent", event.kind === "DEVICE_URGENT");
    const time = this.time(event);
    row.setAttribute("aria-label", eventText(event, time));
    row.title = eventTip(event, this.store.performance);
    const first = element("span", "first");
    first.append(element("strong", "", shortTitle(event)), " ", eventFigures(event));
    const mark = MARKS.find(([each]) => each === event.mark)?.[1] ?? "";
    const parts = [["time", isDevice(event) ? deviceBadge() : time], ["mark-sign", mark], ["reason", event.reason]];
    row.replaceChildren(signBox(event.sign), first, ...parts.map(([name, text]) => cell(name, text)));
  }
}
