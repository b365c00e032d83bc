// What was done and not yet answered: sent in order, one request at a time, kept in the browser until the server
// has it. A name made here for each edit makes sending twice harmless.

import { Problem, errorOf } from "./api.ts";
import type { NamedEdit } from "./payloads.ts";
import type { KeyValueStore } from "./prefs.ts";

const AGAIN_MS = [500, 1000, 2000, 5000];
const YET_TO_COME = new Set([0, 401, 403, 409]); // not there, to sign in, another token or role is on its way, or the beats are to be classified

/** One request that changes something. */
export interface Operation {
  uuid: string;
  path: "edits" | "undo" | "redo" | "families/split";
  edits?: NamedEdit[];
  /** Revision that the person had before them. */
  based_on?: number;
  family?: number;
}

interface OutboxOptions {
  /**
   * Posts one operation and resolves when the server has it; throws a Problem with status 0 where the server cannot be
   * reached, 409 or 5xx where it cannot take the operation yet, and any other where it refused it; `final` where sending
   * it again never helps.
   */
  send: (operation: Operation) => Promise<void>;
  onRefused: (problem: Error) => void;
  /** Called when the queue changed. */
  changed: () => void;
  storage?: KeyValueStore | null;
  key?: string;
}

function isOperation(stored: unknown): stored is Operation {
  const { uuid, path } = (stored ?? {}) as Partial<Operation>;
  return Boolean(uuid && path);
}

export class Outbox {
  waiting: Operation[];
  private readonly send: OutboxOptions["send"];
  private readonly onRefused: OutboxOptions["onRefused"];
  private readonly changed: OutboxOptions["changed"];
  private readonly storage: KeyValueStore | null;
  private readonly key: string;
  private failures = 0;
  private stopped = false;
  private flushing: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ send, onRefused, changed, storage = null, key = "" }: OutboxOptions) {
    this.send = send;
    this.onRefused = onRefused;
    this.changed = changed;
    this.storage = storage;
    this.key = key;
    this.waiting = this.stored();
  }

  private stored(): Operation[] {
    try {
      const found: unknown = JSON.parse(this.storage?.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found.filter(isOperation) : [];
    } catch {
      return [];
    }
  }

  private keep(): void {
    try {
      if (this.waiting.length) this.storage?.setItem(this.key, JSON.stringify(this.waiting));
      else this.storage?.removeItem(this.key);
    } catch {
      // Nothing can be kept here; the request itself is on its way.
    }
  }

  put(operation: Operation): Promise<void> {
    this.waiting.push(operation);
    this.keep();
    this.changed();
    return this.flush();
  }

  /** Send what waits; resolves when all of it was answered, rejects where the server cannot take it yet. */
  flush(): Promise<void> {
    this.flushing ??= this.sendAll().finally(() => (this.flushing = null));
    return this.flushing;
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length && !this.stopped) {
      const [operation] = this.waiting;
      try {
        await this.send(operation);
        this.failures = 0;
      } catch (thrown) {
        const problem = errorOf(thrown);
        if (problem instanceof Problem && !problem.final && (YET_TO_COME.has(problem.status) || problem.status >= 500)) {
          this.retryLater();
          throw problem;
        }
        this.onRefused(problem);
      }
      this.waiting.shift();
      this.keep();
      this.changed();
    }
  }

  private retryLater(): void {
    const wait = AGAIN_MS[Math.min(this.failures, AGAIN_MS.length - 1)];
    this.failures += 1;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => void this.flush().catch(() => {}), wait);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
