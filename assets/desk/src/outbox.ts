// @ts-nocheck
// What was done and not yet answered: sent in order, one request at a time, kept in the browser until the server
// has it. A name made here for each edit makes sending twice harmless.

const AGAIN_MS = [500, 1000, 2000, 5000];
const YET_TO_COME = new Set([0, 403, 409]); // not there, another seat is on its way, or the beats are to be classified

export class Outbox {
  /**
   * `send(operation)` posts one operation and resolves when the server has it; it throws a Problem with status 0
   * where the server cannot be reached, 409 or 5xx where it cannot take the operation yet, and any other where it
   * refused it; `final` where sending it again never helps. `changed()` is called when the queue changed.
   */
  constructor({ send, onRefused, changed, storage = null, key = "" }) {
    Object.assign(this, { send, onRefused, changed, storage, key });
    this.waiting = this.stored();
    this.failures = 0;
    this.stopped = false;
  }

  stored() {
    try {
      const found = JSON.parse(this.storage?.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found.filter((each) => each?.uuid && each?.path) : [];
    } catch {
      return [];
    }
  }

  keep() {
    try {
      if (this.waiting.length) this.storage?.setItem(this.key, JSON.stringify(this.waiting));
      else this.storage?.removeItem(this.key);
    } catch {
      // Nothing can be kept here; the request itself is on its way.
    }
  }

  put(operation) {
    this.waiting.push(operation);
    this.keep();
    this.changed();
    return this.flush();
  }

  /** Send what waits; resolves when all of it was answered or the server cannot be reached. */
  flush() {
    this.flushing ??= this.sendAll().finally(() => (this.flushing = null));
    return this.flushing;
  }

  async sendAll() {
    while (this.waiting.length && !this.stopped) {
      const [operation] = this.waiting;
      try {
        await this.send(operation);
        this.failures = 0;
      } catch (problem) {
        if (!problem.final && (YET_TO_COME.has(problem.status) || problem.status >= 500)) {
          this.later();
          throw problem;
        }
        this.onRefused(problem, operation);
      }
      this.waiting.shift();
      this.keep();
      this.changed();
    }
  }

  later() {
    const wait = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.flush().catch(() => {}), wait);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
