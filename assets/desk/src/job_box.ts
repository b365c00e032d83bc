// What stands between the person and classified beats: the work under way, the button that begins it, what went wrong.

import { button, element } from "./dom.ts";
import { Progress, write } from "./panel.ts";
import type { JobPayload, Stage } from "./payloads.ts";
import type { Store } from "./store.ts";
import { longText } from "./wording.ts";

/** What to show. */
export function jobView(stage: Stage, job: JobPayload | null): "none" | "running" | "problem" | "offer" {
  if (job?.problem) return "problem";
  if (job) return "running";
  if (stage === "beats") return "running";
  return stage === "found" ? "offer" : "none";
}

/** Classifying can be cancelled, and finding beats where that takes long. */
export function canCancel(job: JobPayload | null): boolean {
  return job?.what === "classes" || Boolean(job?.long_s);
}

const WAITING: JobPayload = { what: "beats", stage: "Finding beats", share: 0, problem: null, long_s: null };

export class JobBox {
  readonly root = element("div", "job");
  private readonly store: Store;
  private readonly words = element("p", "job-words");
  private readonly progress = new Progress("Progress");
  private readonly cancel: HTMLButtonElement;
  private readonly classify: HTMLButtonElement;
  private readonly again: HTMLButtonElement;

  constructor(store: Store) {
    this.store = store;
    this.cancel = button("plain", "Cancel", "Stop this work; others who wait for it keep it", () => void store.server.controlJob("cancel"));
    this.classify = button("primary", "Classify beats", "Gives each beat its class: N, S, V, F or Q", () => {
      this.classify.disabled = true;
      void store.server.controlJob("classify").finally(() => (this.classify.disabled = false));
    });
    this.again = button("primary", "Try again", "Do the same work again", () => void store.server.controlJob("retry"));
    const line = element("div", "job-line");
    line.append(this.words, this.cancel, this.classify, this.again);
    this.root.append(line, this.progress.root);
  }

  draw(): void {
    const { stage, job } = this.store.review;
    const view = jobView(stage, job);
    this.root.hidden = view === "none";
    this.root.classList.toggle("problem", view === "problem");
    // A figure that changes twice a second would be read out over and over; the bar can be asked for it.
    this.words.setAttribute("aria-live", view === "running" ? "off" : "polite");
    this.progress.root.hidden = view !== "running";
    this.cancel.hidden = view !== "running" || !canCancel(job);
    this.classify.hidden = view !== "offer";
    this.again.hidden = view !== "problem";
    if (view === "offer") write(this.words, "Ectopic beats, runs and AF need classified beats.");
    if (view === "problem") write(this.words, job?.problem ?? "");
    if (view !== "running") return;
    const shown = job ?? WAITING;
    write(this.words, longText(shown));
    this.progress.root.setAttribute("aria-label", shown.stage);
    this.progress.show(shown.share);
  }
}
