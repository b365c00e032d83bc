// Drawing one row of the sheet on its canvas: paper, spans, beats' lines, traces, spikes, intervals, times.
// Everything it draws from is in the scene; nothing is kept but the paper.

import { chunksOf } from "./chunks.ts";
import type { PaperColours } from "./colours.ts";
import { context2d } from "./dom.ts";
import { labelStepS, pulseFootMm, SIZES, type Layout, type Row } from "./geometry.ts";
import { paintHaloText, strokeGrid } from "./paper.ts";
import { cellBounds, cellTimes } from "./sheet_plan.ts";
import type { RowScene, Scene } from "./sheet_scene.ts";
import { paintMissing, paintSaliency, paintUnreadable } from "./sheet_shade.ts";
import { paintSpikes } from "./sheet_spikes.ts";
import { strokeTrace } from "./sheet_trace.ts";
import { paintWaves } from "./sheet_waves.ts";
import { formatTime } from "./times.ts";

/** Millimetre paper one major box wider than the row, to be shifted under the signal. */
export function drawPaper(canvas: HTMLCanvasElement, plan: Layout, colours: PaperColours): void {
  const majorPx = 5 * plan.mm;
  const width = plan.width + 2 * majorPx;
  canvas.width = Math.ceil(width * plan.dpr);
  canvas.height = Math.round(plan.rowHeight * plan.dpr);
  const context = context2d(canvas, { alpha: false });
  context.setTransform(plan.dpr, 0, 0, plan.dpr, 0, 0);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, plan.rowHeight);
  strokeGrid(context, plan, [width, plan.rowHeight], [0, plan.lanes[0].base % majorPx], colours);
}

/** How far, in device pixels, the paper lies left of the row, so that a major line stands at every 0.2 s of 25 mm/s. */
export function paperShift(startS: number, plan: Pick<Layout, "mm" | "pxPerS" | "gutter" | "dpr">): number {
  const majorPx = 5 * plan.mm;
  const past = (startS * plan.pxPerS - plan.gutter) % majorPx;
  return Math.round((past < 0 ? past + majorPx : past) * plan.dpr);
}

/** Draw a row of the scene. */
export function paintSheetRow(context: CanvasRenderingContext2D, row: Row, scene: Scene): void {
  const { plan, view, paper } = scene;
  const startS = view.startS + row.offsetS;
  const xOf = (timeS: number) => plan.gutter + (timeS - startS) * plan.pxPerS;
  const at: RowScene = { ...scene, context, row, startS, endX: plan.gutter + row.lengthS * plan.pxPerS, xOf };
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(paper, -paperShift(startS, plan), 0);
  context.setTransform(plan.dpr, 0, 0, plan.dpr, 0, 0);
  context.save();
  context.beginPath();
  context.rect(plan.gutter, 0, row.lengthS * plan.pxPerS, plan.rowHeight);
  context.clip();
  paintOutside(at);
  paintChosen(at);
  paintSpan(at);
  paintSaliency(at);
  paintUnreadable(at);
  paintTicks(at);
  paintMissing(at);
  context.restore();
  paintTraces(at);
  paintWaves(at);
  paintSpikes(at);
  paintIntervals(at);
  paintPulses(at);
  if (plan.inColumns) paintSeams(at);
  if (scene.reference) paintReferenceName(at);
  paintMarch(at);
  paintTimes(at);
}

function paintOutside({ context, plan, facts, colours, font, xOf }: RowScene): void {
  const endX = xOf(facts.durationS);
  if (endX >= plan.width) return;
  const fromX = Math.max(endX, plan.gutter);
  context.fillStyle = colours.outside;
  context.fillRect(fromX, 0, plan.width - fromX, plan.rowHeight);
  if (endX < plan.gutter) return;
  paintHaloText(context, "end of recording", endX + 8, plan.lanesTop + 12, colours, { font });
}

function paintChosen({ context, plan, beats, chosenAt, colours, accent, xOf }: RowScene): void {
  if (chosenAt < 0) return;
  const letter = beats.letter(chosenAt);
  const half = 0.3 * Math.min(plan.pxPerS, 60 * plan.mm);
  context.globalAlpha = 0.13;
  context.fillStyle = letter ? colours.classes[letter] : accent;
  context.fillRect(xOf(beats.timeS(chosenAt)) - half, 0, 2 * half, plan.rowHeight - SIZES.times);
  context.globalAlpha = 1;
}

function paintSpan({ context, plan, span, accent, xOf, startS, row }: RowScene): void {
  if (!span || span.toS < startS || span.fromS > startS + row.lengthS) return;
  const [left, right] = [xOf(span.fromS), xOf(span.toS)];
  const bottom = plan.rowHeight - SIZES.times;
  context.globalAlpha = 0.12;
  context.fillStyle = accent;
  context.fillRect(left, 0, right - left, bottom);
  context.globalAlpha = 0.8;
  context.fillRect(left - 0.75, 0, 1.5, bottom);
  context.fillRect(right - 0.75, 0, 1.5, bottom);
  context.globalAlpha = 1;
}

