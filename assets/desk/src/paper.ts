// Millimetre paper, hatching and quiet texts on it, for the canvas of the sheet.

import { rgba, type PaperColours } from "./colours.ts";

/** Strength of the minor grid: full from 5 px a millimetre, gone at 2 px, where it would be a grey veil. */
export function minorGridAlpha(mm: number): number {
  return Math.min(Math.max((mm - 2) / 3, 0), 1);
}

/** Lines of millimetre paper over an area, a major line through the point given. */
export function strokeGrid(
  context: CanvasRenderingContext2D,
  { mm, dpr }: { mm: number; dpr: number },
  [width, height]: [number, number],
  [firstX, firstY]: [number, number],
  colours: Pick<PaperColours, "grid" | "minor" | "major">,
): void {
  const snap = (at: number) => (Math.round(at * dpr - 0.5) + 0.5) / dpr;
  const majorPx = 5 * mm;
  const lines = (isMajor: boolean) => {
    context.beginPath();
    for (let major = -1; major * majorPx <= Math.max(width, height); major += 1) {
      for (let k = isMajor ? 0 : 1; k < (isMajor ? 1 : 5); k += 1) {
        const x = snap(firstX + major * majorPx + k * mm);
        const y = snap(firstY + major * majorPx + k * mm);
        if (x >= 0 && x <= width) {
          context.moveTo(x, 0);
          context.lineTo(x, height);
        }
        if (y >= 0 && y <= height) {
          context.moveTo(0, y);
          context.lineTo(width, y);
        }
      }
    }
    context.stroke();
  };
  const strength = minorGridAlpha(mm);
  context.lineWidth = Math.max(1, Math.round(dpr * 0.75)) / dpr;
  if (strength > 0) {
    context.strokeStyle = rgba(colours.grid, colours.minor * strength);
    lines(false);
  }
  context.strokeStyle = rgba(colours.grid, colours.major);
  lines(true);
}

/** Slanted lines over an area; they go along with `originX`. */
export function paintHatch(
  context: CanvasRenderingContext2D,
  { left, right, top, bottom, originX }: { left: number; right: number; top: number; bottom: number; originX: number },
  { hatch, hatchFill }: Pick<PaperColours, "hatch" | "hatchFill">,
  pitch = 9,
): void {
  const height = bottom - top;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.fillStyle = hatchFill;
  context.fillRect(left, top, right - left, height);
  context.strokeStyle = hatch;
  context.lineWidth = 1;
  context.beginPath();
  const first = originX + Math.floor((left - height - originX) / pitch) * pitch;
  for (let x = first; x < right; x += pitch) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** Quiet text that stays readable on the grid. */
export function paintHaloText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colours: Pick<PaperColours, "paper" | "quiet">,
  { font }: { font: string },
): void {
  context.font = `11px ${font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.paper;
  context.strokeText(text, x, y);
  context.fillStyle = colours.quiet;
  context.fillText(text, x, y);
}
