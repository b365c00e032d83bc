// The most urgent event above the strip, where the list of events lies below it: in narrow windows.

import { deviceBadge, isDevice } from "./device.ts";
import { button, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { Panel, signBox } from "./panel.ts";
import { setAsideText } from "./set_aside.ts";
import type { Store } from "./store.ts";
import { pressingStatements } from "./urgent_statements.ts";
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
    this.follow(["state", "event", "waves"], () => this.draw());
    this.draw();
  }

  private draw(): void {
    const event = mostUrgent(this.store.review.episodes);
    const statement = pressingStatements(this.store.waves.measured, this.store.review.facts?.durationS ?? 0).at(0);
    const { setAside, facts } = this.store.review;
    const marked = facts && setAside.length ? setAsideText(setAside[0], facts.fs, facts.clockS) : "";
    const aside = setAside.length > 1 ? `${marked} ${setAside.length - 1} more.` : marked;
    const drawn = [event ? `${event.key} ${event.reason}` : "", statement?.text ?? "", aside].join("|");
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.root.hidden = !event && !statement && !aside;
    this.root.replaceChildren();
    if (statement) {
      const line = element("p", "urgent-statement");
      line.append(element("strong", "", statement.text), element("span", "urgent-reason", statement.reason));
      this.root.append(line);
    }
    if (aside && facts) this.root.append(button("set-aside-event", aside, "Go there", () => this.store.navigation.goTo(setAside[0].start_sample / facts.fs)));
    if (!event) return;
    const go = button("urgent-event", "", "Go to the most urgent event", () => this.store.navigation.goToEvent(event.key));
    go.classList.toggle("dangerous", event.kind === "DEVICE_URGENT");
    go.append(signBox(event.sign), element("strong", "", shortTitle(event)), element("span", "urgent-reason", event.reason));
    if (isDevice(event)) go.append(deviceBadge());
    this.root.append(go);
  }
}
