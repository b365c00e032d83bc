// The ECG strip: a Streamlit component. The default export is called again whenever the payload or the
// theme changes; what is on screen lives in one Strip for each mount point, so nothing flickers.
//
// Triggers: `beat` (sample index), `page` (pages to turn, negative to the left), `view_start_s`.
// Texts from files are only ever set as textContent or drawn on canvas.

import { clampStart, layout, placeLetters, placeTime, SIZES, timeAt } from "./geometry.js";
import {
  beatText,
  caliperText,
  CLASSES,
  CLASS_NAMES,
  decode,
  formatTime,
  needsArrowKeys,
  PageQueue,
} from "./model.js";
import { paintRow, paperColours } from "./paint.js";

const PAN_SETTLE_MS = 150;
const ANSWER_MS = 1500;
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

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

class Strip {
  constructor(parent) {
    this.turn = 0;
    this.gone = false;
    this.viewStartS = 0;
    this.pages = new PageQueue((pages) => this.emit("page", pages));
    this.marks = new Map();
    this.build(parent);
    this.listen();
  }

  build(parent) {
    this.root = element("div", "strip");
    const head = element("div", "head");
    this.range = element("strong", "range");
    this.scale = element("span", "scale");
    this.calipers = element("button", "toggle", "calipers");
    this.calipers.type = "button";
    this.calipers.title = "Measure: drag a box (or hold Shift and drag)";
    this.calipers.setAttribute("aria-pressed", "false");
    this.legend = element("span", "legend");
    const left = element("button", "turn", "‹ page");
    const right = element("button", "turn", "page ›");
    left.type = right.type = "button";
    left.title = "Page left (arrow left)";
    right.title = "Page right (arrow right)";
    left.addEventListener("click", () => this.turnPages(-1));
    right.addEventListener("click", () => this.turnPages(1));
    const turns = element("span", "turns");
    turns.append(left, right);
    head.append(this.range, this.scale, this.calipers, this.legend, turns);
    this.sheet = element("div", "sheet");
    this.sheet.setAttribute("role", "group");
    this.rows = element("div", "rows");
    this.names = element("div", "names");
    this.letters = element("div", "letters");
    this.box = element("div", "caliper");
    this.boxText = element("span", "caliper-text");
    this.box.append(this.boxText);
    this.box.hidden = true;
    this.tip = element("div", "tip");
    this.tip.setAttribute("role", "tooltip");
    this.tip.hidden = true;
    this.sheet.append(this.rows, this.names, this.letters, this.box, this.tip);
    this.root.append(head, this.sheet);
    parent.append(this.root);
  }

  listen() {
    this.stop = new AbortController();
    const { signal } = this.stop;
    this.calipers.addEventListener("click", () => this.setMeasuring(!this.measuring), { signal });
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
      this.payload = payload;
      this.model = decode(payload);
      this.settle();
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
    if (Math.abs(this.viewStartS - startS) > 0.002) this.hideCaliper();
    this.viewStartS = startS;
    this.pages.answered();
  }

  emit(name, value) {
    this.setTriggerValue(name, value);
    clearTimeout(this.answerTimer);
    if (name === "beat") return;
    this.answerTimer = setTimeout(() => {
      this.expectedS = undefined;
      if (!this.panTimer && !this.drag) this.viewStartS = this.model.start_s;
      this.pages.answered();
      this.draw();
    }, ANSWER_MS);
  }

  turnPages(pages) {
    const { span_s: spanS, duration_s: durationS } = this.model;
    const from = this.expectedS ?? this.viewStartS;
    const target = clampStart(from + pages * spanS, spanS, durationS);
    if (Math.abs(target - from) < 0.01) return;
    const panned = this.panTimer;
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
    this.hideCaliper();
    this.hideTip();
    this.draw();
  }

