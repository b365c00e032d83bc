// The panel "Differences": program, file and person side by side, with the audit's verdict on the file's labels and on what
// its device states in words.

import { DeviceAudit } from "./device_audit.ts";
import { button, element } from "./dom.ts";
import { FILTERS, filterCounts, type DifferenceRow } from "./difference_rows.ts";
import {
  JUDGEMENTS, agreementText, countCells, countTitle, emptyText, judgedText, notComparedText, rowText, shownWord, waitingText,
} from "./difference_words.ts";
import { Panel, chip, heading, press, write } from "./panel.ts";
import type { DifferencesMeta } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { VirtualList } from "./virtual.ts";
import { counted, number } from "./wording.ts";

const ROW_PX = 26;

export class Differences extends Panel {
  private readonly heading = heading("Differences");
  private readonly annotators = element("select", "field");
  private readonly waiting = element("p", "empty");
  private readonly again = button("plain", "try again", "Compare once more", () => this.store.differences.retry());
  private readonly device: DeviceAudit;
  private readonly body = element("div", "differences-body");
  private readonly judged = element("p", "quiet");
  private readonly agreement = element("p", "quiet");
  private readonly confusion = element("div", "differences-confusion");
  private readonly counts = element("div", "differences-counts");
  private readonly notes = element("div", "differences-notes quiet");
  private readonly chips = FILTERS.map(([name, label, title]) => {
    const node = chip("", title, () => this.store.differences.setFilter(name));
    const count = element("span", "count");
    node.append(`${label} `, count);
    return { name, node, count };
  });
  private readonly reason = element("p", "differences-reason");
  private readonly judging = element("span", "differences-judging");
  private readonly empty = element("p", "empty");
  private readonly list: VirtualList;
  private rows: DifferenceRow[] = [];
  private drawn: DifferencesMeta | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "differences");
    this.waiting.setAttribute("role", "status");
    this.annotators.setAttribute("aria-label", "Annotations to compare with");
    this.annotators.addEventListener("change", () => store.setPref("annotator", Number(this.annotators.value)));
    this.heading.head.append(this.annotators);
    this.list = new VirtualList({
      label: "Differences",
      rowPx: ROW_PX,
      fill: (row, index) => this.fill(row, this.rows[index]),
      onEnter: (index) => store.differences.goTo(this.rows[index].key),
    });
    this.body.append(this.buildFigures(), this.buildResults());
    this.device = new DeviceAudit(store);
    this.root.append(this.heading.head, this.device.root, this.waiting, this.again, this.body);
    this.follow(["differences", "state", "statements"], () => this.draw());
    this.draw();
  }

  override destroy(): void {
    this.list.destroy();
    super.destroy();
  }

  focus(): void {
    if (!this.body.hidden) this.list.box.focus({ preventScroll: false });
  }

  private buildFigures(): HTMLElement {
    const figures = element("div", "differences-figures");
    figures.append(this.judged, this.agreement, this.confusion, this.counts, this.notes);
    return figures;
  }

  private buildResults(): HTMLElement {
    const results = element("div", "differences-results");
    const filters = element("div", "chips");
    filters.setAttribute("role", "group");
    filters.setAttribute("aria-label", "Which differences");
    filters.append(...this.chips.map(({ node }) => node));
    const columns = element("div", "columns-head");
    columns.setAttribute("aria-hidden", "true");
    for (const name of ["time", "program", "file", "person", "audit", "right"]) columns.append(element("span", "", name));
    const foot = element("div", "differences-foot");
    this.judging.setAttribute("role", "group");
    this.judging.setAttribute("aria-label", "Who is right");
    for (const [judgement, , words, key] of JUDGEMENTS) {
      const node = chip(words, `${words} (${key})`, () => this.store.differences.judgeCurrent(judgement));
      node.dataset.judgement = judgement;
      this.judging.append(node);
    }
    foot.append(this.reason, this.judging);
    results.append(filters, columns, this.list.root, this.empty, foot);
    return results;
  }

  private draw(): void {
    const { differences, review } = this.store;
    this.drawAnnotators();
    this.device.draw();
    const text = waitingText(this.store);
    write(this.waiting, text);
    this.waiting.hidden = !text;
    this.waiting.classList.toggle("problem", Boolean(differences.problem));
    this.again.hidden = !differences.problem || review.stage !== "classified";
    const { meta } = differences;
    this.body.hidden = Boolean(text) || !meta;
    write(this.heading.beside, meta && !text ? `${counted(meta.n_differences, "difference")} from ${meta.name}` : "");
    if (meta && !text) this.drawBody(meta);
  }

  private drawAnnotators(): void {
    const { review, prefs } = this.store;
    const names = review.facts?.annotators ?? [];
    this.annotators.hidden = names.length < 2;
    if (this.annotators.children.length !== names.length) {
      this.annotators.replaceChildren(...names.map((name, at) => Object.assign(element("option", "", name), { value: String(at) })));
    }
    this.annotators.value = String(prefs.annotator);
  }

  private drawBody(meta: DifferencesMeta): void {
    const { differences } = this.store;
    this.rows = differences.listed();
    const counts = filterCounts(differences.rows);
    for (const { name, node, count } of this.chips) {
      press(node, differences.filter === name);
      write(count, number(counts[name]));
    }
    write(this.judged, judgedText(differences.rows));
    if (this.drawn !== meta) this.drawFigures(meta);
    this.drawn = meta;
    this.list.root.hidden = !this.rows.length;
    this.empty.hidden = this.rows.length > 0;
    write(this.empty, emptyText(differences.rows, meta));
    const at = this.rows.findIndex((row) => row.key === differences.current);
    this.list.show(this.rows.length, at);
    if (at >= 0) this.list.reveal(at);
    this.drawFoot(differences.rows.find((row) => row.key === differences.current));
  }

  private drawFoot(row: DifferenceRow | undefined): void {
    write(this.reason, row ? row.reason || "No label of the file to audit here." : "I goes to the difference of most consequence.");
    for (const node of this.judging.children as HTMLCollectionOf<HTMLButtonElement>) {
      node.disabled = !row;
      press(node, row?.judged === node.dataset.judgement);
    }
  }

  private drawFigures(meta: DifferencesMeta): void {
    write(this.agreement, agreementText(meta));
    this.confusion.replaceChildren(confusionTable(meta));
    this.counts.replaceChildren(countsTable(meta));
    const left = notComparedText(meta);
    this.notes.replaceChildren(...[...(left ? [left] : []), ...meta.notes].map((text) => element("p", "", text)));
  }

  private fill(node: HTMLElement, row: DifferenceRow): void {
    const { facts } = this.store.review;
    const time = formatTime(row.sample / (facts?.fs ?? 1), facts?.clockS ?? null, 2);
    node.className = `row difference ${row.episode ? "of-episode" : ""} ${row.key === this.store.differences.current ? "current" : ""}`;
    node.setAttribute("aria-label", rowText(row, time));
    const verdict = element("span", row.verdict?.refuted ? "verdict refuted" : "verdict", row.verdict?.title ?? "");
    verdict.title = row.reason;
    const words = [row.program, row.reference, row.person].map((word) => {
      const cell = element("span", "word", shownWord(row, word));
      if (word) cell.title = word.title;
      return cell;
    });
    node.replaceChildren(element("span", "time", time), ...words, verdict, element("span", "judged", row.judged ?? ""));
  }
}

