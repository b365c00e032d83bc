// What was found, the most urgent first: each event with its reason, its time and what somebody made of it.

import { Coverage } from "./coverage.ts";
import { deviceBadge, isDevice } from "./device.ts";
import { activeElementOf, button, element } from "./dom.ts";
import { EventDetails, eventTip } from "./event_details.ts";
import { EventFilters } from "./event_filters.ts";
import type { ReviewEvent } from "./facts.ts";
import { JobBox } from "./job_box.ts";
import { MARKS, NOTE_SIGN, signsOf, type FilterName } from "./marks.ts";
import { Panel, chip, heading, press, signBox, write } from "./panel.ts";
import type { Mark } from "./payloads.ts";
import { SetAside } from "./set_aside.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { UrgentStatements } from "./urgent_statements.ts";
import { VirtualList } from "./virtual.ts";
import { eventFigures, eventText, kindName, number, seenText, shortTitle } from "./wording.ts";

const ROW_PX = 50;
const MARK_OF_KEY: Partial<Record<string, Mark>> = { d: "seen", x: "dismissed", r: "report" };

/** A kind of events: how many of it are listed, and how many there are. */
interface EventKind {
  kind: string;
  name: string;
  title: string;
  n: number;
  total: number;
}

interface EventsOptions {
  /** Look through a kind. */
  onMontage: (kind: string) => void;
  /** Ask for a note on an event that `what` names in words. */
  onNote: (event: ReviewEvent, what: string) => void;
  /** Show the diagnostic statements. */
  onStatements: () => void;
}

/** Kinds with their names, the number of events listed and of all there are, in the order of the list. */
export function kindsOf(events: readonly Pick<ReviewEvent, "kind" | "title">[], totals: Record<string, number | null> = {}): EventKind[] {
  const kinds = new Map<string, Omit<EventKind, "total">>();
  for (const event of events) {
    const known = kinds.get(event.kind);
    if (known) known.n += 1;
    else kinds.set(event.kind, { kind: event.kind, name: kindName(event), title: event.title, n: 1 });
  }
  return [...kinds.values()].map((each) => ({ ...each, total: Math.max(each.n, totals[each.kind] ?? 0) }));
}

/** How many events of a kind there are; until the single beats have come, fewer of them than that are listed. */
export function countText({ n, total }: Pick<EventKind, "n" | "total">): string {
  return total > n ? `${number(n)} of ${number(total)}` : number(n);
}

/** Why none of the events is listed, in words; empty where there is no filter. */
export function filteredText(filter: FilterName, n: number): string {
  if (filter === "all" || !n) return "";
  const which = { unseen: "unseen", starred: "marked for the report", dismissed: "dismissed" }[filter];
  return `None of the ${number(n)} events is ${which}.`;
}

function cell(name: string, content: string | Node): HTMLElement {
  const node = element("span", name);
  node.append(content);
  return node;
}

export class Events extends Panel {
  private readonly onNote: EventsOptions["onNote"];
  /** The chosen kinds; stepping by key walks through these alone, too. */
  private readonly kinds: Set<string>;
  private shown: ReviewEvent[] = [];
  private readonly beside: HTMLElement;
  private readonly job: JobBox;
  private readonly chips = element("div", "chips");
  /** Chips by kind, that of all kinds under null. */
  private chipOf = new Map<string | null, HTMLButtonElement>();
  private drawnChips = "";
  private readonly filters: EventFilters;
  private readonly actions = element("div", "row-actions");
  private readonly marks: { mark: Mark; node: HTMLElement }[];
  private readonly noting = button("mark note", NOTE_SIGN, "Note (T)", () => this.note());
  private readonly list: VirtualList;
  private readonly details: EventDetails;
  private readonly coverage: Coverage;
  private readonly statements: UrgentStatements;
  private readonly setAside: SetAside;
  private readonly empty = element("p", "empty");

  constructor(store: Store, place: ParentNode, { onMontage, onNote, onStatements }: EventsOptions) {
    super(store, place, "events");
    this.onNote = onNote;
    this.kinds = store.navigation.eventKinds;
    const { head, beside } = heading("Events");
    this.beside = beside;
    this.job = new JobBox(store);
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Kinds of events shown");
    this.filters = new EventFilters(store, { onFilter: () => this.refilter(), onMontage });
    this.marks = this.buildActions();
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
    this.statements = new UrgentStatements(store, onStatements);
    this.setAside = new SetAside(store);
    const below = [this.list.root, this.empty, this.details.root, this.coverage.root];
    this.root.append(head, this.job.root, this.statements.root, this.setAside.root, this.chips, this.filters.root, ...below);
    this.follow(["state"], () => this.draw());
    this.follow(["event"], () => this.showCurrent());
    this.follow(["waves"], () => {
      this.statements.draw();
      this.details.draw(this.active ?? this.shown.at(0));
    });
    this.follow(["statements"], () => this.details.draw(this.active ?? this.shown.at(0)));
    this.draw();
  }

  override destroy(): void {
    this.list.destroy();
    super.destroy();
  }

