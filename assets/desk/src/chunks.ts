// The signal on its way from the server: chunks of ten seconds, kept up to a limit, the ones in view first, then
// their neighbours and the pages that a person is about to turn to. What nobody wants any more is called off.

import { errorOf, isAbort } from "./api.ts";
import type { SpanPayload } from "./payloads.ts";

export const CHUNK_S = 10;
export const ABSENT = -32768;
const LIMIT_BYTES = 48e6;
export const MOST_IN_A_REQUEST = 8;
const MOST_REQUESTS = 3;
export const MOST_POINTS = 4000;
const SHORT_S = 0.05;
const AGAIN_MS = [1000, 2000, 5000, 10_000];

/** What a span is asked for with. */
export type SpanRequest = { first: number; count: number; points_per_s: number; filter: string };
export type FetchSpan = (request: SpanRequest, signal: AbortSignal) => Promise<Pick<SpanPayload, "meta" | "arrays">>;
type Timer = ReturnType<typeof setTimeout>;

interface ChunkRequest {
  keys: string[];
  urgent: boolean;
  stop: AbortController;
}

interface ChunkCacheOptions {
  fetchSpan: FetchSpan;
  /** Called when chunks have come or could not be had. */
  onChange: () => void;
  limitBytes?: number;
  /** Timers; those of the browser. */
  later?: (fn: () => void, ms: number) => Timer;
  never?: (timer: Timer | undefined) => void;
}

/** Points a second worth asking for: all of a slow recording, else what a screen can show. */
export function pointsPerS(fs: number, pxPerS: number, dpr = 1): number {
  const wanted = Math.max(240, 1.8 * pxPerS * Math.min(dpr, 1.5));
  if (fs <= 1.5 * wanted) return Math.min(fs, MOST_POINTS);
  return [250, 500, 1000, 2000].find((points) => points >= wanted && points < fs) ?? Math.min(fs, MOST_POINTS);
}

/** Filters in one order, so that the same ones have one name. */
export function filterName(filters: readonly string[] | null | undefined): string {
  return filters?.length ? [...filters].sort().join(",") : "none";
}

/** Chunk numbers of a stretch of time, `[first, last]`, inside a recording of `n` chunks. */
export function chunksOf(fromS: number, toS: number, n: number): [number, number] {
  const first = Math.min(Math.max(Math.floor(fromS / CHUNK_S + 1e-9), 0), n - 1);
  const last = Math.min(Math.max(Math.ceil(toS / CHUNK_S - 1e-9) - 1, first), n - 1);
  return [first, last];
}

/** Chunks to have besides those in view: the neighbours, then the next page in the direction of travel. */
export function neighbours([first, last]: [number, number], direction: number, n: number): number[] {
  const length = last - first + 1;
  const ahead = (steps: number) => Array.from({ length: steps }, (_, i) => last + 1 + i);
  const behind = (steps: number) => Array.from({ length: steps }, (_, i) => first - 1 - i);
  const near = direction < 0 ? [...behind(1), ...ahead(1)] : [...ahead(1), ...behind(1)];
  const far = direction < 0 ? behind(length + 1) : direction > 0 ? ahead(length + 1) : [];
  return [...new Set([...near, ...far])].filter((chunk) => chunk >= 0 && chunk < n);
}

/** Runs of consecutive numbers as `[first, count]`, none longer than `most`. */
export function runsOf(chunks: readonly number[], most = MOST_IN_A_REQUEST): [number, number][] {
  const runs: [number, number][] = [];
  for (const chunk of [...chunks].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[0] + run[1] === chunk && run[1] < most) run[1] += 1;
    else runs.push([chunk, 1]);
  }
  return runs;
}

/** One chunk of signal: counts of each lead one after the other, `lsbMv` each. */
export class Chunk {
  readonly index: number;
  readonly counts: Int16Array;
  readonly lsbMv: Float32Array;
  readonly rateHz: number;
  readonly startS: number;
  readonly nLeads: number;
  /** Points of a lead. */
  readonly n: number;
  readonly bytes: number;

