// One small strip of a montage: a few seconds of one lead around an event, with its beats' letters.

import type { BeatTable } from "./beat_table.ts";
import { chunksOf, type Chunk } from "./chunks.ts";
import { rgba, type PaperColours } from "./colours.ts";
import { context2d } from "./dom.ts";
import type { Facts, ReviewEvent } from "./facts.ts";
import { strokeTrace } from "./sheet_trace.ts";

export const STRIP_S = 6;
const LETTERS_PX = 16;
const LEAD_IN_S = 1;
const ROOM_FOR_MORE = 1.3; // than the range of most of the lead

type Times = Pick<ReviewEvent, "startS" | "stopS">;

interface StripScene {
  event: Times;
  facts: Facts;
  beats: BeatTable;
  lead: number;
  chunks: readonly (Chunk | undefined)[];
  colours: PaperColours;
  font: string;
}

/** The seconds that a strip shows of an event: all of a short one in the middle, else its begin. */
export function stripTimes({ startS, stopS }: Times, durationS: number): [number, number] {
  const lengthS = stopS - startS;
  const fromS = lengthS <= STRIP_S - 2 * LEAD_IN_S ? (startS + stopS - STRIP_S) / 2 : startS - LEAD_IN_S;
  const first = Math.max(0, Math.min(fromS, durationS - STRIP_S));
  return [first, first + STRIP_S];
}

/** Chunks of signal that a strip needs. */
export function stripChunks(event: Times, facts: Pick<Facts, "durationS">, nChunks: number): number[] {
  const [fromS, toS] = stripTimes(event, facts.durationS);
  const [first, last] = chunksOf(fromS, Math.min(toS, facts.durationS), nChunks);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Draw a strip at a size in CSS pixels. */
export function drawStrip(
  canvas: HTMLCanvasElement,
  { event, facts, beats, lead, chunks, colours, font }: StripScene,
  { width, height, dpr }: { width: number; height: number; dpr: number },
): void {
  canvas.width = Math.round(width * dpr);
  canvas.height = Math.round(height * dpr);
  const context = context2d(canvas);
  context.scale(dpr, dpr);
  const [fromS, toS] = stripTimes(event, facts.durationS);
  const pxPerS = width / STRIP_S;
  const x = (timeS: number) => (timeS - fromS) * pxPerS;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, height);
  const [low, high] = facts.leads[lead].rangeMv;
  const room = height - LETTERS_PX - 6;
  const pxPerMv = room / Math.max(ROOM_FOR_MORE * (high - low), 0.5);
  const offsetMv = facts.leads[lead].offsetMv;
  const base = LETTERS_PX + 3 + ROOM_FOR_MORE * (high - offsetMv) * pxPerMv;
  context.fillStyle = rgba(colours.grid, 0.12);
  context.fillRect(x(event.startS) - 4, 0, Math.max(8, x(event.stopS) - x(event.startS) + 8), height);
  context.beginPath();
  for (let timeS = Math.ceil(fromS * 5) / 5; timeS <= toS; timeS += 0.2) {
    context.moveTo(x(timeS), 0);
    context.lineTo(x(timeS), height);
  }
  for (let mv = Math.ceil(2 * (offsetMv + low)) / 2; mv <= offsetMv + high + 1; mv += 0.5) {
    const y = base - (mv - offsetMv) * pxPerMv;
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  Object.assign(context, { strokeStyle: rgba(colours.grid, colours.minor), lineWidth: 1 });
  context.stroke();
  Object.assign(context, { strokeStyle: colours.trace, lineWidth: 1.2, lineJoin: "round" });
  context.save();
  context.beginPath();
  context.rect(0, LETTERS_PX, width, height - LETTERS_PX);
  context.clip();
  strokeTrace(context, chunks, lead, [fromS, toS], { x: 0, base, pxPerS, pxPerMv, levelMv: offsetMv }, dpr);
  context.restore();
  Object.assign(context, { font: `600 11px ${font}`, textAlign: "center", textBaseline: "top" });
  const stop = beats.firstAtOrAfter(toS * beats.fs);
  for (let i = beats.firstAtOrAfter(fromS * beats.fs); i < stop; i += 1) {
    const letter = beats.letter(i);
    context.fillStyle = letter === "N" || !letter ? colours.quiet : colours.classes[letter];
    context.fillText(letter ?? "·", x(beats.timeS(i)), 3);
  }
}
