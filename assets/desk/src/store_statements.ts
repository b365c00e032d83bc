// Verdicts on what the file states in words: loaded once beats are classified, and again when the waves are there.

import { errorOf, isAbort } from "./api.ts";
import { isDevice } from "./device.ts";
import type { StatementAuditPayload, StatementVerdictPayload } from "./payloads.ts";
import type { Store } from "./store.ts";

export class StatementData {
  audit: StatementAuditPayload | null = null;
  problem: string | null = null;
  private readonly store: Store;
  private loaded = "";
  private asked = false;
  private readonly offs: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** Follow the recording from now on. */
  start(): void {
    if (this.offs.length) return;
    for (const topic of ["state", "waves"] as const) this.offs.push(this.store.subscribe(topic, () => this.follow()));
    this.follow();
  }

  end(): void {
    for (const off of this.offs) off();
  }

  /** How many statements the file makes. */
  get count(): number {
    return this.store.review.episodes.filter(isDevice).length;
  }

  /** Verdicts on a statement, in the file's words; several where it names several things. */
  of(statement: string): StatementVerdictPayload[] {
    return this.audit?.verdicts.filter((each) => each.statement === statement) ?? [];
  }

  /** What the verdicts are made of; empty where there can be none. */
  private source(): string {
    const { review, waves } = this.store;
    return review.stage === "classified" && this.count ? waves.state : "";
  }

  private follow(): void {
    const source = this.source();
    if (source && source !== this.loaded && !this.asked) void this.load(source);
  }

  private async load(source: string): Promise<void> {
    this.asked = true;
    try {
      const audit = await this.store.api.get("statements");
      if (this.store.gone) return;
      this.audit = audit;
      this.problem = null;
    } catch (problem) {
      if (this.store.gone) return;
      if (!isAbort(problem)) this.problem = errorOf(problem).message;
    } finally {
      this.asked = false;
    }
    this.loaded = source; // after a problem it is asked for again with the next change
    this.store.notify("statements");
    this.follow();
  }
}