  private buildActions(): { mark: Mark; node: HTMLElement }[] {
    this.actions.setAttribute("role", "group");
    const marks = MARKS.map(([mark, sign, name, key]) => {
      const node = button(`mark ${mark}`, sign, `${name} (${key})`, () => this.mark(mark));
      node.setAttribute("aria-label", name);
      return { mark, node };
    });
    this.noting.setAttribute("aria-label", "Note");
    this.actions.append(...marks.map(({ node }) => node), this.noting);
    return marks;
  }

  private key(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    const mark = MARK_OF_KEY[key];
    if ((!mark && key !== "t") || this.list.active < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (mark) this.mark(mark);
    else this.note();
    event.preventDefault();
    event.stopPropagation();
  }

  private get active(): ReviewEvent | undefined {
    return this.shown[this.list.active];
  }

  private mark(mark: Mark): void {
    const event = this.active;
    if (event) void this.store.edits.markEvent(event.key, mark, !event[mark]);
  }

  /** Ask for a note on an event, the active one by default. */
  note(event = this.active): void {
    if (event) this.onNote(event, `${event.title} at ${this.time(event)}`);
  }

  private draw(): void {
    const { store } = this;
    const kinds = kindsOf(store.review.episodes, store.review.summary?.n_by_kind ?? {});
    for (const kind of [...this.kinds]) if (!kinds.some((each) => each.kind === kind)) this.kinds.delete(kind);
    write(this.beside, store.review.stage === "beats" ? "" : seenText(store.review.episodes));
    this.job.draw();
    this.setAside.draw();
    this.drawChips(kinds);
    this.filters.draw(kinds);
    const active = this.active?.key ?? store.navigation.currentEvent;
    this.shown = store.review.episodes.filter((each) => store.navigation.listsEvent(each));
    const at = this.shown.findIndex(({ key }) => key === active);
    // Who marks rows one after the other goes on with the row that has come in the place of one that left the list.
    const goesOn = at < 0 && activeElementOf(this.root) === this.list.box;
    this.list.show(this.shown.length, goesOn ? Math.min(this.list.active, this.shown.length - 1) : at);
    this.drawActions();
    this.list.root.hidden = !this.shown.length;
    const empty = filteredText(store.navigation.eventFilter, store.review.episodes.length);
    this.empty.hidden = this.shown.length > 0 || !empty;
    write(this.empty, empty);
    this.coverage.draw(this.list.root);
  }

  private drawChips(kinds: EventKind[]): void {
    const drawn = JSON.stringify(kinds);
    if (drawn !== this.drawnChips) {
      this.drawnChips = drawn;
      const focused = this.focusedKind();
      const n = this.store.review.episodes.length;
      this.chipOf = new Map([[null, this.chip({ kind: null, name: "all", title: "All kinds", n, total: n })]]);
      for (const each of kinds) this.chipOf.set(each.kind, this.chip(each));
      this.chips.replaceChildren(...(kinds.length > 1 ? this.chipOf.values() : []));
      if (focused !== undefined) this.chipOf.get(focused)?.focus({ preventScroll: true });
    }
    for (const [kind, node] of this.chipOf) press(node, kind === null ? !this.kinds.size : this.kinds.has(kind));
  }

  private focusedKind(): string | null | undefined {
    const focused = activeElementOf(this.root);
    return [...this.chipOf].find(([, node]) => node === focused)?.[0];
  }

  private chip({ kind, name, title, n, total }: Omit<EventKind, "kind"> & { kind: string | null }): HTMLButtonElement {
    const count = countText({ n, total });
    const node = chip("", `${title}: ${count}`, () => this.toggle(kind));
    node.append(element("span", "", name), element("span", "count", count));
    return node;
  }

  private toggle(kind: string | null): void {
    if (kind === null) this.kinds.clear();
    else if (!this.kinds.delete(kind)) this.kinds.add(kind);
    this.refilter();
  }

  private refilter(): void {
    this.draw();
    this.list.root.scrollTop = 0;
    if (this.list.active >= 0) this.list.reveal(this.list.active);
  }

  private showCurrent(): void {
    const index = this.shown.findIndex(({ key }) => key === this.store.navigation.currentEvent);
    if (index >= 0) this.list.setActive(index);
    this.list.show(this.shown.length);
    this.drawActions();
  }

  private drawActions(): void {
    const event = this.active;
    this.details.draw(event ?? this.shown.at(0));
    this.actions.hidden = !event;
    if (!event) return;
    this.actions.setAttribute("aria-label", `Mark ${event.title} at ${this.time(event)}`);
    for (const { mark, node } of this.marks) press(node, event[mark]);
    press(this.noting, Boolean(event.note));
  }

  private time(event: ReviewEvent): string {
    return formatTime(event.startS, this.store.review.facts?.clockS ?? null);
  }

  private fill(row: HTMLElement, event: ReviewEvent): void {
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
    row.replaceChildren(
      signBox(event.sign),
      first,
      cell("time", isDevice(event) ? deviceBadge() : time),
      cell("mark-sign", signsOf(event)),
      cell("reason", reason),
    );
  }
}
