// Where the program, the file's annotations and a person differ: loaded once beats are classified, and again when they,
// the annotations or the waves are others.

import { errorOf, isAbort } from "./api.ts";
import { beatAt, judged, nextRow, passes, rowsOf, type DifferenceRow, type FilterName } from "./difference_rows.ts";
import type { DifferencesMeta, Judgement } from "./payloads.ts";
import type { Store } from "./store.ts";

export class DifferenceData {
  /** Whether there are rows of the annotations that are asked for. */
  known = false;
  meta: DifferencesMeta | null = null;
  /** In order of consequence, with the judgements that are on their way. */
  rows: DifferenceRow[] = [];
  problem: string | null = null;
  /** Key of the difference that judgements by key belong to. */
  current: string | null = null;
  filter: FilterName = "all";
  private readonly store: Store;
  private confirmed: DifferenceRow[] = [];
  private loaded = "";
  private asked = false;
  /** Sample of the difference to go to once it is known. */
  private wanted: number | null = null;
  private readonly offs: (() => void)[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** Follow the recording from now on. */
  start(): void {
    if (this.offs.length) return;
    for (const topic of ["state", "prefs", "waves"] as const) this.offs.push(this.store.subscribe(topic, () => this.follow()));
    this.offs.push(this.store.subscribe("beats", () => this.draw()));
    this.follow();
  }

  end(): void {
    for (const off of this.offs) off();
  }

  /** What the rows are made of; empty where there can be none. */
  private source(): string {
    const { review, prefs, waves } = this.store;
    if (review.stage !== "classified" || !review.facts?.hasReference) return "";
    return JSON.stringify([review.revision, prefs.annotator, waves.state === "ready"]);
  }

  private follow(): void {
    const source = this.source();
    if (source && source !== this.loaded && !this.asked) void this.load();
  }

  /** Go to the difference at a sample, at once or when it is known. */
  beginAt(sample: number): void {
    this.wanted = sample;
    if (this.known) this.goToWanted();
  }

  private goToWanted(): void {
    const row = this.wanted === null ? undefined : this.rows.find(({ sample }) => sample === this.wanted);
    this.wanted = null;
    if (row) this.goTo(row.key);
  }

  /** Ask once more. */
  retry(): void {
    this.loaded = "";
    this.follow();
  }

  private async load(): Promise<void> {
    const source = this.source();
    const { annotator: at } = this.store.prefs;
    this.asked = true;
    try {
      const answer = await this.store.api.packed("differences", { at });
      if (this.store.gone) return;
      this.problem = null;
      this.known = answer !== null;
      this.meta = answer?.meta ?? null;
      this.confirmed = answer ? rowsOf(answer) : [];
    } catch (problem) {
      if (this.store.gone) return;
      this.known = false;
      if (!isAbort(problem)) this.problem = errorOf(problem).message;
    } finally {
      this.asked = false;
    }
    this.loaded = source; // after a problem it is asked for again with the next change, or by the button
    this.draw();
    if (this.known) this.goToWanted();
    this.follow(); // beats may have changed meanwhile
  }

  private draw(): void {
    const { edits, prefs } = this.store;
    this.rows = judged(this.confirmed, this.meta?.name ?? "", edits.outbox.waiting, prefs.person);
    this.store.notify("differences");
  }

  /** Rows that pass the filter. */
  listed(): DifferenceRow[] {
    return this.rows.filter(passes(this.filter));
  }

  setFilter(filter: FilterName): void {
    this.filter = filter;
    this.store.notify("differences");
  }

  /** Positions in the beat table of the beats that differ. */
  positions(): Set<number> {
    const { beats } = this.store.review;
    const found = this.rows.flatMap((row) => (row.episode || !row.differs ? [] : [beatAt(beats, row.sample)]));
    return new Set(found.filter((at) => at >= 0));
  }

  goTo(key: string): void {
    const row = this.rows.find((each) => each.key === key);
    const { navigation, review, prefs } = this.store;
    if (!row || !review.facts) return;
    this.current = key;
    if (!prefs.reference) this.store.setPref("reference", true);
    const at = row.episode ? -1 : beatAt(review.beats, row.sample);
    navigation.choose(at < 0 ? null : review.beats.id[at], { reveal: false });
    const timeS = row.sample / review.facts.fs;
    if (row.episode || !navigation.shows(timeS)) navigation.goTo(timeS);
    this.store.notify("differences");
  }

  step(step: 1 | -1): void {
    const { review } = this.store;
    if (!this.known) {
      this.store.showMessage(review.facts?.hasReference ? "The differences are not known yet." : "This file brings no annotations to compare with.");
      return;
    }
    const at = nextRow(this.rows, this.current, step, passes(this.filter));
    if (at >= 0) this.goTo(this.rows[at].key);
    else this.store.showMessage(this.rows.some(passes(this.filter)) ? "No further difference." : "No difference in what was compared; the tab Differences tells what was not.");
  }

  /** Say who is right in the current difference; saying the same again takes it back. */
  judgeCurrent(judgement: Judgement): void {
    const row = this.rows.find((each) => each.key === this.current);
    if (!row || !this.meta) this.store.showMessage("Choose a difference first: I goes to the one of most consequence.");
    else void this.judge(row, row.judged === judgement ? null : judgement);
  }

  private async judge(row: DifferenceRow, judgement: Judgement | null): Promise<void> {
    const done = this.store.edits.judgeDifference(this.meta?.name ?? "", row.key, judgement);
    this.draw();
    await done;
    // Kept until the rows come again, which the new revision asks for.
    const held = this.confirmed.find((each) => each.key === row.key);
    if (held && this.store.edits.outbox.waiting.length === 0 && this.source() !== this.loaded) {
      Object.assign(held, { judged: judgement, by: judgement === null ? "" : this.store.prefs.person });
    }
    this.draw();
  }
}
