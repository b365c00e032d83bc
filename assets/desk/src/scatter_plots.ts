// @ts-nocheck
// The Poincaré plot and the histogram of RR intervals: dots and bars to choose beats from.

import { LETTERS } from "./plot_intervals.ts";
import { barAt, barEdges, msOfX, msOfY, paintHistogram, paintPoincare, xOfMs, yOfMs } from "./scatter_draw.ts";
import { Plot } from "./scatter_plot.ts";
import { barMs, beatsInBars, beatsInPolygon, histogramOf, rectangle } from "./scatter_stats.ts";
import { counted, number } from "./wording.ts";

const CLICK_REACH_PX = 5;
const CURSOR_MS = [20, 50, 100, 200];

/** RR before against RR after each beat. */
export class Poincare extends Plot {
  constructor(panel) {
    super(panel, "poincare", "Arrows move a square, plus and minus change its size, Enter chooses the beats in it, Shift and Enter adds them.");
    this.square = true;
  }

  paintData(context, data, colours) {
    paintPoincare(context, this.plan, { ...data, layer: this.layer }, colours, this.dpr);
  }

  label() {
    const { pairs, figures } = this.panel.data;
    const spread = Number.isNaN(figures.sd1Ms) ? "" : `, SD1 ${number(figures.sd1Ms)} ms, SD2 ${number(figures.sd2Ms)} ms`;
    return `Poincaré plot of ${counted(pairs.n, "beat")}: the RR interval before each against the one after it${spread}.`;
  }

  toMs([x, y]) {
    const { axis } = this.panel.data;
    return [msOfX(this.plan, axis, x), msOfY(this.plan, axis, y)];
  }

  hover(at) {
    const [x, y] = at;
    const inside = x >= this.plan.left && x <= this.plan.right && y >= this.plan.top && y <= this.plan.bottom;
    if (!inside) this.tip.hidden = true;
    else this.showTip(at, this.toMs(at).map((ms) => `${number(ms)} ms`).join(" → "));
  }

  polygon({ from, to, path, moved }) {
    if (!moved) {
      const [x, y] = from;
      return rectangle([x - CLICK_REACH_PX, y - CLICK_REACH_PX], [x + CLICK_REACH_PX, y + CLICK_REACH_PX]);
    }
    return this.panel.tool === "lasso" ? path : rectangle(from, to);
  }

  chosenBy(drag) {
    const { pairs, axis, shown } = this.panel.data;
    return beatsInPolygon(pairs, axis, this.polygon(drag).map((at) => this.toMs(at)), shown);
  }

  outline(context) {
    const corners = this.drag?.moved ? this.polygon(this.drag) : this.cursorCorners();
    for (const [x, y] of corners) {
      context.lineTo(Math.min(Math.max(x, this.plan.left), this.plan.right), Math.min(Math.max(y, this.plan.top), this.plan.bottom));
    }
  }

  cursorSquare() {
    const { x, y, size } = this.cursor;
    return rectangle([x - size / 2, y - size / 2], [x + size / 2, y + size / 2]);
  }

  cursorCorners() {
    const { axis } = this.panel.data;
    return this.cursorSquare().map(([x, y]) => [xOfMs(this.plan, axis, x), yOfMs(this.plan, axis, y)]);
  }

  key({ key, shiftKey }) {
    const { axis, pairs, shown, figures } = this.panel.data;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const middle = Number.isNaN(figures.meanMs) ? (axis.low + axis.high) / 2 : figures.meanMs;
    const known = this.cursor;
    if (!(key in steps) && !["+", "=", "-", "Enter", " "].includes(key)) return false;
    this.cursor ??= { x: middle, y: middle, size: 100 };
    const { cursor } = this;
    if (key in steps && known) {
      const keep = (value) => Math.min(Math.max(value, axis.low), axis.high);
      cursor.x = keep(cursor.x + (steps[key][0] * cursor.size) / 2);
      cursor.y = keep(cursor.y + (steps[key][1] * cursor.size) / 2);
    } else if (key === "+" || key === "=") cursor.size = CURSOR_MS.find((size) => size > cursor.size) ?? cursor.size;
    else if (key === "-") cursor.size = CURSOR_MS.findLast((size) => size < cursor.size) ?? cursor.size;
    const found = beatsInPolygon(pairs, axis, this.cursorSquare(), shown);
    if (key === "Enter" || key === " ") this.panel.choose(found, shiftKey);
    else this.panel.announce(`${number(cursor.x)} ms before, ${number(cursor.y)} ms after: ${counted(found.length, "beat")}`);
    return true;
  }
}

