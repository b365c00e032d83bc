// One export of signal: begun, asked after until it is ready, fetched; or stopped, which leaves nothing on the server.

import { Problem, type Api } from "./api.ts";
import type { ExportProgress, ExportRequest } from "./payloads.ts";

const ASK_MS = 400;
const PATIENCE = 5; // questions in a row that may find no server

/** How far an export is, and what is being done. */
export type RunProgress = ExportProgress & { state: "preparing" | "fetching" };

export interface ExportedFile {
  blob: Blob;
  name: string;
  /** Remarks on what was written. */
  said: string[];
}

const stopped = () => new DOMException("stopped", "AbortError");

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    if (signal.aborted) {
      reject(stopped());
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(stopped());
    });
  });

export class ExportRun {
  private readonly api: Api;
  private readonly onChange: (progress: RunProgress) => void;
  private readonly askMs: number;
  /** The server's name of the export; null before it is known and after it was given up. */
  private key: string | null = null;
  private readonly stopper = new AbortController();

  constructor(api: Api, onChange: (progress: RunProgress) => void, askMs = ASK_MS) {
    this.api = api;
    this.onChange = onChange;
    this.askMs = askMs;
  }

  /** The file. Throws a Problem with a sentence, or an AbortError after `stop`. */
  async file(request: ExportRequest): Promise<ExportedFile> {
    const { signal } = this.stopper;
    try {
      let progress = await this.api.post("export/signal", request);
      const { key } = progress;
      this.key = key;
      while (!progress.ready) {
        if (signal.aborted) throw stopped();
        if (progress.problem) throw new Problem(progress.problem, 422);
        this.onChange({ ...progress, state: "preparing" });
        await pause(this.askMs, signal);
        progress = await this.progressOf(key, signal);
      }
      this.onChange({ ...progress, state: "fetching" });
      const file = await this.api.file("export/signal/file", { key }, { signal });
      return { ...file, said: progress.said };
    } finally {
      this.forget();
    }
  }

  /** How far the export is now, asked again where the server cannot be reached for a moment. */
  private async progressOf(key: string, signal: AbortSignal): Promise<ExportProgress> {
    for (let missed = 0; ; missed += 1) {
      try {
        return await this.api.get("export/signal", { key }, { signal });
      } catch (problem) {
        if (!(problem instanceof Problem) || problem.status !== 0 || missed >= PATIENCE) throw problem;
        await pause(this.askMs * 2, signal);
      }
    }
  }

  stop(): void {
    this.stopper.abort();
    this.forget();
  }

  /** The server need keep nothing of it; said once, even by a page that goes away. */
  private forget(): void {
    if (this.key === null) return;
    const { key } = this;
    this.key = null;
    this.api.post("export/signal/stop", { key }, { keepalive: true }).catch(() => {});
  }
}
