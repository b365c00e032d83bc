// What a person changes: each edit is drawn at once and sent in order, and what the server answers counts.

import { errorOf } from "./api.ts";
import { Outbox, type Operation } from "./outbox.ts";
import type { Edit, EditsRequest, HistoryRequest, Judgement, Label, Mark, MarkEvents, NoteEvent, SetBoundary, SplitRequest } from "./payloads.ts";
import type { KeyValueStore } from "./prefs.ts";
import type { Store } from "./store.ts";

// Absent where the page does not come over HTTPS.
export const newUuid = () => (globalThis.crypto as Partial<Crypto> | undefined)?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

/** What an operation posts to a page that has `since`. */
function requestOf({ uuid, edits, based_on: basedOn, family }: Operation, since: number): EditsRequest | HistoryRequest | SplitRequest {
  if (edits) return { uuid, since, edits, based_on: Math.min(basedOn ?? since, since) };
  return family === undefined ? { uuid, since } : { uuid, since, family };
}

export class Edits {
  readonly outbox: Outbox;
  private readonly store: Store;

  constructor(store: Store, storage: KeyValueStore | null) {
    this.store = store;
    this.outbox = new Outbox({
      send: (operation) => this.send(operation),
      onRefused: (problem) => store.showProblem(problem),
      changed: () => store.review.drawPending(),
      storage,
      key: `rhythmoscope.unsent.${store.rec}${store.signedIn ? `.${store.signedIn.account}` : ""}`,
    });
  }

  private async send(operation: Operation): Promise<void> {
    const { api, review } = this.store;
    const request = requestOf(operation, review.revision);
    const delta = await api.post(operation.path, request).catch((problem: unknown) => review.rethrowOutdated(problem));
    this.store.showMessage("");
    review.applyAnswer(delta);
  }

  /** Send what waits; where that cannot be yet, it goes on waiting. */
  sendWaiting(): void {
    if (this.outbox.waiting.length) this.outbox.flush().catch(() => {});
  }

  /** Do edits: drawn at once, sent in order, and what the server answers counts. */
  edit(edits: Edit[]): Promise<void> {
    if (this.store.review.stage !== "classified") {
      this.store.showMessage("Classify the beats first; edits belong to classified beats.", { problem: true });
      return Promise.resolve();
    }
    if (this.refusedForStorage()) return Promise.resolve();
    return this.asReviewer(() => {
      this.store.proposals.note(edits);
      const named = edits.map((each) => ({ uuid: newUuid(), ...each }));
      // What the person has before them now: the edit may have to wait here while others go on.
      const basedOn = Math.max(this.store.review.revision, 0);
      return this.put({ uuid: named[0].uuid, path: "edits", edits: named, based_on: basedOn });
    });
  }

  private put(operation: Operation): Promise<void> {
    return this.outbox.put(operation).catch((problem: unknown) => this.showWaiting(problem));
  }

  /** Do something as somebody: who has no name is asked for one first, and nothing happens if they give none. */
  async asReviewer(act: () => Promise<void>): Promise<void> {
    const { host, prefs } = this.store;
    if (prefs.person || !host.askName || (await host.askName())) await act();
  }

  /** Tell whether edits cannot be stored, and say why. */
  refusedForStorage(): boolean {
    const { editsProblem } = this.store.review;
    if (editsProblem !== null) this.store.showMessage(editsProblem, { problem: true });
    return editsProblem !== null;
  }

  private showWaiting(problem: unknown): void {
    const n = this.outbox.waiting.length;
    const { message } = errorOf(problem);
    this.store.showMessage(n ? `${message} ${n} ${n === 1 ? "edit waits" : "edits wait"} here.` : message, { problem: true });
  }

  undo(): Promise<void> {
    return this.refusedForStorage() ? Promise.resolve() : this.put({ uuid: newUuid(), path: "undo" });
  }

  redo(): Promise<void> {
    return this.refusedForStorage() ? Promise.resolve() : this.put({ uuid: newUuid(), path: "redo" });
  }

