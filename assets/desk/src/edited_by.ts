// Who edited a beat last: asked of the server when a person chooses a beat that was edited.

import type { Store } from "./store.ts";

/** `2026-11-20 18:40` of a time in ISO 8601, where the person is. */
export function whenText(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export class EditedBy {
  private readonly store: Store;
  private readonly onFound: () => void;
  /** Beat and revision that were asked for last. */
  private key = "";
  private found = "";

  /** `onFound()` is called when something has become known. */
  constructor(store: Store, onFound: () => void) {
    this.store = store;
    this.onFound = onFound;
  }

  /** Who edited a beat and when, as words; empty while that is not known. */
  of(id: number): string {
    const { store } = this;
    const key = `${id}:${store.review.revision}`;
    // What waits to be sent is not in the log yet; the answer to it makes another revision.
    if (key !== this.key && !store.edits.outbox.waiting.length) {
      this.key = key;
      this.found = "";
      void this.ask(id, key);
    }
    return key === this.key ? this.found : "";
  }

  private async ask(id: number, key: string): Promise<void> {
    const edit = await this.store.api.get("edit", { beat: id }).catch(() => null);
    if (this.key !== key || !edit) return;
    this.found = `${edit.person}, ${whenText(edit.at)}`;
    this.onFound();
  }
}