function paintTicks({ context, plan, beats, near, chosenAt, selected, colours, xOf }: RowScene): void {
  context.lineWidth = 1;
  for (let i = near[0]; i < near[1]; i += 1) {
    const strong = i === chosenAt || selected(i);
    context.globalAlpha = strong ? 0.9 : 0.3;
    const letter = beats.letter(i);
    context.strokeStyle = letter ? colours.classes[letter] : colours.quiet;
    const x = Math.round(xOf(beats.timeS(i))) + 0.5;
    context.beginPath();
    context.moveTo(x, plan.lettersTop + SIZES.letters - 4);
    context.lineTo(x, plan.lanesBottom);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintTraces({ context, plan, view, row, facts, chunkAt, nChunks, levelsMv, colours, xOf }: RowScene): void {
  context.strokeStyle = colours.trace;
  context.lineWidth = plan.mm < 4 ? 1.1 : 1.3;
  context.lineJoin = "bevel";
  context.lineCap = "round";
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const [fromS, cellEndS] = cellTimes(cell, row, view.startS);
      const toS = Math.min(cellEndS, facts.durationS);
      if (toS <= fromS) continue;
      const [first, last] = chunksOf(fromS, toS, nChunks);
      const chunks = Array.from({ length: last - first + 1 }, (_, i) => chunkAt(first + i));
      const left = xOf(fromS);
      context.save();
      context.beginPath();
      context.rect(left, 0, (cellEndS - fromS) * plan.pxPerS, plan.rowHeight);
      context.clip();
      const pxPerMv = (plan.inverted[cell.lead] ? -1 : 1) * plan.pxPerMv * facts.leads[cell.lead].scale;
      const place = { x: left, base: lane.base, pxPerS: plan.pxPerS, pxPerMv, levelMv: levelsMv[cell.lead] };
      strokeTrace(context, chunks, cell.lead, [fromS, toS], place, plan.dpr);
      context.restore();
    }
  }
}

function paintIntervals({ context, row, beats, near, colours, font, startS, plan, xOf }: RowScene): void {
  context.font = `11px ${font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colours.quiet;
  const endS = startS + row.lengthS;
  for (let i = Math.max(near[0], 1); i < near[1]; i += 1) {
    const [before, now] = [beats.timeS(i - 1), beats.timeS(i)];
    const rrMs = beats.rrMs(i);
    if (rrMs === null || before < startS || now > endS) continue;
    const text = String(Math.round(rrMs));
    if (7 * text.length + 22 > (now - before) * plan.pxPerS) continue;
    context.fillText(text, xOf((before + now) / 2), plan.lettersTop + SIZES.letters / 2 + 1);
  }
}

/** The pulse of 1 mV before each lane; broken where a lead has no calibration: it stands for nothing there. */
function paintPulses({ context, plan, facts, colours }: RowScene): void {
  const { mm, gutter, gain } = plan;
  const right = gutter - 1.5 * mm;
  const left = right - plan.pulseMm * mm;
  context.strokeStyle = colours.trace;
  context.lineWidth = 1.2;
  context.lineJoin = "miter";
  context.lineCap = "butt";
  for (const lane of plan.lanes) {
    context.setLineDash(lane.cells.some((cell) => !facts.leads[cell.lead].calibrated) ? [2, 2] : []);
    const foot = lane.base - pulseFootMm(lane, gain) * mm;
    context.beginPath();
    context.moveTo(left - mm, foot);
    for (const [x, y] of [[left, foot], [left, foot - gain * mm], [right, foot - gain * mm], [right, foot], [right + mm, foot]]) {
      context.lineTo(x, y);
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/** Short bars where one lead gives way to the next. */
function paintSeams({ context, plan, colours }: RowScene): void {
  context.strokeStyle = colours.trace;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const lane of plan.lanes) {
    for (const cell of lane.cells.slice(1)) {
      const [x] = cellBounds(cell, plan);
      context.moveTo(x, lane.base - 3 * plan.mm);
      context.lineTo(x, lane.base + 3 * plan.mm);
    }
  }
  context.stroke();
}

function paintReferenceName({ context, plan, colours, font }: RowScene): void {
  context.font = `11px ${font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colours.quiet;
  context.fillText("reference", 4, plan.referenceTop + SIZES.reference / 2);
}

function paintMarch({ context, plan, march, accent, startS, row, xOf }: RowScene): void {
  if (!march.length) return;
  context.save();
  context.strokeStyle = accent;
  context.lineWidth = 1.25;
  context.setLineDash([4, 3]);
  context.beginPath();
  for (const timeS of march) {
    if (timeS < startS || timeS > startS + row.lengthS) continue;
    const x = Math.round(xOf(timeS)) + 0.5;
    context.moveTo(x, plan.lanesTop - 4);
    context.lineTo(x, plan.lanesBottom);
  }
  context.stroke();
  context.restore();
}

function paintTimes({ context, plan, facts, colours, font, row, startS, xOf }: RowScene): void {
  const { clockS } = facts;
  const stepS = labelStepS(plan.pxPerS);
  const shift = (clockS ?? 0) % stepS;
  const top = plan.rowHeight - SIZES.times;
  context.font = `10.5px ${font}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = colours.quiet;
  const endS = Math.min(startS + row.lengthS, facts.durationS);
  const firstS = Math.ceil((startS + shift) / stepS - 1e-6) * stepS - shift;
  for (let timeS = firstS; timeS <= endS + 1e-6; timeS += stepS) {
    const x = Math.round(xOf(timeS)) + 0.5;
    if (x + 56 > plan.width) break;
    context.lineWidth = 1;
    context.strokeStyle = colours.quiet;
    context.beginPath();
    context.moveTo(x, top - 4);
    context.lineTo(x, plan.rowHeight);
    context.stroke();
    context.lineWidth = 3;
    context.strokeStyle = colours.paper;
    const text = formatTime(timeS, clockS, 0, { day: false });
    context.strokeText(text, x + 4, top + SIZES.times / 2);
    context.fillText(text, x + 4, top + SIZES.times / 2);
  }
}