  /** Ids of the selected beats, else of the chosen one. */
  private targets(): number[] {
    const { selection, chosen } = this.store.navigation;
    if (selection.size) return [...selection];
    return chosen === null ? [] : [chosen];
  }

  /** Relabel the selected beats, else the chosen one. */
  async relabel(letter: Label): Promise<void> {
    const beats = this.targets();
    if (beats.length) await this.edit([{ action: "relabel", beats, label: letter }]);
    else this.store.showMessage("Choose a beat or a span first.");
  }

  /** Delete the selected beats, else the chosen one. */
  async deleteChosen(): Promise<void> {
    const { beats } = this.store.review;
    const targets = this.targets().flatMap((id): [number, number][] => {
      const at = beats.indexOfId(id);
      return at < 0 ? [] : [[id, beats.sample[at]]];
    });
    if (!targets.length) {
      this.store.showMessage("Choose a beat first.");
      return;
    }
    await this.asReviewer(() => {
      const { navigation, review } = this.store;
      const at = review.beats.indexOfId(targets[0][0]);
      navigation.clearSelection();
      const next = at + 1 < review.beats.n ? at + 1 : at - 1;
      navigation.choose(targets.length === 1 && next >= 0 ? review.beats.id[next] : null, { reveal: false });
      return this.edit([{ action: "delete", beats: targets }]);
    });
  }

  add(sample: number, letter: Label = "N"): Promise<void> {
    return this.asReviewer(() => {
      const beat = -1 - Math.floor(Math.random() * 2147483646);
      const done = this.edit([{ action: "add", beat, sample: Math.round(sample), label: letter }]);
      this.store.navigation.choose(beat, { reveal: false });
      return done;
    });
  }

  async move(id: number, toSample: number): Promise<void> {
    const { beats } = this.store.review;
    const at = beats.indexOfId(id);
    if (at < 0) return;
    await this.edit([{ action: "move", beat: id, from_sample: beats.sample[at], to_sample: Math.round(toSample) }]);
  }

  /** Set a boundary of a beat's wave, in one lead or, where `lead` is null, in all; null for a wave that is absent. */
  setBoundary(
    beat: number,
    boundary: SetBoundary["boundary"],
    lead: number | null,
    [fromSample, toSample]: [number | null, number | null],
  ): Promise<void> {
    const to = toSample === null ? null : Math.max(Math.round(toSample), 0);
    return this.edit([{ action: "set_boundary", beat, boundary, lead, from_sample: fromSample, to_sample: to }]);
  }

  /** Give an event a mark or take it off; its other marks stay. */
  markEvent(key: string, mark: Mark, on: boolean): Promise<void> {
    return this.markEvents([key], mark, on);
  }

  /** Mark many events by one edit, which one undo takes back. */
  markEvents(keys: string[], mark: Mark, on: boolean): Promise<void> {
    return this.editEvents({ action: "mark_events", events: keys, mark, on });
  }

  noteEvent(key: string, text: string): Promise<void> {
    return this.editEvents({ action: "note_event", event: key, text });
  }

  private async editEvents(edit: MarkEvents | NoteEvent): Promise<void> {
    const done = this.edit([edit]);
    // Shown at once; the edit waits now, unless there is somebody to be asked first.
    this.store.review.drawEvents();
    this.store.notify("state");
    await done;
  }

  /** Say who is right in a difference from an annotation set; null takes it back. */
  judgeDifference(annotator: string, difference: string, judgement: Judgement | null): Promise<void> {
    return this.edit([{ action: "judge_difference", annotator, difference, judgement }]);
  }

  /** Let one version of beats hold that two people have changed. */
  settleConflict(kept: number, givenUp: number[]): Promise<void> {
    return this.edit([{ action: "settle_conflict", kept, given_up: givenUp }]);
  }

  async splitFamily(family: number): Promise<void> {
    if (this.refusedForStorage()) return;
    await this.asReviewer(() => this.put({ uuid: newUuid(), path: "families/split", family }));
  }

  mergeFamilies(family: number, into: number): Promise<void> {
    return this.edit([{ action: "merge_families", family, into }]);
  }
}
