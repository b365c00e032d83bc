// Who edits: asked once, before the first edit of somebody who has given no name. Without an answer nothing happens.

import { activeElementOf, button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { Store } from "./store.ts";

export const LONGEST_NAME = 60;

/** A name as it is kept: on one line, without blanks around it. */
export function cleanName(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(" ").slice(0, LONGEST_NAME).trim();
}

export class NamePrompt extends Panel {
  private readonly dialog = element("dialog", "name-prompt");
  private readonly form = element("form");
  private readonly field = element("input", "field");
  /** The question under way, and what answers it. */
  private asked: Promise<boolean> | null = null;
  private answer: ((named: boolean) => void) | null = null;
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "name-prompt-panel");
    this.dialog.setAttribute("aria-label", "Your name");
    Object.assign(this.field, { type: "text", maxLength: LONGEST_NAME, required: true, autocomplete: "off", spellcheck: false });
    const label = element("label", "", "Name ");
    label.append(this.field);
    const buttons = element("div", "prompt-buttons");
    const go = button("primary", "Edit under this name", "", () => {});
    go.type = "submit";
    buttons.append(button("plain", "Cancel", "Change nothing (Esc)", () => this.dialog.close()), go);
    const why = element("p", "quiet", "Every change is kept with the name of who made it, and your colleagues see it. This browser remembers yours.");
    this.form.append(element("h2", "", "Who is reviewing?"), why, label, buttons);
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.dialog.append(this.form);
    this.dialog.addEventListener("close", () => this.closed());
    this.root.append(this.dialog);
  }

  /** Ask for a name; resolves to whether one was given. */
  ask(): Promise<boolean> {
    this.asked ??= new Promise<boolean>((resolve) => (this.answer = resolve));
    if (!this.dialog.open) {
      this.focusedBefore = activeElementOf(this.root);
      this.field.value = "";
      this.dialog.showModal();
      this.field.focus();
    }
    return this.asked;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const name = cleanName(this.field.value);
    if (!name) return;
    this.store.setPref("person", name);
    this.dialog.close();
  }

  private closed(): void {
    const { answer } = this;
    this.asked = this.answer = null;
    this.focusedBefore?.focus({ preventScroll: true });
    answer?.(Boolean(this.store.prefs.person));
  }
}
