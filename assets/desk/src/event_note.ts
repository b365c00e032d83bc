// A note on an event, in a small dialog.

import { activeElementOf, button, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { Panel, write } from "./panel.ts";
import type { Store } from "./store.ts";

export const LONGEST_NOTE = 500;

export class EventNote extends Panel {
  private readonly dialog = element("dialog", "event-note");
  private readonly form = element("form");
  private readonly what = element("p", "quiet");
  private readonly field = element("textarea", "field");
  /** The event whose note is edited. */
  private event: ReviewEvent | null = null;
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "event-note-panel");
    this.dialog.setAttribute("aria-label", "Note on the event");
    Object.assign(this.field, { maxLength: LONGEST_NOTE, rows: 4 });
    this.field.setAttribute("aria-label", "Note");
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    const buttons = element("div", "prompt-buttons");
    const keep = button("primary", "Save", "Save (Enter)", () => {});
    keep.type = "submit";
    buttons.append(button("plain", "Cancel", "Leave it as it was (Esc)", () => this.dialog.close()), keep);
    const hint = element("p", "quiet", "Plain text, kept in the log and seen by everybody: nothing that says who the patient is. Empty: no note.");
    this.form.append(element("h2", "", "Note"), this.what, this.field, hint, buttons);
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.dialog.append(this.form);
    this.dialog.addEventListener("close", () => this.focusedBefore?.focus({ preventScroll: true }));
    this.root.append(this.dialog);
  }

  /** Edit an event's note; `what` says in words which event it is. */
  open(event: ReviewEvent, what: string): void {
    if (this.dialog.open) return;
    this.event = event;
    this.focusedBefore = activeElementOf(this.root);
    write(this.what, what);
    this.field.value = event.note;
    this.dialog.showModal();
    this.field.focus();
  }

  private submit(submitted: SubmitEvent): void {
    submitted.preventDefault();
    const { event } = this;
    const text = this.field.value.split(/\s+/).filter(Boolean).join(" ");
    this.dialog.close();
    if (event && text !== event.note) void this.store.edits.noteEvent(event.key, text);
  }
}
