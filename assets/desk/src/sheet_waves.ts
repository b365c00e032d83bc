// Boundaries of P, QRS and T on the strip: a short line at onset and end, a letter at the peak; paler where the network is
// less sure, in the accent colour where a person has set it. A lead that cannot be read has none.

import { SIZES } from "./geometry.ts";
import type { WaveBeatPayload } from "./payloads.ts";
import { cellBounds, cellTimes } from "./sheet_plan.ts";
import type { RowScene } from "./sheet_scene.ts";

const HALF_MM = 2.2;
const WAVES = ["P", "QRS", "T"] as const;
const PALEST = 0.35;
/** On smaller paper letters would stand on one another. */
const SMALLEST_MM_PX = 2;
const REACH_PX = 5;

/** Place of a boundary in the list of nine: onset, peak or end of one of `WAVES`. */
export const boundaryAt = (wave: number, part: 0 | 1 | 2): number => 3 * wave + part;

/** A boundary that is being dragged. */
export interface DraggedBoundary {
  beat: WaveBeatPayload;
  /** Place in the list of nine. */
  boundary: number;
  lead: number;
  allLeads: boolean;
  timeS: number;
}

/** The onset or end of a wave, of nine, that is drawn within `REACH_PX` of an x in a lead; -1 where there is none. */
export function boundaryNear(beat: WaveBeatPayload, lead: number, x: number, xOfSample: (sample: number) => number): number {
  let [best, bestPx] = [-1, REACH_PX];
  if (!beat.assessed[lead]) return best;
  WAVES.forEach((_, wave) => {
    const ends = ([0, 2] as const).map((part) => boundaryAt(wave, part));
    if (ends.some((at) => beat.boundaries[lead][at] === null)) return; // such a wave is not drawn
    for (const at of ends) {
      const px = Math.abs(xOfSample(beat.boundaries[lead][at] ?? NaN) - x);
      if (px <= bestPx) [best, bestPx] = [at, px];
    }
  });
  return best;
}

/** Tell whether a height is on the lines of the boundaries of a lane. */
export const onBoundaryLines = (y: number, base: number, mm: number): boolean => Math.abs(y - base) <= HALF_MM * mm + REACH_PX;

/** Opacity of a wave by how sure the network is of it, 0 to 100. */
export function opacityOf(confidence: number): number {
  return PALEST + (1 - PALEST) * Math.min(Math.max((confidence - 50) / 45, 0), 1);
}

/** Draw the waves of a row, see `paintSheetRow`. */
export function paintWaves(scene: RowScene): void {
  const { context, plan, row, view, waves, font, colours, facts, xOf } = scene;
  if (!waves.length) return;
  context.lineWidth = 1.25;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.font = `600 ${plan.inColumns ? 10 : 11}px ${font}`;
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const [fromS, toS] = cellTimes(cell, row, view.startS);
      const [left, right] = cellBounds(cell, plan);
      context.save();
      context.beginPath();
      context.rect(left, 0, right - left, plan.rowHeight - SIZES.times);
      context.clip();
      for (const beat of waves) {
        if (beat.sample < (fromS - 1) * facts.fs || beat.sample > (toS + 1) * facts.fs) continue;
        paintBeat(scene, beat, cell.lead, lane.base, lane.bottom, colours.classes.Q, xOf);
      }
      context.restore();
    }
  }
  context.globalAlpha = 1;
}

function paintBeat(
  { context, plan, facts, colours, accent, boundary: dragged }: RowScene,
  beat: WaveBeatPayload,
  lead: number,
  base: number,
  bottom: number,
  colour: string,
  xOf: (timeS: number) => number,
): void {
  if (!beat.assessed[lead]) return;
  const boundaries = beat.boundaries[lead];
  const half = HALF_MM * plan.mm;
  const letterY = Math.min(base + half + 11, bottom - 2);
  WAVES.forEach((wave, number) => {
    const [on, peak, off] = ([0, 1, 2] as const).map((part) => boundaries[boundaryAt(number, part)]);
    if (on === null || off === null) return;
    context.globalAlpha = opacityOf(beat.confidence[lead][number]);
    for (const [part, sample] of [[0, on], [2, off]] as const) {
      const at = boundaryAt(number, part);
      const moved = dragged?.beat.id === beat.id && dragged.boundary === at && (dragged.allLeads || dragged.lead === lead);
      const isSet = beat.set.some(([ofLead, place]) => place === at && (ofLead === null || ofLead === lead));
      const x = Math.round(xOf(moved ? dragged.timeS : sample / facts.fs)) + 0.5;
      context.strokeStyle = moved || isSet ? accent : colour;
      context.beginPath();
      context.moveTo(x, base - half);
      context.lineTo(x, base + half);
      context.stroke();
    }
    if (wave === "QRS" || peak === null || plan.mm < SMALLEST_MM_PX) return;
    const x = xOf(peak / facts.fs);
    context.lineWidth = 3;
    context.strokeStyle = colours.paper;
    context.strokeText(wave, x, letterY);
    context.fillStyle = colour;
    context.fillText(wave, x, letterY);
    context.lineWidth = 1.25;
  });
}
