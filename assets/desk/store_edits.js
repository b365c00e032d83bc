// What a person changes: each edit is drawn at once and sent in order, and what the server answers counts.

import { Viewing } from "./store_view.js";

const newName = () => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;

export class Editing extends Viewing {
  /** Do edits: drawn at once, sent in order, and what the server answers counts. */
  edit(edits) {
    if (this.stage !== "classified") {
      this.say("Classify the beats first; edits belong to classified beats.", { problem: true });
      return Promise.resolve();
    }
    if (this.keepsNone()) return Promise.resolve();
    const named = edits.map((each) => ({ uuid: newName(), ...each }));
    return this.outbox.put({ uuid: named[0].uuid, path: "edits", edits: named }).catch((problem) => this.unreachable(problem));
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
    if (!episode || this.keepsNone()) return Promise.resolve();
    episode.mark = mark;
    this.tell("state");
    return this.edit([{ action: "mark_event", event: key, mark }]);
  }

  async splitFamily(family) {
    if (this.keepsNone()) return;
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
}
