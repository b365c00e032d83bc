// Walking through a family's members. The order is fixed when the walk begins, so that it holds while one edits.
// Pure functions.

import type { BeatTable } from "./beat_table.ts";
import type { Family } from "./facts.ts";

const NONE = 255;
const LAST = 256; // place of what nothing is known about

export type WalkOrder = "nearest" | "farthest" | "unsure";

export const ORDERS: Record<WalkOrder, string> = { nearest: "nearest first", farthest: "farthest first", unsure: "least sure first" };

/** Table positions of a family's beats, in order of time. */
export function membersOf(beats: Pick<BeatTable, "n" | "family">, family: number | null): Int32Array {
  const members: number[] = [];
  for (let i = 0; i < beats.n; i += 1) if (beats.family[i] === family) members.push(i);
  return Int32Array.from(members);
}

/** Ids of a family's beats in the order of a walk; those about which nothing is known come last, equals by time. */
export function walkOf(beats: BeatTable, family: number | null, order: WalkOrder): Int32Array {
  const buckets = Array.from({ length: LAST + 1 }, (): number[] => []);
  for (const i of membersOf(beats, family)) buckets[keyOf(beats, i, order)].push(beats.id[i]);
  return Int32Array.from(buckets.flat());
}

/** Whole number from 0 (first) to `LAST`. */
function keyOf(beats: BeatTable, i: number, order: WalkOrder): number {
  if (order === "unsure") {
    const best = beats.pBest(i);
    return Number.isNaN(best) || beats.edited[i] ? LAST : Math.round(255 * best);
  }
  const distance = beats.distance[i];
  if (distance === NONE) return LAST;
  return order === "nearest" ? distance : NONE - distance;
}

/** Next place of a walk whose beat is still there, -1 at its end. */
export function stepWalk(ids: ArrayLike<number>, at: number, step: 1 | -1, exists: (id: number) => boolean): number {
  for (let next = at + step; next >= 0 && next < ids.length; next += step) if (exists(ids[next])) return next;
  return -1;
}

/** Members that a person edited, of each family. */
export function editedByFamily(beats: Pick<BeatTable, "n" | "edited" | "family">): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < beats.n; i += 1) {
    if (beats.edited[i]) counts.set(beats.family[i], (counts.get(beats.family[i]) ?? 0) + 1);
  }
  return counts;
}

/** How far a beat is from its family's centre against the usual member, NaN where it is not known. */
export function timesUsual(beats: Pick<BeatTable, "distance">, members: Int32Array, i: number): number {
  if (i < 0 || beats.distance[i] === NONE) return NaN;
  const counts = new Uint32Array(NONE);
  let known = 0;
  for (const member of members) {
    if (beats.distance[member] === NONE) continue;
    counts[beats.distance[member]] += 1;
    known += 1;
  }
  let median = 0;
  for (let below = counts[0]; 2 * below < known; below += counts[median]) median += 1;
  return median ? beats.distance[i] / median : NaN;
}

/** Families by size, the unreadable beats last. */
export function bySize(families: readonly Family[]): Family[] {
  return [...families].sort((a, b) => Number(a.unreadable) - Number(b.unreadable) || b.n - a.n || a.index - b.index);
}

/** Range in mV that holds the pictures of all families in one lead, so that they can be compared. */
export function pictureRange(families: readonly Pick<Family, "meanMv" | "spreadMv" | "unreadable">[], lead: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { meanMv, spreadMv, unreadable } of families) {
    if (unreadable && families.length > 1) continue;
    for (const [k, value] of (meanMv[lead] ?? []).entries()) {
      if (value === null || !Number.isFinite(value)) continue;
      const around = spreadMv?.[lead]?.[k] ?? 0;
      low = Math.min(low, value - around);
      high = Math.max(high, value + around);
    }
  }
  return low < high ? [low, high] : [-1, 1];
}
