// @ts-nocheck
// Naming rhythm on the strip: the span in hand, the menu that names it, and the lane that shows what is named.

import { button } from "./dom.ts";
import { deleteRhythm, nameRhythm } from "./rhythm_edits.ts";
import { RhythmLane } from "./rhythm_lane.ts";
import { RhythmMenu } from "./rhythm_menu.ts";
import { DANGEROUS, rhythmOf } from "./rhythm_names.ts";
import { limitsOf, overruled } from "./rhythm_spans.ts";
import { duration } from "./wording.ts";

const SNAP_PX = 8;

export class RhythmHands {
  constructor(sheet) {
    Object.assign(this, { sheet, store: sheet.store });
    this.lane = new RhythmLane(sheet, { onPick: (stretch) => this.pick(stretch) });
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

  /** Take a stretch of our rhythm in hand: a named one by its ends, one of the program's as a span to be named. */
  pick({ fromS, toS, span, code }) {
    const { sheet, store } = this;
    this.lane.ends.keep();
    this.release();
    const whole = span === null ? null : store.review.rhythms.find((each) => each.span === span);
    const limits = whole && [whole.start_sample / store.review.facts.fs, whole.stop_sample / store.review.facts.fs];
    const [startS, stopS] = limits ?? [fromS, toS];
    sheet.setSpan({ fromS: startS, toS: stopS, named: span, code, held: true });
  }

  /** The key: name the span in hand, else the current event's, else ask for a span. */
  begin() {
    const { sheet, store } = this;
    if (store.review.stage !== "classified") return store.showMessage("Classify the beats first; edits belong to classified beats.", { problem: true });
    const { startS: fromS, spanS } = store.navigation.view;
    const inView = (each) => Boolean(each) && each.from < fromS + spanS && each.to > fromS;
    const held = sheet.span && { from: sheet.span.fromS, to: sheet.span.toS };
    if (!inView(held)) {
      const event = store.review.episodes.find(({ key }) => key === store.navigation.currentEvent);
      if (event && inView({ from: event.startS, to: event.stopS })) {
        const { startS, stopS, kind } = event;
        const mine = store.review.rhythms.find((each) => each.start_sample === event.startSample && event.source === "person");
        this.pick({ fromS: startS, toS: stopS, span: mine?.span ?? null, code: kind });
      } else if (held) store.navigation.goTo(held.from); // nothing is named that is not on screen
    }
    if (!sheet.span) {
      sheet.setMode("select");
      return store.showMessage("Select the span first: drag over the strip, or hold Alt and drag.");
    }
    sheet.paintNow();
    this.menu.toggle(true);
    return undefined;
  }

  /** Samples of the span in hand; one that was found or named keeps its own. */
  limits() {
    const { sheet, store } = this;
    const { fromS, toS, held, code } = sheet.span;
    const reachS = held && code !== undefined ? 0 : SNAP_PX / sheet.plan.pxPerS;
    if (!reachS) return [Math.round(fromS * store.review.facts.fs), Math.max(Math.round(toS * store.review.facts.fs), Math.round(fromS * store.review.facts.fs) + 1)];
    return limitsOf(fromS, toS, store.review.beats, reachS, store.review.facts.nSamples);
  }

  name(code) {
    const { sheet, store } = this;
    if (!sheet.span || store.edits.refusedForStorage()) return;
    if (store.review.stage !== "classified") return void store.edits.edit([]);
    const [start, stop] = this.limits();
    const { named } = sheet.span;
    const span = nameRhythm(store, [start, stop], code, named ?? null);
    if (sheet.tools.mode === "select") sheet.tools.setMode(null);
    const { fs } = store.review.facts;
    sheet.setSpan({ fromS: start / fs, toS: stop / fs, named: span, code, held: true });
    this.release();
  }

  /** Who has a span in hand has no beat in hand: keys that change beats find none. */
  release() {
    const { store } = this;
    store.navigation.clearSelection();
    if (store.navigation.chosen !== null) store.navigation.choose(null, { reveal: false });
  }

  /** The Delete key: with a stretch of rhythm in hand it belongs to that; tells whether it does. */
  takesDelete() {
    const { sheet, store } = this;
    const { span } = sheet;
    if (!span?.held || span.code === undefined || store.navigation.selection.size || store.navigation.chosen !== null) return false;
    if (span.named !== null) this.remove();
    else store.showMessage("The program found this rhythm: name it otherwise (H), or dismiss its event (X).");
    return true;
  }

  remove() {
    const { sheet, store } = this;
    const name = sheet.span?.named;
    if (name === undefined || name === null || store.edits.refusedForStorage()) return;
    this.lane.ends.restore();
    sheet.setSpan(null);
    deleteRhythm(store, name);
    sheet.paper.focus({ preventScroll: true });
  }

  /** What naming the span otherwise would overrule. */
  warning() {
    const { span } = this.sheet;
    const found = span ? overruled(this.store.review.episodes, span.fromS, span.toS, DANGEROUS) : [];
    return found.length ? `The program found here: ${found.join(", ")}. Another name overrules it; it stays in the event's reason.` : "";
  }

  /** The span in hand goes where the store has it, and away with it; tells whether the lane got or lost a row. */
  follow() {
    const { sheet, store } = this;
    const { span } = sheet;
    const { ends } = this.lane;
    if (span?.named !== undefined && span?.named !== null && !ends.held && !ends.changed) {
      const known = store.review.rhythms.find((each) => each.span === span.named);
      if (!known) sheet.setSpan(null);
      else {
        const [fromS, toS] = [known.start_sample / store.review.facts.fs, known.stop_sample / store.review.facts.fs];
        if (fromS !== span.fromS || toS !== span.toS || known.rhythm !== span.code) sheet.setSpan({ ...span, fromS, toS, code: known.rhythm });
      }
    }
    return this.lane.take();
  }

  /** What the bar says of the span in hand. */
  text(span) {
    const lengthText = duration(span.toS - span.fromS);
    return span.code === undefined ? lengthText : `${rhythmOf(span.code).short} · ${lengthText}`;
  }

  destroy() {
    this.lane.ends.destroy();
  }
}
