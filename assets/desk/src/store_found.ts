// @ts-nocheck
// What is known of the recording: its facts, its beats and what was found in them, as the server told it last and with
// the edits that are on their way drawn over it; and who is told when a part of it changes.

import { BeatTable } from "./beat_table.ts";
import { episodesOf, factsOf, familiesOf } from "./facts.ts";
import { Outbox } from "./outbox.ts";
import { marked } from "./marks.ts";
import { drawn } from "./pending.ts";
import { named } from "./rhythm_spans.ts";
import { singlesOf, withSingles } from "./singles.ts";

export class Found {
  constructor({ api, rec, storage }) {
    Object.assign(this, { api, rec });
    this.topics = new Map();
    this.facts = null;
    this.stage = "beats";
    this.job = null;
    this.model = null;
    this.summary = null;
    this.episodes = [];
    this.coverage = null; // what was looked for
    this.performance = {}; // how well each kind is found
    this.listed = []; // those of them that are no single beats
    this.singles = null;
    this.singlesAt = null;
    this.notes = {};
    this.conflicts = { n_beats: 0, groups: [] };
    this.families = [];
    this.familyOffsetsS = [];
    this.rhythms = []; // spans whose rhythm people named, the last one at the end
    this.confirmedRhythms = [];
    this.unreadable = [];
    this.pacing = null;
    this.history = { undo: null, redo: null };
    this.revision = -1;
    this.behind = false;
    this.editsProblem = null; // why no edit can be kept
    this.confirmed = BeatTable.empty(1);
    this.beats = this.confirmed;
    this.status = { text: "", problem: false };
    this.outbox = new Outbox({
      send: (operation) => this.sendOperation(operation),
      onRefused: (problem) => this.say(problem.message, { problem: true }),
      changed: () => this.drawPending(),
      storage,
      key: `rhythmoscope.unsent.${rec}`,
    });
  }

  on(topic, listener) {
    const listeners = this.topics.get(topic) ?? new Set();
    this.topics.set(topic, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tell(topic) {
    for (const listener of this.topics.get(topic) ?? []) listener(this);
  }

  say(text, { problem = false } = {}) {
    this.status = { text, problem };
    this.tell("status");
  }

  /** Ask for the whole state. What was found is told together with the beats that it speaks of, never before them. */
  async refresh() {
    const state = await this.foundOrStarted();
    this.behind = false;
    this.facts = factsOf(state.recording);
    if (this.confirmed.fs !== this.facts.fs) this.confirmed = this.beats = BeatTable.empty(this.facts.fs);
    this.job = state.job;
    this.model = state.model;
    this.takeEditsProblem(state.edits_problem ?? null);
    const news = state.stage !== this.stage || state.revision !== this.revision || !this.confirmed.n;
    const packed = news && state.stage !== "beats" ? await this.beatsBeside() : null;
    this.stage = state.stage;
    this.takeDerived(state);
    if (packed) {
      // The beats may be newer than the figures: the revision stays that of the figures, so that what came between
      // is asked for once more, and told with them.
      this.confirmed = new BeatTable(packed.arrays, this.facts.fs);
      this.drawPending();
    }
    this.tell("state");
  }

  /** The whole state; where there are neither beats nor a job that finds them, one is started. */
  async foundOrStarted() {
    const state = await this.api.get("state");
    return state.stage === "beats" && !state.job ? this.api.post("job", { do: "detect" }) : state;
  }

  /** That no edit can be kept is told before anybody makes one, as long as it is so (see edits_problem.ts). */
  takeEditsProblem(sentence) {
    if (sentence && sentence !== this.editsProblem) this.say(sentence, { problem: true });
    else if (!sentence && this.editsProblem && this.status.text === this.editsProblem) this.say("");
    this.editsProblem = sentence;
  }

  /** The beats; the strip need not wait for them. */
  beatsBeside() {
    this.tell("state");
    return this.api.packed("beats");
  }

  takeDerived(derived) {
    this.revision = derived.revision;
    this.summary = derived.summary ?? null;
    this.notes = derived.notes ?? {};
    this.conflicts = derived.conflicts ?? this.conflicts;
    this.listed = episodesOf(derived.episodes, this.facts.fs, this.notes);
    this.singlesAt = derived.singles ?? null;
    this.drawEvents();
    this.askSingles();
    this.coverage = derived.coverage ?? null;
    this.performance = derived.performance ?? {};
    this.confirmedRhythms = derived.rhythms ?? [];
    this.drawRhythms();
    this.families = familiesOf(derived.families);
    this.familyOffsetsS = derived.family_offsets_s ?? this.familyOffsetsS;
    this.unreadable = derived.quality?.unreadable ?? this.unreadable;
    this.pacing = derived.pacing ?? null;
    this.history = derived.history ?? this.history;
    const refused = derived.refused ?? [];
    if (refused.length) this.say(refused.map(({ sentence }) => sentence).join(" "), { problem: true });
  }

  /** All events: those that the server told last, with the marks that are on their way to it. */
  drawEvents() {
    const singles = this.singlesAt ? this.singles : null;
    for (const { events } of singles?.groups ?? []) {
      if (this.notesOfSingles || Object.keys(this.notes).length) for (const each of events) each.note = this.notes[each.key] ?? "";
    }
    this.notesOfSingles = Object.keys(this.notes).length > 0;
    this.episodes = marked(withSingles(this.listed, singles, this.singlesAt?.at), this.outbox.waiting);
  }

  /** Single beats come apart, and with their columns only where beats have changed. */
  async askSingles() {
    if (!this.singlesAt) return;
    const asked = (this.singlesAsked = (this.singlesAsked ?? 0) + 1);
    const answer = await this.api.packed("singles", { have: this.singles?.version ?? 0 }).catch(() => null);
    if (!answer || this.gone || asked !== this.singlesAsked) return;
    this.singles = singlesOf(answer, this.singles, () => this.beats);
    this.drawEvents();
    this.tell("state");
  }

  takePatch(patch) {
    this.takeAnswer(patch);
    this.drawPending();
  }

  takeAnswer(patch) {
    this.confirmed = this.confirmed.patched(patch);
    if ("edits_problem" in patch.meta) this.takeEditsProblem(patch.meta.edits_problem);
    this.takeDerived(patch.meta.derived);
    this.tell("state");
  }

  async sendOperation({ path, uuid, family, edits, based_on: basedOn }) {
    const since = this.revision;
    const body = { since, uuid, ...(family === undefined ? {} : { family }), ...(edits ? { edits, based_on: Math.min(basedOn ?? since, since) } : {}) };
    const patch = await this.api.post(path, body).catch((problem) => this.fallBehind(problem));
    if (!patch) return;
    this.say("");
    this.takeAnswer(patch);
  }

  /** The server has started again and has not got as far as we have: ask it for everything with the next look. */
  fallBehind(problem) {
    if (problem.status === 409 || problem.status === 503) this.behind = true;
    throw problem;
  }

  unreachable(problem) {
    const n = this.outbox.waiting.length;
    this.say(n ? `${problem.message} ${n} ${n === 1 ? "edit waits" : "edits wait"} here.` : problem.message, { problem: true });
  }

  drawRhythms() {
    this.rhythms = named(this.confirmedRhythms, this.outbox?.waiting ?? [], this.prefs?.person);
  }

  /** What the server confirmed, with what is still on its way drawn over it. */
  drawPending() {
    let table = this.confirmed;
    for (const operation of this.outbox?.waiting ?? []) {
      for (const each of operation.edits ?? []) table = drawn(table, each);
    }
    this.beats = table;
    this.drawRhythms();
    this.tell("beats");
  }
}
