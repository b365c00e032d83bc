// @ts-nocheck
// Signal for many small strips at once: few requests at a time, what is no longer wanted is not asked for.

import { chunksIn, runsOf } from "./chunks.ts";

const POINTS_PER_S = 250;
const AT_ONCE = 4;
const MOST_IN_A_REQUEST = 4;
const KEPT_CHUNKS = 400;
const AGAIN_MS = 2000;

export class StripSignal {
  /** `fetchSpan(params, signal)` resolves to a packed answer of `span`; `changed()` is called when there is more. */
  constructor(fetchSpan, changed, { kept = KEPT_CHUNKS, againMs = AGAIN_MS } = {}) {
    Object.assign(this, { fetchSpan, changed, most: kept, againMs });
    this.kept = new Map();
    this.runs = [];
    this.asking = 0;
    this.problem = null;
    this.round = 0;
  }

  /** How the signal is wanted; another filter means other signal. */
  configure({ fs, filter }) {
    if (filter !== this.filter) this.kept.clear();
    Object.assign(this, { fs, filter });
  }

  get(index) {
    return this.kept.get(index);
  }

  /** Want these chunks and no others. */
  want(chunks) {
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

  send() {
    while (this.runs.length && this.asking < AT_ONCE) this.fetch(this.runs.shift(), this.round);
  }

  async fetch([first, count], round) {
    this.asking += 1;
    const { signal } = this.stopping;
    try {
      const params = { first, count, points_per_s: POINTS_PER_S, filter: this.filter };
      const answer = await this.fetchSpan(params, signal);
      if (round !== this.round) return;
      for (const chunk of chunksIn(answer, this.fs)) this.kept.set(chunk.index, chunk);
      this.trim();
      this.problem = null;
    } catch (problem) {
      if (round !== this.round) return;
      this.problem = problem.message;
      this.timer = setTimeout(() => {
        this.runs.push([first, count]);
        this.send();
      }, this.againMs);
    } finally {
      if (round === this.round) this.asking -= 1;
    }
    this.changed();
    this.send();
  }

  trim() {
    for (const index of this.kept.keys()) {
      if (this.kept.size <= this.most) return;
      if (!this.wanted.has(index)) this.kept.delete(index);
    }
  }

  /** Give up what is on its way. */
  stop() {
    clearTimeout(this.timer);
    this.stopping?.abort();
    this.stopping = new AbortController();
    this.round += 1;
    this.asking = 0;
    this.runs = [];
    this.problem = null;
  }
}
