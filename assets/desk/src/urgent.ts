// The most urgent event above the strip, where the list of events lies below it: in narrow windows.

import { deviceBadge, isDevice } from "./device.ts";
import { button, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { Panel, signBox } from "./panel.ts";
import type { Store } from "./store.ts";
import { shortTitle } from "./wording.ts";

/** The event to name first: the first of the list that nobody has dismissed, if it is no normal statement. */
export function mostUrgent<Event extends Pick<ReviewEvent, "kind" | "dismissed">>(episodes: readonly Event[]): Event | null {
  const first = episodes.find(({ dismissed }) => !dismissed);
  return first && first.kind !== "DEVICE_NORMAL" ? first : null;
}

export class Urgent extends Panel {
  private drawn: string | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "urgent-line");
    this.follow(["state", "event"], () => this.draw());
    this.draw();
  }

  private draw(): void {
    const event = mostUrgent(this.store.review.episodes);
    const drawn = event ? `${event.key} ${event.reason}` : "";
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.root.hidden = !event;
    if (!event) {
      this.root.replaceChildren();
      return;
    }
    const go = button("urgent-event", "", "Go to the most urgent event", () => this.store.navigation.goToEvent(event.key));
    go.classList.toggle("dangerous", event.kind === "DEVICE_URGENT");
    go.append(signBox(event.sign), element("strong", "", shortTitle(event)), element("span", "urgent-reason", event.reason));
    if (isDevice(event)) go.append(deviceBadge());
    this.root.replaceChildren(go);
  }
}
