// Boundaries of the chosen beat by keyboard: which, in which lead, one sample earlier or later, or no such wave.

import { button, element } from "./dom.ts";
import { write } from "./panel.ts";
import { BOUNDARIES, type WaveBeatPayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { ABSENT } from "./wording.ts";

const PARTS = { on: "onset", peak: "peak", off: "end" } as const;
const INTERVALS = { pr_ms: "PR", qrs_ms: "QRS", qt_ms: "QT" } as const;

/** A boundary in words: P onset. */
export function boundaryText(boundary: (typeof BOUNDARIES)[number]): string {
  const [wave, part] = boundary.split("_") as [string, keyof typeof PARTS];
  return `${wave.toUpperCase()} ${PARTS[part]}`;
}

/** Intervals of a beat in words. */
export function intervalsText({ intervals }: Pick<WaveBeatPayload, "intervals">): string {
  return Object.entries(INTERVALS)
    .map(([name, text]) => `${text} ${intervals[name] === null ? ABSENT : Math.round(intervals[name])}`)
    .join(" · ");
}

export class BoundaryControl {
  readonly root = element("div", "line boundaries");
  private readonly store: Store;
  private readonly boundary = element("select");
  private readonly lead = element("select");
  private readonly intervals = element("span", "quiet");
  private drawnNames = "";

  constructor(store: Store) {
    this.store = store;
    this.boundary.setAttribute("aria-label", "Boundary of a wave");
    this.lead.setAttribute("aria-label", "Lead of the boundary");
    BOUNDARIES.forEach((each, at) => this.boundary.append(new Option(boundaryText(each), String(at))));
    this.root.append(
      this.boundary,
      this.lead,
      this.action("−1", "Boundary one sample earlier", (sample) => sample - 1),
      this.action("+1", "Boundary one sample later", (sample) => sample + 1),
      this.action("absent", "The wave is absent", () => null),
      this.intervals,
    );
  }

  private action(text: string, title: string, to: (sample: number) => number | null): HTMLButtonElement {
    const node = button("plain", text, title, () => this.change(to));
    node.setAttribute("aria-label", title);
    return node;
  }

  private beat(): WaveBeatPayload | undefined {
    const { chosen } = this.store.navigation;
    return chosen === null ? undefined : this.store.waves.ofBeat(chosen);
  }

  private change(to: (sample: number) => number | null): void {
    const beat = this.beat();
    if (!beat) return;
    const at = Number(this.boundary.value);
    const lead = this.lead.value === "" ? null : Number(this.lead.value);
    const from = (lead === null ? beat.common : beat.boundaries[lead])[at];
    // A wave that was absent begins at its beat.
    void this.store.edits.setBoundary(beat.id, BOUNDARIES[at], lead, [from, to(from ?? beat.sample)]);
  }

  draw(): void {
    const { navigation, prefs, review } = this.store;
    // It stays while the waves come anew after an edit: whoever uses keys keeps the focus.
    this.root.hidden = !prefs.waves || review.stage !== "classified" || navigation.chosen === null;
    if (this.root.hidden || !review.facts) return;
    const names = review.facts.leads.map(({ name }) => name);
    if (this.drawnNames !== names.join("\n")) {
      this.drawnNames = names.join("\n");
      this.lead.replaceChildren(new Option("all leads", ""), ...names.map((name, at) => new Option(name, String(at))));
    }
    const beat = this.beat();
    if (!beat) return;
    write(this.intervals, intervalsText(beat));
    this.intervals.title = "Intervals of this beat in ms";
  }
}
