// What the desk knows: the recording, its beats, what was found, what is on screen and what a person does.
// Panels read it and are told by topic when a part of it has changed.

import { BeatTable } from "./beat_table.js";
import { clampView, episodesOf, factsOf, familiesOf, leadInS } from "./facts.js";
import { Outbox } from "./outbox.js";
import { drawn, marked } from "./pending.js";
import { Prefs } from "./prefs.js";
import { nextEvent, nextWhere } from "./steps.js";

const FOLLOW_JOB_MS = 400;
const FOLLOW_OTHERS_MS = 2500;
const newName = () => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

export class Store {
  /** `host` hands on what leaves the desk: `explain(beat, startS)` and `address({startS, chosen})`. */
  constructor({ api, rec, storage = null, host = {}, startS = 0, beat = null }) {
    Object.assign(this, { api, rec, host });
    this.topics = new Map();
    this.preferences = new Prefs(storage);
    this.facts = null;
    this.stage = "beats";
    this.job = null;
    this.model = null;
    this.summary = null;
    this.episodes = [];
    this.families = [];
    this.familyOffsetsS = [];
    this.unreadable = [];
    this.history = { undo: null, redo: null };
    this.revision = -1;
    this.confirmed = BeatTable.empty(1);
    this.beats = this.confirmed;
    this.view = { startS, spanS: 10 };
    this.chosen = beat;
    this.selection = new Set();
    this.currentEvent = null;
    this.eventKinds = new Set(); // kinds that are walked through; all where it is empty
    this.status = { text: "", problem: false };
    this.outbox = new Outbox({
      send: (operation) => this.sendOperation(operation),
      onRefused: (problem) => this.say(problem.message, { problem: true }),
      changed: () => this.drawPending(),
      storage,
      key: `rhythmoscope.unsent.${rec}`,
    });
  }

  // Topics

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

  // Coming and going

