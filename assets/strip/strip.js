// The ECG strip: a Streamlit component. The default export is called again whenever the payload or the
// theme changes; what is on screen lives in one Strip for each mount point, so nothing flickers.
//
// Triggers: `beat` (sample index), `page` (pages to turn, negative to the left), `view_start_s`.
// Texts from files are only ever set as textContent or drawn on canvas.

import { Caliper } from "./caliper.js";
import { paperColours } from "./colours.js";
import { element } from "./dom.js";
import { clampStart, layout, steadyWidth, timeAt } from "./geometry.js";
import { Head } from "./head.js";
import { Marks } from "./marks.js";
import { decode, needsArrowKeys, PageQueue } from "./model.js";
import { paintRow } from "./paint.js";

const PAN_SETTLE_MS = 150;
const ANSWER_MS = 4000;
const CLICK_PX = 4;
const strips = new WeakMap();

export default function mount({ parentElement, data, setTriggerValue }) {
  let strip = strips.get(parentElement);
  if (!strip || strip.gone) {
    strip = new Strip(parentElement);
    strips.set(parentElement, strip);
  }
  const turn = strip.show(data, setTriggerValue);
  // A superseded call is cleaned up too; only the latest may take the strip down.
  return () => strip.turn === turn && strip.destroy();
}

class Strip {
  constructor(parent) {
    this.turn = 0;
    this.gone = false;
    this.viewStartS = 0;
    this.pages = new PageQueue((pages) => this.emit("page", pages));
    this.marks = new Marks((sample) => this.emit("beat", sample));
    this.caliper = new Caliper();
    this.head = new Head({
      onTurn: (pages) => this.turnPages(pages),
      onMeasure: (on) => this.setMeasuring(on),
    });
    this.build(parent);
    this.listen();
  }

