// Drawing the overview: rates, ectopic beats, rhythm, signal, axis. Lengths in CSS pixels.

import { context2d } from "./dom.ts";
import { binStepS, densities, meanLine, rateOf } from "./overview_bins.ts";
import type { DescribedData } from "./overview_words.ts";
import type { Label, SpanS } from "./payloads.ts";
import { timeTicks, valueTicks, type Range, type ValueAxis } from "./plot_axes.ts";
import { firstThatFits, inkOn, paintHatch, rgbOf, signColour, type PlotTheme } from "./plot_canvas.ts";
import { LETTERS } from "./plot_intervals.ts";
import { dotMask, stampCells } from "./plot_raster.ts";
import { lowerBound } from "./sorted.ts";

export const GUTTER = 46;
export const RIGHT = 10;
const DOT_ORDER = [null, "N", "Q", "F", "S", "V"] as const; // ectopic beats lie on top; null for no class
const EPISODE_MIN = 2;
export const SHORT_EPISODE = 6; // narrower ones lie below the others, so that neither hides the other
export const SHORT_HEIGHT = 6;
const SHORT_NAMES: Record<string, string | undefined> = {
  AFIB: "AF", SBR: "slow", TACHY: "fast", SVTA: "SVT", SVR: "S run", B: "bigeminy", T: "trigeminy", VT: "VT", IVR: "IVR",
};
const BAR_MIN = 5;
const FLAG_PX = 5;

interface Lane {
  top: number;
  bottom: number;
}

/** Where everything lies on a stage of a size. */
export interface OverviewPlan {
  width: number;
  height: number;
  left: number;
  right: number;
  plotWidth: number;
  lanes: Record<"rate" | "V" | "S" | "rhythm" | "signal" | "axis", Lane>;
}

/** What is drawn of the recording. */
export interface OverviewData extends DescribedData {
  axis: ValueAxis;
  /** Where any lead is unreadable; `unreadable` is where all are. */
  unreadableAny: readonly SpanS[];
  /** Most beats of a class in any bin of a length. */
  mostEctopic: (letter: Label, stepS: number) => number;
  fs: number;
  /** What the sleep rests on is estimated. */
  sleepEstimated: boolean;
  /** Where dots are drawn before they are put on the canvas. */
  layer: HTMLCanvasElement;
}

interface Scene {
  context: CanvasRenderingContext2D;
  plan: OverviewPlan;
  range: Range;
  data: OverviewData;
  colours: PlotTheme;
  dpr: number;
}

/** Where the lanes lie on a stage of the given size. */
export function overviewPlan(width: number, height: number): OverviewPlan {
  let y = height;
  const laneAbove = (size: number, gap: number): Lane => {
    const lane = { top: y - size - gap, bottom: y - gap };
    y = lane.top;
    return lane;
  };
  const [axis, signal, rhythm] = [laneAbove(20, 0), laneAbove(10, 2), laneAbove(23, 5)];
  const [S, V] = [laneAbove(17, 5), laneAbove(17, 5)];
  const rate = { top: 4, bottom: y - 9 };
  const plotWidth = Math.max(width - GUTTER - RIGHT, 1);
  return { width, height, left: GUTTER, right: width - RIGHT, plotWidth, lanes: { rate, V, S, rhythm, signal, axis } };
}

export const xOf = (plan: OverviewPlan, range: Range, timeS: number): number =>
  plan.left + ((timeS - range.fromS) / (range.toS - range.fromS)) * plan.plotWidth;
export const timeOf = (plan: OverviewPlan, range: Range, x: number): number =>
  range.fromS + ((x - plan.left) / plan.plotWidth) * (range.toS - range.fromS);

/** y of a rate; what is off the axis lies on its edge. */
export function yOf(plan: OverviewPlan, axis: ValueAxis, bpm: number): number {
  const { top, bottom } = plan.lanes.rate;
  const share = (Math.min(Math.max(bpm, axis.low), axis.high) - axis.low) / (axis.high - axis.low);
  return bottom - 2.5 - share * (bottom - top - 5);
}

/** Width of the bins of ectopic beats over a range, in seconds. */
export const ectopicStepS = (plan: OverviewPlan, range: Range): number => binStepS(range.toS - range.fromS, plan.plotWidth, BAR_MIN);

