// The keyboard: one listener for the whole desk. None of these keys is taken from a field that needs it.

import { LETTERS } from "./beat_table.ts";
import type { Judgement, Label, Mark } from "./payloads.ts";

type Step = 1 | -1;

/** Actions that a key has, and what each is given. */
interface ActionValues {
  page: Step;
  beat: Step;
  /** Time in seconds; Infinity for the end. */
  go: number;
  zoom: Step;
  event: Step;
  abnormal: Step;
  uncertain: Step;
  unseen: Step;
  difference: Step;
  relabel: Label;
  mark: Mark;
  judge: Judgement;
  delete: undefined;
  undo: undefined;
  redo: undefined;
  add: undefined;
  move: undefined;
  calipers: undefined;
  rhythm: undefined;
  leave: undefined;
  saliency: undefined;
  waves: undefined;
  explain: undefined;
  proposal: undefined;
  note: undefined;
  search: undefined;
  help: undefined;
  /** On to the next recording; whether this one is marked as read first. */
  next: boolean;
}

type ActionName = keyof ActionValues;

/** What each action does; one that returns false leaves the key to the browser. */
export type Actions = { [Name in ActionName]: (value: ActionValues[Name]) => unknown };

/** An action and what it is given. */
export type Meaning = { [Name in ActionName]: ActionValues[Name] extends undefined ? [Name] : [Name, ActionValues[Name]] }[ActionName];

/** Where in the page a key was pressed. */
export interface Surroundings {
  onSheet: boolean;
  /** In something that needs all keys itself. */
  field: boolean;
  /** In something that needs the arrow keys itself. */
  list: boolean;
}

type KeyPress = Pick<KeyboardEvent, "key"> & Partial<Pick<KeyboardEvent, "shiftKey" | "ctrlKey" | "metaKey" | "altKey">>;

const ZOOM: Partial<Record<string, Step>> = { "+": 1, "=": 1, "-": -1, _: -1 };
const PLAIN: Partial<Record<string, "add" | "move" | "calipers" | "explain" | "saliency" | "waves" | "rhythm">> = {
  A: "add",
  M: "move",
  C: "calipers",
  E: "explain",
  G: "saliency",
  W: "waves",
  H: "rhythm",
};
const JUDGEMENTS: Partial<Record<string, Judgement>> = { 1: "program", 2: "file", 3: "unsure" };
const MARKS: Partial<Record<string, Mark>> = { D: "seen", X: "dismissed", R: "report" };

/** What a key press means, null where it means nothing. Pure. */
export function meaning(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyPress,
  { onSheet = false, field = false, list = false }: Partial<Surroundings> = {},
): Meaning | null {
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
  const zoom = ZOOM[key];
  if (zoom) return ["zoom", zoom];
  if (key === "Delete" || key === "Backspace") return ["delete"];
  if (key === "[" || key === "]") return ["event", key === "[" ? -1 : 1];
  if (key === "," || key === ".") return ["abnormal", key === "," ? -1 : 1];
  if (key === "/") return ["search"];
  if (key === "?") return ["help"];
  const label = LETTERS.find((each) => each === letter);
  if (label) return ["relabel", label];
  if (letter === "U") return [shiftKey ? "redo" : "undo"];
  const plain = PLAIN[letter];
  if (plain) return [plain];
  if (letter === "J" || letter === "K") return ["unseen", letter === "J" ? 1 : -1];
  if (letter === "I") return ["difference", shiftKey ? -1 : 1];
  const judgement = JUDGEMENTS[key];
  if (judgement) return ["judge", judgement];
  if (letter === "T") return ["note"];
  if (letter === "Y") return ["proposal"];
  if (letter === "L") return ["next", Boolean(shiftKey)];
  const mark = MARKS[letter];
  return mark ? ["mark", mark] : null;
}

const INPUTS_WITHOUT_ARROWS = ["checkbox", "button", "submit", "reset", "file", "image"];
const ROLES_WITH_ARROWS = new Set([
  "slider", "tab", "option", "listbox", "menu", "menuitem", "grid", "gridcell", "combobox",
  "spinbutton", "textbox", "searchbox", "tree", "treeitem", "dialog",
]);

const LIST_ROLES = new Set(["listbox", "option", "grid", "gridcell", "tree", "treeitem", "menu", "menuitem", "tab", "slider"]);

/** What of a node on an event's path is asked after; a document or a window has none of it. */
type PathNode = Partial<Pick<HTMLInputElement, "tagName" | "type" | "isContentEditable" | "getAttribute">>;

const tagOf = (node: PathNode) => node.tagName?.toLowerCase() ?? "";
const roleOf = (node: PathNode) => node.getAttribute?.("role") ?? "";

/** Whether an event's path goes through something that needs the arrow keys itself. */
export function needsArrowKeys(path: readonly PathNode[]): boolean {
  return path.some((node) => {
    const tag = tagOf(node);
    if (tag === "input") return !INPUTS_WITHOUT_ARROWS.includes(node.type ?? "");
    if (["textarea", "select", "video", "audio"].includes(tag)) return true;
    return Boolean(node.isContentEditable) || ROLES_WITH_ARROWS.has(roleOf(node));
  });
}

/** Where in the page a key was pressed, from the event's path. */
export function surroundings(path: readonly EventTarget[], sheet: EventTarget): Surroundings {
  const nodes = path as readonly PathNode[];
  const list = nodes.some((node) => LIST_ROLES.has(roleOf(node)));
  const dialog = nodes.some((node) => tagOf(node) === "dialog" || roleOf(node) === "dialog");
  const field = dialog || (needsArrowKeys(nodes) && !list);
  return { field, list, onSheet: path.includes(sheet) };
}

export class Keys {
  private readonly actions: Actions;
  private readonly sheet: EventTarget;
  private readonly stop = new AbortController();

  constructor(actions: Actions, sheet: EventTarget) {
    this.actions = actions;
    this.sheet = sheet;
    document.addEventListener("keydown", (event) => this.press(event), { signal: this.stop.signal });
  }

  private press(event: KeyboardEvent): void {
    if (event.defaultPrevented) return;
    const found = meaning(event, surroundings(event.composedPath(), this.sheet));
    if (!found) return;
    const [name, value] = found;
    const action = this.actions[name] as (value: Meaning[1]) => unknown;
    if (action(value) === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  destroy(): void {
    this.stop.abort();
  }
}
