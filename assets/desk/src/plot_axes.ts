// Axes of the plots of a whole recording: ranges of time, and what is written along them.
// Pure functions; times in seconds of the recording, `clockS` is the time of day at its start or null.

import { clockText } from "./times.ts";

/** A stretch of time, in seconds of the recording. */
export interface Range {
  fromS: number;
  toS: number;
}

/** Limits of an axis of values. */
export interface ValueAxis {
  low: number;
  high: number;
}

const DAY_S = 86400;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, DAY_S];
const EPSILON_S = 1e-6;

/** A round length of time: `10 s`, `1 min`, `h`. */
export function stepText(stepS: number): string {
  if (stepS % 3600 === 0) return stepS === 3600 ? "h" : `${stepS / 3600} h`;
  if (stepS % 60 === 0) return stepS === 60 ? "min" : `${stepS / 60} min`;
  return stepS === 1 ? "s" : `${stepS} s`;
}

/** The shortest round step of which at most so many fill a span. */
export function timeStepS(spanS: number, most: number): number {
  return STEPS_S.find((step) => spanS / step <= most) ?? Math.ceil(spanS / most / DAY_S) * DAY_S;
}

/** Round times inside a range, as many as there is room for; midnight says which day begins. */
export function timeTicks({ fromS, toS }: Range, widthPx: number, clockS: number | null = null, labelPx = 76): { timeS: number; text: string }[] {
  const stepS = timeStepS(toS - fromS, Math.max(widthPx / labelPx, 1));
  const offsetS = clockS ?? 0;
  const ticks: { timeS: number; text: string }[] = [];
  let k = Math.ceil((fromS + offsetS) / stepS - EPSILON_S);
  for (; k * stepS - offsetS <= toS + EPSILON_S; k += 1) {
    const timeS = k * stepS - offsetS;
    const day = clockS !== null && k > 0 && (k * stepS) % DAY_S === 0 ? (k * stepS) / DAY_S + 1 : null;
    const text = clockText(timeS, clockS, { seconds: stepS < 60, day: false });
    ticks.push({ timeS, text: day === null ? text : `${text} day ${day}` });
  }
  return ticks;
}

/** Round values between two limits. */
export function valueTicks(low: number, high: number, most = 5): number[] {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5].find((factor) => factor * power >= least - 1e-9) ?? 10) * power;
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k += 1) ticks.push(k * step + 0); // + 0: never -0
  return ticks;
}

/** A range kept inside the recording, at least `leastS` long where the recording is. */
export function clampRange({ fromS, toS }: Range, durationS: number, leastS = 0): Range {
  const spanS = Math.min(Math.max(toS - fromS, leastS), durationS);
  const middleS = (fromS + toS) / 2;
  const start = toS - fromS < leastS ? middleS - spanS / 2 : fromS;
  const kept = Math.min(Math.max(start, 0), durationS - spanS);
  return { fromS: kept, toS: kept + spanS };
}

/** Zoom so that the time under the pointer stays there; a factor below 1 shows less. */
export function zoomAbout({ fromS, toS }: Range, aboutS: number, factor: number, durationS: number, leastS: number): Range {
  const spanS = Math.min(Math.max((toS - fromS) * factor, Math.min(leastS, durationS)), durationS);
  const share = (aboutS - fromS) / (toS - fromS);
  return clampRange({ fromS: aboutS - share * spanS, toS: aboutS + (1 - share) * spanS }, durationS);
}

export function panRange({ fromS, toS }: Range, byS: number, durationS: number): Range {
  return clampRange({ fromS: fromS + byS, toS: toS + byS }, durationS);
}

/** A range of the given length about a time. */
export function rangeAbout(timeS: number, spanS: number, durationS: number): Range {
  return clampRange({ fromS: timeS - spanS / 2, toS: timeS + spanS / 2 }, durationS);
}

/** The range that a drag along the axis chose, whichever way it went. */
export function brushRange(oneS: number, otherS: number, durationS: number, leastS: number): Range {
  const fromS = Math.min(Math.max(Math.min(oneS, otherS), 0), durationS);
  const toS = Math.min(Math.max(oneS, otherS, 0), durationS);
  return clampRange({ fromS, toS }, durationS, leastS);
}

/**
 * The range moved so that it holds a window: no further than needed where the window slid out of it, and
 * with the window in its middle where that jumped away.
 */
export function followRange(range: Range, startS: number, spanS: number, durationS: number): Range {
  const lengthS = range.toS - range.fromS;
  const stopS = startS + spanS;
  if (spanS >= lengthS) return rangeAbout(startS + spanS / 2, lengthS, durationS);
  const out = startS < range.fromS ? startS - range.fromS : Math.max(stopS - range.toS, 0);
  if (!out) return range;
  if (Math.abs(out) > lengthS / 2) return rangeAbout(startS + spanS / 2, lengthS, durationS);
  return panRange(range, out, durationS);
}
