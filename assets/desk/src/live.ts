// A live stream on the desk: asks for what is new, and keeps the newest end in view until a person looks elsewhere.

import type { LivePayload } from "./payloads.ts";
import type { Store } from "./store.ts";

const AT_END_S = 1;

export class LiveStream {
  /** State of the stream; null of a recording that is none. */
  state: LivePayload | null = null;
  /** Whether the strip follows the newest end. */
  following = true;
  private readonly store: Store;
  private spanS = 0;
  private moving = false;
  private readonly offs: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** Whether the recording is a live stream. */
  get on(): boolean {
    return this.state !== null;
  }

  /** Take over what the state of the recording says of its stream. */
  told(state: LivePayload | null): void {
    const begins = state !== null && this.state === null;
    this.state = state;
    if (!begins) return;
    this.offs.push(this.store.subscribe("view", () => this.viewed()));
    this.offs.push(this.store.subscribe("event", () => this.leaveEnd()));
    this.followEnd();
  }

  /** Ask for what is new. */
  async poll(): Promise<void> {
    const answer = await this.store.api.packed("live", { since: this.state?.number ?? 0 });
    if (this.store.gone) return;
    this.state = answer.meta.live;
    this.store.review.applyLive(answer);
    this.followEnd();
    this.store.notify("live");
  }

  /** Go to the newest end and stay there. */
  backToEnd(): void {
    this.following = true;
    this.followEnd();
    this.store.notify("jump");
    this.store.notify("live");
  }

  /** Who goes to an event stays there, also where the newest end is still in view. */
  private leaveEnd(): void {
    this.following = false;
    this.store.notify("live");
  }

  private followEnd(): void {
    const { facts } = this.store.review;
    if (!facts || !this.following) return;
    this.moving = true;
    this.store.navigation.setView(Math.max(facts.durationS - this.store.navigation.view.spanS, 0));
    this.moving = false;
  }

  /** A person who moves away from the end is left there; another scale keeps the end in view. */
  private viewed(): void {
    const { startS, spanS } = this.store.navigation.view;
    const scaled = spanS !== this.spanS;
    this.spanS = spanS;
    if (this.moving) return;
    if (scaled && this.following) {
      this.followEnd();
      return;
    }
    const following = startS + spanS >= (this.store.review.facts?.durationS ?? 0) - AT_END_S;
    if (following === this.following) return;
    this.following = following;
    this.store.notify("live");
  }

  end(): void {
    for (const off of this.offs) off();
  }
}
