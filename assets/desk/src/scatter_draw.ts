// @ts-nocheck
// Drawing RR intervals: the Poincaré plot and the histogram. Lengths in CSS pixels.

import { valueTicks } from "./plot_axes.ts";
import { rgbOf } from "./plot_canvas.ts";
import { LETTERS } from "./plot_intervals.ts";
import { dotMask, pile, shade, stampCells } from "./plot_raster.ts";
import { number } from "./wording.ts";

const LEFT = 44;
const TITLE = 14; // of an upright axis
const TICK = 48; // least room of a tick
const HEADROOM = 8; // over the tallest bar
const BOTTOM = 34;
const TOP = 8;
const RIGHT = 10;
const DRAWN = [LETTERS.length, 0, 4, 3, 1, 2]; // without a class, N, Q, F, S, V: few lie on many
const DIM = 0.22;

/** Where a plot's axes lie; a square one is as wide as it is high. */
export function plotPlan(width, height, square = false) {
  const left = square ? LEFT + TITLE : LEFT;
  const side = Math.max(Math.min(width - left - RIGHT, height - TOP - BOTTOM), 40);
  const plotWidth = square ? side : Math.max(width - left - RIGHT, 40);
  const plotHeight = square ? side : Math.max(height - TOP - BOTTOM, 40);
  return { width, height, left, top: TOP, plotWidth, plotHeight, right: left + plotWidth, bottom: TOP + plotHeight };
}

export const xOfMs = (plan, axis, ms) => plan.left + ((ms - axis.low) / (axis.high - axis.low)) * plan.plotWidth;
export const yOfMs = (plan, axis, ms) => plan.bottom - ((ms - axis.low) / (axis.high - axis.low)) * plan.plotHeight;
const within = (value, low, high) => Math.min(Math.max(value, low), high);
export const msOfX = (plan, axis, x) =>
  within(axis.low + ((x - plan.left) / plan.plotWidth) * (axis.high - axis.low), axis.low, axis.high);
export const msOfY = (plan, axis, y) =>
  within(axis.low + ((plan.bottom - y) / plan.plotHeight) * (axis.high - axis.low), axis.low, axis.high);

/** Paint the Poincaré plot. */
export function paintPoincare(context, plan, data, colours, dpr) {
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
  if (pairs.n) paintDots(context, plan, data, colours, dpr);
}

function paintDots(context, plan, { pairs, axis, shown, selected, layer }, colours, dpr) {
  const [width, height] = [Math.round(plan.plotWidth * dpr), Math.round(plan.plotHeight * dpr)];
  const image = context.createImageData(width, height);
  const deep = rgbOf(colours.dark ? "#ffffff" : "#0b1624");
  const mask = dotMask(1.25 * dpr);
  const ectopicMask = dotMask(1.6 * dpr);
  const perMs = [(width - 1) / (axis.high - axis.low), (height - 1) / (axis.high - axis.low)];
  const any = selected.size > 0;
  const place = (k) => {
    const x = ((within(pairs.x[k], axis.low, axis.high) - axis.low) * perMs[0]) | 0;
    const y = height - 1 - (((within(pairs.y[k], axis.low, axis.high) - axis.low) * perMs[1]) | 0);
    return [x, y];
  };
  for (const kind of DRAWN) {
    if (!shown[kind]) continue;
    const plane = new Float32Array(width * height);
    let found = false;
    for (let k = 0; k < pairs.n; k += 1) {
      if (pairs.label[k] !== kind) continue;
      const [x, y] = place(k);
      pile(plane, width, height, kind === 0 ? mask : ectopicMask, x, y);
      found = true;
    }
    const colour = rgbOf(colours.classes[LETTERS[kind]] ?? colours.quiet);
    if (found) shade(image.data, plane, colour, kind === 0 ? deep : colour, kind === 0 ? 0.32 : 0.7);
  }
  if (any) for (let at = 3; at < image.data.length; at += 4) image.data[at] *= DIM;
  if (any) {
    const cells = Array.from({ length: LETTERS.length + 1 }, () => null);
    for (let k = 0; k < pairs.n; k += 1) {
      if (!shown[pairs.label[k]] || !selected.has(pairs.index[k])) continue;
      const [x, y] = place(k);
      (cells[pairs.label[k]] ??= new Uint16Array(width * height))[y * width + x] += 1;
    }
    for (const kind of DRAWN) {
      if (cells[kind]) stampCells(image, cells[kind], ectopicMask, rgbOf(colours.classes[LETTERS[kind]] ?? colours.quiet), 0.8);
    }
  }
  if (layer.width !== width) layer.width = width;
  if (layer.height !== height) layer.height = height;
  layer.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(layer, plan.left, plan.top, plan.plotWidth, plan.plotHeight);
}

function paintGround(context, plan, colours) {
  context.fillStyle = colours.card;
  context.fillRect(0, 0, plan.width, plan.height);
  context.fillStyle = colours.plot;
  context.fillRect(plan.left, plan.top, plan.plotWidth, plan.plotHeight);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "middle";
}

function paintMsAxis(context, plan, axis, colours, title) {
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
export function tallest(histogram, shown) {
  let most = 0;
  for (let bar = 0; bar < histogram.bars; bar += 1) {
    let sum = 0;
    histogram.counts.forEach((counts, kind) => (sum += shown[kind] ? counts[bar] : 0));
    most = Math.max(most, sum);
  }
  return most;
}

/** Paint the histogram: bars stacked by class, ectopic beats at the foot, where they can be compared. */
export function paintHistogram(context, plan, { histogram, shown, chosenCounts, anyChosen }, colours) {
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
  const order = [2, 1, 3, 4, 0, LETTERS.length];
  for (let bar = 0; bar < histogram.bars; bar += 1) {
    const [x0, x1] = barEdges(plan, histogram, bar);
    let foot = plan.bottom;
    for (const kind of order) {
      const n = shown[kind] ? histogram.counts[kind][bar] : 0;
      if (!n) continue;
      const tall = Math.max(n * perBeat, kind === 0 ? 0.75 : 1.5);
      const chosen = anyChosen ? Math.min(chosenCounts[kind][bar] / n, 1) : 1;
      context.fillStyle = colours.classes[LETTERS[kind]] ?? colours.quiet;
      context.globalAlpha = anyChosen ? DIM : 1;
      context.fillRect(x0, foot - tall, Math.max(x1 - x0 - 1, 1), tall);
      context.globalAlpha = 1;
      if (anyChosen && chosen > 0) context.fillRect(x0, foot - tall * chosen, Math.max(x1 - x0 - 1, 1), tall * chosen);
      foot -= tall;
    }
  }
}

/** Left and right of a bar. */
export function barEdges(plan, { axis, step }, bar) {
  const x = (ms) => within(xOfMs(plan, axis, ms), plan.left, plan.right);
  return [x(axis.low + bar * step), x(axis.low + (bar + 1) * step)];
}

/** Bar under an x. */
export function barAt(plan, { axis, step, bars }, x) {
  return within(Math.floor((msOfX(plan, axis, x) - axis.low) / step), 0, bars - 1);
}
