// Walking from event to event and from beat to beat. Pure functions.

import type { ReviewEvent } from "./facts.ts";

/** Key of the next event in the list's order that passes a test; null at the end. */
export function nextEvent(
  events: readonly ReviewEvent[],
  currentKey: string | null,
  step: 1 | -1,
  test: (event: ReviewEvent) => boolean = (each) => !each.dismissed,
): string | null {
  const at = events.findIndex(({ key }) => key === currentKey);
  for (let i = at < 0 ? (step > 0 ? 0 : events.length - 1) : at + step; i >= 0 && i < events.length; i += step) {
    if (test(events[i])) return events[i].key;
  }
  return null;
}

/** Where a walk through beats starts: at the chosen beat (`inside`), which is passed over, or the first one in view. */
export interface StepOrigin {
  at: number;
  inside: boolean;
}

/** Index of the next beat that passes a test, -1 where there is none. */
export function nextWhere(beats: { n: number }, origin: StepOrigin, step: 1 | -1, test: (index: number) => boolean): number {
  let i = origin.at;
  if (origin.inside || step < 0) i += step;
  for (; i >= 0 && i < beats.n; i += step) if (test(i)) return i;
  return -1;
}
