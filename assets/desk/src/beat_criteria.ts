// What speaks for and against the class of the chosen beat: its intervals, and a checklist of clinical criteria.

import { isAbort } from "./api.ts";
import { element } from "./dom.ts";
import { write } from "./panel.ts";
import type { CriteriaPayload, CriterionPayload, QtcFormula } from "./payloads.ts";
import { QTC_NAMES, qtcQuantity } from "./qtc.ts";
import type { Store } from "./store.ts";
import { ABSENT } from "./wording.ts";

const INTERVALS: [keyof CriteriaPayload["intervals_ms"], string][] = [
  ["p_ms", "P"],
  ["pr_ms", "PR"],
  ["qrs_ms", "QRS"],
  ["qt_ms", "QT"],
];

/** The intervals in one line, QTc by a formula; a dash where there is none. */
export function intervalsText(intervals: CriteriaPayload["intervals_ms"], formula: QtcFormula): string {
  const shown = [...INTERVALS, [qtcQuantity(formula), `QTc (${QTC_NAMES[formula]})`] as const];
  const parts = shown.map(([name, title]) => {
    const value = intervals[name];
    return `${title} ${value === null ? ABSENT : Math.round(value)}`;
  });
  return `${parts.join(" · ")} ms`;
}

/** The sign of a criterion and what it means. */
export function signOf(met: boolean | null): { sign: string; word: string } {
  if (met === null) return { sign: "?", word: "not measurable" };
  return met ? { sign: "✓", word: "met" } : { sign: "✗", word: "not met" };
}

/** A criterion as an item of a list: its sign and what was measured, after its name where `named`; all is in the tooltip. */
export function criterionItem({ name, limit, measured, met }: CriterionPayload, named = false): HTMLElement {
  const { sign, word } = signOf(met);
  const item = element("li", met === null ? "unknown" : met ? "met" : "unmet");
  const mark = element("span", "ms-sign", sign);
  mark.title = word;
  mark.setAttribute("aria-label", word);
  mark.setAttribute("role", "img");
  item.append(mark, element("span", "", named ? `${name}: ${measured}` : measured));
  item.title = `${name}: ${limit}`;
  return item;
}

export class BeatCriteria {
  readonly root = element("div", "beat-criteria");
  private readonly store: Store;
  private readonly intervals = element("p", "bc-intervals");
  private readonly list = element("ul", "ms-criteria");
  private readonly off: () => void;
  private asked = "";
  private shown: CriteriaPayload | null = null;
  private stop: AbortController | null = null;

  constructor(store: Store) {
    this.store = store;
    this.list.setAttribute("aria-label", "Clinical criteria for the class of this beat");
    this.root.append(this.intervals, this.list);
    this.root.hidden = true;
    this.off = store.subscribe("prefs", () => this.drawIntervals());
  }

  destroy(): void {
    this.stop?.abort();
    this.off();
  }

  /** Show the criteria of a beat, null for none. */
  async show(id: number | null): Promise<void> {
    const { review, waves } = this.store;
    const key = id === null || waves.state !== "ready" ? "" : `${id} ${review.revision} ${review.stage}`;
    if (key === this.asked) return;
    this.asked = key;
    this.stop?.abort();
    if (id === null || !key) {
      this.root.hidden = true;
      return;
    }
    this.stop = new AbortController();
    try {
      const answer = await this.store.api.get("criteria", { beat: id }, { signal: this.stop.signal });
      if (this.asked === key) this.draw(answer);
    } catch (problem) {
      if (isAbort(problem)) return;
      this.asked = "";
      this.root.hidden = true;
    }
  }

  private draw(answer: CriteriaPayload | null): void {
    this.shown = answer;
    this.root.hidden = !answer;
    if (!answer) return;
    this.drawIntervals();
    this.list.replaceChildren(...answer.criteria.map((criterion) => criterionItem(criterion)));
  }

  private drawIntervals(): void {
    if (this.shown) write(this.intervals, intervalsText(this.shown.intervals_ms, this.store.prefs.qtc));
  }
}
