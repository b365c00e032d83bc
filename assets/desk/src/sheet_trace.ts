// The trace of one lead from chunks of signal. Where more than two points fall on a column of pixels, only the
// extremes of a few samples are drawn; the groups belong to the signal, so that nothing shimmers while it moves.

import { ABSENT, CHUNK_S, type Chunk } from "./chunks.ts";

const FLAT_PX = 0.7; // of the device; a trace is wider than that
const LONGEST_PATH = 150; // points; long paths are slow to fill in

/** Samples that share a column of device pixels; 1 where every sample is drawn. */
export function samplesAColumn(rateHz: number, pxPerS: number, dpr: number): number {
  const each = rateHz / (pxPerS * dpr);
  return each > 2 ? Math.ceil(each) : 1;
}

/**
 * Points of a lead of one chunk between two times, handed to `point(timeS, count)`, with `gap()` where the signal is
 * absent. Extremes of a column that lie within `least` counts are one point between them.
 */
export function eachPoint(
  chunk: Pick<Chunk, "counts" | "n" | "rateHz" | "startS">,
  lead: number,
  [fromS, toS]: [number, number],
  { column, least = 0 }: { column: number; least?: number },
  point: (timeS: number, count: number) => void,
  gap: () => void,
): void {
  const { counts, n, rateHz, startS } = chunk;
  const stop = Math.min(n, Math.ceil(CHUNK_S * rateHz)); // the last pair of extremes may reach beyond the chunk
  const offset = lead * n;
  let k = Math.max(0, Math.floor((fromS - startS) * rateHz) - 1);
  k -= k % column;
  const end = Math.min(stop, Math.ceil((toS - startS) * rateHz) + 2);
  if (column === 1) {
    for (; k < end; k += 1) {
      const count = counts[offset + k];
      if (count === ABSENT) gap();
      else point(startS + k / rateHz, count);
    }
    return;
  }
  for (; k < end; k += column) {
    let low = 32768;
    let high = ABSENT;
    let [lowAt, highAt] = [k, k];
    for (let i = k; i < Math.min(k + column, stop); i += 1) {
      const count = counts[offset + i];
      if (count === ABSENT) continue;
      if (count < low) [low, lowAt] = [count, i];
      if (count > high) [high, highAt] = [count, i];
    }
    if (high === ABSENT) gap();
    else if (high - low <= least) point(startS + (lowAt + highAt) / 2 / rateHz, (low + high) / 2);
    else if (lowAt < highAt) {
      point(startS + lowAt / rateHz, low);
      point(startS + highAt / rateHz, high);
    } else {
      point(startS + highAt / rateHz, high);
      point(startS + lowAt / rateHz, low);
    }
  }
}

/** Where a trace is drawn, see `strokeTrace`. */
export interface TracePlace {
  x: number;
  base: number;
  pxPerS: number;
  /** Negative where the lead is turned over. */
  pxPerMv: number;
  levelMv: number;
}

/**
 * Stroke a lead between two times, in the context's stroke style.
 *
 * `place` has the x of time `fromS`, the y of the base line, the scale, and the value that lies on the base line.
 */
export function strokeTrace(
  context: CanvasRenderingContext2D,
  chunks: readonly (Chunk | undefined)[],
  lead: number,
  [fromS, toS]: [number, number],
  place: TracePlace,
  dpr: number,
): void {
  const { x: left, base, pxPerS, pxPerMv, levelMv } = place;
  let drawn = 0; // points of the present path
  let [lastX, lastY] = [0, 0];
  const finish = () => {
    if (drawn === 1) context.lineTo(lastX + 0.01, lastY); // a single sample is a dot
    if (drawn) context.stroke();
    drawn = 0;
  };
  let nextS: number | null = null;
  for (const chunk of chunks) {
    if (!chunk) {
      finish();
      nextS = null;
      continue;
    }
    if (nextS !== null && chunk.startS - nextS > 1 / chunk.rateHz) finish();
    nextS = chunk.startS + CHUNK_S;
    const scale = chunk.lsbMv[lead] * pxPerMv;
    const zero = base + levelMv * pxPerMv;
    const point = (timeS: number, count: number) => {
      const x = left + (timeS - fromS) * pxPerS;
      const y = zero - count * scale;
      if (drawn >= LONGEST_PATH) {
        context.lineTo(x, y);
        context.stroke();
        drawn = 0;
      }
      if (drawn) context.lineTo(x, y);
      else {
        context.beginPath();
        context.moveTo(x, y);
      }
      drawn += 1;
      lastX = x;
      lastY = y;
    };
    const column = samplesAColumn(chunk.rateHz, pxPerS, dpr);
    eachPoint(chunk, lead, [fromS, toS], { column, least: FLAT_PX / (Math.abs(scale) * dpr) }, point, finish);
  }
  finish();
}

/** Sample with the greatest distance from the median of its surroundings, as `{timeS, mv}`; null without signal. */
export function extremum(
  chunks: readonly (Chunk | undefined)[],
  lead: number,
  timeS: number,
  reachS: number,
): { timeS: number; mv: number } | null {
  const near: { timeS: number; mv: number }[] = [];
  const around: number[] = [];
  for (const chunk of chunks) {
    if (!chunk) continue;
    const { rateHz, startS, n } = chunk;
    const first = Math.max(0, Math.ceil((timeS - 5 * reachS - startS) * rateHz));
    const last = Math.min(n - 1, Math.floor((timeS + 5 * reachS - startS) * rateHz));
    for (let k = first; k <= last; k += 1) {
      const mv = chunk.mv(lead, k);
      if (mv !== mv) continue;
      const atS = startS + k / rateHz;
      around.push(mv);
      if (Math.abs(atS - timeS) <= reachS + 1e-9) near.push({ timeS: atS, mv });
    }
  }
  if (!near.length) return null;
  around.sort((a, b) => a - b);
  const middle = around[around.length >> 1];
  return near.reduce((best, each) => (Math.abs(each.mv - middle) > Math.abs(best.mv - middle) ? each : best));
}
