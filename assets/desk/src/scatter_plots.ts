// The Poincaré plot and the histogram of RR intervals: dots and bars to choose beats from.

import type { PlotTheme } from "./plot_canvas.ts";
import { LETTERS, NO_CLASS, type Intervals } from "./plot_intervals.ts";
import { barAt, barEdges, msOfX, msOfY, paintHistogram, paintPoincare, xOfMs, yOfMs, type PlotPlan } from "./scatter_draw.ts";
import { Plot, type PlotDrag, type PlotPanel, type PlotScene } from "./scatter_plot.ts";
import { barMs, beatsInBars, beatsInPolygon, histogramOf, rectangle, type IntervalHistogram, type Point, type Polygon } from "./scatter_stats.ts";
import { counted, number } from "./wording.ts";

const CLICK_REACH_PX = 5;
const CURSOR_MS = [20, 50, 100, 200];
const CURSOR_STEPS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** A square in ms. */
interface SquareCursor {
  x: number;
  y: number;
  size: number;
}

/** RR before against RR after each beat. */
export class Poincare extends Plot<SquareCursor> {
  private readonly layer = document.createElement("canvas");

  constructor(panel: PlotPanel) {
    const hint = "Arrows move a square, plus and minus change its size, Enter chooses the beats in it, Shift and Enter adds them.";
    super(panel, "poincare", hint, true);
  }

  protected override paintData(context: CanvasRenderingContext2D, { plan, data }: PlotScene, colours: PlotTheme): void {
    paintPoincare(context, plan, data, this.layer, colours, this.dpr);
  }

  protected override label({ data: { pairs, figures } }: PlotScene): string {
    const spread = Number.isNaN(figures.sd1Ms) ? "" : `, SD1 ${number(figures.sd1Ms)} ms, SD2 ${number(figures.sd2Ms)} ms`;
    return `Poincaré plot of ${counted(pairs.n, "beat")}: the RR interval before each against the one after it${spread}.`;
  }

  private toMs([x, y]: Point, { plan, data: { axis } }: PlotScene): Point {
    return [msOfX(plan, axis, x), msOfY(plan, axis, y)];
  }

  protected override hover(at: Point, scene: PlotScene): void {
    const { plan } = scene;
    const [x, y] = at;
    const inside = x >= plan.left && x <= plan.right && y >= plan.top && y <= plan.bottom;
    if (!inside) this.tip.hidden = true;
    else this.showTip(at, plan, this.toMs(at, scene).map((ms) => `${number(ms)} ms`).join(" → "));
  }

  private polygon({ from, to, path, moved }: PlotDrag): Polygon {
    if (!moved) {
      const [x, y] = from;
      return rectangle([x - CLICK_REACH_PX, y - CLICK_REACH_PX], [x + CLICK_REACH_PX, y + CLICK_REACH_PX]);
    }
    return this.panel.tool === "lasso" ? path : rectangle(from, to);
  }

  protected override beatsOf(drag: PlotDrag, scene: PlotScene): number[] {
    const { pairs, axis, shown } = scene.data;
    return beatsInPolygon(pairs, axis, this.polygon(drag).map((at) => this.toMs(at, scene)), shown);
  }

  protected override dragOutline(drag: PlotDrag, { plan }: PlotScene): Polygon {
    return clamped(this.polygon(drag), plan);
  }

  protected override cursorOutline(cursor: SquareCursor, { plan, data: { axis } }: PlotScene): Polygon {
    return clamped(squareOf(cursor).map(([x, y]): Point => [xOfMs(plan, axis, x), yOfMs(plan, axis, y)]), plan);
  }

  protected override key({ key, shiftKey }: KeyboardEvent, { data }: PlotScene): boolean {
    const { axis, pairs, shown, figures } = data;
    const step = Object.hasOwn(CURSOR_STEPS, key) ? CURSOR_STEPS[key] : null;
    if (!step && !["+", "=", "-", "Enter", " "].includes(key)) return false;
    const middle = Number.isNaN(figures.meanMs) ? (axis.low + axis.high) / 2 : figures.meanMs;
    const isNew = !this.cursor;
    const cursor = (this.cursor ??= { x: middle, y: middle, size: 100 });
    if (step && !isNew) {
      const kept = (value: number) => Math.min(Math.max(value, axis.low), axis.high);
      cursor.x = kept(cursor.x + (step[0] * cursor.size) / 2);
      cursor.y = kept(cursor.y + (step[1] * cursor.size) / 2);
    } else if (key === "+" || key === "=") cursor.size = CURSOR_MS.find((size) => size > cursor.size) ?? cursor.size;
    else if (key === "-") cursor.size = CURSOR_MS.findLast((size) => size < cursor.size) ?? cursor.size;
    const found = beatsInPolygon(pairs, axis, squareOf(cursor), shown);
    if (key === "Enter" || key === " ") this.panel.choose(found, shiftKey);
    else this.panel.announce(`${number(cursor.x)} ms before, ${number(cursor.y)} ms after: ${counted(found.length, "beat")}`);
    return true;
  }
}

function squareOf({ x, y, size }: SquareCursor): Point[] {
  return rectangle([x - size / 2, y - size / 2], [x + size / 2, y + size / 2]);
}

/** A polygon kept inside the axes. */
function clamped(polygon: Polygon, plan: PlotPlan): Point[] {
  return polygon.map(([x, y]) => [Math.min(Math.max(x, plan.left), plan.right), Math.min(Math.max(y, plan.top), plan.bottom)]);
}