  constructor(index: number, counts: Int16Array, lsbMv: Float32Array, rateHz: number, startS = index * CHUNK_S) {
    this.index = index;
    this.counts = counts;
    this.lsbMv = lsbMv;
    this.rateHz = rateHz;
    this.startS = startS;
    this.nLeads = lsbMv.length;
    this.n = counts.length / this.nLeads;
    this.bytes = counts.byteLength + 200;
  }

  /** Sample `k` of a lead in mV, NaN where absent. */
  mv(lead: number, k: number): number {
    const count = this.counts[lead * this.n + k];
    return count === ABSENT ? NaN : count * this.lsbMv[lead];
  }
}

/** Chunks of a packed answer of `span`. Each keeps its own copy, so that one does not hold on to all. */
export function chunksIn({ meta, arrays }: Pick<SpanPayload, "meta" | "arrays">, fs: number): Chunk[] {
  const found: Chunk[] = [];
  for (let index = meta.first; index < meta.first + meta.count; index += 1) {
    const counts = (arrays as Record<string, Int16Array | undefined>)[`c${index}`];
    // A chunk begins with its first whole sample, which need not lie at a whole second.
    const startS = meta.starts[index - meta.first] / fs;
    if (counts) found.push(new Chunk(index, counts.slice(), arrays.lsb.slice(), meta.rate_hz, startS));
  }
  return found;
}

/** Whether a recording that grows has more of a chunk by now; the chunk is shown until the longer one is there. */
export function isShort(chunk: Chunk, durationS: number): boolean {
  return chunk.startS + chunk.n / chunk.rateHz < Math.min((chunk.index + 1) * CHUNK_S, durationS) - SHORT_S;
}

export class ChunkCache {
  nChunks = 1;
  bytes = 0;
  /** Why the last request failed; null where it did not. */
  problem: Error | null = null;
  readonly kept = new Map<string, Chunk>(); // in order of last use
  readonly requests = new Set<ChunkRequest>();
  private readonly options: Required<ChunkCacheOptions>;
  private fs = 1;
  filter = "none";
  private points = 0;
  private durationS = 0;
  private growing = false;
  private otherPoints: number[] = [];
  private failures = 0;
  private wanted: { urgent: number[]; soon: number[] } = { urgent: [], soon: [] };
  private waiting: Timer | undefined;
  private gone = false;

  constructor({ limitBytes = LIMIT_BYTES, later = setTimeout, never = clearTimeout, ...options }: ChunkCacheOptions) {
    // Timers of the browser are called with nothing as `this`.
    this.options = { ...options, limitBytes, later: (fn, ms) => later(fn, ms), never: (timer) => never(timer) };
  }

  /** How the signal is wanted from now on. What is there of it otherwise stays for when it is wanted again. */
  configure({ fs, durationS, filters, points }: { fs: number; durationS: number; filters: readonly string[] | null; points: number }): void {
    this.fs = fs;
    this.growing ||= this.durationS > 0 && durationS > this.durationS;
    this.durationS = durationS;
    this.nChunks = Math.max(1, Math.ceil(durationS / CHUNK_S - 1e-9));
    this.filter = filterName(filters);
    this.points = points;
  }

  private key(index: number, points = this.points): string {
    return `${this.filter} ${points} ${index}`;
  }

  /** A chunk, or one at other points a second until it is there, or undefined. */
  get(index: number): Chunk | undefined {
    const exact = this.kept.get(this.key(index));
    if (exact) return exact;
    for (const points of this.otherPoints) {
      const other = this.kept.get(this.key(index, points));
      if (other) return other;
    }
    return undefined;
  }

  has(index: number): boolean {
    const chunk = this.kept.get(this.key(index));
    return chunk !== undefined && !(this.growing && isShort(chunk, this.durationS));
  }

  /** Say what is in view; `direction` is where the view is going, -1, 0 or 1. */
  want(fromS: number, toS: number, direction = 0): void {
    const seen = chunksOf(fromS, toS, this.nChunks);
    const urgent = Array.from({ length: seen[1] - seen[0] + 1 }, (_, i) => seen[0] + i);
    this.wanted = { urgent, soon: neighbours(seen, direction, this.nChunks) };
    for (const index of urgent) this.touch(this.key(index));
    this.callOff();
    this.send();
  }

