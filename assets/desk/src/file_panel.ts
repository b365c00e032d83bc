// What the file says of itself, in a dialog: fetched when it is opened, and set apart from what was found here.

import { errorOf } from "./api.ts";
import { activeElementOf, button, element } from "./dom.ts";
import { annotationsText, leadText, leadsOf, startText } from "./file_text.ts";
import { Panel } from "./panel.ts";
import type { FileAnnotations, FilePayload } from "./payloads.ts";
import type { Store } from "./store.ts";

/** Names with texts or elements. */
type Pairs = readonly (readonly [string, string | Node])[];

export class FilePanel extends Panel {
  private readonly dialog = element("dialog", "file-dialog");
  private readonly body = element("div", "file-body");
  private file: FilePayload | null = null;
  private focusedBefore: HTMLElement | null = null;

  constructor(store: Store, place: ParentNode) {
    super(store, place, "file-panel");
    this.dialog.setAttribute("aria-label", "About this file");
    const head = element("div", "help-head");
    head.append(element("h2", "", "About this file"), button("plain", "Close", "Close (Esc)", () => this.dialog.close()));
    this.dialog.append(head, this.body);
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("close", () => this.focusedBefore?.focus({ preventScroll: true }));
    this.follow(["prefs"], () => {
      if (this.dialog.open && this.file) this.draw(this.file);
    });
    this.root.append(this.dialog);
  }

  async open(): Promise<void> {
    if (this.dialog.open) return;
    this.focusedBefore = activeElementOf(this.root);
    this.body.replaceChildren(element("p", "quiet", "The file is being looked at …"));
    this.dialog.showModal();
    try {
      this.file = await this.store.api.get("file");
      this.draw(this.file);
    } catch (thrown) {
      this.body.replaceChildren(element("p", "problem", errorOf(thrown).message));
    }
  }

  private draw(file: FilePayload): void {
    const focused = activeElementOf(this.root);
    const focusedValue = focused instanceof HTMLInputElement ? focused.value : null;
    const ours = element("div", "file-own");
    this.body.replaceChildren(this.facts(file), ...this.notes(file.notes), ours);
    if (file.given.length) this.body.insertBefore(this.given(file.given), ours);
    ours.append(
      ...this.annotations(file.annotations),
      ...this.list("Measurements", "the device's own", file.measurements),
      ...this.statements(file.statements),
    );
    ours.hidden = !ours.children.length;
    if (focusedValue !== null) this.body.querySelector<HTMLElement>(`input[value="${focusedValue}"]`)?.focus();
  }

  private section(title: string, beside: string, ...content: Node[]): HTMLElement {
    const section = element("section", "file-section");
    const head = element("h3", "", title);
    if (beside) head.append(" ", element("span", "quiet", beside));
    section.append(head, ...content);
    return section;
  }

  private terms(pairs: Pairs): HTMLElement {
    const list = element("dl", "file-facts");
    for (const [what, value] of pairs) {
      const term = element("dt");
      const text = element("dd");
      term.append(element("bdi", "", what));
      if (value instanceof Node) text.append(value);
      else text.append(element("bdi", "", value));
      list.append(term, text);
    }
    return list;
  }

  private facts({ format, start_time: start, leads, left_out: leftOut }: FilePayload): HTMLElement {
    const { told, others } = leadsOf(leads);
    const named = element("div", "file-leads");
    if (others.length) named.append(element("bdi", "", others.join(", ")));
    for (const lead of told) {
      const one = element("div");
      one.append(element("bdi", "strong", lead.name), " ", element("bdi", "quiet", leadText(lead)));
      named.append(one);
    }
    const pairs: [string, string | Node][] = [["Format", format || "unknown"], ["Begins", startText(start)], ["Leads", named]];
    if (leftOut.length) pairs.push(["Left out", `${leftOut.join(", ")} (no ECG)`]);
    return this.terms(pairs);
  }

  private notes(notes: string[]): HTMLElement[] {
    if (!notes.length) return [];
    const list = element("ul", "file-notes");
    for (const note of notes) {
      const item = element("li");
      item.append(element("bdi", "", note));
      list.append(item);
    }
    return [this.section("Notes", "what was met when it was read", list)];
  }

  private given(given: Pairs): HTMLElement {
    const change = button("plain", "Change …", "Say again what the table holds", () => {
      this.dialog.close();
      this.store.host.layout?.();
    });
    return this.section("Given by a person", "the file does not say it", this.terms(given), change);
  }

  private annotations(annotations: FileAnnotations[]): HTMLElement[] {
    if (!annotations.length) return [];
    const list = element("div", "file-annotations");
    const several = annotations.length > 1;
    if (several) {
      list.setAttribute("role", "radiogroup");
      list.setAttribute("aria-label", "Annotations of the reference row");
    }
    annotations.forEach((each, at) => list.append(several ? this.choice(each, at) : this.annotation(each)));
    return [this.section("Annotations", several ? "the chosen ones make the reference row" : "the reference row", list)];
  }

  private annotation(each: FileAnnotations): HTMLElement {
    const line = element("div");
    line.append(element("bdi", "strong", each.name), " ", element("bdi", each.problem ? "problem" : "quiet", annotationsText(each)));
    return line;
  }

  private choice(each: FileAnnotations, at: number): HTMLElement {
    const label = element("label");
    const input = element("input");
    Object.assign(input, { type: "radio", name: "file-annotations", value: String(at), checked: at === this.store.prefs.annotator });
    input.setAttribute("value", String(at));
    input.addEventListener("change", () => {
      this.store.setPref("annotator", at);
      this.store.setPref("reference", true);
    });
    label.append(input, " ", ...this.annotation(each).childNodes);
    return label;
  }

  private list(title: string, beside: string, pairs: Pairs): HTMLElement[] {
    return pairs.length ? [this.section(title, beside, this.terms(pairs))] : [];
  }

  private statements(statements: string[]): HTMLElement[] {
    if (!statements.length) return [];
    const list = element("ul", "file-statements");
    for (const statement of statements) {
      const item = element("li");
      item.append(element("bdi", "", statement));
      list.append(item);
    }
    return [this.section("Interpretation", "the file's own, not checked here", list)];
  }
}