/** Paint everything that changes with range, beats, theme and size. */
export function paintOverview(scene: Scene): void {
  paintGround(scene);
  paintSleep(scene);
  if (scene.data.intervals.n) {
    paintDots(scene);
    paintMean(scene);
  }
  paintEctopic(scene);
  paintRhythm(scene);
  paintSignal(scene);
  paintAxis(scene);
  paintDiary(scene);
}

/** Shade the time asleep behind the rates. */
function paintSleep(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top, bottom } = plan.lanes.rate;
  for (const [startS, stopS] of data.asleep) {
    const [x0, x1] = [Math.max(xOf(plan, range, startS), plan.left), Math.min(xOf(plan, range, stopS), plan.right)];
    if (x1 <= x0) continue;
    context.globalAlpha = 0.12;
    context.fillStyle = colours.accent;
    context.fillRect(x0, top, x1 - x0, bottom - top);
    context.globalAlpha = 1;
    const words = firstThatFits(context, data.sleepEstimated ? ["asleep, estimated from the rate", "asleep, estimated", "est."] : ["asleep"], x1 - x0 - 12);
    if (words) text(scene, words, (x0 + x1) / 2, bottom - 7, { align: "center", size: 10 });
  }
}

/** Flags at the top for entries of the diary: filled for what the patient told, hollow for notes and activity. */
function paintDiary(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top } = plan.lanes.rate;
  for (const entry of data.diary) {
    if (entry.kind === "sleep") continue;
    const x = xOf(plan, range, entry.start_sample / data.fs);
    const end = xOf(plan, range, entry.stop_sample / data.fs);
    if (end < plan.left || x > plan.right) continue;
    context.fillStyle = context.strokeStyle = colours.accent;
    if (end - x > 2) context.fillRect(Math.max(x, plan.left), top, Math.min(end, plan.right) - Math.max(x, plan.left), 2);
    if (x < plan.left) continue;
    context.globalAlpha = 0.55;
    context.fillRect(Math.round(x), top, 1, plan.lanes.signal.bottom - top);
    context.globalAlpha = 1;
    context.beginPath();
    context.moveTo(x - FLAG_PX, top - 3);
    context.lineTo(x + FLAG_PX, top - 3);
    context.lineTo(x, top + 2 * FLAG_PX - 3);
    context.closePath();
    if (entry.kind === "diary" || entry.kind === "button") context.fill();
    else {
      context.fillStyle = colours.card;
      context.fill();
      context.stroke();
    }
  }
}

/** The diary's entry whose flag lies under a place of the stage, undefined for none. */
export function entryAt({ plan, range, data }: Pick<Scene, "plan" | "range" | "data">, x: number, y: number): OverviewData["diary"][number] | undefined {
  if (y > plan.lanes.rate.top + 2 * FLAG_PX) return undefined;
  const away = ({ start_sample: start }: { start_sample: number }) => Math.abs(xOf(plan, range, start / data.fs) - x);
  const near = data.diary.filter((entry) => entry.kind !== "sleep" && away(entry) <= FLAG_PX + 2);
  return near.sort((a, b) => away(a) - away(b)).at(0);
}

interface TextStyle {
  align?: CanvasTextAlign;
  colour?: string;
  size?: number;
  weight?: number;
}

