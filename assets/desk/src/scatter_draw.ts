// Drawing RR intervals: the Poincaré plot and the histogram. Lengths in CSS pixels.

import type { Rgb } from "./colours.ts";
import { context2d } from "./dom.ts";
import { valueTicks, type ValueAxis } from "./plot_axes.ts";
import { rgbOf, type PlotTheme } from "./plot_canvas.ts";
import { LETTERS, NO_CLASS } from "./plot_intervals.ts";
import { addDot, dotMask, shade, stampCells } from "./plot_raster.ts";
import type { IntervalHistogram, Point, ScatterData, ShownClasses } from "./scatter_stats.ts";
import { number } from "./wording.ts";

const LEFT = 44;
const TITLE = 14; // of an upright axis
const TICK = 48; // least room of a tick
const HEADROOM = 8; // over the tallest bar
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 10;
const DRAWN = [NO_CLASS, 0, 4, 3, 1, 2]; // without a class, N, Q, F, S, V: rare classes lie on common ones
const DIM = 0.22;

/** Where a plot's axes lie. */
export interface PlotPlan {
  width: number;
  height: number;
  left: number;
  top: number;
  plotWidth: number;
  plotHeight: number;
  right: number;
  bottom: number;
}

type Context = CanvasRenderingContext2D;

const colourOf = (kind: number, { classes, quiet }: PlotTheme): string => (kind < LETTERS.length ? classes[LETTERS[kind]] : quiet);

/** Where a plot's axes lie; a square one is as wide as it is high. */
export function plotPlan(width: number, height: number, square = false): PlotPlan {
  const left = square ? LEFT + TITLE : LEFT;
  const side = Math.max(Math.min(width - left - RIGHT, height - TOP - BOTTOM), 40);
  const plotWidth = square ? side : Math.max(width - left - RIGHT, 40);
  const plotHeight = square ? side : Math.max(height - TOP - BOTTOM, 40);
  return { width, height, left, top: TOP, plotWidth, plotHeight, right: left + plotWidth, bottom: TOP + plotHeight };
}

export const xOfMs = (plan: PlotPlan, axis: ValueAxis, ms: number): number =>
  plan.left + ((ms - axis.low) / (axis.high - axis.low)) * plan.plotWidth;
export const yOfMs = (plan: PlotPlan, axis: ValueAxis, ms: number): number =>
  plan.bottom - ((ms - axis.low) / (axis.high - axis.low)) * plan.plotHeight;
const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
export const msOfX = (plan: PlotPlan, axis: ValueAxis, x: number): number =>
  within(axis.low + ((x - plan.left) / plan.plotWidth) * (axis.high - axis.low), axis.low, axis.high);
export const msOfY = (plan: PlotPlan, axis: ValueAxis, y: number): number =>
  within(axis.low + ((plan.bottom - y) / plan.plotHeight) * (axis.high - axis.low), axis.low, axis.high);

