// Heart-rate variability of the whole recording, the day, the night, an hour or the span selected on the strip.

import { isAbort, errorOf, type Params } from "./api.ts";
import { button, element } from "./dom.ts";
import { chip, press, write } from "./panel.ts";
import type { SpanS, VariabilityPart, VariabilityPayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { basisText, groupsOfMeasures, partText, sourceText, type MeasureGroup } from "./variability_words.ts";

interface CardHandlers {
  /** The span that is selected on the strip; null where none is. */
  spanOf: () => { fromS: number; toS: number } | null;
}

const CHOICES: readonly (readonly [VariabilityPart, string, string])[] = [
  ["whole", "Whole", "Of the whole recording"],
  ["day", "Day", "Of the hours of the day"],
  ["night", "Night", "Of the hours of the night"],
  ["span", "Selected span", "Of the span that is selected on the strip: drag over it, or hold Alt and drag"],
];
const SELECT_FIRST = "Select a span on the strip first: drag over it with select on, or hold Alt and drag.";

export class VariabilityCard {
  readonly root = element("section", "variability");
  private readonly store: Store;
  private readonly handlers: CardHandlers;
  private readonly of = element("span", "beside");
  private readonly chips: { part: VariabilityPart; node: HTMLButtonElement }[];
  private readonly age = element("input", "field");
  private readonly sex = element("select", "field");
  private readonly basis = element("p", "variability-basis");
  private readonly groups = element("div", "variability-groups");
  private readonly sources = element("p", "quiet");
  private readonly again = button("plain", "try again", "Ask for it once more", () => void this.load());
  private part: VariabilityPart = "whole";
  /** The button that is pressed; none for an hour of the table. */
  private chosen: VariabilityPart | null = "whole";
  private span: SpanS | null = null;
  private asked: AbortController | null = null;

  constructor(store: Store, handlers: CardHandlers) {
    this.store = store;
    this.handlers = handlers;
    const head = element("div", "variability-head");
    const title = element("h2", "panel-head", "Heart-rate variability");
    title.append(" ", this.of);
    this.chips = CHOICES.map(([part, text, meaning]) => ({ part, node: chip(text, meaning, () => this.choose(part)) }));
    const choices = element("span", "chips");
    choices.setAttribute("role", "group");
    choices.setAttribute("aria-label", "Variability of");
    choices.append(...this.chips.map(({ node }) => node));
    head.append(title, choices, this.buildAge(), this.buildSex());
    this.root.setAttribute("aria-label", "Heart-rate variability");
    this.basis.setAttribute("role", "status");
    this.root.append(head, this.basis, this.again, this.groups, this.sources);
    this.again.hidden = true;
  }

  private buildAge(): HTMLElement {
    const label = element("label", "variability-age", "Age");
    Object.assign(this.age, { type: "text", inputMode: "numeric", size: 4, maxLength: 3, placeholder: "years", autocomplete: "off" });
    this.age.title = "Values of healthy people of this age are shown beside the measures";
    this.age.addEventListener("change", () => void this.load());
    label.append(this.age);
    return label;
  }

  private buildSex(): HTMLElement {
    const label = element("label", "variability-age", "Sex");
    const options = [["", "of the file"], ["F", "female"], ["M", "male"]] as const;
    this.sex.append(...options.map(([value, text]) => Object.assign(element("option", "", text), { value })));
    this.sex.title = "Values of healthy people of this sex are shown beside the measures";
    this.sex.addEventListener("change", () => void this.load());
    label.append(this.sex);
    return label;
  }

  showPart(part: Exclude<VariabilityPart, "span">): void {
    this.show(part, null, part);
  }

  showHour(span: SpanS): void {
    this.show("span", span, null);
  }

  private show(part: VariabilityPart, span: SpanS | null, chosen: VariabilityPart | null): void {
    this.part = part;
    this.span = span;
    this.chosen = chosen;
    void this.load();
  }

  private choose(part: VariabilityPart): void {
    if (part !== "span") {
      this.showPart(part);
      return;
    }
    const span = this.handlers.spanOf();
    if (span) this.show("span", [span.fromS, span.toS], "span");
    else this.store.showMessage(SELECT_FIRST);
  }

  /** Which parts there are. */
  showParts(parts: ReadonlySet<VariabilityPart>): void {
    for (const { part, node } of this.chips) node.hidden = part !== "span" && !parts.has(part);
    if (this.part !== "span" && !parts.has(this.part)) this.part = this.chosen = "whole";
  }

  /** Ask for what is shown once more: beats have changed. */
  async load(): Promise<void> {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    for (const { part, node } of this.chips) press(node, part === this.chosen);
    const years = Number(this.age.value.trim());
    const isAge = Number.isInteger(years) && years >= 0 && years <= 120;
    this.age.setAttribute("aria-invalid", String(!isAge));
    const params: Params = { part: this.part };
    if (this.span) [params.start_s, params.stop_s] = this.span.map((timeS) => Math.max(0, Math.round(1000 * timeS) / 1000));
    if (this.age.value.trim() && isAge) params.age = years;
    if (this.sex.value) params.sex = this.sex.value;
    this.root.classList.add("loading");
    try {
      const found = await this.store.api.get("variability", params, { signal: asked.signal });
      if (this.asked === asked && found) this.draw(found);
    } catch (problem) {
      if (this.asked === asked && !isAbort(problem)) this.drawProblem(errorOf(problem).message);
    }
    if (this.asked === asked) this.root.classList.remove("loading");
  }

  private draw(found: VariabilityPayload): void {
    const { facts } = this.store.review;
    write(this.of, partText(found, facts?.clockS ?? null));
    this.age.placeholder = found.age_of_file === null ? "years" : String(found.age_of_file);
    write(this.sex.options[0], found.sex_of_file === null ? "not known" : found.sex_of_file === "F" ? "female (file)" : "male (file)");
    this.again.hidden = true;
    this.root.classList.toggle("refused", found.refused !== null);
    this.basis.classList.remove("problem");
    write(this.basis, found.refused === null ? basisText(found) : `Not computed: ${found.refused}.`);
    this.groups.replaceChildren(...(found.refused === null ? groupsOfMeasures(found).map((group) => groupNode(group)) : []));
    write(this.sources, found.refused === null ? sourceText(found) : "");
  }

  private drawProblem(message: string): void {
    this.basis.classList.add("problem");
    write(this.basis, message);
    this.again.hidden = false;
    this.groups.replaceChildren();
    write(this.sources, "");
  }

  destroy(): void {
    this.asked?.abort();
    this.asked = null;
  }
}

function groupNode({ title, note, lines }: MeasureGroup): HTMLElement {
  const node = element("div", "variability-group");
  node.append(element("h3", "", title));
  if (note) node.append(element("p", "quiet", note));
  const list = element("dl");
  for (const { title: term, meaning, value, beside, besideTitle, absent } of lines) {
    const line = element("div", absent ? "absent" : "");
    const name = element("dt", "", term);
    const remark = element("dd", "quiet", beside);
    name.title = meaning;
    remark.title = besideTitle;
    line.append(name, element("dd", "value", value), ...(beside ? [remark] : []));
    list.append(line);
  }
  node.append(list);
  return node;
}
