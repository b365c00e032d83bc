// Figures asleep, awake and in activity, below the hourly table.

import { errorOf, isAbort } from "./api.ts";
import { button, element } from "./dom.ts";
import { write } from "./panel.ts";
import type { SleepFiguresPayload, SleepRowPayload, SpanS } from "./payloads.ts";
import type { Store } from "./store.ts";
import { clockText } from "./times.ts";
import { ABSENT, number } from "./wording.ts";

const TITLES: Record<SleepRowPayload["name"], string> = { asleep: "Asleep", awake: "Awake", activity: "Activity" };

/** Begin and end of spans as times. */
export function spansText(spans: readonly SpanS[], clockS: number | null): string {
  const time = (timeS: number) => (clockS === null ? `+${clockText(timeS, null, { seconds: false })}` : clockText(timeS, clockS, { seconds: false }));
  return spans.map(([startS, stopS]) => `${time(startS)} – ${time(stopS)}`).join(", ");
}

export class SleepCard {
  readonly root = element("section", "sleep-card");
  private readonly store: Store;
  private readonly told = element("p", "quiet");
  private readonly table = element("table", "trends-table");
  private readonly scroller = element("div", "trends-scroller");
  private readonly again = button("plain", "try again", "Ask for it once more", () => void this.load());
  private asked: AbortController | null = null;

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("aria-label", "Asleep and awake");
    this.table.setAttribute("aria-label", "Asleep and awake");
    this.told.setAttribute("role", "status");
    this.scroller.append(this.table);
    this.again.hidden = this.scroller.hidden = true;
    this.root.append(element("h2", "panel-head", "Asleep and awake"), this.told, this.again, this.scroller);
  }

  /** Ask for the figures: beats or the diary have changed. */
  async load(): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.scroller.classList.add("loading");
    try {
      const found = await this.store.api.get("sleep", {}, { signal: asked.signal });
      if (found) this.draw(found);
    } catch (problem) {
      if (isAbort(problem)) return;
      write(this.told, errorOf(problem).message);
      this.told.classList.add("problem");
      this.again.hidden = false;
      this.scroller.hidden = true; // figures of other beats
    }
    this.scroller.classList.remove("loading");
  }

  private draw(found: SleepFiguresPayload): void {
    write(this.told, found.told);
    this.told.classList.remove("problem");
    this.again.hidden = true;
    this.scroller.hidden = !found.rows.length;
    const titles = element("tr", "trends-titles");
    titles.append(element("th"));
    for (const { title, unit } of found.columns) {
      const head = element("th", "", title);
      head.scope = "col";
      if (unit) head.append(" ", element("span", "unit", unit));
      titles.append(head);
    }
    const [header, body] = [element("thead"), element("tbody")];
    header.append(titles);
    body.append(...found.rows.map((row) => this.row(row, found)));
    this.table.replaceChildren(header, body);
  }

  private row(row: SleepRowPayload, { columns }: SleepFiguresPayload): HTMLElement {
    const { facts } = this.store.review;
    const line = element("tr");
    const head = element("th");
    head.scope = "row";
    const spans = spansText(row.spans_s, facts?.clockS ?? null);
    head.append(button("trends-name", TITLES[row.name], spans, () => this.goTo(row.spans_s[0][0])));
    line.append(head);
    columns.forEach(({ digits, title }, at) => {
      const [value, sample, reason] = [row.values[at], row.samples[at], row.reasons[at]];
      const text = value === null ? ABSENT : number(value, digits);
      const node = button("", text, value === null ? `${title}: ${reason}` : `${title}, ${TITLES[row.name].toLowerCase()}`, () => {
        if (sample !== null && facts) this.goTo(sample / facts.fs);
      });
      if (sample === null) node.setAttribute("aria-disabled", "true");
      const cell = element("td");
      cell.append(node);
      line.append(cell);
    });
    return line;
  }

  private goTo(timeS: number): void {
    this.store.navigation.goTo(timeS);
  }

  destroy(): void {
    this.asked?.abort();
    this.asked = null;
  }
}