function text(
  scene: Scene,
  words: string,
  x: number,
  y: number,
  { align = "left", colour = scene.colours.quiet, size = 11, weight = 400 }: TextStyle = {},
): void {
  const { context, colours } = scene;
  context.font = `${weight} ${size}px ${colours.font}`;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

function paintGround(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  context.fillStyle = colours.card;
  context.fillRect(0, 0, plan.width, plan.height);
  context.fillStyle = colours.plot;
  for (const name of ["rate", "V", "S", "rhythm", "signal"] as const) {
    const { top, bottom } = plan.lanes[name];
    context.fillRect(plan.left, top, plan.plotWidth, bottom - top);
  }
  const { top, bottom } = plan.lanes.rate;
  const ticks = valueTicks(data.axis.low, data.axis.high, Math.max(Math.floor((bottom - top) / 26), 2));
  context.fillStyle = colours.gridLine;
  for (const bpm of ticks) context.fillRect(plan.left, Math.round(yOf(plan, data.axis, bpm)), plan.plotWidth, 1);
  for (const tick of timeTicks(range, plan.plotWidth, data.clockS)) {
    context.fillRect(Math.round(xOf(plan, range, tick.timeS)), top, 1, plan.lanes.signal.bottom - top);
  }
  const highest = ticks.at(-1);
  for (const bpm of ticks) {
    const y = Math.min(Math.max(yOf(plan, data.axis, bpm), top + 6), bottom - 5);
    text(scene, String(bpm), plan.left - 6, y, { align: "right" });
    if (bpm === highest) text(scene, "bpm", plan.left - 6, y + 12, { align: "right", size: 10 });
  }
}

function paintDots(scene: Scene): void {
  const { context, plan, range, data, colours, dpr } = scene;
  const { timeS, ms, readable, label } = data.intervals;
  const { top, bottom } = plan.lanes.rate;
  const width = Math.max(Math.round(plan.plotWidth * dpr), 1);
  const height = Math.max(Math.round((bottom - top) * dpr), 1);
  const first = lowerBound(timeS, range.fromS);
  const stop = lowerBound(timeS, range.toS);
  const crowd = (stop - first) / plan.plotWidth;
  const soft = Math.min(Math.max(3 / Math.max(crowd, 1), 0.16), 0.8);
  const radius = (crowd < 0.5 ? 1.9 : crowd < 3 ? 1.5 : 1.1) * dpr;
  const [small, big] = [dotMask(radius), dotMask(Math.max(radius * 1.25, 1.6 * dpr))];
  const perS = width / (range.toS - range.fromS);
  const image = context.createImageData(width, height);
  for (const letter of DOT_ORDER) {
    const wanted = letter ? LETTERS.indexOf(letter) : LETTERS.length;
    if (letter && data.sums.counts[wanted][stop] === data.sums.counts[wanted][first]) continue;
    const cells = new Uint16Array(width * height);
    let any = false;
    for (let i = first; i < stop; i += 1) {
      if (label[i] !== wanted || !readable[i]) continue;
      const x = ((timeS[i] - range.fromS) * perS) | 0;
      const y = ((yOf(plan, data.axis, rateOf(ms[i])) - top) * dpr) | 0;
      cells[y * width + x] += 1;
      any = true;
    }
    if (!any) continue;
    const ectopic = letter && letter !== "N";
    const alpha = ectopic ? Math.min(Math.max(soft * 2.2, 0.55), 0.9) : soft;
    stampCells(image, cells, ectopic ? big : small, rgbOf(letter ? colours.classes[letter] : colours.quiet), alpha);
  }
  const { layer } = data;
  if (layer.width !== width) layer.width = width;
  if (layer.height !== height) layer.height = height;
  context2d(layer).putImageData(image, 0, 0);
  context.drawImage(layer, plan.left, top, plan.plotWidth, bottom - top);
}

function paintMean(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top, bottom } = plan.lanes.rate;
  context.save();
  context.beginPath();
  context.rect(plan.left, top, plan.plotWidth, bottom - top);
  context.clip();
  context.lineJoin = "round";
  const line = meanLine(data.intervals, data.sums, range, plan.plotWidth, data.clockS);
  for (const { colour, width, alpha } of [
    { colour: colours.card, width: 3, alpha: 0.55 },
    { colour: colours.text, width: 1.3, alpha: 0.85 },
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = alpha;
    context.beginPath();
    let open = false;
    for (const [timeS, bpm] of line) {
      if (Number.isNaN(bpm)) open = false;
      else {
        const [x, y] = [xOf(plan, range, timeS), yOf(plan, data.axis, bpm)];
        if (open) context.lineTo(x, y);
        else context.moveTo(x, y);
        open = true;
      }
    }
    context.stroke();
  }
  context.restore();
}

function paintEctopic(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const density = densities(data.intervals, data.sums, range, ectopicStepS(plan, range), data.clockS);
  for (const letter of ["V", "S"] as const) {
    const { top, bottom } = plan.lanes[letter];
    text(scene, letter, plan.left - 6, (top + bottom) / 2, {
      align: "right",
      colour: colours.dark || letter !== "S" ? colours.classes[letter] : "#8f5600",
      weight: 700,
    });
    const most = data.mostEctopic(letter, density.stepS);
    context.fillStyle = colours.classes[letter];
    density.counts[letter].forEach((n, bin) => {
      if (!n) return;
      const x0 = Math.max(xOf(plan, range, density.edges[bin]), plan.left);
      const x1 = Math.min(xOf(plan, range, density.edges[bin + 1]), plan.right);
      const tall = Math.max((n / most) * (bottom - top), 2);
      context.fillRect(x0, bottom - tall, Math.max(x1 - x0 - 1, 1), tall);
    });
  }
}

function paintRhythm(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top, bottom } = plan.lanes.rhythm;
  text(scene, "rhythm", plan.left - 6, (top + bottom) / 2, { align: "right" });
  context.font = `11px ${colours.font}`;
  for (const episode of data.episodes) {
    if (episode.stopS <= range.fromS || episode.startS >= range.toS) continue;
    const x0 = Math.max(xOf(plan, range, episode.startS), plan.left);
    const x1 = Math.min(Math.max(xOf(plan, range, episode.stopS), x0 + EPISODE_MIN), plan.right);
    const colour = signColour(episode.sign, colours);
    if (x1 - x0 < SHORT_EPISODE) {
      context.fillStyle = colour;
      context.fillRect(x0, bottom - SHORT_HEIGHT, x1 - x0, SHORT_HEIGHT);
      continue;
    }
    const tall = bottom - top - SHORT_HEIGHT - 1;
    context.fillStyle = colours.card;
    context.fillRect(x0 - 1, top, x1 - x0 + 2, tall);
    context.fillStyle = colour;
    context.fillRect(x0, top, x1 - x0, tall);
    const words = firstThatFits(context, [episode.title, SHORT_NAMES[episode.kind] ?? "", episode.sign], x1 - x0 - 6);
    if (words) text(scene, words, (x0 + x1) / 2, top + tall / 2 + 0.5, { align: "center", colour: inkOn(colour) });
    if (episode.source === "person") {
      context.fillStyle = colours.text;
      context.fillRect(x0, top + tall - 2, x1 - x0, 2);
    }
  }
}

