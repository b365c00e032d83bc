// The patient's diary: what the file tells and what people add. It is no part of the log of edits: it has a version of its
// own, and is asked for again when beats have changed and now and then, since others may add to it.

import { isAbort } from "./api.ts";
import type { DiaryEntryPayload, DiaryKind, DiaryPayload, SleepPayload } from "./payloads.ts";
import { newUuid } from "./store_edits.ts";
import type { Store } from "./store.ts";

const AGAIN_MS = 15_000;

export class DiaryData {
  /** In order of time; null before they are known. */
  entries: DiaryEntryPayload[] | null = null;
  sleep: SleepPayload | null = null;
  problems: string[] = [];
  version = -1;
  private readonly store: Store;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked: AbortController | null = null;
  private revision = "";

  constructor(store: Store) {
    this.store = store;
  }

  /** Load the diary, and keep up with it until `end`. */
  begin(): void {
    this.store.subscribe("state", () => this.follow());
    this.follow();
  }

  end(): void {
    clearTimeout(this.timer);
    this.asked?.abort();
  }

  /** Ask again where the beats are other ones now. */
  private follow(): void {
    const { facts, stage, revision } = this.store.review;
    const source = `${stage} ${revision}`;
    if (!facts || source === this.revision) return;
    this.revision = source;
    void this.load();
  }

  private async load(): Promise<void> {
    clearTimeout(this.timer);
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    try {
      const found = await this.store.api.get("diary", { have: this.version }, { signal: asked.signal });
      if (found) this.take(found);
    } catch (problem) {
      if (isAbort(problem)) return; // another request has taken its place
    }
    this.schedule();
  }

  private schedule(): void {
    if (this.store.gone) return;
    this.timer = setTimeout(() => {
      if (globalThis.document?.hidden) this.schedule();
      else void this.load();
    }, AGAIN_MS);
  }

  private take(found: DiaryPayload): void {
    this.version = found.version;
    this.entries = found.entries;
    this.sleep = found.sleep;
    this.problems = found.problems;
    this.store.notify("diary");
  }

  /** Add an entry; resolves to whether the server has it. */
  add(kind: DiaryKind, [startSample, stopSample]: [number, number], text: string): Promise<boolean> {
    const body = { uuid: newUuid(), kind, start_sample: startSample, stop_sample: stopSample, text };
    return this.post(() => this.store.api.post("diary", body));
  }

  /** Withdraw an entry that a person has added. */
  withdraw(uuid: string): Promise<boolean> {
    return this.post(() => this.store.api.post("diary/withdraw", { uuid }));
  }

  private async post(send: () => Promise<DiaryPayload>): Promise<boolean> {
    let done = false;
    if (this.store.edits.refusedForStorage()) return done;
    await this.store.edits.asReviewer(async () => {
      try {
        const found = await send();
        this.asked?.abort(); // what was asked before may be older
        this.take(found);
        this.store.showMessage("");
        done = true;
      } catch (problem) {
        this.store.showProblem(problem);
      }
    });
    return done;
  }
}
