// @ts-nocheck
// What the desk knows: the recording, its beats, what was found, what is on screen and what a person does.
// Panels read it and are told by topic when a part of it has changed. This part keeps up with the server.

import { Editing } from "./store_edits.ts";
import { number } from "./wording.ts";

const FOLLOW_JOB_MS = 400;
const FOLLOW_OTHERS_MS = 2500;
const FOLLOW_IMPORT_MS = 700;

/** Whether a page asks the server. Long work that nobody asks after is given up, so a hidden page asks while it waits. */
export function asksNow(hidden, job) {
  return !hidden || Boolean(job && !job.problem);
}

export class Store extends Editing {
  /** `host` hands on what leaves the desk: `explain(beat, startS)` and `address({startS, chosen})`. */
  constructor({ api, rec, storage = null, host = {}, startS = 0, beat = null }) {
    super({ api, rec, storage, host, startS, beat });
  }

  async begin() {
    try {
      await this.refresh();
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
        if (asksNow(globalThis.document?.hidden, this.job)) await this.look();
      } catch (problem) {
        if (problem.name !== "AbortError") this.say(problem.message, { problem: true });
      }
      this.follow();
    }, waitMs);
  }

  async look() {
    if (this.behind || this.stage !== "classified" || this.job || !this.facts) await this.refresh();
    else if (!this.outbox.waiting.length) {
      const patch = await this.api.packed("changes", { since: this.revision, kept: this.editsProblem ? "no" : "yes" }).catch((problem) => this.fallBehind(problem));
      if (patch) this.takePatch(patch);
    }
    if (this.outbox.waiting.length) this.outbox.flush().catch(() => {});
  }

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
      this.save(blob, name);
    } catch (problem) {
      this.say(problem.message, { problem: true });
    }
  }

  /** Hand a file's content to the browser, to be saved. */
  save(blob, name) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async importLog(text) {
    const stop = this.followImport();
    try {
      const patch = await this.api.post("import", { log: text, since: this.revision });
      if (patch) this.takePatch(patch);
      stop();
      this.say(patch?.meta.said ?? "The log was taken over.");
    } catch (problem) {
      stop();
      this.say(problem.message, { problem: true });
    }
  }

  /** Tell how far an import has come until the function that is returned is called. */
  followImport(everyMs = FOLLOW_IMPORT_MS) {
    let under = true;
    const look = async () => {
      const done = await this.api.get("import").catch(() => null);
      if (under && done) this.say(`Taking edits over: ${number(done.done)} of ${number(done.total)} …`);
      if (under) timer = setTimeout(look, everyMs);
    };
    let timer = setTimeout(look, everyMs);
    return () => {
      under = false;
      clearTimeout(timer);
    };
  }

  /** Leave for the page that explains a beat: one that detection found, where it found it. */
  explain(id = this.chosen) {
    if (id === null || this.beats.indexOfId(id) < 0) return this.say("Choose a beat to explain first.");
    if (id < 0) return this.say("This beat was added by a person: there is nothing that the model said of it.");
    return this.host.explain?.(id, this.view.startS);
  }
}
