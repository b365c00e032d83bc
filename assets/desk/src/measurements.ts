// Measurements of the usual beat, diagnostic statements with their criteria, and what the device measured.

import { button, element } from "./dom.ts";
import { OF_LEAD, differenceText, headText, overallRows, reasonText, uncertaintyText, valueText } from "./measurement_words.ts";
import { MedianBeat } from "./median_beat.ts";
import { Panel, Progress, heading, write } from "./panel.ts";
import type { DeviceValuePayload, MeasuredPayload, QtcFormula, StatementPayload } from "./payloads.ts";
import { qtcChoice } from "./qtc.ts";
import type { Store } from "./store.ts";
import { ABSENT } from "./wording.ts";

const SEVERITIES = ["critical", "urgent", "abnormal", "borderline"];

export class Measurements extends Panel {
  private readonly beside: HTMLSpanElement;
  private readonly waiting = element("div", "ms-waiting");
  private readonly progress = new Progress("Delineation");
  private readonly waitingText = element("p", "quiet");
  private readonly again: HTMLButtonElement;
  private readonly line = element("div", "ms-head");
  private readonly values = element("p", "ms-values");
  private readonly qtc: ReturnType<typeof qtcChoice>;
  private readonly body = element("div", "ms-body");
  private readonly median: MedianBeat;
  private drawn: MeasuredPayload | null = null;
  private drawnQtc: QtcFormula | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "measurements");
    const { head, beside } = heading("Measurements");
    this.beside = beside;
    this.again = button("chip", "try again", "Measure once more", () => store.waves.retry());
    this.waiting.append(this.waitingText, this.progress.root, this.again);
    this.qtc = qtcChoice(store);
    this.line.append(this.values, this.qtc.root);
    this.root.append(head, this.waiting, this.line, this.body);
    this.median = new MedianBeat(store);
    this.follow(["waves", "state", "prefs"], () => this.draw());
    this.draw();
  }

  override destroy(): void {
    this.median.destroy();
    super.destroy();
  }

  private draw(): void {
    const { state, share, problem, measured } = this.store.waves;
    const waits = state !== "ready" || !measured;
    this.waiting.hidden = !waits;
    this.body.hidden = this.line.hidden = waits;
    this.again.hidden = state !== "failed";
    this.progress.root.hidden = state !== "running";
    this.progress.show(share);
    write(this.waitingText, waitingText(state, problem));
    write(this.beside, waits ? "" : `median of ${measured.basis}`);
    this.median.show(waits ? null : measured);
    if (waits) return;
    const { qtc } = this.store.prefs;
    this.qtc.draw();
    write(this.values, headText(measured, qtc));
    if (measured === this.drawn && qtc === this.drawnQtc) return;
    const opened = [...this.body.querySelectorAll("details")].map(({ open }) => open);
    this.body.replaceChildren(statementsOf(measured), overallTable(measured, qtc), this.median.root, leadMatrix(measured), notAssessed(measured));
    if (measured === this.drawn) for (const [at, each] of this.body.querySelectorAll("details").entries()) each.open = opened[at];
    [this.drawn, this.drawnQtc] = [measured, qtc];
  }
}

function waitingText(state: string, problem: string | null): string {
  if (state === "failed") return problem ?? "The waves could not be measured.";
  return state === "running" ? "Measuring waves and intervals …" : "Measured once the beats are found.";
}

function statementsOf({ interpretation }: MeasuredPayload): HTMLElement {
  const section = element("section", "ms-statements");
  section.setAttribute("aria-label", "Diagnostic statements");
  if (!interpretation.statements.length) {
    section.append(element("p", "ms-none", "No diagnostic statement. That does not mean a normal ECG: what was looked for stands below."));
  }
  for (const statement of interpretation.statements) section.append(statementOf(statement));
  section.append(element("p", "ms-disclaimer quiet", interpretation.disclaimer));
  return section;
}

function statementOf(statement: StatementPayload): HTMLElement {
  const details = element("details", `ms-statement ms-${statement.severity}`);
  const summary = element("summary");
  const severity = element("span", "ms-severity", SEVERITIES.includes(statement.severity) ? statement.severity : "");
  summary.append(element("b", "", statement.text), severity, element("div", "ms-reason", statement.reason));
  details.append(summary);
  const list = element("ul", "ms-criteria");
  for (const { name, limit, measured, met } of statement.criteria) {
    const item = element("li", met === null ? "unknown" : met ? "met" : "unmet");
    const sign = element("span", "ms-sign", met === null ? "?" : met ? "✓" : "✗");
    sign.title = met === null ? "not measurable" : met ? "met" : "not met";
    item.append(sign, element("span", "", [name, measured].filter(Boolean).join(": ")));
    if (limit) item.append(element("span", "quiet", ` limit ${limit}`));
    list.append(item);
  }
  details.append(list, element("p", "quiet", `${statement.source}${statement.performance ? `. ${statement.performance}` : ""}`));
  return details;
}

