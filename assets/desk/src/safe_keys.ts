// Keys that change beats: none of them does so out of sight. A beat that is not on screen is brought there first, and
// only the next press changes it; of many chosen beats the first is shown, and how many there are.

import { inOrder } from "./selection.ts";
import type { HistoryPayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { number } from "./wording.ts";

/** What is on screen, see sticky.ts. */
interface Screen {
  /** Whether a time is on screen. */
  holds(timeS: number): boolean;
  /** Bring a time onto the screen. */
  bring(timeS: number): void;
}

export class SafeKeys {
  private readonly store: Store;
  private readonly screen: Screen;
  private readonly off: () => void;
  /** Key and beats that the next press changes. */
  private armed: string | null = null;

  constructor(store: Store, screen: Screen) {
    this.store = store;
    this.screen = screen;
    this.off = store.subscribe("selection", () => (this.armed = null));
  }

  destroy(): void {
    this.off();
  }

  /**
   * Whether a key may change what is chosen now. If not, it is brought into view, and a message says what the next
   * press does.
   */
  ready(key: string): boolean {
    const { store, screen } = this;
    const { beats } = store.review;
    const { selection, chosen } = store.navigation;
    const places = selection.size ? inOrder(beats, selection) : Int32Array.from(chosen === null ? [] : [beats.indexOfId(chosen)]).filter((at) => at >= 0);
    const hidden = places.filter((at) => !screen.holds(beats.timeS(at))).length;
    if (!hidden) return true;
    const request = `${key} ${places.length} ${places[0]}`;
    if (places.length > 1 && this.armed === request) {
      this.armed = null;
      return true;
    }
    screen.bring(beats.timeS(places[0]));
    this.armed = request;
    const again = `press ${key} again`;
    if (places.length === 1) store.showMessage(`The chosen beat was out of view; here it is. To change it, ${again}.`);
    else store.showMessage(`${number(hidden)} of the ${number(places.length)} chosen beats are out of view; this is the first. To change them all, ${again}.`);
    return false;
  }

  /** Bring into view what undo or redo is about to change. */
  bringHistory(direction: keyof HistoryPayload): void {
    const { store, screen } = this;
    const { facts, history } = store.review;
    const samples = history[direction]?.samples;
    if (!samples || !facts || store.edits.outbox.waiting.length) return;
    const [fromS, toS] = samples.map((sample) => sample / facts.fs);
    const { startS, spanS } = store.navigation.view;
    if (toS < startS || fromS > startS + spanS || !screen.holds(Math.max(fromS, startS))) screen.bring(fromS);
  }
}
