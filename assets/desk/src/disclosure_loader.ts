// Pages of full disclosure on their way: one is asked for at a time, a few that came are kept.

import { errorOf, type Params } from "./api.ts";
import { pageOfAnswer, type PageAnswer, type PageTraces } from "./disclosure_rows.ts";

const KEPT_PAGES = 6;
const SETTLE_MS = 120; // a held key or a window being resized asks once
const NEIGHBOUR_MS = 500;

/** A page to ask for; the key names it among those that are kept. */
export interface PageRequest {
  key: string;
  params: Params;
}

type FetchPage = (params: Params, signal: AbortSignal) => Promise<PageAnswer>;

export class PageLoader {
  /** Why the page that is wanted cannot be had. */
  problem: string | null = null;
  /** In the order in which they were last looked at. */
  private readonly kept = new Map<string, PageTraces>();
  private wanted: string | null = null;
  private next: PageRequest | null = null;
  private controller: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly fetchPage: FetchPage;
  private readonly onChange: () => void;
  private readonly settleMs: number;
  private readonly neighbourMs: number;
  private readonly most: number;

  /** `onChange` is called when the page that is wanted has come or cannot be had. */
  constructor(
    fetchPage: FetchPage,
    onChange: () => void,
    { settleMs = SETTLE_MS, neighbourMs = NEIGHBOUR_MS, most = KEPT_PAGES } = {},
  ) {
    this.fetchPage = fetchPage;
    this.onChange = onChange;
    this.settleMs = settleMs;
    this.neighbourMs = neighbourMs;
    this.most = most;
  }

  /** The page, if it is here. */
  page(key: string): PageTraces | null {
    const page = this.kept.get(key);
    if (page) this.keep(key, page);
    return page ?? null;
  }

  keep(key: string, page: PageTraces): void {
    this.kept.delete(key);
    this.kept.set(key, page);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
  }

  /** Ask for a page, and for `next` once that has come; a request for another page is called off. */
  want(request: PageRequest, next: PageRequest | null = null): void {
    this.next = next;
    if (this.wanted === request.key) return;
    this.stop();
    this.wanted = request.key;
    if (this.page(request.key)) this.schedule(() => this.fetchNext(), this.neighbourMs);
    else this.schedule(() => this.fetch(request), this.settleMs);
  }

  private schedule(action: () => Promise<void>, waitMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void action(), waitMs);
  }

  private async fetch({ key, params }: PageRequest): Promise<void> {
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      const answer = await this.fetchPage(params, signal);
      if (signal.aborted) return;
      this.keep(key, pageOfAnswer(answer));
      this.schedule(() => this.fetchNext(), this.neighbourMs);
    } catch (problem) {
      if (signal.aborted) return;
      this.problem = errorOf(problem).message;
    }
    this.onChange();
  }

  /** Have the page after ready before it is turned to. */
  private async fetchNext(): Promise<void> {
    const { next } = this;
    if (!next || this.kept.has(next.key)) return;
    this.controller = new AbortController();
    const { signal } = this.controller;
    try {
      const answer = await this.fetchPage(next.params, signal);
      if (!signal.aborted) this.keep(next.key, pageOfAnswer(answer));
    } catch {
      // It is asked for again when it is turned to, and the problem is shown then.
    }
  }

  /** Call off the request that is on its way and forget what went wrong. */
  stop(): void {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.wanted = null;
    this.problem = null;
  }
}
