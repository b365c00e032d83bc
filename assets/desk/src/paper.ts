// @ts-nocheck
// Millimetre paper, hatching and quiet texts on it, for the canvas of the sheet.

import { rgba } from "./colours.ts";

/** Strength of the minor grid: full from 5 px a millimetre, gone at 2 px, where it would be a grey veil. */
export function minorGridAlpha(mm) {
  return Math.min(Math.max((mm - 2) / 3, 0), 1);
}

/** Lines of millimetre paper over an area, a major line through the point given. */
export function strokeGrid(context, { mm, dpr }, [width, height], [firstX, firstY], colours) {
  const snap = (at) => (Math.round(at * dpr - 0.5) + 0.5) / dpr;
  const majorPx = 5 * mm;
  const lines = (isMajor) => {
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
export function paintHatch(context, { left, right, top, bottom, originX }, { hatch, hatchFill }, pitch = 9) {
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
export function paintHaloText(context, text, x, y, colours, view) {
  context.font = `11px ${view.font}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colours.paper;
  context.strokeText(text, x, y);
  context.fillStyle = colours.quiet;
  context.fillText(text, x, y);
}
