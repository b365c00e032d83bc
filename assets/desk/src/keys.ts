// @ts-nocheck
// The keyboard: one listener for the whole desk. None of these keys is taken from a field that needs it.

import { LETTERS } from "./beat_table.ts";

const ZOOM = { "+": 1, "=": 1, "-": -1, _: -1 };

/** What a key press means, null where it means nothing. Pure. */
export function meaning({ key, shiftKey, ctrlKey, metaKey, altKey }, { onSheet = false, field = false, list = false } = {}) {
  const command = ctrlKey || metaKey;
  if (field) return null;
  const letter = key.length === 1 ? key.toUpperCase() : key;
  if (command && letter === "Z") return [shiftKey ? "redo" : "undo"];
  if (command && letter === "Y") return ["redo"];
  if (command || altKey) return null;
  if (key === "Tab") return onSheet ? ["uncertain", shiftKey ? -1 : 1] : null;
  if (key === "Escape") return ["leave"];
  if (!list) {
    if (key === "ArrowLeft") return shiftKey ? ["beat", -1] : ["page", -1];
    if (key === "ArrowRight") return shiftKey ? ["beat", 1] : ["page", 1];
    if (onSheet && key === "ArrowUp") return ["beat", -1];
    if (onSheet && key === "ArrowDown") return ["beat", 1];
    if (onSheet && key === "Home") return ["go", 0];
    if (onSheet && key === "End") return ["go", Infinity];
  }
  if (key in ZOOM) return ["zoom", ZOOM[key]];
  if (key === "Delete" || key === "Backspace") return ["delete"];
  if (key === "[" || key === "]") return ["event", key === "[" ? -1 : 1];
  if (key === "," || key === ".") return ["abnormal", key === "," ? -1 : 1];
  if (key === "/") return ["search"];
  if (key === "?") return ["help"];
  if (LETTERS.includes(letter)) return ["relabel", letter];
  if (letter === "U") return [shiftKey ? "redo" : "undo"];
  const plain = { A: "add", M: "move", C: "calipers", E: "explain", G: "saliency", H: "rhythm" }[letter];
  if (plain) return [plain];
  if (letter === "J" || letter === "K") return ["unseen", letter === "J" ? 1 : -1];
  if (letter === "T") return ["note"];
  const mark = { D: "seen", X: "dismissed", R: "report" }[letter];
  return mark ? ["mark", mark] : null;
}

const CALM_INPUTS = ["checkbox", "button", "submit", "reset", "file", "image"];
const BUSY_ROLES = new Set([
  "slider", "tab", "option", "listbox", "menu", "menuitem", "grid", "gridcell", "combobox",
  "spinbutton", "textbox", "searchbox", "tree", "treeitem", "dialog",
]);

/** Whether an event's path goes through something that needs the arrow keys itself. */
export function needsArrowKeys(path) {
  return path.some((node) => {
    const tag = node.tagName?.toLowerCase();
    if (tag === "input") return !CALM_INPUTS.includes(node.type);
    if (["textarea", "select", "video", "audio"].includes(tag)) return true;
    return Boolean(node.isContentEditable) || BUSY_ROLES.has(node.getAttribute?.("role"));
  });
}

const LISTS = new Set(["listbox", "option", "grid", "gridcell", "tree", "treeitem", "menu", "menuitem", "tab", "slider"]);

/** Where in the page a key was pressed. */
export function surroundings(path, sheet) {
  const busy = needsArrowKeys(path);
  const list = path.some((node) => LISTS.has(node.getAttribute?.("role")));
  const dialog = path.some((node) => node.tagName?.toLowerCase() === "dialog" || node.getAttribute?.("role") === "dialog");
  const field = dialog || (busy && !list);
  return { field, list, onSheet: path.includes(sheet) };
}

export class Keys {
  /** `actions` maps the names of `meaning` to functions. */
  constructor(actions, sheet) {
    this.actions = actions;
    this.sheet = sheet;
    this.stop = new AbortController();
    document.addEventListener("keydown", (event) => this.press(event), { signal: this.stop.signal });
  }

  press(event) {
    if (event.defaultPrevented) return;
    const found = meaning(event, surroundings(event.composedPath(), this.sheet));
    if (!found) return;
    const [name, value] = found;
    const action = this.actions[name];
    if (!action || action(value, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  destroy() {
    this.stop.abort();
  }
}
