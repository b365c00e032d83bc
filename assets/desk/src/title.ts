// @ts-nocheck
// The line that says which recording is on the desk, and whether what was done to it is saved.

import { button, element } from "./dom.ts";
import { notesText } from "./file_text.ts";
import { Panel, write } from "./panel.ts";
import { factsText, liveText, number, savedText } from "./wording.ts";

const HINTS = [
  [["[", "]"], "event"],
  [["Tab"], "next uncertain"],
  [["N", "S", "V"], "relabel"],
  [["U"], "undo"],
];
const CALM_MS = 4000;

/** What the status line says: what was told first, then what waits, then what is saved. */
export function statusText({ status, waiting, saved }) {
  if (status.text) return status;
  if (waiting) return { text: `saving ${number(waiting)} …`, problem: false };
  return { text: savedText(saved), problem: false };
}

/** Counts edits: those that wait to be sent and those that the server has. */
export class Tally {
  constructor() {
    this.saved = 0;
    this.revision = -1;
    this.waiting = new Set();
  }

  /** Look at the operations that wait now; those that are gone were saved if the revision grew, else refused. */
  look(operations, revision) {
    const now = new Set(operations.map(({ uuid }) => uuid));
    if (revision > this.revision) for (const uuid of this.waiting) if (!now.has(uuid)) this.saved += 1;
    this.waiting = now;
    this.revision = revision;
    return { waiting: now.size, saved: this.saved };
  }
}

export class Title extends Panel {
  /** `onFile()` opens what the file says. */
  constructor(store, place, { onFile }) {
    super(store, place, "title-line");
    this.tally = new Tally();
    this.name = element("h1", "name");
    this.badge = element("span", "badge", "Synthetic");
    this.facts = element("span", "facts");
    this.file = button("tool file-button", "File", "", onFile);
    this.notes = element("span", "count");
    this.file.append(this.notes);
    this.live = element("span", "live");
    this.status = element("span", "status");
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-live", "polite");
    const [first, second] = [element("div", "title-first"), element("div", "title-second")];
    first.append(this.name, this.badge, this.facts, this.live, this.file);
    second.append(this.hints(), this.status);
    this.root.append(first, second);
    this.follow(["state", "beats"], () => this.draw());
    this.offs.push(store.subscribe("status", () => this.told()), store.subscribe("beats", () => this.count()));
    this.offs.push(() => clearTimeout(this.calm));
    this.counts = this.tally.look(store.edits.outbox.waiting, store.review.revision);
    this.draw();
    this.drawStatus();
  }

  hints() {
    const hints = element("span", "hints");
    for (const [keys, what] of HINTS) {
      const hint = element("span", "hint");
      for (const key of keys) hint.append(element("kbd", "", key), " ");
      hint.append(what);
      hints.append(hint);
    }
    return hints;
  }

  draw() {
    const { facts, summary } = this.store.review;
    write(this.name, facts?.name ?? "");
    this.badge.hidden = !facts?.synthetic;
    write(this.facts, facts ? factsText(facts) : "");
    const notes = facts?.notes ?? [];
    write(this.notes, notesText(notes));
    this.notes.hidden = !notes.length;
    this.file.disabled = !facts;
    this.file.title = ["About this file", ...notes].join("\n");
    write(this.live, liveText(summary) ?? (facts ? "beats are being found …" : ""));
  }

  count() {
    this.counts = this.tally.look(this.store.edits.outbox.waiting, this.store.review.revision);
    this.drawStatus();
  }

  /** A remark goes after a while, a problem stays until it is over. */
  told() {
    clearTimeout(this.calm);
    const { status } = this.store;
    if (status.text && !status.problem) this.calm = setTimeout(() => this.store.showMessage(""), CALM_MS);
    this.drawStatus();
  }

  drawStatus() {
    const { text, problem } = statusText({ status: this.store.status, ...this.counts });
    write(this.status, text);
    this.status.title = text;
    this.status.classList.toggle("problem", problem);
  }
}
