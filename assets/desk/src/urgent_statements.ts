// Diagnostic statements that must not be overlooked, above the list of events: an empty list beside an infarction would
// read as if nothing were wrong.

import { button, element } from "./dom.ts";
import type { MeasuredPayload, StatementPayload } from "./payloads.ts";
import { SHORT_S } from "./sheet_plan.ts";
import type { Store } from "./store.ts";

const PRESSING = new Set(["critical", "urgent"]);

/** Statements of rhythm that stand as events of their own in recordings of more than a page. */
const AS_EVENTS = new Set(["VF", "VT", "ASYSTOLE", "CAPTURE", "SVTAC", "2AVB", "3AVB", "AFIB", "AFLT", "PACE"]);

/** Statements that are critical or urgent, in their order; of a long recording without those that are events. */
export function pressingStatements(measured: Pick<MeasuredPayload, "interpretation"> | null, durationS: number): StatementPayload[] {
  return statementsOf(measured, durationS).filter(({ severity }) => PRESSING.has(severity));
}

function statementsOf(measured: Pick<MeasuredPayload, "interpretation"> | null, durationS: number): StatementPayload[] {
  const all = measured?.interpretation.statements ?? [];
  return durationS <= SHORT_S ? all : all.filter(({ code }) => !AS_EVENTS.has(code));
}

/** Further statements in one line; empty where there are none. */
export function otherStatements(measured: Pick<MeasuredPayload, "interpretation"> | null, durationS: number): string {
  const others = statementsOf(measured, durationS).filter(({ severity }) => !PRESSING.has(severity));
  return others.length ? `Also: ${others.map(({ text }) => text).join("; ")}.` : "";
}

export class UrgentStatements {
  readonly root = element("div", "statements-box");
  private readonly store: Store;
  private readonly onOpen: () => void;
  private drawn: MeasuredPayload | null = null;

  /** `onOpen` shows the statements with their criteria. */
  constructor(store: Store, onOpen: () => void) {
    this.store = store;
    this.onOpen = onOpen;
    this.root.hidden = true;
  }

  draw(): void {
    const { measured } = this.store.waves;
    if (measured === this.drawn) return;
    this.drawn = measured;
    const durationS = this.store.review.facts?.durationS ?? 0;
    const pressing = pressingStatements(measured, durationS);
    const others = otherStatements(measured, durationS);
    this.root.hidden = !pressing.length && !others;
    this.root.replaceChildren(...pressing.map((statement) => this.row(statement)));
    if (others) this.root.append(button("statements-more", others, "Show all statements with their criteria", () => this.onOpen()));
  }

  private row({ text, severity, reason }: StatementPayload): HTMLElement {
    const node = button(`statements-row ${severity}`, "", "Show the criteria", () => this.onOpen());
    node.append(element("strong", "", text), element("span", "statements-badge", "statement"), element("span", "statements-reason", reason));
    return node;
  }
}
