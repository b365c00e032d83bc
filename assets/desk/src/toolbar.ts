// Undo and redo, files in and out, who reviews, and the way to all keys.

import { activeElementOf, button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { FileRoute, HistoryEntry } from "./payloads.ts";
import type { Store } from "./store.ts";

const FILES: readonly (readonly [FileRoute, string, string])[] = [
  ["export/log.json", "Log of edits", "JSON, to be imported again"],
  ["export/beats.csv", "Beats", "CSV table"],
  ["export/beats.zip", "Beats", "WFDB annotations, zip"],
];
const LARGEST_LOG_BYTES = 200e6;

/** Title of a button that takes back or does again. */
export function historyTitle(name: string, key: string, entry: HistoryEntry | null): string {
  return entry ? `${name}: ${entry.text} (${key})` : `Nothing to ${name.toLowerCase()} (${key})`;
}

/** The item that a key moves to in a menu of `n`, null for other keys. */
export function itemAfterKey(key: string, at: number, n: number): number | null {
  if (key === "ArrowDown") return (at + 1) % n;
  if (key === "ArrowUp") return (at - 1 + n) % n;
  if (key === "Home") return 0;
  return key === "End" ? n - 1 : null;
}

export class Toolbar extends Panel {
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly onExport: () => void;
  private readonly open = button("tool", "Files ▾", "Export signal, log and beats, import a log", () => this.toggleMenu());
  private readonly menu = element("div", "menu");
  private readonly items: HTMLButtonElement[];
  /** The items that need classified beats. */
  private readonly ofEdits: HTMLButtonElement[];
  /** Where the log to import is chosen. */
  private readonly file = element("input");
  private readonly person = element("input", "field");

  constructor(store: Store, place: ParentNode, { onHelp, onExport }: { onHelp: () => void; onExport: () => void }) {
    super(store, place, "tools");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Edits, files and reviewer");
    this.onExport = onExport;
    this.undo = button("tool icon", "↶", "", () => void store.edits.undo());
    this.redo = button("tool icon", "↷", "", () => void store.edits.redo());
    this.ofEdits = [
      ...FILES.map(([path, name, what]) => this.item(`Export: ${name}`, what, () => void store.server.download(path))),
      this.item("Import: log of edits", "JSON, of this recording", () => this.file.click()),
    ];
    this.items = [this.item("Export: Signal …", "WFDB, EDF+, CSV, Parquet, DICOM", () => this.onExport()), ...this.ofEdits];
    const keys = button("tool", "", "All keys (?)", onHelp);
    keys.append(element("kbd", "", "?"), " keys");
    this.root.append(this.undo, this.redo, this.buildMenu(), this.buildPerson(), keys);
    this.follow(["state"], () => this.draw());
    this.follow(["prefs"], () => this.drawPerson());
    this.draw();
    this.drawPerson();
  }

  private buildMenu(): HTMLElement {
    const box = element("span", "menu-box");
    this.open.setAttribute("aria-haspopup", "menu");
    this.menu.setAttribute("role", "menu");
    this.menu.setAttribute("aria-label", "Files");
    this.menu.append(...this.items);
    Object.assign(this.file, { type: "file", accept: ".json,application/json", hidden: true });
    this.file.addEventListener("change", () => void this.importChosen());
    box.append(this.open, this.menu, this.file);
    box.addEventListener("keydown", (event) => this.menuKey(event));
    box.addEventListener("focusout", (event) => {
      if (!box.contains(event.relatedTarget as Node | null)) this.toggleMenu(false);
    });
    this.toggleMenu(false);
    return box;
  }

  private item(name: string, what: string, onChoose: () => void): HTMLButtonElement {
    const item = button("item", "", "", () => {
      if (item.getAttribute("aria-disabled") === "true") return;
      this.toggleMenu(false);
      this.open.focus();
      onChoose();
    });
    item.setAttribute("role", "menuitem");
    item.tabIndex = -1;
    item.append(element("span", "", name), " ", element("span", "quiet", what));
    return item;
  }

  private toggleMenu(on = this.menu.hidden): void {
    this.menu.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (on) this.items[0].focus();
  }

  private menuKey(event: KeyboardEvent): void {
    if (event.key === "Escape" && !this.menu.hidden) {
      this.toggleMenu(false);
      this.open.focus();
    } else if (event.key === "ArrowDown" && this.menu.hidden) {
      this.toggleMenu(true);
    } else {
      const at = this.items.findIndex((item) => item === event.target);
      const next = this.menu.hidden ? null : itemAfterKey(event.key, at, this.items.length);
      if (next === null) return;
      this.items[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private async importChosen(): Promise<void> {
    const file = this.file.files?.item(0);
    this.file.value = "";
    if (!file) return;
    if (file.size > LARGEST_LOG_BYTES) {
      this.store.showMessage(`${file.name} is too large for a log of edits.`, { problem: true });
      return;
    }
    await this.store.server.importLog(await file.text());
  }

  private buildPerson(): HTMLElement {
    const label = element("label", "person", "Reviewer ");
    Object.assign(this.person, { type: "text", maxLength: 60, placeholder: "your name", autocomplete: "off", spellcheck: false });
    this.person.title = "Edits are kept under this name";
    this.person.addEventListener("change", () => this.store.setPref("person", this.person.value.trim()));
    this.person.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.person.blur();
    });
    label.append(this.person);
    if (this.store.signedIn) {
      this.person.readOnly = true;
      this.person.title = `Edits are kept under the name of your account: ${this.store.signedIn.name}`;
    }
    return label;
  }

  private draw(): void {
    const { undo, redo } = this.store.review.history;
    const classified = this.store.review.stage === "classified";
    for (const { node, name, key, entry } of [
      { node: this.undo, name: "Undo", key: "U", entry: undo },
      { node: this.redo, name: "Redo", key: "Shift+U", entry: redo },
    ]) {
      // Stays focusable, so that somebody who undoes by keyboard is not thrown out at the last step.
      node.setAttribute("aria-disabled", String(!entry));
      node.title = historyTitle(name, key, entry);
      node.setAttribute("aria-label", node.title);
    }
    this.open.disabled = !this.store.review.facts;
    for (const item of this.ofEdits) {
      item.setAttribute("aria-disabled", String(!classified));
      item.title = classified ? "" : "Classify the beats first";
    }
  }

  private drawPerson(): void {
    if (activeElementOf(this.root) !== this.person) this.person.value = this.store.prefs.person;
  }
}
