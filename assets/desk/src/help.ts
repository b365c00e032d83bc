// Every key, in a dialog.

import { activeElementOf, button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import type { Store } from "./store.ts";

/** Keys, and what they do. */
type KeyLine = readonly [string[], string];

export const KEYS: readonly (readonly [string, KeyLine[]])[] = [
  ["Moving", [
    [["←", "→"], "page back, page on"],
    [["+", "-"], "zoom in, zoom out"],
    [["Home", "End"], "start, end (on the strip)"],
    [["Shift ←", "Shift →"], "beat before, next beat"],
    [["↑", "↓"], "beat before, next beat (on the strip)"],
    [[",", "."], "abnormal beat before, next"],
    [["Tab", "Shift Tab"], "next uncertain beat, before (on the strip)"],
  ]],
  ["Events", [
    [["]", "["], "next event, before"],
    [["J", "K"], "next unseen event, before"],
    [["D"], "seen, or not"],
    [["X"], "dismiss, and on to the next; bring back"],
    [["R"], "★ strip for the report, or not"],
    [["T"], "note on the event"],
  ]],
  ["Worklist", [
    [["L"], "next recording: the most urgent one that nobody has"],
    [["Shift L"], "mark as read, and on to the next"],
  ]],
  ["Differences from the file", [
    [["I", "Shift I"], "next difference, before"],
    [["1", "2", "3"], "the program is right, the file is right, unsure"],
  ]],
  ["Beats", [
    [["N", "S", "V", "F", "Q"], "class of the chosen beat, or of all chosen beats"],
    [["A"], "add a beat: then click on the strip"],
    [["M"], "move the chosen beat: then drag or click"],
    [["Delete"], "delete what is chosen"],
    [["Y"], "to the proposal for similar beats: Enter applies it, Esc refuses"],
    [["H"], "rhythm of the selected span, or of the current event"],
    [["U", "Ctrl Z"], "undo"],
    [["Shift U", "Ctrl Shift Z"], "redo"],
  ]],
  ["Looking", [
    [["C"], "calipers"],
    [["G"], "saliency: what the model looked at"],
    [["W"], "waves: onset, peak and end of P, QRS and T"],
    [["E"], "explain the chosen beat"],
    [["/"], "search"],
    [["Esc"], "leave a mode, then choose nothing: keys change no beat"],
    [["?"], "these keys"],
  ]],
];
const LISTS = "In a list: arrows, Page Up, Page Down, Home and End move, Enter goes there. Keys are off while you type in a field. A key that would change a beat out of view first brings it into view.";

export class Help extends Panel {
  private readonly dialog = element("dialog", "help-dialog");
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "help-panel");
    this.dialog.setAttribute("aria-label", "Keys");
    const head = element("div", "help-head");
    head.append(element("h2", "", "Keys"), button("plain", "Close", "Close (Esc)", () => this.dialog.close()));
    const groups = element("div", "help-groups");
    for (const [name, keys] of KEYS) groups.append(this.group(name, keys));
    this.dialog.append(head, groups, element("p", "quiet", LISTS));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "?") this.dialog.close();
    });
    this.dialog.addEventListener("close", () => this.focusedBefore?.focus({ preventScroll: true }));
    this.root.append(this.dialog);
  }

  private group(name: string, keys: readonly KeyLine[]): HTMLElement {
    const group = element("section", "help-group");
    const list = element("dl");
    for (const [pressed, what] of keys) {
      const term = element("dt");
      for (const key of pressed) term.append(element("kbd", "", key), " ");
      list.append(term, element("dd", "", what));
    }
    group.append(element("h3", "", name), list);
    return group;
  }

  open(): void {
    if (this.dialog.open) return;
    this.focusedBefore = activeElementOf(this.root);
    this.dialog.showModal();
  }
}
