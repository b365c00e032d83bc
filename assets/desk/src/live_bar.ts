// State of a live stream above the strip: that it is a demonstration, whether signal comes, what was not as expected,
// and the way back to the newest end.

import { button, element } from "./dom.ts";
import { Panel, write } from "./panel.ts";
import type { LiveNotice, LivePayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { counted } from "./wording.ts";

const BEHIND_S = 5;

/** What is said of whether signal comes. */
export function stateText(live: LivePayload): string {
  if (live.ended !== null) return `${live.ended}${live.settled ? "" : " The rest is being analysed."}`;
  if (live.state === "stopped") return `No signal for ${Math.floor(live.silent_s)} s: what happens now is not seen.`;
  return `${formatTime(live.received_s)} received.`;
}

/** What is said of the analysis; empty where it keeps up. */
export function analysisText(live: LivePayload): string {
  if (live.problem !== null) return live.problem;
  const behindS = live.received_s - live.analysed_s;
  return behindS > BEHIND_S && live.ended === null ? `The analysis is ${Math.floor(behindS)} s behind.` : "";
}

/** What was not as expected; empty where all was. */
export function noticeText(live: LivePayload): string {
  const parts: string[] = [];
  const latest = live.notices.at(-1);
  if (latest) parts.push(ofNotice(latest, live.n_notices));
  if (live.withdrawn) {
    const { title, start_s } = live.withdrawn;
    parts.push(`${counted(live.n_withdrawn, "dangerous event")} told and withdrawn with more signal in view, the last one ${title} at ${formatTime(start_s)}.`);
  }
  return parts.join(" ");
}

function ofNotice({ time_s, sentence }: LiveNotice, n: number): string {
  const more = n > 1 ? ` ${counted(n, "irregularity", "irregularities")} in all.` : "";
  return `At ${formatTime(time_s)}: ${sentence}${more}`;
}

export class LiveBar extends Panel {
  private readonly badge = element("strong", "live-badge");
  private readonly state = element("span", "live-state");
  private readonly analysis = element("span", "live-problem");
  private readonly notices = element("span", "live-notices");
  private readonly back: HTMLButtonElement;
  private readonly following = element("span", "live-following");

  constructor(store: Store, place: ParentNode) {
    super(store, place, "live-bar");
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Live stream");
    this.badge.setAttribute("role", "status");
    this.analysis.setAttribute("role", "alert");
    this.back = button("live-back", "Back to live", "Show the newest signal and follow it", () => store.live.backToEnd());
    const warning = element("span", "live-warning", "Live demonstration, not a monitor: nobody is alerted. It cannot be edited.");
    this.root.append(this.badge, warning, this.state, this.analysis, this.notices, this.following, this.back);
    this.follow(["state", "live"], () => this.draw());
    this.draw();
  }

  private draw(): void {
    const live = this.store.live.state;
    this.root.hidden = !live;
    if (!live) return;
    const { following } = this.store.live;
    this.root.dataset.state = live.state;
    write(this.badge, { live: "Live", stopped: "Stopped", ended: "Ended" }[live.state]);
    write(this.state, stateText(live));
    write(this.analysis, analysisText(live));
    write(this.notices, noticeText(live));
    write(this.following, following ? "" : "You are looking at earlier signal.");
    this.analysis.hidden = !this.analysis.textContent;
    this.notices.hidden = !this.notices.textContent;
    this.following.hidden = this.back.hidden = following;
  }
}