  panTo(startS) {
    const { loadedStartS, loadedStopS, span_s: spanS, duration_s: durationS } = this.model;
    const lowest = Math.max(loadedStartS, 0);
    const highest = Math.max(Math.min(loadedStopS, durationS) - spanS, lowest);
    const target = Math.min(Math.max(startS, lowest), highest);
    if (target === this.viewStartS) return;
    this.viewStartS = target;
    this.hideCaliper();
    this.hideTip();
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
    this.expectedS = Math.round(this.expectedS * 1000) / 1000;
    this.emit("view_start_s", this.expectedS);
  }

  // Layout and drawing

  resize() {
    if (!this.model || this.gone) return;
    const width = this.sheet.clientWidth;
    if (!width) return;
    const style = getComputedStyle(this.root);
    this.colours = paperColours(style.getPropertyValue("--st-background-color") || "#ffffff");
    this.root.classList.toggle("dark", this.colours.trace !== "#101820");
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
    this.placeMarks();
    this.writeHead();
  }

  writeHead() {
    const { model } = this;
    const stopS = Math.min(this.viewStartS + model.span_s, model.duration_s);
    const shownS = this.viewStartS + (model.clock_s ?? 0);
    const decimals = Math.abs(shownS - Math.round(shownS)) < 0.05 ? 0 : 1;
    const [from, to] = [this.viewStartS, stopS].map((s) => formatTime(s, model.clock_s, decimals));
    this.range.textContent = `${from} – ${to}`;
    this.scale.textContent = `25 mm/s · ${model.gain_mm_per_mv} mm/mV · ${model.filter_label}`;
    const legend = [];
    if (model.reference) legend.push(element("span", "", "reference: outlined, underlined where it differs"));
    if (model.saliency) {
      legend.push(element("span", "", "saliency: low"), element("i", "ramp"), element("span", "", "high"));
    }
    this.legend.replaceChildren(...legend);
  }

  /** Put the letters above the traces; buttons are kept by beat, so the focus stays where it is. */
  placeMarks() {
    const { plan, model } = this;
    const seen = new Set();
    let previous = null;
    const place = (key, make, x, y) => {
      let mark = this.marks.get(key);
      if (!mark) {
        mark = make();
        this.marks.set(key, mark);
      }
      seen.add(key);
      if (!mark.parentNode || mark.previousElementSibling !== previous) {
        this.letters.insertBefore(mark, previous ? previous.nextSibling : this.letters.firstChild);
      }
      previous = mark;
      mark.style.left = `${x}px`;
      mark.style.top = `${y}px`;
      return mark;
    };
    for (const row of plan.rows) {
      const inRow = (items) =>
        items
          .map((item) => ({ item, at: placeTime(item.timeS, this.viewStartS, plan) }))
          .filter(({ at }) => at && at.row === row);
      const beats = inRow(model.beats);
      const spots = placeLetters(beats.map(({ at }) => at.x));
      beats.forEach(({ item, at }, i) => {
        const y = row.y + SIZES.letters / 2 + spots[i].level * 6.5;
        this.dress(place(`b${item.sample}`, () => this.makeLetter(), at.x, y), item, spots[i].size);
      });
      for (const { item, at } of inRow(model.reference ?? [])) {
        const y = row.y + plan.referenceTop + SIZES.reference / 2 - 1;
        const mark = place(`r${item.sample}${item.symbol}`, () => element("span"), at.x, y);
        const text = item.symbol === "+" && item.note ? item.note : item.symbol;
        mark.className = `ref${item.beat ? "" : " note"}${item.differs ? " differs" : ""}`;
        mark.textContent = text;
        mark.title = `reference: ${text}${item.differs ? " (differs)" : ""}`;
        mark.dataset.sample = item.sample;
      }
    }
    for (const [key, mark] of this.marks) {
      if (seen.has(key)) continue;
      mark.remove();
      this.marks.delete(key);
    }
  }

