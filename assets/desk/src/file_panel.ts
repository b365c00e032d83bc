// @ts-nocheck
// What the file says of itself, in a dialog: fetched when it is opened, and set apart from what was found here.

import { button, element } from "./dom.ts";
import { annotationsText, leadText, leadsOf, startText } from "./file_text.ts";
import { Panel } from "./panel.ts";

export class FilePanel extends Panel {
  constructor(store, place) {
    super(store, place, "file-panel");
    this.dialog = element("dialog", "file-dialog");
    this.dialog.setAttribute("aria-label", "About this file");
    this.body = element("div", "file-body");
    const head = element("div", "help-head");
    head.append(element("h2", "", "About this file"), button("plain", "Close", "Close (Esc)", () => this.dialog.close()));
    this.dialog.append(head, this.body);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.before?.focus?.({ preventScroll: true }));
    this.follow(["prefs"], () => this.dialog.open && this.file && this.draw(this.file));
    this.root.append(this.dialog);
  }

  async open() {
    if (this.dialog.open) return;
    this.before = this.root.getRootNode().activeElement;
    this.body.replaceChildren(element("p", "quiet", "The file is being looked at …"));
    this.dialog.showModal();
    try {
      this.file = await this.store.api.get("file");
      this.draw(this.file);
    } catch (problem) {
      this.body.replaceChildren(element("p", "problem", problem.message));
    }
  }

  draw(file) {
    const focused = this.root.getRootNode().activeElement?.value;
    const ours = element("div", "file-own");
    this.body.replaceChildren(this.facts(file), ...this.notes(file.notes), ours);
    if (file.given.length) this.body.insertBefore(this.given(file.given), ours);
    ours.append(
      ...this.annotations(file.annotations),
      ...this.list("Measurements", "the device's own", file.measurements.map(([what, value]) => [what, value])),
      ...this.statements(file.statements),
    );
    ours.hidden = !ours.children.length;
    if (focused !== undefined) this.body.querySelector(`input[value="${focused}"]`)?.focus();
  }

  section(title, beside, ...content) {
    const section = element("section", "file-section");
    const head = element("h3", "", title);
    if (beside) head.append(" ", element("span", "quiet", beside));
    section.append(head, ...content);
    return section;
  }

  terms(pairs) {
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

  facts({ format, start_time: start, leads, left_out: leftOut }) {
    const { told, others } = leadsOf(leads);
    const named = element("div", "file-leads");
    if (others.length) named.append(element("bdi", "", others.join(", ")));
    for (const lead of told) {
      const one = element("div");
      one.append(element("bdi", "strong", lead.name), " ", element("bdi", "quiet", leadText(lead)));
      named.append(one);
    }
    const pairs = [["Format", format || "unknown"], ["Begins", startText(start)], ["Leads", named]];
    if (leftOut.length) pairs.push(["Left out", `${leftOut.join(", ")} (no ECG)`]);
    return this.terms(pairs);
  }

  notes(notes) {
    if (!notes.length) return [];
    const list = element("ul", "file-notes");
    for (const note of notes) {
      const item = element("li");
      item.append(element("bdi", "", note));
      list.append(item);
    }
    return [this.section("Notes", "what was met when it was read", list)];
  }

  given(given) {
    const change = button("plain", "Change …", "Say again what the table holds", () => {
      this.dialog.close();
      this.store.host.layout?.();
    });
    return this.section("Given by a person", "the file does not say it", this.terms(given), change);
  }

  annotations(annotations) {
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

  annotation(each) {
    const line = element("div");
    line.append(element("bdi", "strong", each.name), " ", element("bdi", each.problem ? "problem" : "quiet", annotationsText(each)));
    return line;
  }

  choice(each, at) {
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

  list(title, beside, pairs) {
    return pairs.length ? [this.section(title, beside, this.terms(pairs))] : [];
  }

  statements(statements) {
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
