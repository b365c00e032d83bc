// Measurements of the median beat of the chosen family, in one line, each with its uncertainty or why there is none.

import { errorOf, isAbort } from "./api.ts";
import { element } from "./dom.ts";
import { OVERALL, reasonText, uncertaintyText, valueText } from "./measurement_words.ts";
import { write } from "./panel.ts";
import type { FamilyMeasuredPayload, MeasuredValue, WavesState } from "./payloads.ts";
import type { Store } from "./store.ts";
import { ABSENT } from "./wording.ts";

/** In the order they are read in. */
const SHOWN = ["qrs_ms", "pr_ms", "qt_ms", "qtc_fridericia_ms", "qrs_axis_deg"];
const AFTER_EDIT_MS = 300;

export interface FamilyMeasure {
  name: string;
  text: string;
  /** Why there is no value; empty where there is one. */
  reason: string;
}

/** The quantities as text: "QRS 152 ± 6 ms", or a dash and the reason. */
export function familyMeasures(overall: Record<string, MeasuredValue>): FamilyMeasure[] {
  return SHOWN.map((quantity) => {
    const [words, measured] = [OVERALL[quantity], overall[quantity] as MeasuredValue | undefined];
    const value = valueText(measured, words.decimals);
    const uncertainty = uncertaintyText(measured, words);
    const text = value === ABSENT ? value : uncertainty ? `${value} ${uncertainty}` : `${value} ${words.unit}`;
    return { name: words.name, text, reason: reasonText(measured) };
  });
}

/** Why there are no measurements yet; empty where they can be asked for. */
export function familyWaitingText(state: WavesState, problem: string | null): string {
  if (state === "ready") return "";
  if (state === "failed") return problem ?? "The waves could not be measured.";
  return "Measured once the waves are delineated.";
}

export class FamilyMeasurements {
  readonly root = element("div", "family-measures");
  private readonly store: Store;
  private readonly text = element("span", "quiet");
  private readonly list = element("dl");
  private family: number | null = null;
  /** What is shown or asked for: family, revision and stage. */
  private asked = "";
  private stop: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("role", "status");
    this.root.setAttribute("aria-label", "Measurements of the family's median beat");
    this.root.append(this.text, this.list);
  }

  /** Show the measurements of a family, null for none; after an edit they are asked for once more. */
  show(family: number | null): void {
    const { review, waves } = this.store;
    const waiting = family === null ? "" : familyWaitingText(waves.state, waves.problem);
    const key = family === null || waiting ? "" : `${family} ${review.revision} ${review.stage}`;
    if (!key) this.drawText(waiting);
    if (key === this.asked) return;
    const sameFamily = family === this.family && this.asked !== "";
    this.family = family;
    this.asked = key;
    this.end();
    if (family === null || !key) return;
    if (!sameFamily) this.drawText("Measuring …");
    this.timer = setTimeout(() => void this.load(family), sameFamily ? AFTER_EDIT_MS : 0);
  }

  private async load(family: number): Promise<void> {
    const stop = (this.stop = new AbortController());
    try {
      const found = await this.store.api.get("family", { family }, { signal: stop.signal });
      if (this.stop === stop) this.draw(found);
    } catch (problem) {
      if (this.stop === stop && !isAbort(problem) && !this.store.gone) this.drawText(errorOf(problem).message);
    }
  }

  private draw({ measured, state, problem }: FamilyMeasuredPayload): void {
    if (!measured) {
      this.drawText(familyWaitingText(state, problem) || "The family has no beats any more.");
      return;
    }
    write(this.text, `Median of ${measured.basis}`);
    const lines = familyMeasures(measured.overall).map(({ name, text, reason }) => {
      const line = element("div", reason ? "absent" : "");
      line.title = reason ? `${name}: ${reason}` : "";
      line.append(element("dt", "", name), element("dd", "", text));
      if (reason) line.append(element("dd", "reason quiet", reason));
      return line;
    });
    this.list.replaceChildren(...lines);
  }

  private drawText(text: string): void {
    write(this.text, text);
    this.list.replaceChildren();
  }

  /** Ask for nothing any more. */
  end(): void {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.stop = null;
  }
}
