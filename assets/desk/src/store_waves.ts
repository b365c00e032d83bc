// Waves of the beats and what was measured from them. Delineation is asked for once the beats are there; until it is
// done the server is asked how far it is. Boundaries come by stretches of a minute, for what is in view.

import { isAbort } from "./api.ts";
import type { MeasuredPayload, WaveBeatPayload, WavesState } from "./payloads.ts";
import type { Store } from "./store.ts";

const POLL_MS = 400;
const AFTER_EDIT_MS = 300;
const STRETCH_S = 60;
const MAX_STRETCHES = 20;

type Timer = ReturnType<typeof setTimeout>;

export class WaveData {
  state: WavesState = "waiting";
  /** Done of the delineation, 0 to 1. */
  share = 0;
  problem: string | null = null;
  measured: MeasuredPayload | null = null;
  private readonly store: Store;
  private readonly stretches = new Map<number, WaveBeatPayload[]>();
  private readonly asked = new Set<number>();
  private revision = -1;
  /** Counts up with each edit: an answer that was asked for before it is out of date. */
  private generation = 0;
  private askedStage = "";
  private timer: Timer | undefined;
  private off: (() => void) | null = null;

  constructor(store: Store) {
    this.store = store;
  }

  /** Follow the recording from now on. */
  start(): void {
    this.off ??= this.store.subscribe("state", () => this.follow());
    this.follow();
  }

  end(): void {
    clearTimeout(this.timer);
    this.off?.();
  }

  /** Ask for the delineation of beats that are there, and measure again what was edited. */
  private follow(): void {
    const { stage, revision } = this.store.review;
    if (stage === "beats") return;
    if (stage !== this.askedStage) {
      this.askedStage = stage;
      this.revision = revision;
      void this.begin();
    } else if (this.state === "ready" && revision !== this.revision) {
      this.revision = revision;
      this.forget();
      this.schedule(AFTER_EDIT_MS);
    }
  }

  private forget(): void {
    this.generation += 1;
    this.stretches.clear();
    this.asked.clear();
  }

  private async begin(): Promise<void> {
    this.forget();
    this.state = "waiting";
    try {
      await this.store.api.post("job", { do: "waves" });
    } catch (problem) {
      if (!isAbort(problem)) this.store.showProblem(problem);
    }
    await this.load();
  }

  private schedule(waitMs: number): void {
    clearTimeout(this.timer);
    if (!this.store.gone) this.timer = setTimeout(() => void this.load(), waitMs);
  }

  private async load(): Promise<void> {
    const before = this.state;
    try {
      const answer = await this.store.api.get("measurements");
      if (this.store.gone) return;
      Object.assign(this, { state: answer.state, share: answer.share, problem: answer.problem });
      this.measured = answer.measured ?? this.measured;
    } catch (problem) {
      if (this.store.gone || isAbort(problem)) return;
      Object.assign(this, { state: "failed", problem: problem instanceof Error ? problem.message : String(problem) });
    }
    if (this.state === "ready" && before !== "ready") this.forget(); // what came while beats were delineated again
    this.store.notify("waves");
    if (this.state === "running") this.schedule(POLL_MS);
    // ST deviation and AV block are events of their own, and the list now says that they were looked for.
    if (this.state === "ready" && before !== "ready") await this.store.review.refresh().catch(() => {});
  }

  /** Ask for the delineation once more. */
  retry(): void {
    void this.begin();
  }

  /** The beats with their waves in a stretch of time, as far as they are there; asks for the others. */
  between(fromS: number, toS: number): WaveBeatPayload[] {
    if (this.state !== "ready") return [];
    const { fs } = this.store.review.beats;
    const first = Math.max(Math.floor((fromS - 1) / STRETCH_S), 0);
    const last = Math.floor((toS + 1) / STRETCH_S);
    const found: WaveBeatPayload[] = [];
    for (let stretch = first; stretch <= last; stretch += 1) {
      found.push(...(this.stretches.get(stretch) ?? []));
      void this.want(stretch);
    }
    return found.filter(({ sample }) => sample >= (fromS - 1) * fs && sample <= (toS + 1) * fs);
  }

  /** A beat with its waves; undefined as long as they are not there. */
  ofBeat(id: number): WaveBeatPayload | undefined {
    const { beats } = this.store.review;
    const at = beats.indexOfId(id);
    return at < 0 ? undefined : this.between(beats.timeS(at), beats.timeS(at)).find((beat) => beat.id === id);
  }

  private async want(stretch: number): Promise<void> {
    if (this.asked.has(stretch)) return;
    this.asked.add(stretch);
    const { generation } = this;
    try {
      const answer = await this.store.api.get("waves", { start_s: stretch * STRETCH_S, stop_s: (stretch + 1) * STRETCH_S });
      if (this.store.gone || generation !== this.generation) return;
      this.stretches.set(stretch, answer.beats);
      for (const oldest of this.stretches.keys()) {
        if (this.stretches.size <= MAX_STRETCHES) break;
        this.stretches.delete(oldest);
        this.asked.delete(oldest);
      }
    } catch (problem) {
      if (generation === this.generation) this.asked.delete(stretch);
      if (!isAbort(problem) && !this.store.gone) this.store.showProblem(problem);
      return;
    }
    this.store.notify("waves");
  }
}
