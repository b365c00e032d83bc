// Agreement of two people who have edited the recording: each alone over the beats as the program found them.

import { errorOf, isAbort, type Params } from "./api.ts";
import { button, element } from "./dom.ts";
import { Panel, heading, write } from "./panel.ts";
import type { ReaderAgreementPayload, ReaderPayload, ReadersPayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { counted, number } from "./wording.ts";

const NOT_DEFINED = "not defined";

/** Why there is no agreement to show; empty where there is. */
export function noAgreementText(readers: readonly ReaderPayload[]): string {
  if (!readers.length) return "Nobody has edited this recording. Once two people have, their agreement stands here.";
  if (readers.length === 1) return `${readers[0].name} alone has edited this recording. Once a second person has, the agreement of the two stands here.`;
  return "";
}

/** The figures of an agreement in a sentence. */
export function agreementText({ counts, n_differences: n, n_changed: changed, kappa, kappa_changed: ofChanged }: Pick<ReaderAgreementPayload, "counts" | "n_differences" | "n_changed" | "kappa" | "kappa_changed">): string {
  const beats = counts.flat().reduce((sum, each) => sum + each, 0);
  const said = (value: number | null) => (value === null ? NOT_DEFINED : number(value, 3));
  return `${number(n)} of ${counted(beats, "beat")} read differently. Cohen's kappa: ${said(kappa)} over all beats, ${said(ofChanged)} over the ${number(changed)} that either has changed.`;
}

/** Edits that count for nothing alone. */
export function lostText(readers: readonly ReaderPayload[]): string {
  return readers.filter(({ n_lost: n }) => n).map(({ name, n_lost: n }) => `${counted(n, "edit")} of ${name} rest on edits of others and change nothing alone.`).join(" ");
}

export class Readers extends Panel {
  private readonly heading = heading("Agreement of two readers");
  private readonly choices = element("div", "readers-choices");
  private readonly selects = [element("select", "field"), element("select", "field")];
  private readonly message = element("p", "empty");
  private readonly body = element("div", "readers-body");
  private readonly sight: ResizeObserver;
  private asked: AbortController | null = null;
  private shown = "";

  constructor(store: Store, place: ParentNode) {
    super(store, place, "readers");
    this.message.setAttribute("role", "status");
    this.selects.forEach((select, at) => {
      select.setAttribute("aria-label", at ? "Second reader" : "First reader");
      select.addEventListener("change", () => {
        this.shown = "";
        this.update();
      });
    });
    this.choices.append(this.selects[0], element("span", "quiet", "and"), this.selects[1]);
    this.choices.hidden = this.body.hidden = true;
    this.root.append(this.heading.head, this.choices, this.message, this.body);
    this.follow(["state"], () => this.update());
    this.sight = new ResizeObserver(() => this.update());
    this.sight.observe(this.root);
    this.update();
  }

  override destroy(): void {
    this.asked?.abort();
    this.sight.disconnect();
    super.destroy();
  }

  /** Ask where it is seen and no longer speaks of the edits that there are. */
  private update(): void {
    const { stage, revision } = this.store.review;
    if (stage !== "classified") this.show("Edits belong to classified beats.");
    else if (this.root.clientWidth && !this.asked && this.shown !== String(revision)) void this.load(String(revision));
  }

  private show(text: string): void {
    write(this.message, text);
    this.message.hidden = !text;
  }

  private async load(source: string): Promise<void> {
    const asked = (this.asked = new AbortController());
    const [first, second] = this.selects.map(({ value }) => value);
    const params: Params = first && second ? { first, second } : {};
    if (this.body.hidden) this.show("The two readings are being compared …");
    this.body.classList.add("loading");
    try {
      const found = await this.store.api.get("readers", params, { signal: asked.signal });
      this.shown = source;
      this.draw(found);
    } catch (problem) {
      if (isAbort(problem)) return;
      this.shown = source;
      this.body.hidden = true;
      this.show(errorOf(problem).message);
    } finally {
      this.body.classList.remove("loading");
      this.asked = null;
    }
    this.update();
  }

  private draw({ readers, agreement }: ReadersPayload): void {
    const why = noAgreementText(readers);
    this.choices.hidden = readers.length < 3;
    this.selects.forEach((select, at) => {
      const now = (at ? agreement?.second.name : agreement?.first.name) ?? select.value;
      select.replaceChildren(...readers.map(({ name }) => Object.assign(element("option", "", name), { value: name })));
      select.value = now;
    });
    this.body.hidden = !agreement;
    write(this.heading.beside, agreement ? `${agreement.first.name} and ${agreement.second.name}` : "");
    this.show(agreement ? "" : why || "Choose two people.");
    if (!agreement) return;
    const parts = [element("p", "", agreementText(agreement)), element("p", "problem", lostText([agreement.first, agreement.second]))];
    const basis = `Each alone over the beats as the program found them: ${agreement.first.name} ${counted(agreement.first.n_edits, "edit")}, ${agreement.second.name} ${counted(agreement.second.n_edits, "edit")}. What one of them left unchanged counts as found.`;
    parts.push(element("p", "quiet", basis));
    const columns = element("div", "readers-columns");
    columns.append(this.counts(agreement), this.events(agreement), this.beats(agreement), this.alone(agreement));
    this.body.replaceChildren(...parts.filter(({ textContent }) => textContent), columns);
  }

  private table(title: string, heads: string[], rows: string[][]): HTMLElement {
    const box = element("section", "readers-part");
    const table = element("table", "readers-table");
    table.setAttribute("aria-label", title);
    const head = element("tr");
    head.append(...heads.map((text) => Object.assign(element("th", "", text), { scope: "col" })));
    const body = element("tbody");
    for (const [first, ...others] of rows) {
      const line = element("tr");
      line.append(Object.assign(element("th", "", first), { scope: "row" }), ...others.map((text) => element("td", text === "0" ? "quiet" : "", text)));
      body.append(line);
    }
    const top = element("thead");
    top.append(head);
    table.append(top, body);
    box.append(element("h3", "", title), table);
    return box;
  }

  private counts({ first, second, categories, counts }: ReaderAgreementPayload): HTMLElement {
    const used = categories.map((_, at) => at).filter((at) => counts[at].some(Boolean) || counts.some((row) => row[at]));
    const rows = used.map((at) => [categories[at], ...used.map((other) => number(counts[at][other]))]);
    const box = this.table("Beats by class", [`${first.name} ↓ ${second.name} →`, ...used.map((at) => categories[at])], rows);
    box.append(element("p", "quiet", `${categories[categories.length - 1]}: deleted, not added, or in an artefact`));
    return box;
  }

  private events({ first, second, events, statements, n_statements: n }: ReaderAgreementPayload): HTMLElement {
    const rows = events.map((each) => [each.title, number(each.first), number(each.second), number(each.both)]);
    const box = this.table("Events", ["", first.name, second.name, "both"], rows);
    const alone = statements?.map(({ text, reader }) => `${text} (${reader} alone)`).join("; ");
    const told = statements === null ? "Diagnostic statements are compared once the waves are there." : `Diagnostic statements of both: ${number(n)}.${alone ? ` ${alone}.` : ""}`;
    box.append(element("p", "quiet", told));
    return box;
  }

  private jumps(title: string, lines: { text: string; sample: number }[], total: number): HTMLElement {
    const { facts } = this.store.review;
    const box = element("section", "readers-part");
    const list = element("ul", "readers-jumps");
    list.setAttribute("aria-label", title);
    for (const { text, sample } of lines) {
      const item = element("li");
      const time = facts ? formatTime(sample / facts.fs, facts.clockS) : "";
      item.append(button("readers-jump", `${time}  ${text}`, "Go there", () => this.goTo(sample)));
      list.append(item);
    }
    box.append(element("h3", "", title), list);
    if (!lines.length) box.append(element("p", "quiet", "None."));
    if (total > lines.length) box.append(element("p", "quiet", `${number(total - lines.length)} more are not listed.`));
    return box;
  }

  private beats({ first, second, differences, n_differences: n }: ReaderAgreementPayload): HTMLElement {
    const lines = differences.map((each) => ({ text: `${each.first} (${first.name}), ${each.second} (${second.name})`, sample: each.sample }));
    return this.jumps("Beats read differently", lines, n);
  }

  private alone({ event_differences: found, n_event_differences: n }: ReaderAgreementPayload): HTMLElement {
    const lines = found.map((each) => ({ text: `${each.title}, ${each.reader} alone`, sample: each.start_sample }));
    return this.jumps("Events of one reader alone", lines, n);
  }

  private goTo(sample: number): void {
    const { navigation, review } = this.store;
    if (!review.facts) return;
    const at = review.beats.indexOfSample(sample);
    if (at >= 0) navigation.choose(review.beats.id[at], { reveal: false });
    navigation.goTo(sample / review.facts.fs);
  }
}