  build(parent) {
    this.root = element("div", "strip");
    this.sheet = element("div", "sheet");
    this.sheet.setAttribute("role", "group");
    this.sheet.tabIndex = -1; // takes the focus of a click, so that the page around gets no focus ring
    this.rows = element("div", "rows");
    this.names = element("div", "names");
    this.sheet.append(this.rows, this.names, this.marks.letters, this.caliper.box, this.marks.tip);
    this.root.append(this.head.bar, this.sheet);
    parent.append(this.root);
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.sheet.addEventListener("pointerdown", (event) => this.press(event), { signal });
    this.sheet.addEventListener("pointermove", (event) => this.move(event), { signal });
    this.sheet.addEventListener("pointerup", (event) => this.release(event), { signal });
    this.sheet.addEventListener("pointercancel", () => (this.drag = null), { signal });
    this.sheet.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.sheet);
  }

  destroy() {
    this.gone = true;
    this.stop.abort();
    this.resizes.disconnect();
    clearTimeout(this.panTimer);
    clearTimeout(this.answerTimer);
    cancelAnimationFrame(this.frame);
    this.root.remove();
  }

  /** Take a new payload over. */
  show(payload, setTriggerValue) {
    this.turn += 1;
    this.setTriggerValue = setTriggerValue;
    if (payload && payload !== this.payload) {
      const before = this.payload?.start_s;
      this.payload = payload;
      this.model = decode(payload);
      this.settle();
      if (payload.start_s !== before) this.pages.answered();
    }
    if (this.model) {
      this.sheet.setAttribute("aria-label", `ECG of ${this.model.name}`);
      this.resize();
    }
    return this.turn;
  }

  /** Decide which second is on screen after a payload came: the person's hand goes before the server. */
  settle() {
    const { start_s: startS, loadedStartS, loadedStopS, span_s: spanS } = this.model;
    const holds = this.viewStartS >= loadedStartS - 0.05 && this.viewStartS + spanS <= loadedStopS + 0.05;
    const moving = this.drag?.kind === "pan" || this.panTimer;
    const awaited = this.expectedS !== undefined && Math.abs(this.expectedS - startS) > 0.05;
    if (holds && (moving || awaited)) return;
    clearTimeout(this.answerTimer);
    this.expectedS = undefined;
    if (Math.abs(this.viewStartS - startS) > 0.002) this.caliper.hide();
    this.viewStartS = startS;
  }

  emit(name, value) {
    this.setTriggerValue(name, value);
    if (name === "beat") return;
    clearTimeout(this.answerTimer);
    this.answerTimer = setTimeout(() => {
      this.expectedS = undefined;
      if (!this.panTimer && !this.drag) this.viewStartS = this.model.start_s;
      this.pages.answered();
      this.draw();
    }, ANSWER_MS);
  }

  turnPages(pages) {
    const { span_s: spanS, duration_s: durationS } = this.model;
    const panned = this.panTimer;
    const from = panned ? this.viewStartS : (this.expectedS ?? this.viewStartS);
    const target = clampStart(from + pages * spanS, spanS, durationS);
    if (Math.abs(target - from) < 0.01) return;
    this.expectedS = target;
    this.preview(target);
    if (panned) this.sendView();
    else this.pages.ask(pages);
  }

  /** Show a view at once where its signal is already here. */
  preview(startS) {
    const { loadedStartS, loadedStopS, span_s: spanS, duration_s: durationS } = this.model;
    const stopS = Math.min(startS + spanS, durationS);
    if (startS < loadedStartS - 0.05 || stopS > loadedStopS + 0.05) return;
    this.viewStartS = startS;
    this.caliper.hide();
    this.marks.hideTip();
    this.draw();
  }

  panTo(startS) {
    const { loadedStartS, loadedStopS, span_s: spanS, duration_s: durationS } = this.model;
    const lowest = Math.max(loadedStartS, 0);
    const highest = Math.max(Math.min(loadedStopS, durationS) - spanS, lowest);
    const target = Math.min(Math.max(startS, lowest), highest);
    if (target === this.viewStartS) return;
    this.viewStartS = target;
    this.caliper.hide();
    this.marks.hideTip();
    this.draw();
  }

  sendViewSoon() {
    clearTimeout(this.panTimer);
    if (Math.abs(this.viewStartS - this.model.start_s) < 0.002) {
      this.panTimer = undefined;
      return;
    }
    this.panTimer = setTimeout(() => {
      this.expectedS = this.viewStartS;
      this.sendView();
    }, PAN_SETTLE_MS);
  }

  sendView() {
    clearTimeout(this.panTimer);
    this.panTimer = undefined;
    this.pages.forget();
    this.expectedS = Math.round(this.expectedS * 1000) / 1000;
    this.emit("view_start_s", this.expectedS);
  }

  // Layout and drawing

  resize() {
    if (!this.model || this.gone || !this.sheet.clientWidth) return;
    this.widths = steadyWidth(this.widths, this.sheet.clientWidth, performance.now());
    const width = this.widths.now;
    const style = getComputedStyle(this.root);
    this.colours = paperColours(style.getPropertyValue("--st-background-color") || "#ffffff");
    this.root.classList.toggle("dark", this.colours.dark);
    this.view = {
      font: style.fontFamily,
      accent: style.getPropertyValue("--st-primary-color") || "#1d5c8f",
    };
    const { model } = this;
    this.plan = layout({
      width,
      dpr: window.devicePixelRatio || 1,
      spanS: model.span_s,
      gain: model.gain_mm_per_mv,
      ranges: model.leads.map((lead) => lead.range_mv),
      names: model.leads.map((lead) => lead.name),
      hasReference: model.reference !== null,
    });
    this.sheet.style.height = `${this.plan.height}px`;
    this.fitCanvases();
    this.placeNames();
    this.paintNow();
  }

  fitCanvases() {
    const { rows, dpr, width, rowHeight } = this.plan;
    while (this.rows.children.length > rows.length) this.rows.lastChild.remove();
    while (this.rows.children.length < rows.length) {
      const canvas = element("canvas");
      canvas.setAttribute("aria-hidden", "true");
      this.rows.append(canvas);
    }
    const [pixelsX, pixelsY] = [Math.round(width * dpr), Math.round(rowHeight * dpr)];
    rows.forEach((row, index) => {
      const canvas = this.rows.children[index];
      if (canvas.width !== pixelsX) canvas.width = pixelsX;
      if (canvas.height !== pixelsY) canvas.height = pixelsY;
      canvas.style.cssText = `top:${row.y}px;width:${width}px;height:${rowHeight}px`;
    });
  }

  placeNames() {
    const { rows, lanes, nameW } = this.plan;
    const nodes = rows.flatMap((row) =>
      lanes.map((lane, index) => {
        const lead = this.model.leads[index];
        const node = element("span", "lead", lead.name);
        node.title = lead.calibrated ? lead.name : `${lead.name}: no calibration, heights are relative`;
        if (!lead.calibrated) node.append(element("em", "", "uncal."));
        node.style.cssText = `top:${row.y + lane.base}px;max-width:${nameW - 6}px`;
        return node;
      }),
    );
    this.names.replaceChildren(...nodes);
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paintNow());
  }

  paintNow() {
    if (!this.plan || this.gone) return;
    const view = { ...this.view, startS: this.viewStartS };
    this.plan.rows.forEach((row, index) => {
      const context = this.rows.children[index].getContext("2d");
      paintRow(context, row, this.plan, this.model, view, this.colours);
    });
    this.marks.place(this.plan, this.model, this.viewStartS);
    this.head.write(this.model, this.viewStartS);
  }

  // Pointer, wheel, keys

  press(event) {
    if (event.button !== 0 || event.target.closest("button") || !this.plan) return;
    const [x, y] = this.pointIn(event);
    const measure = this.measuring || event.shiftKey;
    this.marks.hideTip();
    this.caliper.hide();
    this.drag = { kind: measure ? "measure" : "pan", x, y, startS: this.viewStartS, moved: false };
    this.drag.row = timeAt(x, y, this.viewStartS, this.plan).row;
    this.sheet.setPointerCapture(event.pointerId);
    if (measure) event.preventDefault();
  }

  move(event) {
    const { drag } = this;
    if (!drag) return;
    const [x, y] = this.pointIn(event);
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    drag.moved = true;
    this.root.classList.toggle("panning", drag.kind === "pan");
    if (drag.kind === "pan") this.panTo(drag.startS - (x - drag.x) / this.plan.pxPerS);
    else this.caliper.show(this.plan, drag.row, [drag.x, drag.y], [x, y]);
  }

  release(event) {
    const { drag } = this;
    this.drag = null;
    this.root.classList.remove("panning");
    if (!drag) return;
    if (drag.kind === "pan" && drag.moved) this.sendViewSoon();
    if (drag.kind === "pan" && !drag.moved) this.pick(...this.pointIn(event));
  }

  /** A click on a beat's line chooses the beat. */
  pick(x, y) {
    const { timeS, row } = timeAt(x, y, this.viewStartS, this.plan);
    if (y - row.y > this.plan.lanesBottom || x < this.plan.gutter) return;
    const reach = 9 / this.plan.pxPerS;
    const near = this.model.beats
      .map((beat) => ({ beat, away: Math.abs(beat.timeS - timeS) }))
      .filter(({ away }) => away <= reach)
      .sort((a, b) => a.away - b.away)[0];
    if (near) this.emit("beat", near.beat.sample);
  }

  wheel(event) {
    const sideways = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
    if (Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY) || !this.plan) return;
    event.preventDefault();
    this.panTo(this.viewStartS + sideways / this.plan.pxPerS);
    this.sendViewSoon();
  }

  key(event) {
    if (event.key === "Escape") this.caliper.hide();
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!turn || !this.model?.keys || event.defaultPrevented) return;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (needsArrowKeys(event.composedPath())) return;
    event.preventDefault();
    if (event.repeat && this.pages.inFlight) return; // a held key pages as fast as pages come
    this.turnPages(turn);
  }

  pointIn(event) {
    const bounds = this.sheet.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  setMeasuring(on) {
    this.measuring = on;
    this.root.classList.toggle("measuring", on);
    if (!on) this.caliper.hide();
  }
}
