// Drawing the median beat on its canvas: paper, boundaries, curves, and the marks of the ST segment.

import type { PaperColours } from "./colours.ts";
import { context2d } from "./dom.ts";
import type { LaneMm } from "./geometry.ts";
import { MM_PER_MV, MM_PER_S, type MedianCurve } from "./median_plan.ts";
import { strokeGrid } from "./paper.ts";
import { boundaryAt } from "./sheet_waves.ts";

const WAVES = ["P", "QRS", "T"] as const;
/** Room above the paper's lanes for the letters of the waves. */
export const LETTERS_PX = 16;
const PALE = 0.3;
const DOT_PX = 3;
const TICK_PX = 6;

/** What is drawn on one canvas. */
export interface MedianScene {
  curves: readonly MedianCurve[];
  /** Boundaries that are drawn: of the lead, or of all leads together. */
  boundaries: readonly (number | null)[];
  /** Marks of the ST segment. */
  st: readonly { afterMs: number; place: number }[];
  window: readonly [first: number, stop: number];
  fsHz: number;
  height: LaneMm;
  mm: number;
  dpr: number;
  colours: PaperColours;
  font: string;
  accent: string;
  /** The one curve that stands out among several; null for none. */
  strong: number | null;
  /** Write J, + 60 and + 80 below the marks. */
  named: boolean;
}

/** Size of a scene in CSS pixels. */
export function sizeOf({ window: [first, stop], fsHz, height, mm }: Pick<MedianScene, "window" | "fsHz" | "height" | "mm">): [width: number, height: number] {
  return [Math.round(((stop - first) / fsHz) * MM_PER_S * mm), Math.round((height.up + height.down) * mm) + LETTERS_PX];
}

/** x of a place among the samples, and y of a voltage. */
export function axesOf({ window: [first], fsHz, height, mm }: Pick<MedianScene, "window" | "fsHz" | "height" | "mm">): { xOf: (place: number) => number; yOf: (mv: number) => number } {
  const base = LETTERS_PX + height.up * mm;
  return { xOf: (place) => ((place - first) / fsHz) * MM_PER_S * mm, yOf: (mv) => base - mv * MM_PER_MV * mm };
}

/** Draw a scene on a canvas. */
export function drawMedian(canvas: HTMLCanvasElement, scene: MedianScene): void {
  const [width, height] = sizeOf(scene);
  canvas.width = Math.round(width * scene.dpr);
  canvas.height = Math.round(height * scene.dpr);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = context2d(canvas, { alpha: false });
  context.setTransform(scene.dpr, 0, 0, scene.dpr, 0, 0);
  paintMedian(context, scene);
}

/** Draw a scene, see `drawMedian`. */
export function paintMedian(context: CanvasRenderingContext2D, scene: MedianScene): void {
  const [width, height] = sizeOf(scene);
  const { mm, dpr, colours } = scene;
  const { xOf, yOf } = axesOf(scene);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, height);
  // A large box begins at the QRS onset, so that intervals can be counted from there.
  const from = xOf(scene.boundaries[boundaryAt(1, 0)] ?? scene.window[0]);
  strokeGrid(context, { mm, dpr }, [width, height], [from % (5 * mm), yOf(0) % (5 * mm)], colours);
  paintBoundaries(context, scene, height, xOf);
  scene.curves.forEach((curve, index) => {
    const pale = scene.strong !== null && scene.strong !== index;
    context.globalAlpha = pale ? PALE : 1;
    context.strokeStyle = scene.strong === index ? scene.accent : colours.trace;
    context.lineWidth = scene.strong === index ? 2 : scene.curves.length > 1 ? 1.1 : 1.5;
    strokeCurve(context, curve.mv, scene.window, xOf, yOf);
  });
  context.globalAlpha = 1;
  paintSt(context, scene, height, xOf, yOf);
}

function strokeCurve(
  context: CanvasRenderingContext2D,
  mv: MedianCurve["mv"],
  [first, stop]: MedianScene["window"],
  xOf: (place: number) => number,
  yOf: (mv: number) => number,
): void {
  context.lineJoin = "round";
  context.beginPath();
  let drawing = false;
  for (let place = first; place < stop; place += 1) {
    const value = mv[place];
    if (value === null) {
      drawing = false;
      continue;
    }
    if (drawing) context.lineTo(xOf(place), yOf(value));
    else context.moveTo(xOf(place), yOf(value));
    drawing = true;
  }
  context.stroke();
}

/** Onset and end of each wave over the whole height, with its letter between them. */
function paintBoundaries(context: CanvasRenderingContext2D, { boundaries, colours, font }: MedianScene, height: number, xOf: (place: number) => number): void {
  context.font = `600 11px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  WAVES.forEach((wave, number) => {
    const [on, off] = [boundaries[boundaryAt(number, 0)], boundaries[boundaryAt(number, 2)]];
    if (on === null || off === null) return;
    const [left, right] = [xOf(on), xOf(off)];
    context.globalAlpha = 0.1;
    context.fillStyle = colours.classes.N;
    context.fillRect(left, LETTERS_PX, right - left, height - LETTERS_PX);
    context.globalAlpha = 1;
    context.strokeStyle = colours.classes.N;
    context.lineWidth = 1;
    context.beginPath();
    for (const x of [left, right]) {
      context.moveTo(Math.round(x) + 0.5, LETTERS_PX);
      context.lineTo(Math.round(x) + 0.5, height);
    }
    context.stroke();
    context.lineWidth = 3;
    context.strokeStyle = colours.paper;
    context.strokeText(wave, (left + right) / 2, LETTERS_PX / 2);
    context.fillStyle = colours.classes.N;
    context.fillText(wave, (left + right) / 2, LETTERS_PX / 2);
  });
}

/** J as a dot, J + 60 and J + 80 ms as ticks, on the one curve that they belong to. */
function paintSt(context: CanvasRenderingContext2D, scene: MedianScene, height: number, xOf: (place: number) => number, yOf: (mv: number) => number): void {
  const { st, colours, font, named } = scene;
  const curve = scene.curves.length === 1 ? scene.curves[0] : scene.strong === null ? null : scene.curves[scene.strong];
  context.strokeStyle = context.fillStyle = colours.classes.V;
  context.lineWidth = 1.5;
  for (const { afterMs, place } of st) {
    const mv = curve?.mv[Math.round(place)] ?? null;
    if (mv === null) continue;
    const [x, y] = [xOf(place), yOf(mv)];
    context.beginPath();
    if (afterMs === 0) {
      context.arc(x, y, DOT_PX, 0, 2 * Math.PI);
      context.fill();
    } else {
      context.moveTo(x, y - TICK_PX);
      context.lineTo(x, y + TICK_PX);
      context.stroke();
    }
  }
  if (!named) return;
  context.font = `600 10.5px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  st.forEach(({ afterMs, place }, index) => {
    const x = Math.round(xOf(place)) + 0.5;
    const bottom = height - (index % 2 ? 4 : 18); // neighbours stand on two lines
    context.strokeStyle = colours.classes.V;
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, LETTERS_PX);
    context.lineTo(x, bottom - 11);
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 3;
    context.strokeStyle = colours.paper;
    const text = afterMs ? `+${afterMs}` : "J";
    context.strokeText(text, x, bottom);
    context.fillStyle = colours.classes.V;
    context.fillText(text, x, bottom);
  });
}