  makeLetter() {
    const button = element("button");
    button.type = "button";
    const show = () => this.showTip(button);
    button.addEventListener("click", () => this.emit("beat", Number(button.dataset.sample)));
    button.addEventListener("pointerenter", show);
    button.addEventListener("focus", show);
    button.addEventListener("pointerleave", () => this.hideTip());
    button.addEventListener("blur", () => this.hideTip());
    return button;
  }

  dress(button, beat, size) {
    const selected = beat.sample === this.model.selected_sample;
    const name = ["beat", beat.label ? `c-${beat.label}` : "c-none"];
    if (beat.uncertain) name.push("uncertain");
    if (selected) name.push("selected");
    if (size < 17) name.push("small");
    button.className = name.join(" ");
    const text = beat.label ?? "•";
    if (button.textContent !== text) button.textContent = text;
    button.beat = beat;
    button.dataset.sample = beat.sample;
    button.setAttribute("aria-label", beatText(beat, this.model.clock_s));
    button.setAttribute("aria-pressed", String(selected));
  }

  // Tooltip

  showTip(button) {
    if (this.drag) return;
    const { beat } = button;
    const lines = [
      element("b", "", beat.label ? `${beat.label} · ${CLASS_NAMES[beat.label]}` : "beat, not classified yet"),
      element("div", "quiet", formatTime(beat.timeS, this.model.clock_s, 2)),
    ];
    if (beat.rrMs !== null) {
      lines.push(element("div", "quiet", `RR ${beat.rrMs} ms · ${Math.round(60000 / beat.rrMs)} bpm`));
    }
    if (beat.p) {
      const table = element("div", "bars");
      CLASSES.forEach((letter, i) => {
        const bar = element("span", `bar c-${letter}`);
        bar.style.setProperty("--p", beat.p[i]);
        table.append(element("span", "", letter), bar, element("span", "p", beat.p[i].toFixed(2)));
      });
      lines.push(table);
    }
    if (beat.uncertain) lines.push(element("div", "quiet", "uncertain: no class reaches 0.70"));
    this.tip.replaceChildren(...lines);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    const x = Math.min(Math.max(button.offsetLeft, half + 2), this.plan.width - half - 2);
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${button.offsetTop + 16}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  // Pointer, wheel, keys

  press(event) {
    if (event.button !== 0 || event.target.closest("button") || !this.plan) return;
    const [x, y] = this.pointIn(event);
    const measure = this.measuring || event.shiftKey;
    this.hideTip();
    this.hideCaliper();
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
    else this.showCaliper(drag, x, y);
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
    if (event.key === "Escape") this.hideCaliper();
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

  // Calipers

  setMeasuring(on) {
    this.measuring = on;
    this.calipers.setAttribute("aria-pressed", String(on));
    this.root.classList.toggle("measuring", on);
    if (!on) this.hideCaliper();
  }

  showCaliper(drag, x, y) {
    const { plan } = this;
    const top = drag.row.y;
    const clampY = (at) => Math.min(Math.max(at, top), top + plan.rowHeight - SIZES.times);
    const clampX = (at) => Math.min(Math.max(at, plan.gutter), plan.gutter + drag.row.lengthS * plan.pxPerS);
    const [x0, x1] = [clampX(drag.x), clampX(x)];
    const [y0, y1] = [clampY(drag.y), clampY(y)];
    const left = Math.min(x0, x1);
    const upper = Math.min(y0, y1);
    const [width, height] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
    this.box.style.cssText = `left:${left}px;top:${upper}px;width:${width}px;height:${height}px`;
    this.boxText.textContent = caliperText(width / plan.pxPerS, height / plan.pxPerMv);
    this.box.hidden = false;
    const half = this.boxText.offsetWidth / 2;
    const centre = Math.min(Math.max(left + width / 2, half + 2), plan.width - half - 2);
    this.boxText.style.left = `${centre - left}px`;
    const below = upper + height + 22 <= plan.height;
    this.boxText.classList.toggle("above", !below);
  }

  hideCaliper() {
    this.box.hidden = true;
  }
}
