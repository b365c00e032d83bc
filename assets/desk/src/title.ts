// The line that says which recording is on the desk, and whether what was done to it is saved.

import { button, element } from "./dom.ts";
import { titleText } from "./difference_words.ts";
import { notesText } from "./file_text.ts";
import type { Operation } from "./outbox.ts";
import { Panel, write } from "./panel.ts";
import type { Store } from "./store.ts";
import { factsText, liveText, number, savedText } from "./wording.ts";

const HINTS: readonly (readonly [string[], string])[] = [
  [["[", "]"], "event"],
  [["Tab"], "next uncertain"],
  [["N", "S", "V"], "relabel"],
  [["U"], "undo"],
];
const CALM_MS = 4000;

/** Edits that wait to be sent, and those of this page that the server has. */
interface EditCounts {
  waiting: number;
  saved: number;
}

/** What the status line says: what was told first, then what waits, then what is saved. */
export function statusText({ status, waiting, saved }: EditCounts & Pick<Store, "status">): Store["status"] {
  if (status.text) return status;
  if (waiting) return { text: `saving ${number(waiting)} …`, problem: false };
  return { text: savedText(saved), problem: false };
}

/** Counts edits: those that wait to be sent and those that the server has. */
export class Tally {
  private saved = 0;
  private revision = -1;
  private waiting = new Set<string>();

  /** Take the operations that wait now; those that are gone were saved if the revision grew, else refused. */
  update(operations: readonly Pick<Operation, "uuid">[], revision: number): EditCounts {
    const now = new Set(operations.map(({ uuid }) => uuid));
    if (revision > this.revision) for (const uuid of this.waiting) if (!now.has(uuid)) this.saved += 1;
    this.waiting = now;
    this.revision = revision;
    return { waiting: now.size, saved: this.saved };
  }
}

export class Title extends Panel {
  private readonly tally = new Tally();
  private counts: EditCounts;
  private readonly name = element("h1", "name");
  private readonly badge = element("span", "badge", "Synthetic");
  private readonly facts = element("span", "facts");
  private readonly file: HTMLButtonElement;
  private readonly differences: HTMLButtonElement;
  private readonly notes = element("span", "count");
  private readonly live = element("span", "live");
  private readonly status = element("span", "status");
  private clearTimer: ReturnType<typeof setTimeout> | undefined;

  /** `onFile()` opens what the file says, `onDifferences()` where it and the program differ. */
  constructor(store: Store, place: ParentNode, { onFile, onDifferences }: { onFile: () => void; onDifferences: () => void }) {
    super(store, place, "title-line");
    this.file = button("tool file-button", "File", "", onFile);
    this.file.append(this.notes);
    this.status.setAttribute("role", "status");
    this.status.setAttribute("aria-live", "polite");
    const [first, second] = [element("div", "title-first"), element("div", "title-second")];
    this.differences = button("tool differences-button", "", "", onDifferences);
    first.append(this.name, this.badge, this.facts, this.live, this.file, this.differences);
    second.append(this.hints(), this.status);
    this.root.append(first, second);
    this.follow(["state", "beats"], () => this.draw());
    this.follow(["state", "differences"], () => this.drawDifferences());
    this.offs.push(store.subscribe("status", () => this.statusChanged()), store.subscribe("beats", () => this.count()));
    this.offs.push(() => clearTimeout(this.clearTimer));
    this.counts = this.tally.update(store.edits.outbox.waiting, store.review.revision);
    this.draw();
    this.drawDifferences();
    this.drawStatus();
  }

  private hints(): HTMLElement {
    const hints = element("span", "hints");
    for (const [keys, what] of HINTS) {
      const hint = element("span", "hint");
      for (const key of keys) hint.append(element("kbd", "", key), " ");
      hint.append(what);
      hints.append(hint);
    }
    return hints;
  }

  private draw(): void {
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

  private drawDifferences(): void {
    const { text, title } = titleText(this.store.differences);
    write(this.differences, text);
    this.differences.title = title;
    this.differences.hidden = !text;
  }

  private count(): void {
    this.counts = this.tally.update(this.store.edits.outbox.waiting, this.store.review.revision);
    this.drawStatus();
  }

  /** A remark goes after a while, a problem stays until it is over. */
  private statusChanged(): void {
    clearTimeout(this.clearTimer);
    const { status } = this.store;
    if (status.text && !status.problem) this.clearTimer = setTimeout(() => this.store.showMessage(""), CALM_MS);
    this.drawStatus();
  }

  private drawStatus(): void {
    const { text, problem } = statusText({ status: this.store.status, ...this.counts });
    write(this.status, text);
    this.status.title = text;
    this.status.classList.toggle("problem", problem);
  }
}
