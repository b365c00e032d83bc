// @ts-nocheck
// What a person changes: each edit is drawn at once and sent in order, and what the server answers counts.

import { Viewing } from "./store_view.ts";

const newName = () => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

export class Editing extends Viewing {
  /** Do edits: drawn at once, sent in order, and what the server answers counts. */
  edit(edits) {
    if (this.stage !== "classified") {
      this.say("Classify the beats first; edits belong to classified beats.", { problem: true });
      return Promise.resolve();
    }
    if (this.keepsNone()) return Promise.resolve();
    return this.whenNamed(() => {
      const named = edits.map((each) => ({ uuid: newName(), ...each }));
      // What the person has before them now: the edit may have to wait here while others go on.
      const operation = { uuid: named[0].uuid, path: "edits", edits: named, based_on: Math.max(this.revision, 0) };
      return this.outbox.put(operation).catch((problem) => this.unreachable(problem));
    });
  }

  /** Do something as somebody: who has no name is asked for one first, and nothing happens if they give none. */
  whenNamed(act) {
    if (this.prefs.person || !this.host?.askName) return act();
    return this.host.askName().then((given) => (given ? act() : undefined));
  }

  /** Tell whether edits cannot be kept, and say why. */
  keepsNone() {
    if (this.editsProblem) this.say(this.editsProblem, { problem: true });
    return this.editsProblem !== null;
  }

  undo() {
    if (this.keepsNone()) return Promise.resolve();
    return this.outbox.put({ uuid: newName(), path: "undo" }).catch((problem) => this.unreachable(problem));
  }

  redo() {
    if (this.keepsNone()) return Promise.resolve();
    return this.outbox.put({ uuid: newName(), path: "redo" }).catch((problem) => this.unreachable(problem));
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
    return this.whenNamed(() => {
      const at = this.beats.indexOfId(beats[0][0]);
      this.clearSelection();
      const next = at + 1 < this.beats.n ? at + 1 : at - 1;
      this.choose(beats.length === 1 && next >= 0 ? this.beats.id[next] : null, { reveal: false });
      return this.edit([{ action: "delete", beats }]);
    });
  }

  add(sample, letter = "N") {
    return this.whenNamed(() => {
      const beat = -1 - Math.floor(Math.random() * 2147483646);
      const done = this.edit([{ action: "add", beat, sample: Math.round(sample), label: letter }]);
      this.choose(beat, { reveal: false });
      return done;
    });
  }

  move(id, toSample) {
    const at = this.beats.indexOfId(id);
    if (at < 0) return Promise.resolve();
    const move = { action: "move", beat: id, from_sample: this.beats.sample[at], to_sample: Math.round(toSample) };
    return this.edit([move]);
  }

  /** Give an event a mark or take it off; its other marks stay. */
  markEvent(key, mark, on) {
    return this.markEvents([key], mark, on);
  }

  /** Mark many events by one edit, which one undo takes back. */
  markEvents(keys, mark, on) {
    return this.editEvents({ action: "mark_events", events: keys, mark, on });
  }

  noteEvent(key, text) {
    return this.editEvents({ action: "note_event", event: key, text });
  }

  async editEvents(edit) {
    const done = this.edit([edit]);
    // Shown at once; the edit waits now, unless there is somebody to be asked first.
    this.drawEvents();
    this.tell("state");
    await done;
  }

  /** Let one version of beats hold that two people have changed. */
  settle(kept, givenUp) {
    return this.edit([{ action: "settle_conflict", kept, given_up: givenUp }]);
  }

  async splitFamily(family) {
    if (this.keepsNone()) return;
    await this.whenNamed(() => this.splitNamed(family));
  }

  splitNamed(family) {
    return this.outbox.put({ uuid: newName(), path: "families/split", family }).catch((problem) => this.unreachable(problem));
  }

  mergeFamilies(family, into) {
    return this.edit([{ action: "merge_families", family, into }]);
  }
}