  private touch(key: string): void {
    const chunk = this.kept.get(key);
    if (!chunk) return;
    this.kept.delete(key);
    this.kept.set(key, chunk);
  }

  private callOff(): void {
    const wanted = new Set([...this.wanted.urgent, ...this.wanted.soon].map((index) => this.key(index)));
    for (const request of this.requests) {
      if (request.keys.some((key) => wanted.has(key))) continue;
      request.stop.abort();
      this.requests.delete(request);
    }
  }

  private send(): void {
    if (this.waiting !== undefined || this.gone) return;
    const coming = new Set([...this.requests].flatMap(({ keys }) => keys));
    const missing = (chunks: number[]) => chunks.filter((index) => !this.has(index) && !coming.has(this.key(index)));
    const urgent = missing(this.wanted.urgent);
    for (const [first, count] of runsOf(urgent)) void this.request(first, count, true);
    // Neighbours wait for what is in view, and for one another.
    if (urgent.length || [...this.requests].some((request) => request.urgent)) return;
    for (const [first, count] of runsOf(missing(this.wanted.soon))) {
      if (this.requests.size < MOST_REQUESTS) void this.request(first, count, false);
    }
  }

  private async request(first: number, count: number, urgent: boolean): Promise<void> {
    const { filter, points } = this;
    const keys = Array.from({ length: count }, (_, i) => this.key(first + i));
    const request = { keys, urgent, stop: new AbortController() };
    this.requests.add(request);
    try {
      const answer = await this.options.fetchSpan({ first, count, points_per_s: points, filter }, request.stop.signal);
      if (request.stop.signal.aborted) return;
      const chunks = chunksIn(answer, this.fs);
      for (const chunk of chunks) this.keep(`${filter} ${points} ${chunk.index}`, chunk);
      if (chunks.length < count) throw new Error("The server sent less of the signal than was asked for.");
      this.otherPoints = [...new Set([points, ...this.otherPoints])];
      this.failures = 0;
      this.problem = null;
    } catch (thrown) {
      if (request.stop.signal.aborted || isAbort(thrown)) return;
      this.failed(errorOf(thrown));
    } finally {
      this.requests.delete(request);
    }
    this.options.onChange();
    this.send();
  }

  private failed(problem: Error): void {
    this.problem = problem;
    const wait = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)];
    this.failures += 1;
    this.options.never(this.waiting);
    this.waiting = this.options.later(() => {
      this.waiting = undefined;
      this.send();
    }, wait);
  }

  private keep(key: string, chunk: Chunk): void {
    this.bytes += chunk.bytes - (this.kept.get(key)?.bytes ?? 0);
    this.kept.delete(key);
    this.kept.set(key, chunk);
    const inView = new Set(this.wanted.urgent.map((index) => this.key(index)));
    for (const [oldest, { bytes }] of this.kept) {
      if (this.bytes <= this.options.limitBytes) break;
      if (oldest === key || inView.has(oldest)) continue;
      this.kept.delete(oldest);
      this.bytes -= bytes;
    }
  }

  destroy(): void {
    this.gone = true;
    this.options.never(this.waiting);
    for (const { stop } of this.requests) stop.abort();
    this.requests.clear();
  }
}

/** Median of each lead over the chunks that are there, `fallbackMv` where a lead has no sample. */
export function mediansMv(chunks: readonly Chunk[], fallbackMv: readonly number[], most = 4000): number[] {
  const total = chunks.reduce((sum, { n }) => sum + n, 0);
  const stride = Math.max(1, Math.ceil(total / most));
  return fallbackMv.map((fallback, lead) => {
    const values: number[] = [];
    for (const chunk of chunks) {
      for (let k = 0; k < chunk.n; k += stride) {
        const value = chunk.mv(lead, k);
        if (value === value) values.push(value);
      }
    }
    if (!values.length) return fallback;
    values.sort((a, b) => a - b);
    return values[values.length >> 1];
  });
}
