// Keeping up with the server: polls for jobs and for what others changed, and requests that are no edits.

import { isAbort } from "./api.ts";
import { saveFile } from "./dom.ts";
import type { FileRoute, JobPayload, JobRequest } from "./payloads.ts";
import type { Store } from "./store.ts";
import { number } from "./wording.ts";

const POLL_JOB_MS = 400;
const POLL_CHANGES_MS = 2500;
const POLL_LIVE_MS = 1000;
const POLL_IMPORT_MS = 700;

/** Whether a page polls. Long work that nobody asks after is given up, so a hidden page polls while it waits. */
export function pollsNow(hidden: boolean | undefined, job: JobPayload | null): boolean {
  return !hidden || Boolean(job && !job.problem);
}

export class ServerSync {
  private readonly store: Store;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** Poll again and again: for the job while one runs, else for what others changed. */
  schedulePoll(waitMs = this.usualWaitMs()): void {
    clearTimeout(this.timer);
    if (this.store.gone) return;
    this.timer = setTimeout(() => void this.pollAndReschedule(), waitMs);
  }

  private usualWaitMs(): number {
    const { job } = this.store.review;
    if (this.store.live.on) return POLL_LIVE_MS;
    return job && !job.problem ? POLL_JOB_MS : POLL_CHANGES_MS;
  }

  private async pollAndReschedule(): Promise<void> {
    try {
      if (pollsNow(globalThis.document?.hidden, this.store.review.job)) await this.pollServer();
    } catch (problem) {
      if (!isAbort(problem)) this.store.showProblem(problem);
    }
    this.schedulePoll();
  }

  /** Ask for what has changed, and send what waits. */
  async pollServer(): Promise<void> {
    const { api, edits, live, review } = this.store;
    if (live.on) {
      await live.poll();
      return;
    }
    if (review.needsRefresh()) await review.refresh();
    else if (!edits.outbox.waiting.length) {
      const params = { since: review.revision, kept: review.editsProblem ? "no" : "yes" };
      const delta = await api.packed("changes", params).catch((problem: unknown) => review.rethrowOutdated(problem));
      if (delta) review.applyDelta(delta);
    }
    edits.sendWaiting();
  }

  /** Begin, cancel or retry the recording's analysis. */
  async controlJob(action: JobRequest["do"]): Promise<void> {
    const { api, review } = this.store;
    try {
      const state = await api.post("job", { do: action });
      review.job = state.job;
      await review.refresh();
    } catch (problem) {
      this.store.showProblem(problem);
    }
    this.schedulePoll();
  }

  async download(route: FileRoute): Promise<void> {
    try {
      await this.store.edits.outbox.flush();
      const { blob, name } = await this.store.api.file(route);
      saveFile(blob, name);
    } catch (problem) {
      this.store.showProblem(problem);
    }
  }

  async importLog(text: string): Promise<void> {
    const { api, review } = this.store;
    const stop = this.pollImport();
    try {
      const delta = await api.post("import", { log: text, since: review.revision }).finally(stop);
      review.applyDelta(delta);
      this.store.showMessage(delta.meta.said ?? "The log was taken over.");
    } catch (problem) {
      this.store.showProblem(problem);
    }
  }

  /** Show how far an import has come until the function that is returned is called. */
  pollImport(everyMs = POLL_IMPORT_MS): () => void {
    let under = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async () => {
      const progress = await this.store.api.get("import").catch(() => null);
      if (!under) return;
      if (progress) this.store.showMessage(`Taking edits over: ${number(progress.done)} of ${number(progress.total)} …`);
      schedule();
    };
    const schedule = () => (timer = setTimeout(() => void poll(), everyMs));
    schedule();
    return () => {
      under = false;
      clearTimeout(timer);
    };
  }
}
