// Trends of a long recording: a table by the hour whose cells lead to what they rest on, and heart-rate variability.

import { errorOf, isAbort } from "./api.ts";
import { activeElementOf, button, closestTo, element } from "./dom.ts";
import { Panel, heading, write } from "./panel.ts";
import type { TrendsPayload, VariabilityPart } from "./payloads.ts";
import { qtcChoice } from "./qtc.ts";
import { SleepCard } from "./sleep_card.ts";
import type { Store } from "./store.ts";
import { afterKey, groupsOf, remarkOf, rowsOf, tooShortText, type TrendCell, type TrendRow } from "./trends_table.ts";
import { VariabilityCard } from "./variability_card.ts";
import { jobText } from "./wording.ts";

interface TrendsHandlers {
  /** The span that is selected on the strip; null where none is. */
  spanOf: () => { fromS: number; toS: number } | null;
}

export class Trends extends Panel {
  private readonly heading = heading("Trends");
  private readonly waiting = element("p", "empty");
  private readonly again = button("plain", "try again", "Ask for the table once more", () => void this.load());
  private readonly scroller = element("div", "trends-scroller");
  private readonly card: VariabilityCard;
  private readonly sleep: SleepCard;
  private sleepIsOld = false;
  private readonly qtc: ReturnType<typeof qtcChoice>;
  private readonly sight: ResizeObserver;
  /** What the table was made of, see `source`; empty before there is one. */
  private shown = "";
  private asked: AbortController | null = null;
  private rows: TrendRow[] = [];
  /** Buttons of the table, the name of the row first. */
  private buttons: HTMLButtonElement[][] = [];

  constructor(store: Store, place: ParentNode, { spanOf }: TrendsHandlers) {
    super(store, place, "trends");
    this.card = new VariabilityCard(store, { spanOf });
    this.sleep = new SleepCard(store);
    this.waiting.setAttribute("role", "status");
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.qtc = qtcChoice(store);
    this.heading.head.append(this.qtc.root);
    this.root.append(this.heading.head, this.waiting, this.again, this.scroller, this.sleep.root, this.card.root);
    this.follow(["state", "prefs"], () => this.update());
    this.follow(["diary"], () => {
      this.sleepIsOld = true;
      this.loadSleep();
    });
    this.sight = new ResizeObserver(() => this.update());
    this.sight.observe(this.root);
    this.update();
  }

  override destroy(): void {
    this.asked?.abort();
    this.sight.disconnect();
    this.card.destroy();
    this.sleep.destroy();
    super.destroy();
  }

  /** Ask for the table where it is seen and no longer speaks of the beats that there are. */
  private update(): void {
    const { facts, stage, job } = this.store.review;
    const { status } = this.store;
    this.qtc.draw();
    const short = facts ? tooShortText(facts.durationS) : "";
    if (!facts) this.showWaiting(status.problem ? status.text : "Opening the recording …");
    else if (short) this.showWaiting(short);
    else if (stage === "beats") this.showWaiting(job?.problem ?? (job ? jobText(job) : "Beats are being found …"));
    else if (this.root.clientWidth && !this.asked && this.shown !== this.source()) void this.load();
    else this.loadSleep();
  }

  /** What a table is made of: the beats under review, what was looked for in them, and the formula of QTc. */
  private source(): string {
    const { stage, revision, coverage } = this.store.review;
    return JSON.stringify([stage, revision, coverage?.assessed, this.store.prefs.qtc]);
  }

  /** Show why there is no table; one of beats that have changed since is not shown either. */
  private showWaiting(text: string, { problem = false } = {}): void {
    write(this.waiting, text);
    this.waiting.hidden = !text;
    this.waiting.classList.toggle("problem", problem);
    this.again.hidden = !problem;
    this.scroller.hidden = this.card.root.hidden = this.sleep.root.hidden = this.qtc.root.hidden = Boolean(text);
  }

  private async load(): Promise<void> {
    const source = this.source();
    const asked = (this.asked = new AbortController());
    if (this.scroller.hidden || !this.rows.length) this.showWaiting("The table is being computed …");
    this.scroller.classList.add("loading");
    try {
      const found = await this.store.api.get("trends", { qtc: this.store.prefs.qtc }, { signal: asked.signal });
      this.shown = source;
      if (found) this.draw(found);
    } catch (problem) {
      if (isAbort(problem)) return;
      this.shown = source; // it is asked for again with the next change, or by the button
      this.showWaiting(errorOf(problem).message, { problem: true });
    } finally {
      this.scroller.classList.remove("loading");
      this.asked = null;
    }
    this.update(); // beats may have changed meanwhile
  }