function tableOf(className: string, label: string, head: string[], rows: { cells: string[]; title?: string }[]): HTMLTableElement {
  const table = element("table", className);
  table.setAttribute("aria-label", label);
  const top = element("tr");
  for (const text of head) top.append(Object.assign(element("th", "", text), { scope: "col" }));
  const header = element("thead");
  header.append(top);
  const body = element("tbody");
  for (const { cells: [name, ...cells], title } of rows) {
    const line = element("tr");
    line.append(Object.assign(element("th", "", name), { scope: "row" }), ...cells.map((text) => element("td", text === "0" ? "nil" : "", text)));
    if (title) line.title = title;
    body.append(line);
  }
  table.append(header, body);
  return table;
}

/** Beats by class: the file's down, the program's across. */
function confusionTable({ classes, confusion }: DifferencesMeta): HTMLTableElement {
  const names = classes.map((each) => (each === "none" ? "–" : each));
  const rows = confusion.map((counts, row) => ({ cells: [names[row], ...counts.map((n) => number(n))] }));
  const table = tableOf("confusion", "Confusion table: the file's classes down, the program's across; – for no beat", ["file ↓  program →", ...names], rows);
  for (const [row, line] of [...table.tBodies[0].rows].entries()) line.cells[row + 1].classList.add("agreed");
  return table;
}

/** The file's counts beside the audited ones. */
function countsTable({ counts }: DifferencesMeta): HTMLTableElement {
  const there = counts.filter((count) => count.file || count.audited || count.doubtful);
  const rows = there.map((count) => ({ cells: [count.name, ...countCells(count)], title: countTitle(count) }));
  const nil = counts.filter((count) => !there.includes(count)).map(({ name }) => name.toLowerCase());
  const table = tableOf("audit", "Counts of the file and as audited", ["", "file", "audited", "to decide"], rows);
  if (nil.length) {
    const caption = element("caption", "quiet", `Neither has: ${nil.join(", ")}.`);
    table.append(caption);
  }
  return table;
}
