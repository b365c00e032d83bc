// Beats that are similar to beats a person has relabelled: asked for after the edit was answered, never before or with it.

import { LETTERS } from "./beat_table.ts";
import type { BeatTable } from "./beat_table.ts";
import type { Edit, Label } from "./payloads.ts";
import type { Store } from "./store.ts";

const RELABELLING = new Set<Edit["action"]>(["relabel", "relabel_span", "relabel_family", "relabel_similar"]);

/** Whether edits give beats a class, so that others may follow. */
export function relabels(edits: readonly Pick<Edit, "action">[]): boolean {
  return edits.some(({ action }) => RELABELLING.has(action));
}

/** Beats that are proposed to get a class. */
export interface Proposal {
  label: Label;
  /** What the log says of the edit that accepts it. */
  reason: string;
  /** Ids, those that are most surely alike first. */
  beats: Int32Array;
}

/** How many of some beats have each class now, in the order of the classes. */
export function classesOf(beats: Pick<BeatTable, "indexOfId" | "label">, ids: Iterable<number>): [Label, number][] {
  const counts = LETTERS.map(() => 0);
  for (const id of ids) {
    const at = beats.indexOfId(id);
    if (at >= 0 && beats.label[at] < counts.length) counts[beats.label[at]] += 1;
  }
  return LETTERS.map((letter, k): [Label, number] => [letter, counts[k]]).filter(([, n]) => n > 0);
}

export class ProposalData {
  private readonly store: Store;
  /** A person has relabelled beats since they refused the last proposal. */
  private wanted = false;
  private found: { revision: number; proposals: Proposal[] } = { revision: -1, proposals: [] };
  /** Revision that is being asked for. */
  private asking: number | null = null;
  private off: (() => void) | null = null;

  constructor(store: Store) {
    this.store = store;
  }

  /** Follow the edits from now on. */
  start(): void {
    this.off ??= this.store.subscribe("beats", () => this.follow());
  }

  end(): void {
    this.off?.();
  }

  /** What is proposed now, null for nothing: while an edit is on its way, nothing is. */
  get current(): Proposal | null {
    const { edits, review } = this.store;
    if (!this.wanted || edits.outbox.waiting.length || this.found.revision !== review.revision) return null;
    return this.found.proposals.at(0) ?? null;
  }

  /** Take note of edits that a person makes. */
  note(edits: readonly Pick<Edit, "action">[]): void {
    if (relabels(edits)) this.wanted = true;
  }

  /** Relabel the beats that are proposed, by one edit. */
  async accept(): Promise<void> {
    const { current } = this;
    if (!current) return;
    const { beats } = this.store.review;
    const there = [...current.beats].filter((id) => beats.indexOfId(id) >= 0);
    if (there.length) await this.store.edits.edit([{ action: "relabel_similar", beats: there, label: current.label, reason: current.reason }]);
  }

  /** Propose nothing until beats are relabelled again. */
  refuse(): void {
    this.wanted = false;
    this.store.notify("proposals");
  }

  private follow(): void {
    const { edits, review } = this.store;
    this.store.notify("proposals");
    if (!this.wanted || edits.outbox.waiting.length || this.asking !== null || this.found.revision === review.revision) return;
    void this.load(review.revision);
  }

  private async load(revision: number): Promise<void> {
    this.asking = revision;
    const answer = await this.store.api.packed("proposals").catch(() => undefined);
    this.asking = null;
    if (this.store.gone) return;
    // After a problem it is asked for again with the next edit; where somebody else has edited meanwhile, at once.
    const answered = answer ? answer.meta.revision : revision;
    const proposals = answer?.meta.proposals.map(({ label, reason }, k) => ({ label, reason, beats: answer.arrays[`b${k}`] }));
    this.found = { revision: answered, proposals: proposals ?? [] };
    this.follow();
  }
}
