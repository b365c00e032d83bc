// What is known of the recording: its facts, its beats and what was found in them, as the server told it last and with
// the edits that are on their way drawn over it.

import { Problem } from "./api.ts";
import { BeatTable } from "./beat_table.ts";
import { episodesOf, factsOf, familiesOf, type Facts, type Family, type ReviewEvent } from "./facts.ts";
import { marked } from "./marks.ts";
import type {
  BeatsPayload,
  ConflictsPayload,
  CoveragePayload,
  DeltaPayload,
  HistoryPayload,
  JobPayload,
  LiveNewsPayload,
  ModelPayload,
  PacingSummary,
  PerformancePayload,
  ReviewPayload,
  RhythmPayload,
  SetAsidePayload,
  SinglesPlaces,
  SpanS,
  Stage,
  StatePayload,
  SummaryPayload,
} from "./payloads.ts";
import { drawn } from "./pending.ts";
import { named } from "./rhythm_spans.ts";
import { singlesOf, withSingles, type SingleBeats } from "./singles.ts";
import type { Store } from "./store.ts";

const OUTDATED = new Set([409, 503]);

export class ReviewData {
  facts: Facts | null = null;
  stage: Stage = "beats";
  job: JobPayload | null = null;
  model: ModelPayload | null = null;
  summary: SummaryPayload | null = null;
  /** All events, most urgent first, with the marks that are on their way. */
  episodes: ReviewEvent[] = [];
  /** What was looked for. */
  coverage: CoveragePayload | null = null;
  /** Dangerous events that artefacts named by people have taken away. */
  setAside: SetAsidePayload[] = [];
  /** How well each kind is found. */
  performance: Record<string, PerformancePayload> = {};
  conflicts: ConflictsPayload = { n_beats: 0, groups: [] };
  families: Family[] = [];
  familyOffsetsS: number[] = [];
  /** Spans whose rhythm people named, the last one at the end. */
  rhythms: RhythmPayload[] = [];
  /** Unreadable spans of each lead. */
  unreadable: SpanS[][] = [];
  pacing: PacingSummary | null = null;
  history: HistoryPayload = { undo: null, redo: null };
  revision = -1;
  /** Why no edit can be stored. */
  editsProblem: string | null = null;
  /** The beats as the server confirmed them. */
  confirmed = BeatTable.empty(1);
  /** The beats with the edits that are on their way. */
  beats = this.confirmed;
  private readonly store: Store;
  /** The server has started again and has not got as far as the browser. */
  private outdated = false;
  private listed: ReviewEvent[] = [];
  private singles: SingleBeats | null = null;
  private singlesAt: SinglesPlaces | null = null;
  private singlesRequests = 0;
  private notes: Record<string, string> = {};
  private singlesHaveNotes = false;
  private confirmedRhythms: RhythmPayload[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  /** Whether only the whole state helps, not what has changed since. */
  needsRefresh(): boolean {
    return this.outdated || this.stage !== "classified" || this.job !== null || this.facts === null;
  }

  /** Ask for the whole state. What was found is told together with the beats that it speaks of, never before them. */
  async refresh(): Promise<void> {
    const known = this.revision;
    const state = await this.loadState();
    this.outdated = false;
    this.facts = factsOf(state.recording);
    if (this.confirmed.fs !== this.facts.fs) this.confirmed = this.beats = BeatTable.empty(this.facts.fs);
    this.store.live.told(state.live);
    this.job = state.job;
    this.model = state.model;
    this.setEditsProblem(state.edits_problem);
    const news = state.stage !== this.stage || state.revision !== this.revision || !this.confirmed.n;
    const packed = news && state.stage !== "beats" ? await this.loadBeats() : null;
    if (this.revision > known && state.revision < this.revision) {
      await this.refresh(); // an edit was answered meanwhile: this state does not hold it yet
      return;
    }
    this.stage = state.stage;
    this.applyDerived(state);
    if (packed) {
      // The beats may be newer than the figures: the revision stays that of the figures, so that what came between
      // is asked for once more, and told with them.
      this.confirmed = new BeatTable(packed.arrays, this.facts.fs);
      this.drawPending();
    }
    this.store.notify("state");
  }

  /** The whole state; where there are neither beats nor a job that finds them, one is started. */
  private async loadState(): Promise<StatePayload> {
    const { api } = this.store;
    const state = await api.get("state");
    return state.stage === "beats" && !state.job ? api.post("job", { do: "detect" }) : state;
  }

  /** That no edit can be stored is told before anybody makes one, as long as it is so (see edits_problem.ts). */
  private setEditsProblem(sentence: string | null): void {
    if (sentence && sentence !== this.editsProblem && !this.store.live.on) this.store.showMessage(sentence, { problem: true });
    else if (!sentence && this.editsProblem && this.store.status.text === this.editsProblem) this.store.showMessage("");
    this.editsProblem = sentence;
  }

  /** The beats; the strip need not wait for them. */
  private loadBeats(): Promise<BeatsPayload> {
    this.store.notify("state");
    return this.store.api.packed("beats");
  }

  private applyDerived(derived: ReviewPayload): void {
    const fs = this.facts?.fs ?? this.confirmed.fs;
    this.revision = derived.revision;
    this.summary = derived.summary;
    this.notes = derived.notes;
    this.conflicts = derived.conflicts;
    this.listed = episodesOf(derived.episodes, fs, this.notes);
    this.singlesAt = derived.singles;
    this.drawEvents();
    void this.loadSingles();
    this.coverage = derived.coverage;
    this.setAside = derived.set_aside;
    this.performance = derived.performance;
    this.confirmedRhythms = derived.rhythms;
    this.drawRhythms();
    this.families = familiesOf(derived.families);
    this.familyOffsetsS = derived.family_offsets_s;
    this.unreadable = derived.quality.unreadable ?? this.unreadable;
    this.pacing = derived.pacing;
    this.history = derived.history;
    if (derived.refused.length) this.store.showMessage(derived.refused.map(({ sentence }) => sentence).join(" "), { problem: true });
  }

  /** All events: those that the server told last, with the marks that are on their way to it. */
  drawEvents(): void {
    const singles = this.singlesAt ? this.singles : null;
    const haveNotes = Object.keys(this.notes).length > 0;
    if (this.singlesHaveNotes || haveNotes) {
      for (const { events } of singles?.groups ?? []) for (const each of events) each.note = this.notes[each.key] ?? "";
    }
    this.singlesHaveNotes = haveNotes;
    this.episodes = marked(withSingles(this.listed, singles, this.singlesAt?.at), this.store.edits.outbox.waiting);
  }

  /** Load the single beats, with their columns only where beats have changed. */
  private async loadSingles(): Promise<void> {
    if (!this.singlesAt) return;
    const request = (this.singlesRequests += 1);
    const answer = await this.store.api.packed("singles", { have: this.singles?.version ?? 0 }).catch(() => null);
    if (!answer || this.store.gone || request !== this.singlesRequests) return;
    this.singles = singlesOf(answer, this.singles, () => this.beats);
    this.drawEvents();
    this.store.notify("state");
  }

  /** Apply what the server told of changes, unless an edit was answered since with more. */
  applyDelta(delta: DeltaPayload): void {
    if (delta.meta.derived.revision < this.revision) return;
    this.applyAnswer(delta);
    this.drawPending();
  }

  /** Apply the answer to an operation that still waits in the outbox: the caller draws once it is gone. */
  applyAnswer(delta: DeltaPayload): void {
    this.confirmed = this.confirmed.patched(delta);
    this.setEditsProblem(delta.meta.edits_problem);
    this.applyDerived(delta.meta.derived);
    this.store.notify("state");
  }

  /** Take over what is new of a live stream: how long it is, its events, and its beats from a sample on. */
  applyLive({ meta: { found }, arrays }: LiveNewsPayload): void {
    if (!found) return;
    this.facts = factsOf(found.recording);
    const there = new Set(arrays.id);
    const { id, sample } = this.confirmed;
    const removed = id.filter((each, i) => sample[i] >= found.from_sample && !there.has(each));
    this.confirmed = this.confirmed.patched({ meta: { full: false }, arrays: { ...arrays, removed } });
    this.applyDerived(found.derived);
    this.drawPending();
    this.store.notify("state");
  }

  /** Note where the server has not got as far as the browser, so that the next poll asks for everything. */
  rethrowOutdated(problem: unknown): never {
    if (problem instanceof Problem && OUTDATED.has(problem.status)) this.outdated = true;
    throw problem;
  }

  private drawRhythms(): void {
    this.rhythms = named(this.confirmedRhythms, this.store.edits.outbox.waiting, this.store.prefs.person);
  }

  /** Draw what is still on its way over what the server confirmed. */
  drawPending(): void {
    let table = this.confirmed;
    for (const { edits = [] } of this.store.edits.outbox.waiting) {
      for (const each of edits) table = drawn(table, each);
    }
    this.beats = table;
    this.drawRhythms();
    this.store.notify("beats");
  }
}