/** Quantities of all leads together, with the device's beside ours; QTc by other formulas than the preferred one is quiet. */
function overallTable({ overall, device }: MeasuredPayload, qtc: QtcFormula): HTMLElement {
  const byQuantity = new Map(device.filter(({ quantity }) => quantity !== null).map((one) => [one.quantity, one] as const));
  const others = device.filter(({ quantity }) => quantity === null);
  const table = element("table", "ms-overall");
  const head = element("tr");
  for (const text of ["", "value", "uncertainty", ...(byQuantity.size ? ["device"] : [])]) head.append(element("th", "", text));
  table.append(head);
  for (const { quantity, words, other } of overallRows(qtc)) {
    const measured = overall[quantity];
    const row = element("tr", other ? "ms-other" : "");
    const name = element("th", "", words.name);
    name.scope = "row";
    const text = valueText(measured, words.decimals);
    const value = element("td", "ms-value", text === ABSENT ? text : `${text} ${words.unit}`);
    const reason = reasonText(measured);
    value.title = reason;
    row.append(name, value, element("td", "quiet", reason || uncertaintyText(measured, words)));
    if (byQuantity.size) row.append(deviceCell(byQuantity.get(quantity), words.unit));
    table.append(row);
  }
  const wrap = element("div", "ms-scroll");
  wrap.append(table);
  if (others.length) wrap.append(element("p", "quiet", `Device also: ${others.map(({ label, text }) => `${label} ${text}`).join(", ")}`));
  return wrap;
}

function deviceCell(value: DeviceValuePayload | undefined, unit: string): HTMLElement {
  if (!value) return element("td", "quiet", "–");
  const cell = element("td", value.differs ? "ms-differs" : "", value.text);
  if (value.differs && value.difference !== null) {
    cell.append(element("span", "ms-difference", ` ours ${differenceText(value.difference, unit)}`));
    cell.title = "The difference is larger than two devices usually show.";
  }
  return cell;
}

/** Amplitudes and intervals of each lead. */
function leadMatrix({ leads, relative }: MeasuredPayload): HTMLElement {
  const details = element("details", "ms-matrix");
  const names = Object.keys(leads);
  details.append(element("summary", "", `Each lead (${names.length})`));
  const table = element("table");
  const head = element("tr");
  head.append(element("th", "", ""), ...names.map((name) => element("th", "", name)));
  table.append(head);
  for (const [quantity, words] of Object.entries(OF_LEAD)) {
    const row = element("tr");
    const name = element("th", "", `${words.name} ${words.unit}`);
    name.scope = "row";
    row.append(name);
    for (const lead of names) {
      const measured = leads[lead][quantity];
      const cell = element("td", "", valueText(measured, words.decimals));
      cell.title = reasonText(measured);
      row.append(cell);
    }
    table.append(row);
  }
  const wrap = element("div", "ms-scroll");
  wrap.append(table);
  details.append(wrap);
  const reasons = Object.entries(relative);
  if (reasons.length) {
    const same = new Set(reasons.map(([, reason]) => reason));
    const text = same.size === 1 ? `No amplitudes: ${reasons[0][1]}.` : reasons.map(([lead, reason]) => `${lead}: ${reason}`).join("; ");
    details.append(element("p", "quiet", text));
  }
  return details;
}

function notAssessed({ interpretation, st_not_assessed }: MeasuredPayload): HTMLElement {
  const details = element("details", "ms-assessed");
  const looked = Object.values(interpretation.looked_for);
  const missing = Object.values(interpretation.not_assessed);
  details.append(element("summary", "", `Looked for and not found: ${looked.length}; not assessed: ${missing.length}`));
  if (looked.length) details.append(element("p", "", `Not found: ${looked.join(", ")}.`));
  const list = element("ul");
  for (const { text, reason } of missing) list.append(element("li", "", reason ? `${text}: ${reason}` : text));
  for (const [lead, reason] of Object.entries(st_not_assessed)) list.append(element("li", "", `ST trend in ${lead}: ${reason}`));
  if (list.children.length) details.append(element("p", "", "Not assessed:"), list);
  return details;
}
