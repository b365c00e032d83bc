// @ts-nocheck
// The strip of the desk: ECG paper with the signal, the beats and everything laid over them. The signal comes in
// chunks; the view lives in the store, so whatever moves it moves the paper, and nothing waits for the server.

import { Calibration } from "./calibration.ts";
import { element } from "./dom.ts";
import { steadyWidth } from "./geometry.ts";
import { Calipers } from "./measure.ts";
import { SheetFoot } from "./sheet_foot.ts";
import { SheetHead } from "./sheet_head.ts";
import { SheetMarks } from "./sheet_marks.ts";
import { Reference, Saliency } from "./sheet_overlays.ts";
import { planSheet, zoomed } from "./sheet_plan.ts";
import { SheetRows } from "./sheet_rows.ts";
import { sceneOf } from "./sheet_scene.ts";
import { SheetSignal } from "./sheet_signal.ts";
import { SpanBar } from "./sheet_span.ts";
import { Spikes } from "./sheet_spikes.ts";
import { RhythmHands } from "./rhythm_hands.ts";
import { idsBetween, MODES, SheetTools } from "./sheet_tools.ts";

const SETTLED_MS = 250;
const EMPTY_HEIGHT_PX = 330;

export class Sheet {
  constructor(store, place) {
    this.store = store;
    this.span = null;
    this.moved = null;
    this.ghostS = null;
    this.signal = new SheetSignal(store, () => this.draw());
    this.reference = new Reference(store, () => this.relayout());
    this.saliency = new Saliency(store, () => this.draw());
    this.spikes = new Spikes(store, () => this.draw());
    this.build(place);
    this.listen();
    this.relayout();
  }

  /** What the keys of the strip belong to. */
  get focusable() {
    return this.paper;
  }

  build(place) {
    const { store } = this;
    this.root = element("div", "panel sh");
    this.calibration = new Calibration(store);
    this.head = new SheetHead(store, {
      calipers: () => this.setMode("calipers"),
      calibrate: () => this.calibration.open(),
    });
    this.foot = new SheetFoot(store, {
      onMode: (mode) => this.setMode(mode),
      onRhythm: () => this.rhythm.begin(),
      onLetter: (letter) => {
        this.tools.hands.letter = letter;
        this.modeChanged();
      },
    });
    this.paper = element("div", "sh-paper");
    this.paper.tabIndex = 0;
    this.paper.setAttribute("role", "group");
    this.paper.setAttribute("aria-roledescription", "ECG strip");
    this.paper.style.height = `${EMPTY_HEIGHT_PX}px`;
    this.rows = new SheetRows(() => this.draw());
    this.marks = new SheetMarks({ onBeat: (i, event) => this.beatClicked(i, event) });
    this.calipers = new Calipers(store, () => this.draw());
    this.rhythm = new RhythmHands(this);
    this.bar = new SpanBar(store, this.rhythm);
    const { canvases, names, ghost } = this.rows;
    this.paper.append(canvases, names, this.marks.layer, this.rhythm.lane.layer, ghost, this.calipers.box, this.marks.tip, this.bar.box);
    this.tools = new SheetTools(this);
    this.root.append(this.head.root, this.paper, this.foot.root, this.calibration.dialog);
    place.append(this.root);
  }

  listen() {
    const { store } = this;
    const on = (topic, fn) => store.subscribe(topic, fn);
    this.offs = [
      on("view", () => this.draw()),
      on("jump", () => this.jumped()),
      on("beats", () => this.beatsChanged()),
      on("state", () => this.stateChanged()),
      on("prefs", () => this.relayoutSoon()),
      on("theme", () => this.relayoutSoon()),
      on("selection", () => this.selectionChanged()),
      on("chosen", () => {
        this.tools.chosenChanged();
        this.draw();
      }),
    ];
    this.resizes = new ResizeObserver(() => this.resized());
    this.resizes.observe(this.paper);
  }

  destroy() {
    this.gone = true;
    for (const off of this.offs) off();
    this.resizes.disconnect();
    this.signal.destroy();
    this.saliency.rest();
    this.foot.destroy();
    this.rhythm.destroy();
    this.rows.destroy();
    clearTimeout(this.settling);
    cancelAnimationFrame(this.frame);
    this.root.remove();
  }

  // What the desk's keys do

  /** Enter a mode, or leave it where it is on. */
  setMode(mode) {
    if (this.plan) this.tools.setMode(this.tools.mode === mode ? null : mode);
  }

  leave() {
    return this.tools.leave();
  }

  /** One step nearer (1) or farther (-1), keeping a time where it is: the one given, or the chosen beat's. */
  zoom(step, aroundS = null) {
    const { store, plan } = this;
    if (!plan) return;
    const next = zoomed({ speed: plan.speed, rows: plan.rows.length }, step, plan.inColumns);
    if (!next) return;
    const { startS, spanS } = store.navigation.view;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    const chosenS = at >= 0 && store.navigation.shows(store.review.beats.timeS(at), 0) ? store.review.beats.timeS(at) : startS + spanS / 3;
    const keptS = aroundS ?? chosenS;
    store.setPref("speed", next.speed);
    if (!plan.inColumns) store.setPref("rows", next.rows);
    this.relayout(keptS - ((keptS - startS) / spanS) * this.spanFor());
  }

  spanFor() {
    return this.makePlan().spanS;
  }

  // Layout