  async begin() {
    try {
      await this.refresh();
      this.connected = true;
      this.outbox.flush().catch(() => {});
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
    this.follow();
  }

  end() {
    this.gone = true;
    this.outbox.stop();
    clearTimeout(this.timer);
    clearTimeout(this.addressTimer);
    this.topics.clear();
  }

  /** Another token for the same recording: the server forgot the first. */
  renew(api) {
    this.api = api;
    this.say("");
    this.follow(0);
  }

  /** Look again and again: at the job while one runs, else at what others changed. */
  follow(waitMs = this.job && !this.job.problem ? FOLLOW_JOB_MS : FOLLOW_OTHERS_MS) {
    clearTimeout(this.timer);
    if (this.gone) return;
    this.timer = setTimeout(async () => {
      try {
        if (!globalThis.document?.hidden) await this.look();
      } catch (problem) {
        if (problem.name !== "AbortError") this.say(problem.message, { problem: true });
      }
      this.follow();
    }, waitMs);
  }

  async look() {
    if (this.stage !== "classified" || this.job || !this.facts) await this.refresh();
    else if (!this.outbox.waiting.length) {
      const patch = await this.api.packed("changes", { since: this.revision });
      if (patch) this.takePatch(patch);
    }
    if (this.outbox.waiting.length) this.outbox.flush().catch(() => {});
  }

  async refresh() {
    const state = await this.api.get("state");
    const before = { stage: this.stage, revision: this.revision };
    this.facts = factsOf(state.recording);
    if (this.confirmed.fs !== this.facts.fs) this.confirmed = this.beats = BeatTable.empty(this.facts.fs);
    this.stage = state.stage;
    this.job = state.job;
    this.model = state.model;
    this.takeDerived(state);
    this.tell("state");
    if (state.stage === "beats") return;
    if (state.stage !== before.stage || state.revision !== before.revision || !this.confirmed.n) {
      const packed = await this.api.packed("beats");
      this.revision = packed.meta.revision;
      this.confirmed = new BeatTable(packed.arrays, this.facts.fs);
      this.drawPending();
    }
  }

  takeDerived(derived) {
    this.revision = derived.revision;
    this.summary = derived.summary ?? null;
    this.episodes = marked(episodesOf(derived.episodes, this.facts.fs), this.outbox.waiting);
    this.families = familiesOf(derived.families);
    this.familyOffsetsS = derived.family_offsets_s ?? this.familyOffsetsS;
    this.unreadable = derived.quality?.unreadable ?? this.unreadable;
    this.history = derived.history ?? this.history;
    const refused = derived.refused ?? [];
    if (refused.length) this.say(refused.map(({ sentence }) => sentence).join(" "), { problem: true });
  }

  takePatch(patch) {
    this.confirmed = this.confirmed.patched(patch);
    this.takeDerived(patch.meta.derived);
    this.tell("state");
    this.drawPending();
  }

  // Edits

  /** Do edits: drawn at once, sent in order, and what the server answers counts. */
  edit(edits) {
    if (this.stage !== "classified") {
      this.say("Classify the beats first; edits belong to classified beats.", { problem: true });
      return Promise.resolve();
    }
    const named = edits.map((each) => ({ uuid: newName(), ...each }));
    return this.outbox.put({ uuid: named[0].uuid, path: "edits", edits: named }).catch((problem) => this.unreachable(problem));
  }

  undo() {
    return this.outbox.put({ uuid: newName(), path: "undo" }).catch((problem) => this.unreachable(problem));
  }

  redo() {
    return this.outbox.put({ uuid: newName(), path: "redo" }).catch((problem) => this.unreachable(problem));
  }

  async sendOperation({ path, uuid, edits }) {
    const body = { since: this.revision, uuid, ...(edits ? { edits } : {}) };
    const patch = await this.api.post(path, body);
    if (!patch) return;
    this.say("");
    this.confirmed = this.confirmed.patched(patch);
    this.takeDerived(patch.meta.derived);
    this.tell("state");
  }

  unreachable(problem) {
    const n = this.outbox.waiting.length;
    this.say(n ? `${problem.message} ${n} ${n === 1 ? "edit waits" : "edits wait"} here.` : problem.message, { problem: true });
  }

  /** What the server confirmed, with what is still on its way drawn over it. */
  drawPending() {
    let table = this.confirmed;
    for (const operation of this.outbox?.waiting ?? []) {
      for (const each of operation.edits ?? []) table = drawn(table, each);
    }
    this.beats = table;
    this.tell("beats");
  }

  relabel(letter) {
    const ids = this.selection.size ? [...this.selection] : this.chosen === null ? [] : [this.chosen];
    if (!ids.length) return this.say("Choose a beat or a span first.");
    return this.edit([{ action: "relabel", beats: ids, label: letter }]);
  }

  deleteChosen() {
    const ids = this.selection.size ? [...this.selection] : this.chosen === null ? [] : [this.chosen];
    const beats = ids.map((id) => [id, this.beats.sample[this.beats.indexOfId(id)]]).filter(([, sample]) => sample !== undefined);
    if (!beats.length) return this.say("Choose a beat first.");
    const at = this.beats.indexOfId(beats[0][0]);
    this.clearSelection();
    const next = at + 1 < this.beats.n ? at + 1 : at - 1;
    this.choose(beats.length === 1 && next >= 0 ? this.beats.id[next] : null, { reveal: false });
    return this.edit([{ action: "delete", beats }]);
  }

  add(sample, letter = "N") {
    const beat = -1 - Math.floor(Math.random() * 2147483646);
    const done = this.edit([{ action: "add", beat, sample: Math.round(sample), label: letter }]);
    this.choose(beat, { reveal: false });
    return done;
  }

  move(id, toSample) {
    const at = this.beats.indexOfId(id);
    if (at < 0) return Promise.resolve();
    const move = { action: "move", beat: id, from_sample: this.beats.sample[at], to_sample: Math.round(toSample) };
    return this.edit([move]);
  }

  markEvent(key, mark) {
    const episode = this.episodes.find((each) => each.key === key);
    if (!episode) return Promise.resolve();
    episode.mark = mark;
    this.tell("state");
    return this.edit([{ action: "mark_event", event: key, mark }]);
  }

  async splitFamily(family) {
    try {
      await this.outbox.flush();
      const patch = await this.api.post("families/split", { family, since: this.revision, uuid: newName() });
      if (patch) this.takePatch(patch);
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
  }

  mergeFamilies(family, into) {
    return this.edit([{ action: "merge_families", family, into }]);
  }

  // Jobs, files

  async jobDo(what) {
    try {
      const state = await this.api.post("job", { do: what });
      this.job = state?.job ?? this.job;
      await this.refresh();
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
    this.follow();
  }

  async download(path) {
    try {
      await this.outbox.flush();
      const { blob, name } = await this.api.file(path);
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
  }

  async importLog(text) {
    try {
      const patch = await this.api.post("import", { log: text, since: this.revision });
      if (patch) this.takePatch(patch);
      this.say(patch?.meta.said ?? "The log was taken over.");
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
  }

  /** Leave for the page that explains a beat: one that detection found, where it found it. */
  explain(id = this.chosen) {
    if (id === null || this.beats.indexOfId(id) < 0) return this.say("Choose a beat to explain first.");
    if (id < 0) return this.say("This beat was added by a person: there is nothing that the model said of it.");
    return this.host.explain?.(id, this.view.startS);
  }

  // What is on screen

  get prefs() {
    return this.preferences.values;
  }

  setPref(name, value) {
    if (this.preferences.set(name, value)) this.tell("prefs");
  }

  /** What the sheet shows; told to everybody, and to the address a little later. */
  setView(startS, spanS = this.view.spanS) {
    const start = this.facts ? clampView(startS, spanS, this.facts.durationS) : startS;
    if (start === this.view.startS && spanS === this.view.spanS) return;
    this.view = { startS: start, spanS };
    this.tell("view");
    this.tellAddress();
  }

  tellAddress() {
    clearTimeout(this.addressTimer);
    const at = this.chosen === null ? -1 : this.beats.indexOfId(this.chosen);
    // A beat that detection found is known by where it found it, wherever it stands now.
    const beat = at < 0 ? null : this.chosen >= 0 ? this.chosen : this.beats.sample[at];
    const told = { startS: this.view.startS, beat };
    this.addressTimer = setTimeout(() => this.host.address?.(told), 300);
  }

  goTo(timeS, { lead = leadInS(this.view.spanS) } = {}) {
    this.setView(timeS - lead);
    this.tell("jump");
  }

  turnPages(pages) {
    this.setView(this.view.startS + pages * this.view.spanS);
    this.tell("jump");
  }

  shows(timeS, marginS = 0.3) {
    return timeS >= this.view.startS + marginS && timeS <= this.view.startS + this.view.spanS - marginS;
  }

  choose(id, { reveal = true } = {}) {
    this.chosen = id;
    const at = id === null ? -1 : this.beats.indexOfId(id);
    if (reveal && at >= 0 && !this.shows(this.beats.timeS(at))) this.goTo(this.beats.timeS(at));
    this.tell("chosen");
    this.tellAddress();
  }

  select(ids, { add = false } = {}) {
    this.selection = add ? new Set([...this.selection, ...ids]) : new Set(ids);
    this.tell("selection");
  }

  clearSelection() {
    if (!this.selection.size) return;
    this.selection = new Set();
    this.tell("selection");
  }

  goToEvent(key) {
    const episode = this.episodes.find((each) => each.key === key);
    if (!episode) return;
    this.currentEvent = key;
    this.goTo(episode.startS);
    this.tell("event");
  }

  stepEvent(step) {
    const walked = this.episodes.filter(({ kind }) => !this.eventKinds.size || this.eventKinds.has(kind));
    const key = nextEvent(walked, this.currentEvent, step);
    if (key === null) this.say(this.episodes.length ? "No further event." : "There are no events.");
    else this.goToEvent(key);
  }

  stepWhere(test, step, none) {
    const at = nextWhere(this.beats, this.place(), step, test);
    if (at < 0) this.say(none);
    else this.choose(this.beats.id[at]);
  }

  stepBeat(step) {
    this.stepWhere(() => true, step, "No further beat.");
  }

  stepUncertain(step) {
    this.stepWhere((i) => this.beats.uncertain(i), step, "No further uncertain beat.");
  }

  stepAbnormal(step) {
    this.stepWhere((i) => this.beats.label[i] > 0 && this.beats.label[i] < 5, step, "No further abnormal beat.");
  }

  /** Where steps start: at the chosen beat where it is on screen, else at the view's start. */
  place() {
    const at = this.chosen === null ? -1 : this.beats.indexOfId(this.chosen);
    if (at >= 0 && this.shows(this.beats.timeS(at), 0)) return { at, inside: true };
    return { at: this.beats.firstAtOrAfter(this.view.startS * this.beats.fs), inside: false };
  }
}
