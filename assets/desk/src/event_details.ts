// The event in hand, below the list: its reason in full, clinical criteria, and how well events of its kind are found.

import { DEVICE_NOTE, isDevice } from "./device.ts";
import { statementNote } from "./device_audit.ts";
import { element } from "./dom.ts";
import { EpisodeCriteria } from "./episode_criteria.ts";
import type { ReviewEvent } from "./facts.ts";
import { write } from "./panel.ts";
import type { PerformancePayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { shortTitle } from "./wording.ts";

type Performance = Readonly<Record<string, PerformancePayload>>;

const NOT_MEASURED: PerformancePayload = { short: "not measured", sentence: "How well this is found is not measured." };

/** How well events of a kind are found, short and as a sentence; absence is said. */
export function performanceOf(performance: Performance | undefined, event: Pick<ReviewEvent, "kind" | "source">): PerformancePayload {
  if (isDevice(event)) return { short: DEVICE_NOTE, sentence: DEVICE_NOTE };
  if (event.source === "person") return { short: "named by a person", sentence: "Named by a person." };
  return performance?.[event.kind] ?? NOT_MEASURED;
}

/** An event's tooltip: title, reason and known performance. */
export function eventTip(event: ReviewEvent, performance: Performance): string {
  return `${event.title}: ${event.reason}\n${performanceOf(performance, event).sentence}`;
}

export class EventDetails {
  readonly root = element("div", "event-details");
  private readonly store: Store;
  private readonly reason = element("p", "details-reason");
  private readonly known = element("p", "details-known");
  private readonly criteria: EpisodeCriteria;

  constructor(store: Store) {
    this.store = store;
    this.criteria = new EpisodeCriteria(store);
    this.root.append(this.reason, this.criteria.root, this.known);
  }

  draw(event: ReviewEvent | undefined): void {
    this.root.hidden = !event;
    void this.criteria.show(event);
    if (!event) return;
    const { short, sentence } = performanceOf(this.store.review.performance, event);
    const device = isDevice(event);
    this.reason.title = event.reason;
    write(this.reason, device ? event.reason : `${shortTitle(event)}: ${event.reason}`);
    const audited = device ? statementNote(this.store.statements.of(event.reason)) : "";
    write(this.known, device ? audited || short : `Known performance: ${short}`);
    this.known.title = audited || sentence;
  }
}
