// The strip of the desk: ECG paper with the signal, the beats and everything laid over them. The signal comes in
// chunks; the view lives in the store, so whatever moves it moves the paper, and nothing waits for the server.

import { paperColours } from "../strip/colours.js";
import { button, element } from "../strip/dom.js";
import { placeTime, steadyWidth } from "../strip/geometry.js";
import { Calibration } from "./calibration.js";
import { ChunkCache, chunksOf, mediansMv, pointsPerS } from "./chunks.js";
import { Calipers } from "./measure.js";
import { classButtons, write } from "./panel.js";
import { SheetFoot } from "./sheet_foot.js";
import { SheetHead } from "./sheet_head.js";
import { SheetMarks } from "./sheet_marks.js";
import { Reference, Saliency } from "./sheet_overlays.js";
import { drawPaper, paintSheetRow } from "./sheet_paint.js";
import { cellBounds, planSheet, zoomed } from "./sheet_plan.js";
import { idsBetween, SheetTools } from "./sheet_tools.js";

const SETTLED_MS = 250;
const HATCH_AFTER_MS = 150;
const EMPTY_HEIGHT_PX = 330;

export class Sheet {
  constructor(store, place) {
    this.store = store;
    this.span = null;
    this.moved = null;
    this.ghostS = null;
    this.baselinesMv = [];
    this.needsBase = true;
    this.lastStartS = store.view.startS;
    this.direction = 0;
    this.chunks = new ChunkCache({
      fetchSpan: (params, signal) => store.api.packed("span", params, { signal }),
      onChange: () => this.draw(),
    });
    this.reference = new Reference(store, () => this.relayout());
    this.saliency = new Saliency(store, () => this.draw());
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
      onLetter: (letter) => {
        this.tools.addLetter = letter;
        this.modeChanged();
      },
    });
    this.paper = element("div", "sh-paper");
    this.paper.tabIndex = 0;
    this.paper.setAttribute("role", "group");
    this.paper.setAttribute("aria-roledescription", "ECG strip");
    this.paper.style.height = `${EMPTY_HEIGHT_PX}px`;
    this.rows = element("div", "sh-rows");
    this.names = element("div", "sh-names");
    this.ghost = element("div", "sh-ghost");
    this.ghost.hidden = true;
    this.marks = new SheetMarks({ onBeat: (i, event) => this.beatClicked(i, event) });
    this.calipers = new Calipers(store, () => this.draw());
    this.bar = element("div", "sh-bar-of-span");
    this.bar.hidden = true;
    this.bar.append(
      classButtons((letter) => store.relabel(letter), "the selected beats"),
      button("sh-delete", "delete", "Delete the selected beats (Delete)", () => store.deleteChosen()),
    );
    this.paper.append(this.rows, this.names, this.marks.layer, this.ghost, this.calipers.box, this.marks.tip, this.bar);
    this.tools = new SheetTools(this);
    this.root.append(this.head.root, this.paper, this.foot.root, this.calibration.dialog);
    place.append(this.root);
  }

  listen() {
    const { store } = this;
    const on = (topic, fn) => store.on(topic, fn);
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
    this.chunks.destroy();
    this.saliency.rest();
    this.foot.destroy();
    clearTimeout(this.settling);
    clearTimeout(this.hatching);
    cancelAnimationFrame(this.frame);
    this.root.remove();
  }

  // What the desk's keys do

  setMode(mode) {
    if (this.plan) this.tools.setMode(mode);
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
    const { startS, spanS } = store.view;
    const at = store.chosen === null ? -1 : store.beats.indexOfId(store.chosen);
    const chosenS = at >= 0 && store.shows(store.beats.timeS(at), 0) ? store.beats.timeS(at) : startS + spanS / 3;
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
    const { facts, prefs } = this.store;
    const hasReference = prefs.reference && facts.hasReference;
    return planSheet({ facts, prefs, width: this.widths.now, dpr: window.devicePixelRatio || 1, hasReference });
  }

  /** Lay everything out for the facts, the preferences and the width there are now. */
  relayout(startS = this.store.view.startS) {
    const { store, paper } = this;
    this.stale = false;
    if (this.gone || !store.facts || !paper.clientWidth) {
      this.head.draw(null, this.tools.mode);
      return;
    }
    this.widths = steadyWidth(this.widths, paper.clientWidth, performance.now());
    this.plan = this.makePlan();
    const { plan } = this;
    this.takeTheme();
    paper.style.height = `${plan.height}px`;
    this.fitCanvases();
    this.placeNames();
    this.configureChunks();
    if (store.prefs.reference && store.facts.hasReference) this.reference.load();
    if (!store.prefs.saliency) this.saliency.rest();
    store.setView(startS, plan.spanS);
    this.head.draw(plan, this.tools.mode);
    this.modeChanged();
    this.settleSoon();
    this.draw();
  }

  takeTheme() {
    const style = getComputedStyle(this.root);
    const background = style.getPropertyValue("--st-background-color") || "#ffffff";
    this.colours = paperColours(background);
    this.font = style.fontFamily;
    this.accent = style.getPropertyValue("--accent").trim() || "#1d5c8f";
    const { plan } = this;
    const look = [plan.mm, plan.width, plan.rowHeight, plan.dpr, plan.lanes[0].base, this.colours.dark].join(" ");
    if (look === this.paperLook) return;
    this.paperLook = look;
    this.paperCanvas = drawPaper(this.paperCanvas ?? document.createElement("canvas"), plan, this.colours);
  }

  fitCanvases() {
    const { rows, dpr, width, rowHeight } = this.plan;
    while (this.rows.children.length > rows.length) this.rows.lastChild.remove();
    while (this.rows.children.length < rows.length) {
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      this.rows.append(canvas);
    }
    const pixels = [Math.round(width * dpr), Math.round(rowHeight * dpr)];
    rows.forEach((row, index) => {
      const canvas = this.rows.children[index];
      if (canvas.width !== pixels[0]) canvas.width = pixels[0];
      if (canvas.height !== pixels[1]) canvas.height = pixels[1];
      canvas.style.cssText = `top:${row.y}px;width:${width}px;height:${rowHeight}px`;
    });
  }

  placeNames() {
    const { plan, store } = this;
    const nodes = [];
    for (const row of plan.rows) {
      for (const lane of plan.lanes) {
        for (const cell of lane.cells) {
          const lead = store.facts.leads[cell.lead];
          const node = element("span", plan.inColumns ? "sh-lead inside" : "sh-lead", lead.name);
          node.title = lead.calibrated ? lead.name : `${lead.name}: no calibration, heights are relative`;
          if (!lead.calibrated) node.append(element("em", "", "uncal."));
          const [left] = cellBounds(cell, plan);
          node.style.cssText = plan.inColumns
            ? `left:${left + 4}px;top:${row.y + Math.max(lane.top, lane.base - 8 * plan.mm)}px`
            : `left:4px;top:${row.y + lane.base}px;max-width:${plan.nameW - 6}px`;
          nodes.push(node);
        }
      }
    }
    this.names.replaceChildren(...nodes);
  }

  configureChunks() {
    const { facts, prefs } = this.store;
    const points = pointsPerS(facts.fs, this.plan.pxPerS, this.plan.dpr);
    const before = this.chunks.filter;
    this.chunks.configure({ fs: facts.fs, durationS: facts.durationS, filters: prefs.filters, points });
    if (before !== this.chunks.filter) this.needsBase = true;
  }

  // Changes

  jumped() {
    this.needsBase = true;
    this.marks.hideTip();
    this.draw();
  }

  /** The server told its state again: only another recording or another stage changes the sheet. */
  stateChanged() {
    const { facts, stage } = this.store;
    const look = JSON.stringify([facts, stage]);
    if (look !== this.stateLook) this.relayoutSoon();
    else this.draw();
    this.stateLook = look;
  }

  beatsChanged() {
    this.reference.compare();
    this.settleSoon();
    this.draw();
  }

  selectionChanged() {
    if (!this.store.selection.size && !this.tools.drag) this.span = null;
    this.draw();
  }

  beatClicked(i, event) {
    const { store } = this;
    const id = store.beats.id[i];
    if (event.shiftKey && store.chosen !== null) {
      const from = store.beats.indexOfId(store.chosen);
      if (from >= 0) store.select(idsBetween(store.beats, store.beats.timeS(from), store.beats.timeS(i)));
      return;
    }
    if (event.ctrlKey || event.metaKey) store.select([id], { add: true });
    store.choose(id, { reveal: false });
    this.paper.focus({ preventScroll: true });
  }

  modeChanged() {
    const { mode, addLetter } = this.tools;
    for (const each of ["calipers", "select", "add", "move"]) this.root.classList.toggle(`mode-${each}`, each === mode);
    this.head.drawMode(mode);
    this.foot.drawMode(mode, addLetter);
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
      if (store.prefs.saliency && store.stage === "classified" && this.scene) this.saliency.want(...this.scene.near);
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

  paint() {
    const { plan, store } = this;
    if (!plan) return;
    this.followView();
    this.setBaselines();
    this.scene = this.makeScene();
    const { scene } = this;
    plan.rows.forEach((row, index) => {
      const context = this.rows.children[index].getContext("2d", { alpha: false });
      paintSheetRow(context, row, scene);
    });
    this.marks.place(scene);
    this.calipers.place(plan, store.view.startS);
    this.placeGhost();
    this.placeBar();
    this.head.drawView();
    this.foot.drawLegend({
      reference: Boolean(scene.reference),
      saliency: store.prefs.saliency && store.stage === "classified" ? this.saliency : null,
    });
  }

  /** Ask for the signal of the view, and of where it is going. */
  followView() {
    const { startS, spanS } = this.store.view;
    const by = startS - this.lastStartS;
    if (by) {
      this.direction = Math.abs(by) <= 1.05 * spanS ? Math.sign(by) : 0;
      this.lastStartS = startS;
      this.settleSoon();
    }
    this.chunks.want(startS, startS + spanS, this.direction);
    this.lookForMissing();
  }

  /** Chunks are hatched as missing only where they take long, so that a jump does not flicker. */
  lookForMissing() {
    const { startS, spanS } = this.store.view;
    const [first, last] = chunksOf(startS, startS + spanS, this.chunks.nChunks);
    let missing = 0;
    for (let index = first; index <= last; index += 1) if (!this.chunks.get(index)) missing += 1;
    this.missing = missing;
    if (!missing) {
      this.missingSince = null;
      clearTimeout(this.hatching);
    } else if (this.missingSince === null || this.missingSince === undefined) {
      this.missingSince = performance.now();
      this.hatching = setTimeout(() => this.draw(), HATCH_AFTER_MS + 10);
    }
  }

  waitingText() {
    if (!this.missing || performance.now() - this.missingSince < HATCH_AFTER_MS) return null;
    return this.chunks.problem ? "not loaded, it is tried again" : "loading";
  }

  /** Each lead's line in the middle of its lane, by the median of what is in view; it stays while panning. */
  setBaselines() {
    const { facts, view } = this.store;
    if (!this.needsBase && this.baselinesMv.length === facts.leads.length) return;
    const [first, last] = chunksOf(view.startS, view.startS + view.spanS, this.chunks.nChunks);
    const there = [];
    for (let index = first; index <= last; index += 1) {
      const chunk = this.chunks.get(index);
      if (chunk) there.push(chunk);
    }
    const fallbackMv = facts.leads.map((lead) => lead.offsetMv);
    this.baselinesMv = mediansMv(there, fallbackMv);
    this.needsBase = there.length <= last - first;
  }

  makeScene() {
    const { store, plan, chunks } = this;
    const { beats, view, prefs, facts, selection } = store;
    const near = [
      Math.max(beats.firstAtOrAfter((view.startS - 1) * beats.fs), 0),
      beats.firstAtOrAfter((view.startS + view.spanS + 1) * beats.fs),
    ];
    return {
      plan,
      facts,
      view,
      beats,
      near,
      paper: this.paperCanvas,
      colours: this.colours,
      font: this.font,
      accent: this.accent,
      chunkAt: (index) => chunks.get(index),
      nChunks: chunks.nChunks,
      baselinesMv: this.baselinesMv,
      chosenAt: store.chosen === null ? -1 : beats.indexOfId(store.chosen),
      selected: (i) => selection.has(beats.id[i]),
      span: this.span,
      drag: this.moved,
      unreadable: store.unreadable,
      waiting: this.waitingText(),
      reference: prefs.reference && this.reference.there ? this.reference : null,
      saliency: prefs.saliency && store.stage === "classified" ? this.saliency.maps(...near) : [],
      march: this.calipers.lines(plan, view.startS),
    };
  }

  /** The line that shows where a beat would be put. */
  placeGhost() {
    const { plan, store, ghostS, moved } = this;
    const timeS = ghostS ?? moved?.timeS ?? null;
    const at = timeS === null ? null : placeTime(timeS, store.view.startS, plan);
    this.ghost.hidden = !at;
    if (!at) return;
    this.ghost.style.transform = `translate(${at.x}px, ${at.row.y}px)`;
    this.ghost.style.height = `${plan.lanesBottom}px`;
    write(this.ghost, ghostS === null ? "" : this.tools.addLetter);
  }

  /** The bar with what can be done to the selected span, above its end. */
  placeBar() {
    const { plan, store, span, tools } = this;
    const at = span && store.selection.size && !tools.drag ? placeTime(span.toS, store.view.startS, plan) : null;
    this.bar.hidden = !at;
    if (!at) return;
    const x = Math.min(at.x + 6, plan.width - this.bar.offsetWidth - 4);
    this.bar.style.transform = `translate(${x}px, ${at.row.y + plan.lanesTop + 4}px)`;
  }
}
