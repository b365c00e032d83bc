// @ts-nocheck
// The event in hand, below the list: its reason in full, and how well events of its kind are found.

import { DEVICE_NOTE, isDevice } from "./device.ts";
import { element } from "./dom.ts";
import { write } from "./panel.ts";
import { shortTitle } from "./wording.ts";

const NOT_MEASURED = { short: "not measured", sentence: "How well this is found is not measured." };

/** How well events of a kind are found, short and as a sentence; absence is said. */
export function performanceOf(performance, event) {
  if (isDevice(event)) return { short: DEVICE_NOTE, sentence: DEVICE_NOTE };
  if (event.source === "person") return { short: "named by a person", sentence: "Named by a person." };
  return performance?.[event.kind] ?? NOT_MEASURED;
}

/** An event's tooltip: title, reason and known performance. */
export function eventTip(event, performance) {
  return `${event.title}: ${event.reason}\n${performanceOf(performance, event).sentence}`;
}

export class EventDetails {
  constructor(store) {
    this.store = store;
    this.root = element("div", "event-details");
    this.reason = element("p", "details-reason");
    this.known = element("p", "details-known");
    this.root.append(this.reason, this.known);
  }

  draw(event) {
    this.root.hidden = !event;
    if (!event) return;
    const { short, sentence } = performanceOf(this.store.review.performance, event);
    const device = isDevice(event);
    this.reason.title = event.reason;
    write(this.reason, device ? event.reason : `${shortTitle(event)}: ${event.reason}`);
    write(this.known, device ? short : `Known performance: ${short}`);
    this.known.title = sentence;
  }
}