/** Paint the Poincaré plot; its dots are drawn on `layer` before they are put on the canvas. */
export function paintPoincare(
  context: Context,
  plan: PlotPlan,
  data: ScatterData,
  layer: HTMLCanvasElement,
  colours: PlotTheme,
  dpr: number,
): void {
  paintGround(context, plan, colours);
  paintMsAxis(context, plan, data.axis, colours, "RR before the beat, ms");
  const { axis, pairs } = data;
  context.textAlign = "right";
  for (const ms of valueTicks(axis.low, axis.high, Math.max(Math.floor(plan.plotWidth / TICK), 2))) {
    const y = Math.round(yOfMs(plan, axis, ms));
    context.fillStyle = colours.gridLine;
    context.fillRect(plan.left, y, plan.plotWidth, 1);
    context.fillStyle = colours.quiet;
    context.fillText(number(ms), plan.left - 5, within(y, plan.top + 5, plan.bottom - 5));
  }
  context.save();
  context.translate(7, (plan.top + plan.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText("RR after the beat, ms", 0, 0);
  context.restore();
  context.strokeStyle = colours.quiet;
  context.setLineDash([4, 4]);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(plan.left, plan.bottom);
  context.lineTo(plan.right, plan.top);
  context.stroke();
  context.setLineDash([]);
  if (pairs.n) paintDots(context, plan, data, layer, colours, dpr);
}

function paintDots(
  context: Context,
  plan: PlotPlan,
  { pairs, axis, shown, selected }: ScatterData,
  layer: HTMLCanvasElement,
  colours: PlotTheme,
  dpr: number,
): void {
  const [width, height] = [Math.round(plan.plotWidth * dpr), Math.round(plan.plotHeight * dpr)];
  const image = context.createImageData(width, height);
  const deep = rgbOf(colours.dark ? "#ffffff" : "#0b1624");
  const mask = dotMask(1.25 * dpr);
  const ectopicMask = dotMask(1.6 * dpr);
  const [perMsX, perMsY] = [(width - 1) / (axis.high - axis.low), (height - 1) / (axis.high - axis.low)];
  const pixelOf = (k: number): Point => {
    const x = ((within(pairs.x[k], axis.low, axis.high) - axis.low) * perMsX) | 0;
    const y = height - 1 - (((within(pairs.y[k], axis.low, axis.high) - axis.low) * perMsY) | 0);
    return [x, y];
  };
  for (const kind of DRAWN) {
    if (!shown[kind]) continue;
    const plane = new Float32Array(width * height);
    let found = false;
    for (let k = 0; k < pairs.n; k += 1) {
      if (pairs.label[k] !== kind) continue;
      const [x, y] = pixelOf(k);
      addDot(plane, width, height, kind === 0 ? mask : ectopicMask, x, y);
      found = true;
    }
    const colour: Rgb = rgbOf(colourOf(kind, colours));
    if (found) shade(image.data, plane, colour, kind === 0 ? deep : colour, kind === 0 ? 0.32 : 0.7);
  }
  if (selected.size) {
    for (let at = 3; at < image.data.length; at += 4) image.data[at] *= DIM;
    const cells = new Map<number, Uint16Array>();
    for (let k = 0; k < pairs.n; k += 1) {
      if (!shown[pairs.label[k]] || !selected.has(pairs.index[k])) continue;
      const counts = cells.get(pairs.label[k]) ?? new Uint16Array(width * height);
      cells.set(pairs.label[k], counts);
      const [x, y] = pixelOf(k);
      counts[y * width + x] += 1;
    }
    for (const kind of DRAWN) {
      const counts = cells.get(kind);
      if (counts) stampCells(image, counts, ectopicMask, rgbOf(colourOf(kind, colours)), 0.8);
    }
  }
  if (layer.width !== width) layer.width = width;
  if (layer.height !== height) layer.height = height;
  context2d(layer).putImageData(image, 0, 0);
  context.drawImage(layer, plan.left, plan.top, plan.plotWidth, plan.plotHeight);
}

function paintGround(context: Context, plan: PlotPlan, colours: PlotTheme): void {
  context.fillStyle = colours.card;
  context.fillRect(0, 0, plan.width, plan.height);
  context.fillStyle = colours.plot;
  context.fillRect(plan.left, plan.top, plan.plotWidth, plan.plotHeight);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
}

function paintMsAxis(context: Context, plan: PlotPlan, axis: ValueAxis, colours: PlotTheme, title: string): void {
  context.textAlign = "center";
  for (const ms of valueTicks(axis.low, axis.high, Math.max(Math.floor(plan.plotWidth / TICK), 2))) {
    const x = Math.round(xOfMs(plan, axis, ms));
    context.fillStyle = colours.gridLine;
    context.fillRect(x, plan.top, 1, plan.plotHeight + 3);
    context.fillStyle = colours.quiet;
    context.fillText(number(ms), within(x, plan.left + 8, plan.right - 12), plan.bottom + 11);
  }
  context.fillStyle = colours.quiet;
  context.fillText(title, (plan.left + plan.right) / 2, plan.bottom + 26);
}

/** Most intervals in any bar, of the classes that are shown. */
export function tallest(histogram: Pick<IntervalHistogram, "bars" | "counts">, shown: ShownClasses): number {
  let most = 0;
  for (let bar = 0; bar < histogram.bars; bar += 1) {
    let sum = 0;
    histogram.counts.forEach((counts, kind) => (sum += shown[kind] ? counts[bar] : 0));
    most = Math.max(most, sum);
  }
  return most;
}

/**
 * Paint the histogram: bars stacked by class, ectopic beats at the foot, where they can be compared. `chosenCounts` are
 * those of the chosen beats, null where none are.
 */
export function paintHistogram(
  context: Context,
  plan: PlotPlan,
  histogram: IntervalHistogram,
  shown: ShownClasses,
  chosenCounts: Int32Array[] | null,
  colours: PlotTheme,
): void {
  paintGround(context, plan, colours);
  paintMsAxis(context, plan, histogram.axis, colours, "RR interval, ms");
  const most = Math.max(tallest(histogram, shown), 1);
  const perBeat = (plan.plotHeight - HEADROOM) / most;
  context.textAlign = "right";
  for (const n of valueTicks(0, most, 4).filter(Number.isInteger)) {
    const y = Math.round(plan.bottom - n * perBeat);
    context.fillStyle = colours.gridLine;
    context.fillRect(plan.left, y, plan.plotWidth, 1);
    context.fillStyle = colours.quiet;
    context.fillText(n >= 10000 ? `${number(n / 1000)}k` : number(n), plan.left - 5, within(y, plan.top + 5, plan.bottom - 5));
  }
  const order = [2, 1, 3, 4, 0, NO_CLASS];
  for (let bar = 0; bar < histogram.bars; bar += 1) {
    const [x0, x1] = barEdges(plan, histogram, bar);
    let foot = plan.bottom;
    for (const kind of order) {
      const n = shown[kind] ? histogram.counts[kind][bar] : 0;
      if (!n) continue;
      const tall = Math.max(n * perBeat, kind === 0 ? 0.75 : 1.5);
      const chosen = chosenCounts ? Math.min(chosenCounts[kind][bar] / n, 1) : 0;
      context.fillStyle = colourOf(kind, colours);
      context.globalAlpha = chosenCounts ? DIM : 1;
      context.fillRect(x0, foot - tall, Math.max(x1 - x0 - 1, 1), tall);
      context.globalAlpha = 1;
      if (chosen > 0) context.fillRect(x0, foot - tall * chosen, Math.max(x1 - x0 - 1, 1), tall * chosen);
      foot -= tall;
    }
  }
}

/** Left and right of a bar. */
export function barEdges(plan: PlotPlan, { axis, step }: Pick<IntervalHistogram, "axis" | "step">, bar: number): [number, number] {
  const x = (ms: number) => within(xOfMs(plan, axis, ms), plan.left, plan.right);
  return [x(axis.low + bar * step), x(axis.low + (bar + 1) * step)];
}

/** Bar under an x. */
export function barAt(plan: PlotPlan, { axis, step, bars }: Pick<IntervalHistogram, "axis" | "step" | "bars">, x: number): number {
  return within(Math.floor((msOfX(plan, axis, x) - axis.low) / step), 0, bars - 1);
}