/** RR intervals in bars. */
export class Histogram extends Plot {
  constructor(panel) {
    super(panel, "histogram", "Arrows move along the bars, Shift and arrows take more of them, Enter chooses their beats, Shift and Enter adds them.");
  }

  /** The bars for the plot's width, made once for data and width. */
  bars() {
    const { data } = this.panel;
    const step = barMs(data.axis, this.plan.plotWidth);
    if (this.made?.intervals !== data.intervals || this.made.histogram.step !== step) {
      this.made = { intervals: data.intervals, histogram: histogramOf(data.intervals, data.axis, step) };
    }
    return this.made.histogram;
  }

  paintData(context, data, colours) {
    const histogram = this.bars();
    const anyChosen = data.selected.size > 0;
    let chosenCounts = null;
    if (anyChosen) {
      const { ms, timeS, label } = data.intervals;
      const readable = new Uint8Array(data.intervals.n);
      for (const i of data.selected) readable[i] = data.intervals.readable[i];
      chosenCounts = histogramOf({ n: data.intervals.n, ms, timeS, label, readable }, data.axis, histogram.step).counts;
    }
    paintHistogram(context, this.plan, { histogram, shown: data.shown, anyChosen, chosenCounts }, colours);
  }

  label() {
    const { intervals, axis } = this.panel.data;
    const n = intervals.readable.reduce((sum, each) => sum + each, 0);
    return `Histogram of ${counted(n, "RR interval")} from ${number(axis.low)} to ${number(axis.high)} ms by class of the beat that ends them.`;
  }

  text(first, last) {
    const { axis, step, counts } = this.bars();
    const [from, to] = [axis.low + first * step, axis.low + (last + 1) * step];
    const sum = (kind) => counts[kind].subarray(first, last + 1).reduce((all, n) => all + n, 0);
    const parts = [...LETTERS.keys(), LETTERS.length].filter((kind) => this.panel.data.shown[kind] && sum(kind));
    const figures = parts.map((kind) => (LETTERS[kind] ? `${LETTERS[kind]} ${number(sum(kind))}` : counted(sum(kind), "beat")));
    return `${number(from)} – ${number(to)} ms · ${figures.join(", ") || "none"}`;
  }

  hover(at) {
    const bar = barAt(this.plan, this.bars(), at[0]);
    if (at[0] < this.plan.left || at[0] > this.plan.right) this.tip.hidden = true;
    else this.showTip(at, this.text(bar, bar));
  }

  span({ from, to }) {
    return [barAt(this.plan, this.bars(), from[0]), barAt(this.plan, this.bars(), to[0])].sort((a, b) => a - b);
  }

  beats([first, last]) {
    const { intervals, shown } = this.panel.data;
    return beatsInBars(intervals, this.bars(), first, last, shown);
  }

  chosenBy(drag) {
    return this.beats(this.span(drag));
  }

  outline(context) {
    const [first, last] = this.drag?.moved ? this.span(this.drag) : this.cursorSpan();
    const x0 = barEdges(this.plan, this.bars(), first)[0];
    const x1 = barEdges(this.plan, this.bars(), last)[1];
    for (const [x, y] of rectangle([x0, this.plan.top], [x1, this.plan.bottom])) context.lineTo(x, y);
  }

  cursorSpan() {
    return [this.cursor.from, this.cursor.to].sort((a, b) => a - b);
  }

  key({ key, shiftKey }) {
    const { bars, axis, step } = this.bars();
    const { meanMs } = this.panel.data.figures;
    const moves = { ArrowLeft: -1, ArrowRight: 1, Home: -bars, End: bars };
    if (!(key in moves) && key !== "Enter" && key !== " ") return false;
    const known = this.cursor;
    if (!known) {
      const middle = Math.floor(((Number.isNaN(meanMs) ? (axis.low + axis.high) / 2 : meanMs) - axis.low) / step);
      this.cursor = { from: middle, to: middle };
    }
    const { cursor } = this;
    if (key in moves && known) {
      cursor.to = Math.min(Math.max(cursor.to + moves[key], 0), bars - 1);
      if (!shiftKey) cursor.from = cursor.to;
    }
    const span = this.cursorSpan();
    if (key === "Enter" || key === " ") this.panel.choose(this.beats(span), shiftKey);
    else this.panel.announce(this.text(...span));
    return true;
  }
}
