// Where the names of leads in columns stand: at the begin of their cell, clear of every trace. The place above the base
// line is taken where it is free, else the nearest that is; a place once taken is kept as long as it is free.

import { chunksOf } from "./chunks.ts";
import type { Cell, Lane, Row } from "./geometry.ts";
import { cellBounds, cellTimes, type SheetPlan } from "./sheet_plan.ts";
import type { Scene } from "./sheet_scene.ts";
import { eachPoint, samplesAColumn } from "./sheet_trace.ts";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

type Point = readonly [x: number, y: number];
/** Points joined by straight lines. */
export type Polyline = readonly Point[];

const CLEAR_PX = 2; // between a name and a trace
const ABOVE_MM = 10;
const INSET_PX = 4;
const STEP_X_PX = 6;
const STEP_Y_PX = 2;
/** How far into its cell a name may go, in widths of the name. */
const REACH = 4;
const WAVES_MM = 2.2;
const LETTERS_PX = 14;

/** Heights that lines take of each column of pixels between two places, from `floor(left)` on. */
export function columnsOf(lines: readonly Polyline[], left: number, right: number): [top: number, bottom: number][][] {
  const first = Math.floor(left);
  const columns = Array.from({ length: Math.max(Math.ceil(right) - first + 1, 0) }, (): [number, number][] => []);
  for (const line of lines) {
    line.forEach(([x, y], i) => {
      const [x0, y0] = i ? line[i - 1] : [x, y];
      const [from, to] = [Math.min(x0, x), Math.max(x0, x)];
      const last = Math.min(Math.floor(to), first + columns.length - 1);
      for (let column = Math.max(Math.floor(from), first); column <= last; column += 1) {
        const yAt = (at: number) => y0 + ((y - y0) * (Math.min(Math.max(at, from), to) - x0)) / (x - x0);
        const [y1, y2] = x === x0 ? [y0, y] : [yAt(column), yAt(column + 1)];
        columns[column - first].push(y1 < y2 ? [y1, y2] : [y2, y1]);
      }
    });
  }
  return columns;
}

/** A name to be placed: its size, the area that it must keep to, where it would best stand, and where it stands now. */
export interface LabelWish {
  width: number;
  height: number;
  area: Box;
  best: Point;
  now?: Point | undefined;
}

/** The upper left corner of a name that is clear of the lines and nearest to where it is wanted; null where none is clear. */
export function clearPlace({ width, height, area, best, now }: LabelWish, lines: readonly Polyline[], taken: readonly Box[] = []): Point | null {
  const from = area.left - CLEAR_PX;
  const columns = columnsOf(lines, from, area.right + CLEAR_PX);
  const isClear = ([x, y]: Point) => {
    const box = { left: x - CLEAR_PX, top: y - CLEAR_PX, right: x + width + CLEAR_PX, bottom: y + height + CLEAR_PX };
    if (x < area.left || x + width > area.right || y < area.top || y + height > area.bottom) return false;
    if (taken.some((each) => box.right >= each.left && box.left <= each.right && box.bottom >= each.top && box.top <= each.bottom)) return false;
    const last = Math.min(Math.floor(box.right) - Math.floor(from), columns.length - 1);
    for (let at = Math.max(Math.floor(box.left) - Math.floor(from), 0); at <= last; at += 1) {
      if (columns[at].some(([top, bottom]) => bottom >= box.top && top <= box.bottom)) return false;
    }
    return true;
  };
  if (now && isClear(now)) return now;
  if (isClear(best)) return best;
  let [found, cost]: [Point | null, number] = [null, Infinity];
  for (let x = area.left; x + width <= area.right; x += STEP_X_PX) {
    for (let y = area.top; y + height <= area.bottom; y += STEP_Y_PX) {
      const far = Math.abs(y - best[1]) + Math.abs(x - best[0]);
      if (far < cost && isClear([x, y])) [found, cost] = [[x, y], far];
    }
  }
  return found;
}

/** Traces of all lanes of a row between two places, as they are drawn. */
export function tracesBetween(scene: Scene, row: Row, left: number, right: number): Polyline[] {
  const { plan, view, facts, chunkAt, nChunks, levelsMv } = scene;
  const lines: Polyline[] = [];
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const [cellLeft, cellRight] = cellBounds(cell, plan);
      if (cellRight <= left || cellLeft >= right) continue;
      const [cellFromS, cellToS] = cellTimes(cell, row, view.startS);
      const fromS = Math.max(cellFromS, cellFromS + (left - cellLeft) / plan.pxPerS);
      const toS = Math.min(cellToS, cellFromS + (right - cellLeft) / plan.pxPerS, facts.durationS);
      if (toS <= fromS) continue;
      const pxPerMv = (plan.inverted[cell.lead] ? -1 : 1) * plan.pxPerMv * facts.leads[cell.lead].scale;
      const [first, last] = chunksOf(fromS, toS, nChunks);
      for (let index = first; index <= last; index += 1) {
        const chunk = chunkAt(index);
        if (!chunk) continue;
        let line: Point[] = [];
        const end = () => {
          if (line.length) lines.push(line);
          line = [];
        };
        const scale = chunk.lsbMv[cell.lead] * pxPerMv;
        const zero = lane.base + levelsMv[cell.lead] * pxPerMv;
        const point = (timeS: number, count: number) => line.push([cellLeft + (timeS - cellFromS) * plan.pxPerS, zero - count * scale]);
        eachPoint(chunk, cell.lead, [fromS, toS], { column: samplesAColumn(chunk.rateHz, plan.pxPerS, plan.dpr) }, point, end);
        end();
      }
    }
  }
  return lines;
}

/** The wish of a cell's name, in px from the row's top. */
export function wishOf(cell: Cell, lane: Lane, plan: SheetPlan, [width, height]: readonly [number, number]): LabelWish {
  const [cellLeft, cellRight] = cellBounds(cell, plan);
  const left = cellLeft + INSET_PX;
  const right = Math.min(left + REACH * width, cellRight - INSET_PX);
  const area = { left, right, top: Math.max(plan.lanesTop, lane.top - height), bottom: lane.bottom };
  return { width, height, area, best: [left, Math.max(lane.top, lane.base - ABOVE_MM * plan.mm)] };
}

/** The area of a name with its corner at a place. */
export const boxAt = ([left, top]: Point, [width, height]: readonly [number, number]): Box => ({ left, top, right: left + width, bottom: top + height });

/** What marks of waves take of a lane. */
export function takenByWaves(lane: Lane, plan: SheetPlan): Box {
  const half = WAVES_MM * plan.mm;
  return { left: 0, right: plan.width, top: lane.base - half, bottom: lane.base + half + LETTERS_PX };
}
