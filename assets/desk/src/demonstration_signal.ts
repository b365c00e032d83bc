// Signals and maps of a demonstration as arrays.

import type { BeatSaliency, DemonstrationData } from "./demonstration_payload.ts";

const ABSENT = -32768;

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Return each lead in mV, NaN where there is no value. */
export function leadsOf({ signal, n_samples, leads }: Pick<DemonstrationData, "signal" | "n_samples" | "leads">): Float32Array[] {
  const bytes = bytesOf(signal);
  const view = new DataView(bytes.buffer);
  return leads.map((_, lead) =>
    Float32Array.from({ length: n_samples }, (_, at) => {
      const microvolts = view.getInt16(2 * (lead * n_samples + at), true);
      return microvolts === ABSENT ? NaN : microvolts / 1000;
    }),
  );
}

/** Return the map of each lead, 0 to 1. */
export function weightsOf(map: BeatSaliency, nLeads: number): Float32Array[] {
  const bytes = bytesOf(map.weights);
  return Array.from({ length: nLeads }, (_, lead) => Float32Array.from(bytes.subarray(lead * map.points, (lead + 1) * map.points), (byte) => byte / 255));
}

/** Return least and largest value of a lead; -0.5 and 1 where it has none. */
export function rangeOf(lead: Float32Array | undefined): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of lead ?? []) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [-0.5, 1];
}