/** First and last bar, in either order. */
interface BarCursor {
  from: number;
  to: number;
}

/** RR intervals in bars. */
export class Histogram extends Plot<BarCursor> {
  private made: { intervals: Intervals; histogram: IntervalHistogram } | null = null;

  constructor(panel: PlotPanel) {
    const hint = "Arrows move along the bars, Shift and arrows take more of them, Enter chooses their beats, Shift and Enter adds them.";
    super(panel, "histogram", hint);
  }

  /** The bars for the plot's width, made once for data and width. */
  private bars({ plan, data }: PlotScene): IntervalHistogram {
    const step = barMs(data.axis, plan.plotWidth);
    if (this.made?.intervals !== data.intervals || this.made.histogram.step !== step) {
      this.made = { intervals: data.intervals, histogram: histogramOf(data.intervals, data.axis, step) };
    }
    return this.made.histogram;
  }

  protected override paintData(context: CanvasRenderingContext2D, scene: PlotScene, colours: PlotTheme): void {
    const { plan, data } = scene;
    const histogram = this.bars(scene);
    let chosenCounts: Int32Array[] | null = null;
    if (data.selected.size) {
      const readable = new Uint8Array(data.intervals.n);
      for (const i of data.selected) readable[i] = data.intervals.readable[i];
      chosenCounts = histogramOf({ ...data.intervals, readable }, data.axis, histogram.step).counts;
    }
    paintHistogram(context, plan, histogram, data.shown, chosenCounts, colours);
  }

  protected override label({ data: { intervals, axis } }: PlotScene): string {
    const n = intervals.readable.reduce((sum, each) => sum + each, 0);
    return `Histogram of ${counted(n, "RR interval")} from ${number(axis.low)} to ${number(axis.high)} ms by class of the beat that ends them.`;
  }

  private text(first: number, last: number, scene: PlotScene): string {
    const { axis, step, counts } = this.bars(scene);
    const [from, to] = [axis.low + first * step, axis.low + (last + 1) * step];
    const sum = (kind: number) => counts[kind].subarray(first, last + 1).reduce((all, n) => all + n, 0);
    const kinds = [...LETTERS.keys(), NO_CLASS].filter((kind) => scene.data.shown[kind] && sum(kind));
    const figures = kinds.map((kind) => (kind === NO_CLASS ? counted(sum(kind), "beat") : `${LETTERS[kind]} ${number(sum(kind))}`));
    return `${number(from)} – ${number(to)} ms · ${figures.join(", ") || "none"}`;
  }

  protected override hover(at: Point, scene: PlotScene): void {
    const { plan } = scene;
    const bar = barAt(plan, this.bars(scene), at[0]);
    if (at[0] < plan.left || at[0] > plan.right) this.tip.hidden = true;
    else this.showTip(at, plan, this.text(bar, bar, scene));
  }

  private draggedBars({ from, to }: PlotDrag, scene: PlotScene): [number, number] {
    const histogram = this.bars(scene);
    return ascending(barAt(scene.plan, histogram, from[0]), barAt(scene.plan, histogram, to[0]));
  }

  private beatsIn([first, last]: [number, number], scene: PlotScene): number[] {
    const { intervals, shown } = scene.data;
    return beatsInBars(intervals, this.bars(scene), first, last, shown);
  }

  protected override beatsOf(drag: PlotDrag, scene: PlotScene): number[] {
    return this.beatsIn(this.draggedBars(drag, scene), scene);
  }

  protected override dragOutline(drag: PlotDrag, scene: PlotScene): Polygon {
    return this.outlineOf(this.draggedBars(drag, scene), scene);
  }

  protected override cursorOutline({ from, to }: BarCursor, scene: PlotScene): Polygon {
    return this.outlineOf(ascending(from, to), scene);
  }

  private outlineOf([first, last]: [number, number], scene: PlotScene): Polygon {
    const { plan } = scene;
    const histogram = this.bars(scene);
    return rectangle([barEdges(plan, histogram, first)[0], plan.top], [barEdges(plan, histogram, last)[1], plan.bottom]);
  }

  protected override key({ key, shiftKey }: KeyboardEvent, scene: PlotScene): boolean {
    const { bars, axis, step } = this.bars(scene);
    const { meanMs } = scene.data.figures;
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -bars, End: bars };
    const move = Object.hasOwn(moves, key) ? moves[key] : null;
    if (move === null && key !== "Enter" && key !== " ") return false;
    const middle = Math.floor(((Number.isNaN(meanMs) ? (axis.low + axis.high) / 2 : meanMs) - axis.low) / step);
    const isNew = !this.cursor;
    const cursor = (this.cursor ??= { from: middle, to: middle });
    if (move !== null && !isNew) {
      cursor.to = Math.min(Math.max(cursor.to + move, 0), bars - 1);
      if (!shiftKey) cursor.from = cursor.to;
    }
    const [first, last] = ascending(cursor.from, cursor.to);
    if (key === "Enter" || key === " ") this.panel.choose(this.beatsIn([first, last], scene), shiftKey);
    else this.panel.announce(this.text(first, last, scene));
    return true;
  }
}

function ascending(one: number, other: number): [number, number] {
  return one <= other ? [one, other] : [other, one];
}
