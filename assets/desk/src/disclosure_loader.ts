// @ts-nocheck
// Pages of full disclosure on their way: one is asked for at a time, a few that came are kept.

import { pageOfAnswer } from "./disclosure_rows.ts";

const KEPT_PAGES = 6;
const SETTLE_MS = 120; // a held key or a window being resized asks once
const NEIGHBOUR_MS = 500;

export class PageLoader {
  /** `fetchPage(params, signal)` returns the server's answer; `changed` is called whenever something is new. */
  constructor(fetchPage, changed, { settleMs = SETTLE_MS, neighbourMs = NEIGHBOUR_MS, most = KEPT_PAGES } = {}) {
    Object.assign(this, { fetchPage, changed, settleMs, neighbourMs, most });
    this.kept = new Map(); // in the order in which they were last looked at
    this.wanted = null;
    this.problem = null;
  }

  /** The page, if it is here. */
  page(key) {
    const page = this.kept.get(key);
    if (page) this.keep(key, page);
    return page ?? null;
  }

  keep(key, page) {
    this.kept.delete(key);
    this.kept.set(key, page);
    while (this.kept.size > this.most) this.kept.delete(this.kept.keys().next().value);
  }

  /** Want a page `{key, params}`, and `next` after it once there is time; what was wanted before is given up. */
  want(request, next = null) {
    this.next = next;
    if (this.wanted === request.key) return;
    this.stop();
    this.wanted = request.key;
    if (this.page(request.key)) this.later(() => this.fetchNext(), this.neighbourMs);
    else this.later(() => this.fetch(request), this.settleMs);
  }

  later(action, waitMs) {
    clearTimeout(this.timer);
    this.timer = setTimeout(action, waitMs);
  }

  async fetch({ key, params }) {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const answer = await this.fetchPage(params, signal);
      if (signal.aborted) return;
      this.keep(key, pageOfAnswer(answer));
      this.later(() => this.fetchNext(), this.neighbourMs);
    } catch (problem) {
      if (signal.aborted) return;
      this.problem = problem.message;
    }
    this.changed();
  }

  /** Have the page after ready before it is turned to. */
  async fetchNext() {
    const { next } = this;
    if (!next || this.kept.has(next.key)) return;
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const answer = await this.fetchPage(next.params, signal);
      if (!signal.aborted) this.keep(next.key, pageOfAnswer(answer));
    } catch {
      // It is asked for again when it is turned to, and the problem is told then.
    }
  }

  /** Give up what is on its way and forget what went wrong. */
  stop() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.wanted = null;
    this.problem = null;
  }
}
