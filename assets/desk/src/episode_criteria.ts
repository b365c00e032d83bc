// What speaks for and against the event in hand: a checklist of clinical criteria, folded until asked for.

import { isAbort } from "./api.ts";
import { criterionItem } from "./beat_criteria.ts";
import { isDevice } from "./device.ts";
import { element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { write } from "./panel.ts";
import type { CriterionPayload } from "./payloads.ts";
import type { Store } from "./store.ts";

/** Kinds that have criteria; the same as in ecg_core/episode_criteria.py. */
export const WITH_CRITERIA: readonly string[] = ["VT", "POSSIBLE_VT", "IVR", "COUPLET", "SVTA", "SVR", "PAIR_S", "AFIB"];

/** How many criteria are met, not met and not measurable; zeros are left out. */
export function countsText(criteria: readonly Pick<CriterionPayload, "met">[]): string {
  const states: [boolean | null, string][] = [
    [true, "met"],
    [false, "not met"],
    [null, "not measurable"],
  ];
  const counts = states.map(([state, word]) => [criteria.filter(({ met }) => met === state).length, word] as const);
  return counts
    .filter(([n]) => n)
    .map(([n, word]) => `${n} ${word}`)
    .join(", ");
}

export class EpisodeCriteria {
  readonly root = element("details", "event-criteria");
  private readonly store: Store;
  private readonly heading = element("summary");
  private readonly list = element("ul", "ms-criteria");
  private asked = "";
  private stop: AbortController | null = null;

  constructor(store: Store) {
    this.store = store;
    this.list.setAttribute("aria-label", "Clinical criteria for this event");
    this.root.append(this.heading, this.list);
    this.root.hidden = true;
  }

  /** Show the criteria of an event, undefined for none. */
  async show(event: ReviewEvent | undefined): Promise<void> {
    const { review, waves } = this.store;
    const has = event && WITH_CRITERIA.includes(event.kind) && !isDevice(event) && review.stage === "classified";
    const key = has ? `${event.key} ${event.startSample} ${event.stopSample} ${review.revision} ${waves.state}` : "";
    if (key === this.asked) return;
    this.asked = key;
    this.stop?.abort();
    if (!has) {
      this.root.hidden = true;
      return;
    }
    this.stop = new AbortController();
    try {
      const place = { kind: event.kind, start: event.startSample, stop: event.stopSample };
      const answer = await this.store.api.get("episode_criteria", place, { signal: this.stop.signal });
      if (this.asked === key) this.draw(answer?.criteria ?? []);
    } catch (problem) {
      if (isAbort(problem)) return;
      this.asked = "";
      this.root.hidden = true;
    }
  }

  private draw(criteria: readonly CriterionPayload[]): void {
    this.root.hidden = !criteria.length;
    write(this.heading, `Criteria: ${countsText(criteria)}`);
    this.list.replaceChildren(...criteria.map((criterion) => criterionItem(criterion, true)));
  }
}
