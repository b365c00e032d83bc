// @ts-nocheck
// Undo and redo, files in and out, who reviews, and the way to all keys.

import { button, element } from "./dom.ts";
import { Panel } from "./panel.ts";

const FILES = [
  ["export/log.json", "Log of edits", "JSON, to be imported again"],
  ["export/beats.csv", "Beats", "CSV table"],
  ["export/beats.zip", "Beats", "WFDB annotations, zip"],
];
const LARGEST_LOG_BYTES = 200e6;

/** Title of a button that takes back or does again. */
export function historyTitle(name, key, entry) {
  return entry ? `${name}: ${entry.text} (${key})` : `Nothing to ${name.toLowerCase()} (${key})`;
}

/** The item that a key moves to in a menu of `n`, null for other keys. */
export function itemAfterKey(key, at, n) {
  if (key === "ArrowDown") return (at + 1) % n;
  if (key === "ArrowUp") return (at - 1 + n) % n;
  if (key === "Home") return 0;
  return key === "End" ? n - 1 : null;
}

export class Toolbar extends Panel {
  constructor(store, place, { onHelp, onExport }) {
    super(store, place, "tools");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Edits, files and reviewer");
    this.onExport = onExport;
    this.undo = button("tool icon", "↶", "", () => store.edits.undo());
    this.redo = button("tool icon", "↷", "", () => store.edits.redo());
    const keys = button("tool", "", "All keys (?)", onHelp);
    keys.append(element("kbd", "", "?"), " keys");
    this.root.append(this.undo, this.redo, this.buildMenu(), this.buildPerson(), keys);
    this.follow(["state"], () => this.draw());
    this.follow(["prefs"], () => this.drawPerson());
    this.draw();
    this.drawPerson();
  }

  buildMenu() {
    const box = element("span", "menu-box");
    this.open = button("tool", "Files ▾", "Export signal, log and beats, import a log", () => this.toggleMenu());
    this.open.setAttribute("aria-haspopup", "menu");
    this.menu = element("div", "menu");
    this.menu.setAttribute("role", "menu");
    this.menu.setAttribute("aria-label", "Files");
    this.menu.append(this.item("Export: Signal …", "WFDB, EDF+, CSV, Parquet, DICOM", () => this.onExport()));
    this.ofEdits = [
      ...FILES.map(([path, name, what]) => this.item(`Export: ${name}`, what, () => this.store.server.download(path))),
      this.item("Import: log of edits", "JSON, of this recording", () => this.file.click()),
    ];
    this.menu.append(...this.ofEdits);
    this.file = element("input");
    Object.assign(this.file, { type: "file", accept: ".json,application/json", hidden: true });
    this.file.addEventListener("change", () => this.take());
    box.append(this.open, this.menu, this.file);
    box.addEventListener("keydown", (event) => this.menuKey(event));
    box.addEventListener("focusout", (event) => {
      if (!box.contains(event.relatedTarget)) this.toggleMenu(false);
    });
    this.toggleMenu(false);
    return box;
  }

  item(name, what, onChoose) {
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

  toggleMenu(on = this.menu.hidden) {
    this.menu.hidden = !on;
    this.open.setAttribute("aria-expanded", String(on));
    if (on) this.menu.firstElementChild.focus();
  }

  menuKey(event) {
    if (event.key === "Escape" && !this.menu.hidden) {
      this.toggleMenu(false);
      this.open.focus();
    } else if (event.key === "ArrowDown" && this.menu.hidden) {
      this.toggleMenu(true);
    } else {
      const items = [...this.menu.children];
      const next = this.menu.hidden ? null : itemAfterKey(event.key, items.indexOf(event.target), items.length);
      if (next === null) return;
      items[next].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  async take() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    if (file.size > LARGEST_LOG_BYTES) {
      this.store.showMessage(`${file.name} is too large for a log of edits.`, { problem: true });
      return;
    }
    this.store.server.importLog(await file.text());
  }

  buildPerson() {
    const label = element("label", "person", "Reviewer ");
    this.person = element("input", "field");
    Object.assign(this.person, { type: "text", maxLength: 60, placeholder: "your name", autocomplete: "off", spellcheck: false });
    this.person.title = "Edits are kept under this name";
    this.person.addEventListener("change", () => this.store.setPref("person", this.person.value.trim()));
    this.person.addEventListener("keydown", (event) => event.key === "Enter" && this.person.blur());
    label.append(this.person);
    return label;
  }

  draw() {
    const { undo, redo } = this.store.review.history;
    const classified = this.store.review.stage === "classified";
    for (const [node, name, key, entry] of [
      [this.undo, "Undo", "U", undo],
      [this.redo, "Redo", "Shift+U", redo],
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

  drawPerson() {
    if (this.root.getRootNode().activeElement !== this.person) this.person.value = this.store.prefs.person;
  }
}
