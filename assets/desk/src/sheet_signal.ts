// The signal of the sheet: asks for what is in view and where it is going, and knows each lead's level.

import { ChunkCache, chunksOf, mediansMv, pointsPerS, type Chunk } from "./chunks.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { Store } from "./store.ts";

const HATCH_AFTER_MS = 150;

export class SheetSignal {
  /** `onChange()` is called when there is something else to draw. */
  readonly chunks: ChunkCache;
  /** Of each lead. */
  levelsMv: number[] = [];
  /** How many chunks in view are not here. */
  missing = 0;
  private needsLevels = true;
  private missingSince: number | null = null;
  private lastStartS: number;
  private direction = 0;
  private hatching: ReturnType<typeof setTimeout> | undefined;
  private readonly store: Store;
  private readonly onChange: () => void;

  constructor(store: Store, onChange: () => void) {
    this.store = store;
    this.onChange = onChange;
    this.lastStartS = store.navigation.view.startS;
    this.chunks = new ChunkCache({
      fetchSpan: (params, signal) => store.api.packed("span", params, { signal }),
      onChange,
    });
  }

  destroy(): void {
    this.chunks.destroy();
    clearTimeout(this.hatching);
  }

  /** Take over how the signal is wanted: its filters, and as many points as the paper can show. */
  configure(plan: SheetPlan): void {
    const { facts } = this.store.review;
    const { prefs } = this.store;
    if (!facts) return;
    const before = this.chunks.filter;
    this.chunks.configure({
      fs: facts.fs,
      durationS: facts.durationS,
      filters: prefs.filters,
      points: pointsPerS(facts.fs, plan.pxPerS, plan.dpr),
    });
    if (before !== this.chunks.filter) this.needsLevels = true;
  }

  /** The view was moved by an action: leads are centred anew. */
  jumped(): void {
    this.needsLevels = true;
  }

  /** Follow the view; tells whether it has moved since. */
  follow(): boolean {
    const { startS, spanS } = this.store.navigation.view;
    const by = startS - this.lastStartS;
    if (by) this.direction = Math.abs(by) <= 1.05 * spanS ? Math.sign(by) : 0;
    this.lastStartS = startS;
    this.chunks.want(startS, startS + spanS, this.direction);
    const { there, missing } = this.inView();
    this.noteMissing(missing);
    this.setLevels(there, missing);
    return by !== 0;
  }

  private inView(): { there: Chunk[]; missing: number } {
    const { startS, spanS } = this.store.navigation.view;
    const [first, last] = chunksOf(startS, startS + spanS, this.chunks.nChunks);
    const there: Chunk[] = [];
    for (let index = first; index <= last; index += 1) {
      const chunk = this.chunks.get(index);
      if (chunk) there.push(chunk);
    }
    return { there, missing: last - first + 1 - there.length };
  }

  /** Chunks are hatched as missing only where they take long, so that a jump does not flicker. */
  private noteMissing(missing: number): void {
    this.missing = missing;
    if (!missing) {
      this.missingSince = null;
      clearTimeout(this.hatching);
    } else if (this.missingSince === null) {
      this.missingSince = performance.now();
      this.hatching = setTimeout(this.onChange, HATCH_AFTER_MS + 10);
    }
  }

  /** What to write where signal is missing, null as long as it may still come at once. */
  waitingText(): string | null {
    if (this.missingSince === null || performance.now() - this.missingSince < HATCH_AFTER_MS) return null;
    return this.chunks.problem ? "not loaded, it is tried again" : "loading";
  }

  /** Each lead's level is the median of what is in view; it stays while panning, so that nothing moves up or down. */
  private setLevels(there: Chunk[], missing: number): void {
    const leads = this.store.review.facts?.leads ?? [];
    if (!this.needsLevels && this.levelsMv.length === leads.length) return;
    this.levelsMv = mediansMv(there, leads.map((lead) => lead.offsetMv));
    this.needsLevels = missing > 0;
  }

  /** Chunks that touch a stretch of time; undefined where one is missing. */
  between(fromS: number, toS: number): (Chunk | undefined)[] {
    const [first, last] = chunksOf(fromS, toS, this.chunks.nChunks);
    return Array.from({ length: last - first + 1 }, (_, i) => this.chunks.get(first + i));
  }
}
