// @ts-nocheck
// The signal on its way from the server: chunks of ten seconds, kept up to a limit, the ones in view first, then
// their neighbours and the pages that a person is about to turn to. What nobody wants any more is called off.

export const CHUNK_S = 10;
const ABSENT = -32768;
const LIMIT_BYTES = 48e6;
const MOST_IN_A_REQUEST = 8;
const MOST_REQUESTS = 3;
const MOST_POINTS = 4000;
const AGAIN_MS = [1000, 2000, 5000, 10_000];

/** Points a second worth asking for: all of a slow recording, else what a screen can show. */
export function pointsPerS(fs, pxPerS, dpr = 1) {
  const wanted = Math.max(240, 1.8 * pxPerS * Math.min(dpr, 1.5));
  if (fs <= 1.5 * wanted) return Math.min(fs, MOST_POINTS);
  return [250, 500, 1000, 2000].find((points) => points >= wanted && points < fs) ?? Math.min(fs, MOST_POINTS);
}

/** Filters in one order, so that the same ones have one name. */
export function filterName(filters) {
  return filters?.length ? [...filters].sort().join(",") : "none";
}

/** Chunk numbers of a stretch of time, `[first, last]`, inside a recording of `n` chunks. */
export function chunksOf(fromS, toS, n) {
  const first = Math.min(Math.max(Math.floor(fromS / CHUNK_S + 1e-9), 0), n - 1);
  const last = Math.min(Math.max(Math.ceil(toS / CHUNK_S - 1e-9) - 1, first), n - 1);
  return [first, last];
}

/** Chunks to have besides those in view: the neighbours, then the next page in the direction of travel. */
export function neighbours([first, last], direction, n) {
  const length = last - first + 1;
  const ahead = (steps) => Array.from({ length: steps }, (_, i) => last + 1 + i);
  const behind = (steps) => Array.from({ length: steps }, (_, i) => first - 1 - i);
  const near = direction < 0 ? [...behind(1), ...ahead(1)] : [...ahead(1), ...behind(1)];
  const far = direction < 0 ? behind(length + 1) : direction > 0 ? ahead(length + 1) : [];
  return [...new Set([...near, ...far])].filter((chunk) => chunk >= 0 && chunk < n);
}

/** Runs of consecutive numbers as `[first, count]`, none longer than `most`. */
export function runsOf(chunks, most = MOST_IN_A_REQUEST) {
  const runs = [];
  for (const chunk of [...chunks].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[0] + run[1] === chunk && run[1] < most) run[1] += 1;
    else runs.push([chunk, 1]);
  }
  return runs;
}

/** One chunk of signal: counts of each lead one after the other, `lsbMv` each. */
export class Chunk {
  constructor(index, counts, lsbMv, rateHz, startS = index * CHUNK_S) {
    Object.assign(this, { index, counts, lsbMv, rateHz, startS });
    this.nLeads = lsbMv.length;
    this.n = counts.length / this.nLeads;
    this.bytes = counts.byteLength + 200;
  }

  /** Sample `k` of a lead in mV, NaN where absent. */
  mv(lead, k) {
    const count = this.counts[lead * this.n + k];
    return count === ABSENT ? NaN : count * this.lsbMv[lead];
  }
}

/** Chunks of a packed answer of `span`. Each keeps its own copy, so that one does not hold on to all. */
export function chunksIn({ meta, arrays }, fs) {
  const found = [];
  for (let index = meta.first; index < meta.first + meta.count; index += 1) {
    const counts = arrays[`c${index}`];
    const start = meta.starts?.[index - meta.first];
    // A chunk begins with its first whole sample, which need not lie at a whole second.
    const startS = start === undefined ? undefined : start / fs;
    if (counts) found.push(new Chunk(index, counts.slice(), arrays.lsb.slice(), meta.rate_hz, startS));
  }
  return found;
}

export class ChunkCache {
  /**
   * `fetchSpan({first, count, points_per_s, filter}, signal)` resolves to a packed answer; `onChange()` is called when
   * chunks have come or could not be had. `later` and `never` are the timers.
   */
  constructor({ fetchSpan, onChange, limitBytes = LIMIT_BYTES, later = setTimeout, never = clearTimeout }) {
    Object.assign(this, { fetchSpan, onChange, limitBytes });
    this.later = (fn, ms) => later(fn, ms);
    this.never = (timer) => never(timer);
    this.kept = new Map(); // in order of last use
    this.bytes = 0;
    this.requests = new Set();
    this.failures = 0;
    this.problem = null;
    this.wanted = { urgent: [], soon: [] };
  }

