// @ts-nocheck
// A note on an event, in a small dialog.

import { button, element } from "./dom.ts";
import { Panel, write } from "./panel.ts";

export const LONGEST_NOTE = 500;

export class EventNote extends Panel {
  constructor(store, place) {
    super(store, place, "event-note-panel");
    this.dialog = element("dialog", "event-note");
    this.dialog.setAttribute("aria-label", "Note on the event");
    this.form = element("form");
    this.what = element("p", "quiet");
    this.field = element("textarea", "field");
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
    this.dialog.addEventListener("close", () => this.before?.focus?.({ preventScroll: true }));
    this.root.append(this.dialog);
  }

  /** Edit an event's note; `what` says in words which event it is. */
  open(event, what) {
    if (this.dialog.open) return;
    this.event = event;
    this.before = this.root.getRootNode().activeElement;
    write(this.what, what);
    this.field.value = event.note;
    this.dialog.showModal();
    this.field.focus();
  }

  submit(event) {
    event.preventDefault();
    const text = this.field.value.split(/\s+/).filter(Boolean).join(" ");
    this.dialog.close();
    if (text !== this.event.note) this.store.edits.noteEvent(this.event.key, text);
  }
}
