// Drawing a page of full disclosure. Lengths in CSS pixels.

import type { BeatTable } from "./beat_table.ts";
import type { Rgb } from "./colours.ts";
import { fillTraces, fittingScale, ROW_S, rowLetters, rowPieces, rowTop, type PagePlan, type PageTraces } from "./disclosure_rows.ts";
import { context2d } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import type { SpanS } from "./payloads.ts";
import { paintHatch, rgbOf, signColour, type PlotTheme } from "./plot_canvas.ts";
import { LETTERS } from "./plot_intervals.ts";
import { clockText } from "./times.ts";

const TRACE_ALPHA = 225;
const UNREADABLE_ALPHA = 70;
const abgr = ([red, green, blue]: Rgb, alpha = 255) => ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

type Context = CanvasRenderingContext2D;

/** What is drawn of the recording. */
export interface PageData {
  startS: number;
  clockS: number | null;
  beats: BeatTable;
  episodes: readonly ReviewEvent[];
  /** Of the lead. */
  unreadable: readonly SpanS[];
  /** Usual extremes of the lead, as drawn. */
  rangeMv: [number, number];
  /** How many times its size the lead is drawn. */
  scale: number;
  /** How much larger a person wants it. */
  gain: number;
  /** Where traces are drawn before they are put on the canvas. */
  layer: HTMLCanvasElement;
}

/** Paint a page; `page` is null while it is on its way. */
export function paintPage(context: Context, plan: PagePlan, page: PageTraces | null, data: PageData, colours: PlotTheme): void {
  context.fillStyle = colours.card;
  context.fillRect(0, 0, plan.width, plan.height);
  for (let row = 0; row < plan.nRows; row += 1) {
    if (row % 2 === 0) {
      context.fillStyle = colours.plot;
      context.fillRect(plan.left, rowTop(plan, row), plan.plotWidth, plan.rowPx);
    }
  }
  paintSeconds(context, plan, colours);
  if (page) paintTraces(context, plan, page, data, colours);
  paintUnreadable(context, plan, data, colours);
  paintEpisodes(context, plan, data, colours);
  if (plan.letters && page) paintLetters(context, plan, data, colours);
  paintLabels(context, plan, data, colours);
}

function paintSeconds(context: Context, plan: PagePlan, colours: PlotTheme): void {
  context.fillStyle = colours.gridLine;
  for (let second = 0; second <= ROW_S; second += 10) {
    const x = Math.round(plan.left + (second / ROW_S) * plan.plotWidth);
    context.fillRect(x, 1, 1, plan.nRows * plan.rowPx);
  }
}

function paintUnreadable(context: Context, plan: PagePlan, data: PageData, colours: PlotTheme): void {
  for (const [fromS, toS] of data.unreadable) {
    for (const piece of rowPieces(plan, data.startS, fromS, toS)) {
      paintHatch(context, piece.left, rowTop(plan, piece.row), Math.max(piece.width, 1), plan.rowPx - 1, colours);
    }
  }
}

function paintTraces(context: Context, plan: PagePlan, page: PageTraces, data: PageData, colours: PlotTheme): void {
  const { layer } = data;
  const height = Math.round(plan.height * plan.dpr);
  const shown = { ...plan, columns: page.columns };
  layer.width = page.columns;
  layer.height = height;
  const layerContext = context2d(layer);
  const image = layerContext.createImageData(page.columns, height);
  const palette = LETTERS.map((letter) => abgr(rgbOf(colours.classes[letter])));
  palette[0] = abgr(rgbOf(colours.trace), TRACE_ALPHA);
  palette.push(abgr(rgbOf(colours.quiet), UNREADABLE_ALPHA));
  const words = new Uint32Array(image.data.buffer);
  fillTraces(words, shown, page, data, palette, data.scale * fittingScale(plan, data.rangeMv, data.gain));
  layerContext.putImageData(image, 0, 0);
  context.drawImage(layer, plan.left, 0, plan.plotWidth, plan.height);
}

function paintEpisodes(context: Context, plan: PagePlan, data: PageData, colours: PlotTheme): void {
  for (const episode of data.episodes) {
    context.fillStyle = signColour(episode.sign, colours);
    for (const { row, left, width } of rowPieces(plan, data.startS, episode.startS, episode.stopS)) {
      context.fillRect(left, rowTop(plan, row) + plan.rowPx - plan.episodePx, Math.max(width, 2), plan.episodePx - 1);
    }
  }
}

function paintLetters(context: Context, plan: PagePlan, data: PageData, colours: PlotTheme): void {
  context.font = `700 9px ${colours.font}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineWidth = 2.5;
  context.lineJoin = "round";
  context.strokeStyle = colours.card;
  for (let row = 0; row < plan.nRows; row += 1) {
    for (const { letter, x } of rowLetters(data.beats, plan, data.startS + row * ROW_S)) {
      context.strokeText(letter, x, rowTop(plan, row) + 1);
      context.fillStyle = letter === "S" && !colours.dark ? "#8f5600" : colours.classes[letter];
      context.fillText(letter, x, rowTop(plan, row) + 1);
    }
  }
}

function paintLabels(context: Context, plan: PagePlan, data: PageData, colours: PlotTheme): void {
  context.font = `${plan.rowPx < 18 ? 10 : 11}px ${colours.font}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.quiet;
  for (let row = 0; row < plan.nRows; row += 1) {
    const text = clockText(data.startS + row * ROW_S, data.clockS, { day: false });
    context.fillText(text, plan.left - 6, rowTop(plan, row) + plan.rowPx / 2);
  }
}
