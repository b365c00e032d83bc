// The strip of the desk: ECG paper with the signal, the beats and everything laid over them. The signal comes in
// chunks; the view lives in the store, so whatever moves it moves the paper, and nothing waits for the server.

import { Calibration } from "./calibration.ts";
import { element } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { steadyWidth, type SteadyWidth } from "./geometry.ts";
import { Calipers } from "./measure.ts";
import { RhythmNaming } from "./rhythm_naming.ts";
import { SheetFoot } from "./sheet_foot.ts";
import { SheetHead } from "./sheet_head.ts";
import { SheetMarks } from "./sheet_marks.ts";
import { Reference, Saliency } from "./sheet_overlays.ts";
import { planSheet, zoomed, type SheetPlan } from "./sheet_plan.ts";
import { SheetRows } from "./sheet_rows.ts";
import { sceneOf, type MovedBeat, type Scene, type SheetSpan } from "./sheet_scene.ts";
import { SheetSignal } from "./sheet_signal.ts";
import { SpanBar } from "./sheet_span.ts";
import { Spikes } from "./sheet_spikes.ts";
import { idsBetween, MODES, SheetTools, type Mode } from "./sheet_tools.ts";
import { SheetValues } from "./sheet_values.ts";
import type { DraggedBoundary } from "./sheet_waves.ts";
import type { Store } from "./store.ts";
import type { Topic } from "./topics.ts";

const SETTLED_MS = 250;
const EMPTY_HEIGHT_PX = 330;