  resized() {
    const { clientWidth } = this.paper;
    if (!clientWidth || clientWidth === this.widths?.now) return;
    this.relayout();
  }

  relayoutSoon() {
    this.stale = true;
    this.draw();
  }

  makePlan() {
    const { facts } = this.store.review;
    const { prefs } = this.store;
    const hasReference = prefs.reference && facts.hasReference;
    return planSheet({ facts, prefs, width: this.widths.now, dpr: window.devicePixelRatio || 1, hasReference, rhythmRows: this.rhythm.lane.rows });
  }

  /** Lay everything out for the facts, the preferences and the width there are now. */
  relayout(startS = this.store.navigation.view.startS) {
    const { store, paper } = this;
    this.stale = false;
    if (this.gone || !store.review.facts || !paper.clientWidth) {
      this.head.draw(null, this.tools.mode);
      this.foot.drawMode(null, this.tools.hands.letter);
      this.foot.drawTools();
      return;
    }
    this.rhythm.lane.take();
    this.widths = steadyWidth(this.widths, paper.clientWidth, performance.now());
    this.plan = this.makePlan();
    const { plan } = this;
    paper.style.height = `${plan.height}px`;
    paper.setAttribute("aria-label", `ECG of ${store.review.facts.name}. Arrows up and down go from beat to beat; Escape, then Tab leaves.`);
    this.rows.fit(plan, store.review.facts, this.root);
    this.signal.configure(plan);
    if (store.prefs.reference && store.review.facts.hasReference) this.reference.load();
    if (!store.prefs.saliency) this.saliency.rest();
    store.navigation.setView(startS, plan.spanS);
    this.head.draw(plan, this.tools.mode);
    this.modeChanged();
    this.settleSoon();
    this.draw();
  }

  // Changes

  jumped() {
    this.signal.jumped();
    this.marks.hideTip();
    this.draw();
  }

  /** The server told its state again: only another recording or another stage changes the sheet. */
  stateChanged() {
    this.spikes.follow();
    const { facts, stage } = this.store.review;
    const look = JSON.stringify([facts, stage]);
    if (this.rhythm.follow() || look !== this.stateLook) this.relayoutSoon();
    else this.draw();
    this.stateLook = look;
  }

  beatsChanged() {
    this.spikes.follow();
    this.reference.compare();
    this.settleSoon();
    if (this.rhythm.follow()) this.relayoutSoon();
    this.draw();
  }

  selectionChanged() {
    if (!this.store.navigation.selection.size && !this.tools.drag && !this.span?.held) this.span = null;
    this.draw();
  }

  beatClicked(i, event) {
    const { store } = this;
    const id = store.review.beats.id[i];
    this.marks.hideTip();
    if (event.shiftKey && store.navigation.chosen !== null) {
      const from = store.review.beats.indexOfId(store.navigation.chosen);
      if (from >= 0) store.navigation.select(idsBetween(store.review.beats, store.review.beats.timeS(from), store.review.beats.timeS(i)));
      return;
    }
    if (event.ctrlKey || event.metaKey) store.navigation.select([id], { add: true });
    store.navigation.choose(id, { reveal: false });
    this.paper.focus({ preventScroll: true });
  }

  modeChanged() {
    const { mode, hands } = this.tools;
    for (const each of MODES) this.root.classList.toggle(`mode-${each}`, each === mode);
    this.head.drawMode(mode);
    this.foot.drawMode(mode, hands.letter);
    this.foot.drawTools();
    this.draw();
  }

  setSpan(span) {
    this.span = span;
    this.draw();
  }

  setMoved(moved) {
    this.moved = moved;
    this.draw();
  }

  setGhost(timeS) {
    this.ghostS = timeS;
    this.draw();
  }

  /** Once the view rests: say what is there, fetch what is laid over it. */
  settleSoon() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const { store } = this;
      if (this.plan) this.rows.describe(store);
      if (store.prefs.saliency && store.review.stage === "classified" && this.scene) this.saliency.want(...this.scene.near);
    }, SETTLED_MS);
    this.foot.speak();
  }

  // Drawing

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (this.gone) return;
      if (this.stale) this.relayout();
      this.paint();
    });
  }

  /** Draw at once: what comes next needs it. */
  paintNow() {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.paint();
  }

  paint() {
    const { plan, store, tools } = this;
    if (!plan) return;
    if (this.signal.follow()) this.settleSoon();
    this.scene = sceneOf(this);
    const { scene } = this;
    this.rows.paint(scene);
    this.rows.placeGhost(this.ghostS ?? this.moved?.timeS ?? null, this.ghostS === null ? "" : this.tools.hands.letter, store.navigation.view.startS);
    this.marks.place(scene);
    this.rhythm.lane.place(scene);
    this.tellPlace();
    this.calipers.place(plan, store.navigation.view.startS);
    this.bar.place(tools.drag ? null : this.span, plan);
    this.head.drawView();
    this.foot.drawText();
    this.foot.drawLegend({
      reference: Boolean(scene.reference),
      spikes: scene.spikes?.legend(scene) ?? "",
      saliency: store.prefs.saliency && store.review.stage === "classified" ? this.saliency : null,
    });
  }

  /** What is drawn, for whoever looks from outside: the first second, and whether all of its signal is there. */
  tellPlace() {
    const { dataset } = this.paper;
    dataset.start = this.store.navigation.view.startS.toFixed(3);
    dataset.whole = String(!this.signal.missing);
  }
}
