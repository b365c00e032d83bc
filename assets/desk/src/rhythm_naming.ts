// Naming rhythm on the strip: the selected span, the menu that names it, and the lane that shows what is named.

import { button } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { deleteRhythm, nameRhythm } from "./rhythm_edits.ts";
import { RhythmLane } from "./rhythm_lane.ts";
import { RhythmMenu } from "./rhythm_menu.ts";
import { DANGEROUS, rhythmOf } from "./rhythm_names.ts";
import { limitsOf, overruled, type OurRhythm } from "./rhythm_spans.ts";
import type { Sheet } from "./sheet.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { SheetSpan } from "./sheet_scene.ts";
import type { Store } from "./store.ts";
import { duration } from "./wording.ts";

const SNAP_PX = 8;

export class RhythmNaming {
  readonly lane: RhythmLane;
  readonly menu: RhythmMenu;
  readonly delete: HTMLButtonElement;
  private readonly sheet: Sheet;
  private readonly store: Store;

  constructor(sheet: Sheet) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.lane = new RhythmLane(sheet, { onPick: (stretch) => this.select(stretch) });
    this.menu = new RhythmMenu({
      choose: (code) => this.name(code),
      warning: () => this.warning(),
      closed: () => {
        sheet.paper.focus({ preventScroll: true });
        sheet.paper.scrollIntoView({ block: "nearest" }); // a long menu may have moved it
      },
    });
    this.delete = button("sh-delete sh-delete-rhythm", "delete rhythm", "Take this name away: what the program found holds again", () => this.remove());
  }

  /** Select a stretch of our rhythm: a named one by its ends, one of the program's as a span to be named. */
  private select({ fromS, toS, span, code }: Pick<OurRhythm, "fromS" | "toS" | "span" | "code">): void {
    const { sheet, store } = this;
    const { facts, rhythms } = store.review;
    this.lane.ends.commit();
    this.clearBeats();
    const whole = span === null ? undefined : rhythms.find((each) => each.span === span);
    const [startS, stopS] = whole && facts ? [whole.start_sample / facts.fs, whole.stop_sample / facts.fs] : [fromS, toS];
    sheet.setSpan({ fromS: startS, toS: stopS, named: span, code, held: true });
  }

  /** Name the selected span, else the current event's, else ask for a span. */
  begin(): void {
    const { sheet, store } = this;
    if (store.review.stage !== "classified") {
      store.showMessage("Classify the beats first; edits belong to classified beats.", { problem: true });
      return;
    }
    const { startS: viewS, spanS } = store.navigation.view;
    const inView = (fromS: number, toS: number) => fromS < viewS + spanS && toS > viewS;
    const { span } = sheet;
    if (!span || !inView(span.fromS, span.toS)) {
      const event = store.review.episodes.find(({ key }) => key === store.navigation.currentEvent);
      if (event && inView(event.startS, event.stopS)) {
        const { startS, stopS, kind } = event;
        const mine = store.review.rhythms.find((each) => each.start_sample === event.startSample && event.source === "person");
        this.select({ fromS: startS, toS: stopS, span: mine?.span ?? null, code: kind });
      } else if (span) store.navigation.goTo(span.fromS); // nothing is named that is not on screen
    }
    if (!sheet.span) {
      sheet.setMode("select");
      store.showMessage("Select the span first: drag over the strip, or hold Alt and drag.");
      return;
    }
    sheet.paintNow();
    this.menu.toggle(true);
  }

  /** Samples of a span; one that was found or named keeps its own. */
  private limits({ fromS, toS, held, code }: SheetSpan, plan: SheetPlan, { fs, nSamples }: Facts): [number, number] {
    if (!held || code === undefined) return limitsOf(fromS, toS, this.store.review.beats, SNAP_PX / plan.pxPerS, nSamples);
    const start = Math.round(fromS * fs);
    return [start, Math.max(Math.round(toS * fs), start + 1)];
  }

  private name(code: string): void {
    const { sheet, store } = this;
    const { span, plan } = sheet;
    const { facts, stage } = store.review;
    if (!span || !plan || !facts || store.edits.refusedForStorage()) return;
    if (stage !== "classified") {
      void store.edits.edit([]); // says why not
      return;
    }
    const [start, stop] = this.limits(span, plan, facts);
    const named = nameRhythm(store, [start, stop], code, span.named ?? null);
    if (sheet.tools.mode === "select") sheet.tools.setMode(null);
    sheet.setSpan({ fromS: start / facts.fs, toS: stop / facts.fs, named, code, held: true });
    this.clearBeats();
  }

  /** While a span is selected no beat is: keys that change beats find none. */
  private clearBeats(): void {
    const { store } = this;
    store.navigation.clearSelection();
    if (store.navigation.chosen !== null) store.navigation.choose(null, { reveal: false });
  }

  /** The Delete key: with a stretch of rhythm selected it belongs to that; returns whether it does. */
  takesDelete(): boolean {
    const { sheet, store } = this;
    const { span } = sheet;
    if (!span?.held || span.code === undefined || store.navigation.selection.size || store.navigation.chosen !== null) return false;
    if (span.named !== null) this.remove();
    else store.showMessage("The program found this rhythm: name it otherwise (H), or dismiss its event (X).");
    return true;
  }

  remove(): void {
    const { sheet, store } = this;
    const named = sheet.span?.named;
    if (named === undefined || named === null || store.edits.refusedForStorage()) return;
    this.lane.ends.revert();
    sheet.setSpan(null);
    deleteRhythm(store, named);
    sheet.paper.focus({ preventScroll: true });
  }

  /** What naming the span otherwise would overrule. */
  private warning(): string {
    const { span } = this.sheet;
    const found = span ? overruled(this.store.review.episodes, span.fromS, span.toS, DANGEROUS) : [];
    return found.length ? `The program found here: ${found.join(", ")}. Another name overrules it; it stays in the event's reason.` : "";
  }

  /** Let the selected span be where the store has it, and none where it is gone. */
  updateSpan(): void {
    const { sheet, store } = this;
    const { span } = sheet;
    const { facts, rhythms } = store.review;
    if (!facts || span?.named === undefined || span.named === null || this.lane.ends.moving) return;
    const known = rhythms.find((each) => each.span === span.named);
    if (!known) {
      sheet.setSpan(null);
      return;
    }
    const [fromS, toS] = [known.start_sample / facts.fs, known.stop_sample / facts.fs];
    if (fromS !== span.fromS || toS !== span.toS || known.rhythm !== span.code) sheet.setSpan({ ...span, fromS, toS, code: known.rhythm });
  }

  /** What the bar says of a span. */
  text(span: SheetSpan): string {
    const lengthText = duration(span.toS - span.fromS);
    return typeof span.code !== "string" ? lengthText : `${rhythmOf(span.code).short} · ${lengthText}`;
  }

  destroy(): void {
    this.lane.ends.destroy();
  }
}