export class Sheet {
  readonly store: Store;
  readonly root = element("div", "panel sh");
  readonly paper = element("div", "sh-paper");
  /** Where everything lies; null before there are facts and a width. */
  plan: SheetPlan | null = null;
  /** Boundary of a wave that is being dragged. */
  boundary: DraggedBoundary | null = null;
  span: SheetSpan | null = null;
  moved: MovedBeat | null = null;
  /** Time at which a beat would be added. */
  ghostS: number | null = null;
  readonly signal: SheetSignal;
  readonly reference: Reference;
  readonly saliency: Saliency;
  readonly spikes: Spikes;
  readonly rows: SheetRows;
  readonly marks: SheetMarks;
  readonly calipers: Calipers;
  readonly rhythm: RhythmNaming;
  readonly tools: SheetTools;
  private readonly calibration: Calibration;
  private readonly head: SheetHead;
  private readonly foot: SheetFoot;
  private readonly values: SheetValues;
  private readonly bar: SpanBar;
  private readonly offs: (() => void)[];
  private readonly resizes: ResizeObserver;
  private widths: SteadyWidth | undefined;
  private scene: Scene | null = null;
  /** Facts and stage that the sheet was laid out for. */
  private stateKey = "";
  private stale = false;
  private gone = false;
  private frame = 0;
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, place: ParentNode) {
    this.store = store;
    this.signal = new SheetSignal(store, () => this.draw());
    this.reference = new Reference(store, () => this.relayout());
    this.saliency = new Saliency(store, () => this.draw());
    this.spikes = new Spikes(store, () => this.draw());
    this.calibration = new Calibration(store);
    this.head = new SheetHead(store, {
      calipers: () => this.setMode("calipers"),
      calibrate: () => this.calibration.open(),
    });
    this.foot = new SheetFoot(store, {
      onMode: (mode) => this.setMode(mode),
      onRhythm: () => this.rhythm.begin(),
      onLetter: (letter) => {
        this.tools.placing.letter = letter;
        this.modeChanged();
      },
    });
    this.paper.tabIndex = 0;
    this.paper.setAttribute("role", "group");
    this.paper.setAttribute("aria-roledescription", "ECG strip");
    this.paper.style.height = `${EMPTY_HEIGHT_PX}px`;
    this.rows = new SheetRows(() => this.draw());
    this.marks = new SheetMarks({ onBeat: (i, event) => this.beatClicked(i, event) });
    this.calipers = new Calipers(store, () => this.draw());
    this.rhythm = new RhythmNaming(this);
    this.bar = new SpanBar(store, this.rhythm);
    const { layer, names, ghost } = this.rows;
    this.paper.append(layer, names, this.marks.layer, this.rhythm.lane.layer, ghost, this.calipers.box, this.marks.tip, this.bar.box);
    this.tools = new SheetTools(this);
    this.values = new SheetValues(store);
    this.root.append(this.head.root, this.values.root, this.paper, this.foot.root, this.calibration.dialog);
    place.append(this.root);
    this.offs = this.subscribe();
    this.resizes = new ResizeObserver(() => this.resized());
    this.resizes.observe(this.paper);
    this.relayout();
  }

  /** What the keys of the strip belong to. */
  get focusable(): HTMLElement {
    return this.paper;
  }

  private subscribe(): (() => void)[] {
    const on = (topic: Topic, fn: () => void) => this.store.subscribe(topic, fn);
    return [
      on("view", () => this.draw()),
      on("jump", () => this.jumped()),
      on("beats", () => this.beatsChanged()),
      on("state", () => this.stateChanged()),
      on("prefs", () => this.relayoutSoon()),
      on("waves", () => this.draw()),
      on("theme", () => this.relayoutSoon()),
      on("selection", () => this.selectionChanged()),
      on("chosen", () => {
        this.tools.chosenChanged();
        this.draw();
      }),
    ];
  }

  destroy(): void {
    this.gone = true;
    for (const off of this.offs) off();
    this.resizes.disconnect();
    this.signal.destroy();
    this.saliency.rest();
    this.foot.destroy();
    this.values.destroy();
    this.rhythm.destroy();
    this.rows.destroy();
    clearTimeout(this.settling);
    cancelAnimationFrame(this.frame);
    this.root.remove();
  }

  // What the desk's keys do

  /** Enter a mode, or leave it where it is on. */
  setMode(mode: Mode): void {
    if (this.plan) this.tools.setMode(this.tools.mode === mode ? null : mode);
  }

  /** Leave the innermost of drag, mode, calipers and span; returns whether there was any. */
  leave(): boolean {
    return this.tools.leave();
  }

  /** One step nearer (1) or farther (-1), keeping a time where it is: the one given, or the chosen beat's. */
  zoom(step: 1 | -1, aroundS: number | null = null): void {
    const { store, plan } = this;
    const { facts } = store.review;
    if (!plan || !facts) return;
    const next = zoomed({ speed: plan.speed, rows: plan.rows.length }, step, plan.inColumns);
    if (!next) return;
    const { startS, spanS } = store.navigation.view;
    const at = store.navigation.chosen === null ? -1 : store.review.beats.indexOfId(store.navigation.chosen);
    const chosenS = at >= 0 && store.navigation.shows(store.review.beats.timeS(at), 0) ? store.review.beats.timeS(at) : startS + spanS / 3;
    const keptS = aroundS ?? chosenS;
    store.setPref("speed", next.speed);
    if (!plan.inColumns) store.setPref("rows", next.rows);
    this.relayout(keptS - ((keptS - startS) / spanS) * this.makePlan(facts, plan.width).spanS);
  }

  // Layout

  private resized(): void {
    const { clientWidth } = this.paper;
    if (!clientWidth || clientWidth === this.widths?.now) return;
    this.relayout();
  }

  private relayoutSoon(): void {
    this.stale = true;
    this.draw();
  }

  private makePlan(facts: Facts, width: number): SheetPlan {
    const { prefs } = this.store;
    const hasReference = prefs.reference && facts.hasReference;
    return planSheet({ facts, prefs, width, dpr: window.devicePixelRatio || 1, hasReference, rhythmRows: this.rhythm.lane.rows });
  }

  /** Lay everything out for the facts, the preferences and the width there are now. */
  private relayout(startS = this.store.navigation.view.startS): void {
    const { store, paper } = this;
    const { facts } = store.review;
    this.stale = false;
    if (this.gone || !facts || !paper.clientWidth) {
      this.head.draw(null, this.tools.mode);
      this.foot.drawMode(null, this.tools.placing.letter);
      this.foot.drawTools();
      return;
    }
    this.rhythm.lane.update();
    this.widths = steadyWidth(this.widths, paper.clientWidth, performance.now());
    const plan = this.makePlan(facts, this.widths.now);
    this.plan = plan;
    paper.style.height = `${plan.height}px`;
    paper.setAttribute("aria-label", `ECG of ${facts.name}. Arrows up and down go from beat to beat; Escape, then Tab leaves.`);
    this.rows.fit(plan, facts, this.root);
    this.signal.configure(plan);
    if (store.prefs.reference && facts.hasReference) void this.reference.load();
    if (!store.prefs.saliency) this.saliency.rest();
    store.navigation.setView(startS, plan.spanS);
    this.head.draw(plan, this.tools.mode);
    this.modeChanged();
    this.scheduleSettled();
    this.draw();
  }

  // Changes

  private jumped(): void {
    this.signal.jumped();
    this.marks.hideTip();
    this.draw();
  }

  /** The state came anew: only other facts, another stage or another number of rhythm rows change the layout. */
  private stateChanged(): void {
    void this.spikes.follow();
    const { facts, stage } = this.store.review;
    const stateKey = JSON.stringify([facts, stage]);
    this.rhythm.updateSpan();
    if (this.rhythm.lane.update() || stateKey !== this.stateKey) this.relayoutSoon();
    else this.draw();
    this.stateKey = stateKey;
  }

  private beatsChanged(): void {
    void this.spikes.follow();
    this.reference.compare();
    this.scheduleSettled();
    this.rhythm.updateSpan();
    if (this.rhythm.lane.update()) this.relayoutSoon();
    this.draw();
  }

  private selectionChanged(): void {
    if (!this.store.navigation.selection.size && !this.tools.drag && !this.span?.held) this.span = null;
    this.draw();
  }

  private beatClicked(i: number, event: MouseEvent): void {
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

  modeChanged(): void {
    const { mode, placing } = this.tools;
    for (const each of MODES) this.root.classList.toggle(`mode-${each}`, each === mode);
    this.head.drawMode(mode);
    this.foot.drawMode(mode, placing.letter);
    this.foot.drawTools();
    this.draw();
  }

  setBoundary(boundary: DraggedBoundary | null): void {
    this.boundary = boundary;
    this.draw();
  }

  setSpan(span: SheetSpan | null): void {
    this.span = span;
    this.draw();
  }

  setMoved(moved: MovedBeat | null): void {
    this.moved = moved;
    this.draw();
  }

  setGhost(timeS: number | null): void {
    this.ghostS = timeS;
    this.draw();
  }

  /** Once the view rests, announce what is on screen and fetch what is laid over it. */
  private scheduleSettled(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const { store, plan, scene } = this;
      if (plan) this.rows.describe(store, plan);
      if (store.prefs.saliency && store.review.stage === "classified" && scene) void this.saliency.want(...scene.near);
    }, SETTLED_MS);
    this.foot.scheduleAnnouncement();
  }

  // Drawing

  private draw(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.gone) return;
      if (this.stale) this.relayout();
      this.paint();
    });
  }

  /** Draw at once: what comes next needs it. */
  paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.paint();
  }

  private paint(): void {
    const { plan, store, tools } = this;
    const { startS } = store.navigation.view;
    if (!plan) return;
    if (this.signal.follow()) this.scheduleSettled();
    this.scene = sceneOf(this);
    const { scene } = this;
    if (!scene) return;
    this.rows.paint(scene);
    this.rows.placeGhost(this.ghostS ?? this.moved?.timeS ?? null, this.ghostS === null ? "" : tools.placing.letter, startS, plan);
    this.marks.place(scene);
    this.rhythm.lane.place(scene);
    this.exposeState();
    this.calipers.place(plan, startS);
    this.bar.place(tools.drag ? null : this.span, plan);
    this.head.drawView();
    this.foot.drawText();
    this.foot.drawLegend({
      reference: Boolean(scene.reference),
      spikes: scene.spikes?.legend(scene) ?? "",
      saliency: store.prefs.saliency && store.review.stage === "classified" ? this.saliency : null,
    });
  }

  /** Write what is drawn into the page, for tests: the first second, and whether all of its signal is there. */
  private exposeState(): void {
    const { dataset } = this.paper;
    dataset.start = this.store.navigation.view.startS.toFixed(3);
    dataset.whole = String(!this.signal.missing);
  }
}
