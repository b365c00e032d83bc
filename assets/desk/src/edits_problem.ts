// Why no edit can be kept, above the strip for as long as it is so: what is shown may lack edits, and none can be made.

import { element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { Store } from "./store.ts";
import { counted } from "./wording.ts";

/** What is said of edits that cannot be kept; empty where all is well. */
export function problemText(problem: string | null, nWaiting: number): string {
  if (!problem) return "";
  const waiting = nWaiting ? ` ${counted(nWaiting, "edit")} of yours ${nWaiting === 1 ? "waits" : "wait"} in this browser.` : "";
  return `${problem}${waiting}`;
}

export class EditsProblem extends Panel {
  private readonly text = element("p");
  private drawn: string | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "edits-problem");
    this.root.setAttribute("role", "alert");
    this.root.append(this.text);
    this.follow(["state", "beats", "status"], () => this.draw());
    this.draw();
  }

  private draw(): void {
    const text = problemText(this.store.live.on ? null : this.store.review.editsProblem, this.store.edits.outbox.waiting.length);
    if (text === this.drawn) return;
    this.drawn = text;
    this.text.textContent = text;
    this.root.hidden = !text;
  }
}
