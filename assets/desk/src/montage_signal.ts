// Signal for many small strips at once: few requests at a time, what is no longer wanted is not asked for.

import { errorOf } from "./api.ts";
import { chunksIn, isShort, runsOf, type Chunk, type FetchSpan } from "./chunks.ts";

const POINTS_PER_S = 250;
const AT_ONCE = 4;
const MOST_IN_A_REQUEST = 4;
const KEPT_CHUNKS = 400;
const AGAIN_MS = 2000;

export class StripSignal {
  /** Why the last request failed. */
  problem: string | null = null;
  private readonly fetchSpan: FetchSpan;
  private readonly onChange: () => void;
  private fs = 1;
  private filter = "none";
  private wanted: ReadonlySet<number> = new Set();
  private readonly kept = new Map<number, Chunk>(); // in order of last use
  /** Runs of chunks that are yet to be asked for. */
  private runs: [number, number][] = [];
  private nRequests = 0;
  private stopper = new AbortController();
  /** Counts what was wanted: answers to what was wanted before are dropped. */
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `onChange` is called when there is more signal, or none could be had. */
  constructor(fetchSpan: FetchSpan, onChange: () => void) {
    this.fetchSpan = fetchSpan;
    this.onChange = onChange;
  }

  /** How the signal is wanted; another filter means other signal. */
  configure({ fs, filter, durationS = 0 }: { fs: number; filter: string; durationS?: number }): void {
    if (filter !== this.filter) this.kept.clear();
    for (const [index, chunk] of this.kept) if (isShort(chunk, durationS)) this.kept.delete(index);
    this.fs = fs;
    this.filter = filter;
  }

  get(index: number): Chunk | undefined {
    return this.kept.get(index);
  }

  /** Want these chunks and no others. */
  want(chunks: Iterable<number>): void {
    this.stop();
    this.wanted = new Set(chunks);
    for (const index of this.wanted) {
      const chunk = this.kept.get(index);
      if (!chunk) continue;
      this.kept.delete(index);
      this.kept.set(index, chunk);
    }
    this.runs = runsOf([...this.wanted].filter((index) => !this.kept.has(index)), MOST_IN_A_REQUEST);
    this.send();
  }

  private send(): void {
    for (const run of this.runs.splice(0, AT_ONCE - this.nRequests)) void this.fetch(run, this.round);
  }

  private async fetch([first, count]: [number, number], round: number): Promise<void> {
    this.nRequests += 1;
    const { signal } = this.stopper;
    try {
      const params = { first, count, points_per_s: POINTS_PER_S, filter: this.filter };
      const answer = await this.fetchSpan(params, signal);
      if (round !== this.round) return;
      for (const chunk of chunksIn(answer, this.fs)) this.kept.set(chunk.index, chunk);
      this.trim();
      this.problem = null;
    } catch (thrown) {
      if (round !== this.round) return;
      this.problem = errorOf(thrown).message;
      this.timer = setTimeout(() => {
        this.runs.push([first, count]);
        this.send();
      }, AGAIN_MS);
    } finally {
      if (round === this.round) this.nRequests -= 1;
    }
    this.onChange();
    this.send();
  }

  private trim(): void {
    for (const index of this.kept.keys()) {
      if (this.kept.size <= KEPT_CHUNKS) return;
      if (!this.wanted.has(index)) this.kept.delete(index);
    }
  }

  /** Give up what is on its way. */
  stop(): void {
    clearTimeout(this.timer);
    this.stopper.abort();
    this.stopper = new AbortController();
    this.round += 1;
    this.nRequests = 0;
    this.runs = [];
    this.problem = null;
  }
}
