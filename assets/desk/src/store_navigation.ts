// Where the person is: the view, the chosen beat and the selection, the current event, and the steps between them.

import { isDevice } from "./device.ts";
import { clampView, leadInS, type ReviewEvent } from "./facts.ts";
import { isUnseen, passes, type FilterName } from "./marks.ts";
import { nextEvent, nextWhere, type StepOrigin } from "./steps.ts";
import type { Store } from "./store.ts";

const ADDRESS_MS = 300;

type Step = 1 | -1;

/** The stretch of time on the strip. */
export interface View {
  startS: number;
  spanS: number;
}

export class Navigation {
  view: View;
  /** Id of the chosen beat. */
  chosen: number | null;
  /** Ids of the selected beats. */
  selection: ReadonlySet<number> = new Set();
  /** Key of the event that marks and notes by key belong to. */
  currentEvent: string | null = null;
  /** Kinds of events that are walked through; all where it is empty. */
  readonly eventKinds = new Set<string>();
  eventFilter: FilterName = "all";
  private readonly store: Store;
  private addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, startS: number, beat: number | null) {
    this.store = store;
    this.view = { startS, spanS: 10 };
    this.chosen = beat;
  }

  end(): void {
    clearTimeout(this.addressTimer);
  }

  /** Set what the strip shows; told to everybody, and to the address a little later. */
  setView(startS: number, spanS = this.view.spanS): void {
    const { facts } = this.store.review;
    const start = facts ? clampView(startS, spanS, facts.durationS) : startS;
    if (start === this.view.startS && spanS === this.view.spanS) return;
    this.view = { startS: start, spanS };
    this.store.notify("view");
    this.scheduleAddress();
  }

  private scheduleAddress(): void {
    clearTimeout(this.addressTimer);
    const { beats } = this.store.review;
    const at = this.chosen === null ? -1 : beats.indexOfId(this.chosen);
    // A beat that detection found is known by where it found it, wherever it stands now.
    const beat = at < 0 || this.chosen === null ? null : this.chosen >= 0 ? this.chosen : beats.sample[at];
    const place = { startS: this.view.startS, beat };
    this.addressTimer = setTimeout(() => this.store.host.address?.(place), ADDRESS_MS);
  }

  goTo(timeS: number, { lead = leadInS(this.view.spanS) } = {}): void {
    this.setView(timeS - lead);
    this.store.notify("jump");
  }

  turnPages(pages: number): void {
    this.setView(this.view.startS + pages * this.view.spanS);
    this.store.notify("jump");
  }

  /** Whether a time is in view, and not nearer to its ends than a margin. */
  shows(timeS: number, marginS = 0.3): boolean {
    return timeS >= this.view.startS + marginS && timeS <= this.view.startS + this.view.spanS - marginS;
  }

  choose(id: number | null, { reveal = true } = {}): void {
    this.chosen = id;
    const { beats } = this.store.review;
    const at = id === null ? -1 : beats.indexOfId(id);
    if (reveal && at >= 0 && !this.shows(beats.timeS(at))) this.goTo(beats.timeS(at));
    this.store.notify("chosen");
    this.scheduleAddress();
  }

  select(ids: Iterable<number>, { add = false } = {}): void {
    this.selection = add ? new Set([...this.selection, ...ids]) : new Set(ids);
    this.store.notify("selection");
  }

  clearSelection(): void {
    if (this.selection.size) this.select([]);
  }

  goToEvent(key: string): void {
    const event = this.store.review.episodes.find((each) => each.key === key);
    if (!event) return;
    this.currentEvent = key;
    if (!isDevice(event)) this.goTo(event.startS); // a statement holds wherever one is
    this.store.notify("event");
  }

  stepEvent(step: Step): void {
    const { episodes } = this.store.review;
    const dismissedToo = this.eventFilter === "dismissed";
    const key = nextEvent(episodes, this.currentEvent, step, (each) => this.listsEvent(each) && (dismissedToo || !each.dismissed));
    if (key !== null) this.goToEvent(key);
    else this.store.showMessage(episodes.length ? "No further event." : "No events found; what was looked for stands at the foot of their list.");
  }

  /** Whether an event is among those that are listed: of a chosen kind, and passing the filter. */
  listsEvent(event: ReviewEvent): boolean {
    return (!this.eventKinds.size || this.eventKinds.has(event.kind)) && passes(this.eventFilter)(event);
  }

  /** On to the next event that nobody has looked at, whatever the filter. */
  stepUnseen(step: Step): void {
    const { episodes } = this.store.review;
    const wanted = (each: ReviewEvent) => isUnseen(each) && (!this.eventKinds.size || this.eventKinds.has(each.kind));
    const key = nextEvent(episodes, this.currentEvent, step, wanted);
    if (key !== null) this.goToEvent(key);
    else if (!episodes.some(wanted)) this.store.showMessage("No unseen event is left.");
    else this.store.showMessage(step > 0 ? "No unseen event further down; K goes up." : "No unseen event further up; J goes down.");
  }

  private stepWhere(test: (index: number) => boolean, step: Step, none: string): void {
    const { beats, stage } = this.store.review;
    const at = nextWhere(beats, this.stepOrigin(), step, test);
    if (at < 0) this.store.showMessage(stage === "beats" ? "The beats are still being found." : none);
    else this.choose(beats.id[at]);
  }

  stepBeat(step: Step): void {
    this.stepWhere(() => true, step, "No further beat.");
  }

  stepUncertain(step: Step): void {
    const { beats } = this.store.review;
    this.stepWhere((i) => beats.uncertain(i), step, "No further uncertain beat.");
  }

  stepAbnormal(step: Step): void {
    const { beats } = this.store.review;
    this.stepWhere((i) => beats.label[i] > 0 && beats.label[i] < 5, step, "No further abnormal beat.");
  }

  /** Where steps start: at the chosen beat where it is on screen, else at the view's start. */
  private stepOrigin(): StepOrigin {
    const { beats } = this.store.review;
    const at = this.chosen === null ? -1 : beats.indexOfId(this.chosen);
    if (at >= 0 && this.shows(beats.timeS(at), 0)) return { at, inside: true };
    return { at: beats.firstAtOrAfter(this.view.startS * beats.fs), inside: false };
  }
}
