// Paints a demonstrated tracing: paper, saliency, highlighted span, traces.

import type { PaperColours } from "./colours.ts";
import { rgba } from "./colours.ts";
import type { DemonstrationLayout, Panel, Piece } from "./demonstration_layout.ts";
import { MM_PER_MV, piecesOf, placeOf } from "./demonstration_layout.ts";

const MARK = "rgba(245, 196, 66, 0.28)";
const MARK_EDGE = "rgba(200, 140, 0, 0.9)";
const STRONGEST = 0.62;

/** A beat's map as it is painted, between the times that are its own. */
export interface PaintedMap {
  startS: number;
  stopS: number;
  ownFromS: number;
  ownToS: number;
  weights: Float32Array[];
}

export interface Painting {
  layout: DemonstrationLayout;
  colours: PaperColours;
  leads: Float32Array[];
  fsHz: number;
  startS: number;
  sweepS: number | null;
  maps: PaintedMap[];
  highlightS: [number, number] | null;
  highlightLead: string;
  large: boolean;
}

/** Paint the tracing. */
export function paint(context: CanvasRenderingContext2D, painting: Painting): void {
  const { layout, colours, startS, sweepS } = painting;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  paintGrid(context, layout, colours);
  for (const panel of layout.panels) {
    const pieces = piecesOf(panel, startS, sweepS);
    for (const map of painting.maps) paintMap(context, panel, pieces, map, colours);
    if (painting.highlightS && (!painting.highlightLead || painting.highlightLead === panel.name)) {
      paintHighlight(context, panel, pieces, painting.highlightS);
    }
  }
  for (const panel of layout.panels) {
    const pieces = piecesOf(panel, startS, sweepS);
    paintTrace(context, panel, pieces, painting);
    paintName(context, panel, painting);
  }
}

function paintGrid(context: CanvasRenderingContext2D, { width, height, mm }: DemonstrationLayout, colours: PaperColours): void {
  for (const [every, strength] of [
    [1, mm < 2.6 ? 0 : colours.minor],
    [5, colours.major],
  ]) {
    if (!strength) continue;
    context.strokeStyle = rgba(colours.grid, strength);
    context.lineWidth = 1;
    context.beginPath();
    for (let x = 0; x <= width; x += every * mm) {
      context.moveTo(Math.round(x) + 0.5, 0);
      context.lineTo(Math.round(x) + 0.5, height);
    }
    for (let y = 0; y <= height; y += every * mm) {
      context.moveTo(0, Math.round(y) + 0.5);
      context.lineTo(width, Math.round(y) + 0.5);
    }
    context.stroke();
  }
}

function paintMap(context: CanvasRenderingContext2D, panel: Panel, pieces: Piece[], map: PaintedMap, colours: PaperColours): void {
  const weights = map.weights[panel.lead];
  if (!weights.length) return;
  const stepS = (map.stopS - map.startS) / weights.length;
  const widthPx = (stepS * panel.width) / panel.lengthS;
  weights.forEach((weight, point) => {
    const atS = map.startS + point * stepS;
    if (weight < 0.02 || atS < map.ownFromS || atS >= map.ownToS) return;
    const x = placeOf(panel, pieces, atS);
    if (x === null) return;
    context.fillStyle = rgba(colours.saliency, STRONGEST * weight);
    context.fillRect(panel.left + x, panel.top, Math.min(widthPx, panel.width - x), panel.height);
  });
}

function paintHighlight(context: CanvasRenderingContext2D, panel: Panel, pieces: Piece[], [fromS, toS]: [number, number]): void {
  for (const piece of pieces) {
    const low = Math.max(fromS, piece.fromS);
    const high = Math.min(toS, piece.toS);
    if (low >= high) continue;
    const perS = panel.width / panel.lengthS;
    const x = panel.left + (piece.atS + low - piece.fromS) * perS;
    context.fillStyle = MARK;
    context.fillRect(x, panel.top, (high - low) * perS, panel.height);
    context.strokeStyle = MARK_EDGE;
    context.lineWidth = 1.5;
    context.strokeRect(x, panel.top + 1, (high - low) * perS, panel.height - 2);
  }
}

function paintTrace(context: CanvasRenderingContext2D, panel: Panel, pieces: Piece[], { leads, fsHz, layout, colours, large }: Painting): void {
  const signal = leads[panel.lead];
  const perS = panel.width / panel.lengthS;
  const perMv = layout.mm * MM_PER_MV;
  context.save();
  context.beginPath();
  context.rect(panel.left, 0, panel.width, layout.height);
  context.clip();
  context.strokeStyle = colours.trace;
  context.lineWidth = large ? Math.max(layout.mm * 0.32, 1.6) : Math.max(layout.mm * 0.3, 1.1);
  context.lineJoin = "round";
  context.beginPath();
  for (const { fromS, toS, atS } of pieces) {
    let pen = false;
    const last = Math.min(Math.ceil(toS * fsHz), signal.length);
    for (let at = Math.max(Math.floor(fromS * fsHz), 0); at < last; at++) {
      const value = signal[at];
      if (Number.isNaN(value)) {
        pen = false;
        continue;
      }
      const x = panel.left + (atS + at / fsHz - fromS) * perS;
      const y = panel.base - value * perMv;
      if (pen) context.lineTo(x, y);
      else context.moveTo(x, y);
      pen = true;
    }
  }
  context.stroke();
  context.restore();
}

function paintName(context: CanvasRenderingContext2D, panel: Panel, { layout, colours }: Painting): void {
  const size = Math.round(Math.min(Math.max(layout.mm * 3.6, 12), 30));
  context.font = `600 ${size}px sans-serif`;
  context.textBaseline = "top";
  const width = context.measureText(panel.name).width;
  context.fillStyle = colours.paper;
  context.globalAlpha = 0.75;
  context.fillRect(panel.left + 3, panel.top + 2, width + 6, size + 3);
  context.globalAlpha = 1;
  context.fillStyle = colours.trace;
  context.fillText(panel.name, panel.left + 6, panel.top + 4);
}