function paintSignal(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top, bottom } = plan.lanes.signal;
  text(scene, "signal", plan.left - 6, (top + bottom) / 2, { align: "right" });
  const spanOf = ([startS, stopS]: SpanS): [number, number] | null => {
    if (stopS <= range.fromS || startS >= range.toS) return null;
    const x0 = Math.max(xOf(plan, range, startS), plan.left);
    return [x0, Math.min(Math.max(xOf(plan, range, stopS), x0 + 1.5), plan.right)];
  };
  context.fillStyle = colours.hatchFill;
  for (const span of data.unreadableAny.map(spanOf)) {
    if (span) context.fillRect(span[0], top + (bottom - top) / 2, span[1] - span[0], (bottom - top) / 2);
  }
  for (const span of data.unreadable.map(spanOf)) {
    if (!span) continue;
    if (span[1] - span[0] > 6) paintHatch(context, span[0], top, span[1] - span[0], bottom - top, colours, 4);
    else {
      context.fillStyle = colours.hatch;
      context.fillRect(span[0], top, span[1] - span[0], bottom - top);
    }
  }
}

function paintAxis(scene: Scene): void {
  const { context, plan, range, data, colours } = scene;
  const { top } = plan.lanes.axis;
  context.fillStyle = colours.line;
  context.fillRect(plan.left, top - 1, plan.plotWidth, 1);
  for (const { timeS, text: words } of timeTicks(range, plan.plotWidth, data.clockS)) {
    const x = xOf(plan, range, timeS);
    context.fillStyle = colours.quiet;
    context.fillRect(Math.round(x), top - 1, 1, 4);
    context.font = `11px ${colours.font}`;
    const half = context.measureText(words).width / 2;
    text(scene, words, Math.min(Math.max(x, half), plan.width - half), top + 11, { align: "center" });
  }
}
