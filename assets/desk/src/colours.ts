// Colours of paper, grid and classes, for the light and the dark theme. The style sheet has the same
// class colours for the letters; they tell classes apart with colour-blind eyes too (after Okabe and Ito),
// and the letter always says the same.

import type { Label } from "./payloads.ts";

export type Rgb = [number, number, number];

/** Colours of the strip in one theme; `minor` and `major` are how strong the grid's lines are. */
export interface PaperColours {
  dark: boolean;
  paper: string;
  grid: Rgb;
  minor: number;
  major: number;
  trace: string;
  quiet: string;
  hatch: string;
  hatchFill: string;
  outside: string;
  saliency: Rgb;
  classes: Record<Label, string>;
}

const CLASS_COLOURS = {
  N: "#3a6ea5",
  S: "#c77700",
  V: "#b8332a",
  F: "#7a4ea3",
  Q: "#6b7280",
};
const CLASS_COLOURS_DARK = { N: "#6ea3dc", S: "#f0a33a", V: "#f0695e", F: "#b48be0", Q: "#9aa3b2" };

const LIGHT: PaperColours = {
  dark: false,
  paper: "#fffbfa",
  grid: [214, 96, 84],
  minor: 0.2,
  major: 0.5,
  trace: "#101820",
  quiet: "#5d6b7e",
  hatch: "rgba(70, 80, 95, 0.38)",
  hatchFill: "rgba(110, 120, 135, 0.12)",
  outside: "rgba(120, 130, 145, 0.2)",
  saliency: [0, 128, 118],
  classes: CLASS_COLOURS,
};
const DARK: PaperColours = {
  dark: true,
  paper: "#15181d",
  grid: [205, 92, 80],
  minor: 0.17,
  major: 0.4,
  trace: "#eef2f6",
  quiet: "#a3aebd",
  hatch: "rgba(170, 180, 195, 0.42)",
  hatchFill: "rgba(150, 160, 175, 0.14)",
  outside: "rgba(150, 160, 175, 0.16)",
  saliency: [38, 190, 172],
  classes: CLASS_COLOURS_DARK,
};

/** Whether a CSS colour is dark; `rgb(...)` or hexadecimal, as Streamlit gives its theme. */
export function isDark(colour: string): boolean {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(colour.trim())?.[1];
  const parts = hex
    ? (hex.length < 6 ? Array.from(hex.slice(0, 3), (c) => c + c) : (hex.match(/../g) ?? [])).map((c) => parseInt(c, 16))
    : (colour.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2] < 128;
}

export function paperColours(background: string): PaperColours {
  return isDark(background) ? DARK : LIGHT;
}

/** A colour of red, green and blue, see through. */
export const rgba = ([r, g, b]: Rgb, alpha: number): string => `rgba(${r}, ${g}, ${b}, ${alpha})`;