  /** How the signal is wanted from now on. What is there of it otherwise stays for when it is wanted again. */
  configure({ fs, durationS, filters, points }) {
    this.fs = fs;
    this.nChunks = Math.max(1, Math.ceil(durationS / CHUNK_S - 1e-9));
    this.filter = filterName(filters);
    this.points = points;
  }

  key(index, points = this.points) {
    return `${this.filter} ${points} ${index}`;
  }

  /** A chunk, or one at other points a second until it is there, or undefined. */
  get(index) {
    const exact = this.kept.get(this.key(index));
    if (exact) return exact;
    for (const points of this.otherPoints ?? []) {
      const other = this.kept.get(this.key(index, points));
      if (other) return other;
    }
    return undefined;
  }

  has(index) {
    return this.kept.has(this.key(index));
  }

  /** Say what is in view; `direction` is where the view is going, -1, 0 or 1. */
  want(fromS, toS, direction = 0) {
    const seen = chunksOf(fromS, toS, this.nChunks);
    const urgent = Array.from({ length: seen[1] - seen[0] + 1 }, (_, i) => seen[0] + i);
    this.wanted = { urgent, soon: neighbours(seen, direction, this.nChunks) };
    for (const index of urgent) this.touch(this.key(index));
    this.callOff();
    this.send();
  }

  touch(key) {
    const chunk = this.kept.get(key);
    if (!chunk) return;
    this.kept.delete(key);
    this.kept.set(key, chunk);
  }

  callOff() {
    const wanted = new Set([...this.wanted.urgent, ...this.wanted.soon].map((index) => this.key(index)));
    for (const request of this.requests) {
      if (request.keys.some((key) => wanted.has(key))) continue;
      request.stop.abort();
      this.requests.delete(request);
    }
  }

  send() {
    if (this.waiting) return;
    const coming = new Set([...this.requests].flatMap(({ keys }) => keys));
    const missing = (chunks) => chunks.filter((index) => !this.has(index) && !coming.has(this.key(index)));
    const urgent = missing(this.wanted.urgent);
    for (const [first, count] of runsOf(urgent)) this.request(first, count, true);
    // Neighbours wait for what is in view, and for one another.
    if (urgent.length || [...this.requests].some((request) => request.urgent)) return;
    for (const [first, count] of runsOf(missing(this.wanted.soon))) {
      if (this.requests.size < MOST_REQUESTS) this.request(first, count, false);
    }
  }

  async request(first, count, urgent) {
    const { filter, points } = this;
    const keys = Array.from({ length: count }, (_, i) => this.key(first + i));
    const request = { keys, urgent, stop: new AbortController() };
    this.requests.add(request);
    try {
      const answer = await this.fetchSpan({ first, count, points_per_s: points, filter }, request.stop.signal);
      if (request.stop.signal.aborted) return;
      const chunks = chunksIn(answer, this.fs);
      for (const chunk of chunks) this.keep(`${filter} ${points} ${chunk.index}`, chunk);
      if (chunks.length < count) throw new Error("The server sent less of the signal than was asked for.");
      this.otherPoints = [...new Set([points, ...(this.otherPoints ?? [])])];
      this.failures = 0;
      this.problem = null;
    } catch (problem) {
      if (request.stop.signal.aborted || problem.name === "AbortError") return;
      this.failed(problem);
    } finally {
      this.requests.delete(request);
    }
    this.onChange();
    this.send();
  }

  failed(problem) {
    this.problem = problem;
    const wait = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)];
    this.failures += 1;
    this.never(this.waiting);
    this.waiting = this.later(() => {
      this.waiting = null;
      this.send();
    }, wait);
  }

  keep(key, chunk) {
    this.bytes += chunk.bytes - (this.kept.get(key)?.bytes ?? 0);
    this.kept.delete(key);
    this.kept.set(key, chunk);
    const inView = new Set(this.wanted.urgent.map((index) => this.key(index)));
    for (const [oldest, { bytes }] of this.kept) {
      if (this.bytes <= this.limitBytes) break;
      if (oldest === key || inView.has(oldest)) continue;
      this.kept.delete(oldest);
      this.bytes -= bytes;
    }
  }

  destroy() {
    this.never(this.waiting);
    this.waiting = true; // nothing is sent any more
    for (const { stop } of this.requests) stop.abort();
    this.requests.clear();
  }
}

/** Median of each lead over the chunks that are there, `fallbackMv` where a lead has no sample. */
export function mediansMv(chunks, fallbackMv, most = 4000) {
  const total = chunks.reduce((sum, { n }) => sum + n, 0);
  const stride = Math.max(1, Math.ceil(total / most));
  return fallbackMv.map((fallback, lead) => {
    const values = [];
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
