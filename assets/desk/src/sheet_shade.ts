// What lies under the traces: saliency, unreadable spans, and signal that is not there yet.

import { CHUNK_S, chunksOf } from "./chunks.ts";
import { rgba } from "./colours.ts";
import { paintHaloText, paintHatch } from "./paper.ts";
import type { SpanS } from "./payloads.ts";
import type { SaliencyMap } from "./sheet_overlays.ts";
import { cellTimes } from "./sheet_plan.ts";
import type { RowScene } from "./sheet_scene.ts";

const SALIENCY_STEPS = 24;

/** Strength of the maps at each pixel of a stretch, 0 to 255; where windows of neighbours overlap, the stronger one. */
export function saliencyLevels(
  maps: readonly SaliencyMap[],
  lead: number,
  { fromS, pxPerS, width, fs }: { fromS: number; pxPerS: number; width: number; fs: number },
): Uint8Array {
  const levels = new Uint8Array(width);
  for (const map of maps) {
    const beginX = (map.startS - fromS) * pxPerS;
    const step = pxPerS / fs;
    if (beginX > width || beginX + map.n * step < 0) continue;
    for (let k = 0; k < map.n; k += 1) {
      const level = map.levels[lead * map.n + k];
      const from = Math.max(Math.floor(beginX + k * step), 0);
      const to = Math.min(Math.max(Math.floor(beginX + (k + 1) * step), from + 1), width);
      for (let x = from; x < to; x += 1) if (level > levels[x]) levels[x] = level;
    }
  }
  return levels;
}

export function paintSaliency({ context, plan, view, row, colours, facts, saliency, xOf }: RowScene): void {
  if (!saliency.length) return;
  const shades = Array.from({ length: SALIENCY_STEPS + 1 }, (_, i) => rgba(colours.saliency, (0.62 * i) / SALIENCY_STEPS));
  const shadeOf = (level: number) => Math.round((level * SALIENCY_STEPS) / 255);
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const [fromS, toS] = cellTimes(cell, row, view.startS);
      const width = Math.max(Math.floor((toS - fromS) * plan.pxPerS), 0);
      const levels = saliencyLevels(saliency, cell.lead, { fromS, pxPerS: plan.pxPerS, width, fs: facts.fs });
      const left = xOf(fromS);
      for (let from = 0; from < width; ) {
        const shade = shadeOf(levels[from]);
        let to = from + 1;
        while (to < width && shadeOf(levels[to]) === shade) to += 1;
        if (shade) {
          context.fillStyle = shades[shade];
          context.fillRect(left + from, lane.top, to - from, lane.bottom - lane.top);
        }
        from = to;
      }
    }
  }
}

/** The spans of a sorted list that touch a stretch of time. */
export function touching(spans: readonly SpanS[], fromS: number, toS: number): SpanS[] {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle][1] <= fromS) low = middle + 1;
    else high = middle;
  }
  const found: SpanS[] = [];
  for (; low < spans.length && spans[low][0] < toS; low += 1) found.push(spans[low]);
  return found;
}

export function paintUnreadable({ context, plan, view, row, unreadable, colours, font, xOf }: RowScene): void {
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const [fromS, toS] = cellTimes(cell, row, view.startS);
      for (const [beginS, endS] of touching(unreadable[cell.lead] ?? [], fromS, toS)) {
        const left = xOf(Math.max(beginS, fromS));
        const right = xOf(Math.min(endS, toS));
        paintHatch(context, { left, right, top: lane.top, bottom: lane.bottom, originX: xOf(beginS) }, colours);
        if (right - left > 66) paintHaloText(context, "unreadable", left + 5, lane.bottom - 12, colours, { font });
      }
    }
  }
}

export function paintMissing({ context, plan, row, startS, facts, chunkAt, nChunks, waiting, colours, font, xOf }: RowScene): void {
  if (!waiting) return;
  const endS = Math.min(startS + row.lengthS, facts.durationS);
  if (endS <= startS) return;
  const [first, last] = chunksOf(startS, endS, nChunks);
  for (let index = first; index <= last; index += 1) {
    if (chunkAt(index)) continue;
    const from = index;
    while (index < last && !chunkAt(index + 1)) index += 1;
    const left = Math.max(xOf(from * CHUNK_S), plan.gutter);
    const right = Math.min(xOf(Math.min((index + 1) * CHUNK_S, facts.durationS)), plan.width);
    const area = { left, right, top: plan.lanesTop, bottom: plan.lanesBottom, originX: xOf(from * CHUNK_S) };
    paintHatch(context, area, { hatch: colours.outside, hatchFill: "transparent" }, 16);
    const middle = (plan.lanesTop + plan.lanesBottom) / 2;
    if (right - left > 80) paintHaloText(context, waiting, left + 12, middle, colours, { font });
  }
}
