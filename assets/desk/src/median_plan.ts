// What of the median beat is drawn, and where: the leads in their order, the stretch of time around the waves, the size of
// the paper. Time and voltage keep the proportions of 25 mm/s and 10 mm/mV. Pure functions.

import { lane, type LaneMm } from "./geometry.ts";
import { invertedLeads, leadLabel, leadOrder } from "./lead_order.ts";
import type { MedianBeatPayload } from "./payloads.ts";
import type { PrefValues } from "./prefs.ts";
import { boundaryAt } from "./sheet_waves.ts";

export const MM_PER_S = 25;
export const MM_PER_MV = 10;
const MOST_GRID_MM_PX = 10;
const MOST_OVERLAID_MM_PX = 14;
/** Smaller paper is no longer read: fewer leads then share a line. */
const LEAST_GRID_MM_PX = 6;
export const GAP_PX = 10;
const MOST_MM = 80;
const MARGIN_MV = 0.1; // `lane` lets a peak pass by 1 mm, a canvas does not
const AROUND_S = 0.1;
const BEFORE_QRS_S = 0.2;
const AFTER_QRS_S = 0.45;
const QRS_ON = boundaryAt(1, 0);
const QRS_OFF = boundaryAt(1, 2);

type Places = readonly (number | null)[];

/** One lead of the median beat. */
export interface MedianCurve {
  /** Name on the paper, with a minus sign where the lead is turned over. */
  label: string;
  /** Name in the tables. */
  name: string;
  inverted: boolean;
  mv: Places;
  boundaries: Places;
}

/** The leads in the order they are read in; `scales` are factors of leads without calibration. */
export function curvesOf(median: MedianBeatPayload, limbOrder: PrefValues["limbOrder"], scales: readonly number[]): MedianCurve[] {
  const names = median.lead_names;
  const inverted = invertedLeads(names, limbOrder);
  return leadOrder(names, limbOrder).map((lead) => {
    const factor = (inverted[lead] ? -1 : 1) * (scales[lead] ?? 1);
    return {
      label: leadLabel(names[lead], inverted[lead]),
      name: names[lead],
      inverted: inverted[lead],
      mv: median.signal_mv[lead].map((mv) => (mv === null ? null : factor * mv)),
      boundaries: median.boundaries[lead],
    };
  });
}

/** Samples `[first, stop)` that are drawn: the waves with a margin, without the beats before and after. */
export function windowOf({ common, fs_hz, signal_mv }: Pick<MedianBeatPayload, "common" | "fs_hz" | "signal_mv">): [number, number] {
  const n = signal_mv[0]?.length ?? 0;
  const known = common.filter((place) => place !== null);
  const [on, off] = [common[QRS_ON], common[QRS_OFF]];
  if (!known.length || on === null || off === null) return [0, n];
  const first = Math.min(Math.min(...known) - AROUND_S * fs_hz, on - BEFORE_QRS_S * fs_hz);
  const stop = Math.max(Math.max(...known) + AROUND_S * fs_hz, off + AFTER_QRS_S * fs_hz);
  return [Math.max(Math.floor(first), 0), Math.min(Math.ceil(stop), n)];
}

/** Places of J, J + 60 and J + 80 ms, from the end of QRS in all leads together; none where that is not known. */
export function stPlaces({ common, fs_hz }: Pick<MedianBeatPayload, "common" | "fs_hz">): { afterMs: number; place: number }[] {
  const j = common[QRS_OFF];
  return j === null ? [] : [0, 60, 80].map((afterMs) => ({ afterMs, place: j + (afterMs / 1000) * fs_hz }));
}

/** Millimetres above and below the base line that hold some curves in a window, in whole large boxes. */
export function heightOf(curves: readonly Pick<MedianCurve, "mv">[], [first, stop]: readonly [number, number]): LaneMm {
  const values = curves.flatMap(({ mv }) => mv.slice(first, stop).filter((each) => each !== null));
  if (!values.length) return lane([0, 0], MM_PER_MV);
  const [low, high] = values.reduce(([least, most], mv) => [Math.min(least, mv), Math.max(most, mv)], [0, 0]);
  return lane([low - MARGIN_MV, high + MARGIN_MV], MM_PER_MV, MOST_MM);
}

const tenths = (mm: number) => Math.floor(10 * mm) / 10;

/** How many leads share a line of the grid, and the size of a millimetre there. */
export function gridOf(nLeads: number, widthPx: number, lengthS: number): { columns: number; mm: number } {
  const lengthMm = MM_PER_S * lengthS;
  const mmWith = (columns: number) => Math.min(tenths((widthPx - (columns - 1) * GAP_PX) / columns / lengthMm), MOST_GRID_MM_PX);
  const columns = [6, 3, 2].filter((each) => each <= nLeads || (nLeads > 3 && each - nLeads === 1)).find((each) => mmWith(each) >= LEAST_GRID_MM_PX) ?? 1;
  return { columns, mm: Math.max(mmWith(columns), 1) };
}

/** The size of a millimetre where all leads lie over one another. */
export function overlaidMm(widthPx: number, lengthS: number): number {
  return Math.max(Math.min(tenths(widthPx / (MM_PER_S * lengthS)), MOST_OVERLAID_MM_PX), 1);
}