  private draw(found: TrendsPayload): void {
    const { facts } = this.store.review;
    if (!facts) return;
    this.showWaiting("");
    write(this.heading.beside, remarkOf(found));
    this.rows = rowsOf(found, facts);
    const [row, column] = this.focused() ?? [-1, -1];
    this.scroller.replaceChildren(this.table(found));
    this.setTabStop(Math.max(row, 0), Math.max(column, 0));
    if (row >= 0) this.buttons[row]?.[column]?.focus({ preventScroll: true });
    this.card.showParts(new Set<VariabilityPart>(this.rows.map(({ part }) => part)));
    void this.card.load();
    this.sleepIsOld = false;
    void this.sleep.load();
  }

  /** Ask for the figures asleep and awake again, as soon as they are seen, where the diary has changed. */
  private loadSleep(): void {
    if (!this.sleepIsOld || !this.rows.length || this.sleep.root.hidden || !this.root.clientWidth) return;
    this.sleepIsOld = false;
    void this.sleep.load();
  }

  private table(found: TrendsPayload): HTMLTableElement {
    const table = element("table", "trends-table");
    table.setAttribute("aria-label", "Trends by hour");
    const groups = element("tr", "trends-groups");
    groups.append(element("td"));
    for (const { title, span } of groupsOf(found.columns)) {
      const head = element("th", "", title);
      head.colSpan = span;
      head.scope = "colgroup";
      groups.append(head);
    }
    const titles = element("tr", "trends-titles");
    titles.append(element("th", "", found.has_clock ? "clock" : "from"));
    let group = "";
    for (const { title, unit, group: own } of found.columns) {
      const head = element("th", own === group ? "" : "begins", title);
      head.scope = "col";
      if (unit) head.append(" ", element("span", "unit", unit));
      group = own;
      titles.append(head);
    }
    const header = element("thead");
    header.append(groups, titles);
    const body = element("tbody");
    this.buttons = this.rows.map((row) => {
      const line = element("tr", row.row.kind === "hour" ? "" : "total");
      const name = button("trends-name", row.name, row.title, () => this.openRow(row));
      const head = element("th");
      head.scope = "row";
      head.append(name);
      line.append(head);
      let last = "";
      const cells = row.cells.map((cell) => {
        const node = this.cell(cell);
        const place = element("td", cell.column.group === last ? "" : "begins");
        last = cell.column.group;
        place.append(node);
        line.append(place);
        return node;
      });
      body.append(line);
      return [name, ...cells];
    });
    table.append(header, body);
    return table;
  }

  private cell({ text, title, sample, quiet }: TrendCell): HTMLButtonElement {
    const node = button(quiet ? "quiet" : "", text, title, () => this.goTo(sample));
    node.setAttribute("aria-label", title);
    if (sample === null) node.setAttribute("aria-disabled", "true");
    return node;
  }

  private goTo(sample: number | null): void {
    const { navigation, review } = this.store;
    if (sample === null || !review.facts) return;
    const at = review.beats.indexOfSample(sample);
    if (at >= 0) navigation.choose(review.beats.id[at], { reveal: false });
    navigation.goTo(sample / review.facts.fs);
  }

  private openRow({ part, startS, stopS }: TrendRow): void {
    if (part === "span") {
      this.card.showHour([startS, stopS]);
      this.store.navigation.goTo(startS, { lead: 0 });
    } else this.card.showPart(part);
  }

  // One cell is in the tab order; arrow keys move among them.

  private focused(): [row: number, column: number] | null {
    const node = activeElementOf(this.root);
    for (const [row, cells] of this.buttons.entries()) {
      const column = cells.findIndex((each) => each === node);
      if (column >= 0) return [row, column];
    }
    return null;
  }

  private setTabStop(row: number, column: number): void {
    for (const [i, cells] of this.buttons.entries()) {
      for (const [k, node] of cells.entries()) node.tabIndex = i === row && k === column ? 0 : -1;
    }
  }

  private key(event: KeyboardEvent): void {
    const at = closestTo(event, "button") ? this.focused() : null;
    if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = afterKey(event.key, ...at, this.buttons.length, this.buttons[0].length);
    if (!to) return;
    this.setTabStop(...to);
    this.buttons[to[0]][to[1]].focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
