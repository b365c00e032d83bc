// What the canvases of the whole recording have in common: size, theme, hatching, rhythm colours.

import { isDark, paperColours, type PaperColours, type Rgb } from "./colours.ts";
import { context2d } from "./dom.ts";
import type { Label } from "./payloads.ts";

/** Colours and font of the plots in the page's theme. */
export interface PlotTheme extends PaperColours {
  text: string;
  card: string;
  line: string;
  accent: string;
  plot: string;
  gridLine: string;
  font: string;
}

/** Colour of a rhythm episode by its sign; the letters have their class's colour. */
const SIGN_COLOURS: Record<"light" | "dark", Record<string, string>> = {
  light: { "~": "#00756b", "–": "#3c4654", "↓": "#2b6cb0", "↑": "#a03a78" },
  dark: { "~": "#2fbfae", "–": "#c3ccd8", "↓": "#7db4ec", "↑": "#e58abf" },
};

export function signColour(sign: string, colours: Pick<PaperColours, "classes" | "dark" | "quiet">): string {
  const ofClass: string | undefined = colours.classes[sign as Label];
  return ofClass ?? SIGN_COLOURS[colours.dark ? "dark" : "light"][sign] ?? colours.quiet;
}

export function rgbOf(hex: string): Rgb {
  const part = (at: number) => parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

/** Relative luminance after WCAG 2. */
function luminance(hex: string): number {
  const [red, green, blue] = rgbOf(hex).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Black or white, whichever reads better on a colour. */
export function inkOn(hex: string): string {
  return 1.05 / (luminance(hex) + 0.05) >= (luminance(hex) + 0.05) / 0.055 ? "#ffffff" : "#10161d";
}

/** Colours and font of the theme that an element stands in. */
export function themeOf(node: Element): PlotTheme {
  const style = getComputedStyle(node);
  const named = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const background = named("--st-background-color", "#ffffff");
  const paper = paperColours(background);
  return {
    ...paper,
    text: named("--st-text-color", isDark(background) ? "#e3e8ee" : "#16202c"),
    card: named("--st-secondary-background-color", background),
    line: named("--st-border-color", paper.dark ? "#2c3540" : "#d9dfe6"),
    accent: paper.dark ? "#8fc1ea" : "#1d5c8f",
    plot: paper.dark ? "rgba(150, 165, 185, 0.06)" : "rgba(110, 130, 155, 0.06)",
    gridLine: paper.dark ? "rgba(150, 165, 185, 0.2)" : "rgba(110, 130, 155, 0.22)",
    font: style.fontFamily || "sans-serif",
  };
}

/** Give a canvas so many CSS pixels at the screen's density; its context draws in CSS pixels. */
export function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number, dpr: number): CanvasRenderingContext2D {
  const [pixelsX, pixelsY] = [Math.max(Math.round(width * dpr), 1), Math.max(Math.round(height * dpr), 1)];
  if (canvas.width !== pixelsX) canvas.width = pixelsX;
  if (canvas.height !== pixelsY) canvas.height = pixelsY;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = context2d(canvas);
  context.setTransform(dpr, 0, 0, dpr, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Hatch a rectangle: nothing can be read there. */
export function paintHatch(
  context: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  colours: Pick<PaperColours, "hatch" | "hatchFill">,
  pitch = 5,
): void {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.fillStyle = colours.hatchFill;
  context.fillRect(left, top, width, height);
  context.strokeStyle = colours.hatch;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = Math.floor((left - height) / pitch) * pitch; x < left + width; x += pitch) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** The first of some texts that has room; empty where none has. */
export function firstThatFits(context: CanvasRenderingContext2D, texts: string[], room: number): string {
  return texts.find((text) => text && context.measureText(text).width <= room) ?? "";
}
