// @ts-nocheck
// One export of signal: begun, asked after until it is ready, fetched; or stopped, which leaves nothing on the server.

import { Problem } from "./api.ts";

const ASK_MS = 400;
const PATIENCE = 5; // questions in a row that may find no server

const pause = (ms, signal) =>
  new Promise((resolve, reject) => {
    const stopped = () => reject(new DOMException("stopped", "AbortError"));
    if (signal.aborted) {
      stopped();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      stopped();
    });
  });

export class ExportRun {
  /** `onChange` is told `{ state, share, name, bytes, said }`; states: preparing, fetching. */
  constructor(api, onChange, askMs = ASK_MS) {
    this.api = api;
    this.onChange = onChange;
    this.askMs = askMs;
    this.key = null;
    this.stopper = new AbortController();
  }

  /** The file as `{ blob, name, said }`. Throws a Problem with a sentence, or an AbortError after `stop`. */
  async file(asked) {
    const { signal } = this.stopper;
    try {
      let told = await this.api.post("export/signal", asked);
      this.key = told.key;
      while (!told.ready) {
        if (signal.aborted) throw new DOMException("stopped", "AbortError");
        if (told.problem) throw new Problem(told.problem, 422);
        this.onChange({ ...told, state: "preparing" });
        await pause(this.askMs, signal);
        told = await this.look(signal);
      }
      this.onChange({ ...told, state: "fetching" });
      const got = await this.api.file("export/signal/file", { key: told.key }, { signal });
      return { ...got, said: told.said };
    } finally {
      this.forget();
    }
  }

  async look(signal) {
    for (let missed = 0; ; missed += 1) {
      try {
        return await this.api.get("export/signal", { key: this.key }, { signal });
      } catch (problem) {
        if (problem.status !== 0 || missed >= PATIENCE) throw problem;
        await pause(this.askMs * 2, signal);
      }
    }
  }

  stop() {
    this.stopper.abort();
    this.forget();
  }

  /** The server need keep nothing of it; said once, even by a page that goes away. */
  forget() {
    if (this.key === null) return;
    const { key } = this;
    this.key = null;
    this.api.post("export/signal/stop", { key }, { keepalive: true }).catch(() => {});
  }
}
