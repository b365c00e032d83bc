// The line above the paper: what is shown and at which scale, what is laid over it, where to go.

import { button, element } from "./dom.ts";
import { chip, press, write } from "./panel.ts";
import type { PrefName, PrefValues } from "./prefs.ts";
import { leadItems, leadsText } from "./sheet_leads.ts";
import { Menu, type MenuChoice, type MenuItem } from "./sheet_menu.ts";
import { FILTERS, GAINS, LAYOUTS, ROWS, shownLeads, SPEEDS, whyNot, type SheetPlan } from "./sheet_plan.ts";
import { rangeTexts } from "./sheet_text.ts";
import type { Mode } from "./sheet_tools.ts";
import type { Store } from "./store.ts";
import { parseTime, timeHint } from "./wording.ts";

/** Filters that are on, in words. */
export function filterText(filters: readonly string[]): string {
  return filters.length ? `filter: ${filters.map((each) => FILTERS[each] ?? each).join(", ")}` : "no filter";
}

const EXCLUDED: Partial<Record<string, string>> = { mains50: "mains60", mains60: "mains50" };

/** Filters after one is switched; the two mains frequencies exclude one another. */
export function filtersAfter(filters: readonly string[], name: string): string[] {
  if (filters.includes(name)) return filters.filter((each) => each !== name);
  const other = EXCLUDED[name];
  return Object.keys(FILTERS).filter((each) => each === name || (filters.includes(each) && each !== other));
}

/** The notice about leads whose size or name is doubtful; empty where there are none. */
export function leadNotice(notes: readonly string[]): string {
  if (!notes.length) return "";
  const more = notes.length - 1;
  return `${notes[0]}${more ? ` (and ${more} more under File)` : ""}`;
}

const EDGES_HZ: Partial<Record<string, number>> = { mains50: 50, mains60: 60, muscle: 35 };

/** Why a recording of this rate cannot have a filter; an empty text where it can. */
export function whyNoFilter(name: string, fs: number): string {
  // The server leaves out a filter whose edge lies beyond 95 % of half the rate.
  const edge = EDGES_HZ[name] ?? 0;
  return edge < 0.475 * fs ? "" : `needs more than ${Math.ceil(edge / 0.475)} Hz, this recording has ${fs}`;
}

interface HeadActions {
  /** Switch the calipers. */
  calipers: () => void;
  /** Measure the screen. */
  calibrate: () => void;
}

export class SheetHead {
  readonly root = element("div", "sh-head");
  private readonly store: Store;
  private readonly actions: HeadActions;
  private readonly range = element("strong", "sh-range");
  private readonly menus: Record<"speed" | "gain" | "view" | "leads" | "filter", Menu>;
  private readonly calipers: HTMLButtonElement;
  private readonly saliency: HTMLButtonElement;
  private readonly waves: HTMLButtonElement;
  private readonly reference: HTMLButtonElement;
  private readonly annotators: HTMLSelectElement;
  private readonly timeInput: HTMLInputElement;
  private readonly back: HTMLButtonElement;
  private readonly forward: HTMLButtonElement;
  private readonly notice = element("p", "sh-notice");
  private plan: SheetPlan | null = null;

  constructor(store: Store, actions: HeadActions) {
    this.store = store;
    this.actions = actions;
    this.menus = {
      speed: new Menu("Paper speed", "Paper speed", () => this.radios("speed", SPEEDS, (each) => `${each} mm/s`)),
      gain: new Menu("Gain", "Gain", () => this.radios("gain", GAINS, (each) => `${each} mm/mV`)),
      view: new Menu("Layout", "Layout, rows and scale", () => this.viewItems()),
      leads: new Menu("Leads", "Which leads, their order, and those of the rhythm strip", () => this.leadItems()),
      filter: new Menu("Filters", "Filters of the drawn signal; figures and classes do not change", () => this.filterItems()),
    };
    this.calipers = chip("calipers", "Calipers: drag a box (C, or hold Shift and drag)", () => actions.calipers());
    this.saliency = chip("saliency", "Saliency: what the model looked at (G)", () => this.togglePref("saliency"));
    this.waves = chip("waves", "", () => this.togglePref("waves"));
    this.reference = chip("reference", "", () => this.togglePref("reference"));
    this.root.append(this.range, ...Object.values(this.menus).map(({ root }) => root));
    this.annotators = this.buildAnnotators();
    this.root.append(this.calipers, this.waves, this.saliency, this.reference, this.annotators);
    this.timeInput = this.buildTimeInput();
    this.back = button("sh-turn", "‹ page", "Page back (←)", () => store.navigation.turnPages(-1));
    this.forward = button("sh-turn", "page ›", "Page on (→)", () => store.navigation.turnPages(1));
    const pages = element("span", "sh-turns");
    pages.append(this.back, this.forward);
    const going = element("span", "sh-going");
    going.append(this.timeInput, pages);
    this.notice.setAttribute("role", "note");
    this.notice.hidden = true;
    this.root.append(going, this.notice);
  }

  /** Which of the file's annotations make the reference row, where it brings several. */
  private buildAnnotators(): HTMLSelectElement {
    const select = element("select", "field sh-annotators");
    select.setAttribute("aria-label", "Annotations of the reference row");
    select.addEventListener("change", () => this.store.setPref("annotator", Number(select.value)));
    return select;
  }

  private drawAnnotators(): void {
    const { prefs } = this.store;
    const { facts } = this.store.review;
    const names = facts?.annotators ?? [];
    this.annotators.hidden = names.length < 2 || !prefs.reference;
    if (this.annotators.children.length !== names.length) {
      this.annotators.replaceChildren(
        ...names.map((name, at) => Object.assign(element("option", "", name), { value: String(at) })),
      );
    }
    this.annotators.value = String(prefs.annotator);
  }

  private buildTimeInput(): HTMLInputElement {
    const input = element("input", "field sh-go");
    Object.assign(input, { type: "text", placeholder: "hh:mm:ss", autocomplete: "off", spellcheck: false });
    input.setAttribute("aria-label", "Go to a time, hh:mm:ss");
    input.title = "Go to a time (Enter)";
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.goToTyped();
      else if (event.key === "Escape") {
        input.value = "";
        this.clearProblem();
        input.blur();
      }
    });
    input.addEventListener("input", () => this.clearProblem());
    return input;
  }

  /** Go to the time that was typed. */
  private goToTyped(): void {
    const { facts } = this.store.review;
    if (!facts || !this.timeInput.value.trim()) return;
    const timeS = parseTime(this.timeInput.value, facts.clockS);
    if (!(timeS >= 0 && timeS <= facts.durationS)) {
      this.timeInput.setAttribute("aria-invalid", "true");
      this.store.showMessage(`Write ${timeHint(facts)}.`, { problem: true });
      return;
    }
    this.timeInput.value = "";
    this.timeInput.blur();
    this.store.navigation.goTo(timeS, { lead: 0 });
  }

  /** Take the message about a wrong time away once another one is typed. */
  private clearProblem(): void {
    if (this.timeInput.getAttribute("aria-invalid") !== "true") return;
    this.timeInput.removeAttribute("aria-invalid");
    this.store.showMessage("");
  }

  private togglePref(name: "saliency" | "reference" | "waves"): void {
    this.store.setPref(name, !this.store.prefs[name]);
  }

  private radios<Name extends PrefName>(
    name: Name,
    values: readonly PrefValues[Name][],
    text: (value: PrefValues[Name]) => string,
  ): MenuChoice[] {
    const { prefs } = this.store;
    return values.map((value) => ({
      text: text(value),
      on: prefs[name] === value,
      one: true,
      choose: () => this.store.setPref(name, value),
    }));
  }

  private viewItems(): MenuItem[] {
    const { prefs } = this.store;
    const { facts } = this.store.review;
    if (!facts) return [];
    const names = facts.leads.map((lead) => lead.name);
    const { plan } = this;
    const inColumns = plan?.inColumns;
    const nShown = shownLeads(prefs, names).length;
    const items: MenuItem[] = [{ heading: "Layout" }];
    for (const [name, text] of Object.entries(LAYOUTS) as [keyof typeof LAYOUTS, string][]) {
      const choose = () => this.store.setPref("layout", name);
      items.push({ text, on: plan?.arrangement === name, one: true, why: whyNot(name, names, nShown, plan?.width), choose });
    }
    const why = inColumns ? "columns of leads are one row" : "";
    items.push({ heading: "Rows" });
    for (const item of this.radios("rows", ROWS, (rows) => (rows === 1 ? "1 row" : `${rows} rows`))) items.push({ ...item, why, beside: true });
    items.push({ heading: "Scale" });
    const fit = { text: "fits the width", on: prefs.scale === "fit", one: true, choose: () => this.store.setPref("scale", "fit") };
    const isTrue = prefs.scale === "true" && prefs.pxPerMm !== null;
    const known = prefs.pxPerMm !== null;
    const choose = () => (known ? this.store.setPref("scale", "true") : this.actions.calibrate());
    items.push(fit, { text: "true to paper", on: isTrue, one: true, choose });
    if (known) items.push({ text: "measure the screen again …", ends: true, choose: () => this.actions.calibrate() });
    return items;
  }

  private leadItems(): MenuItem[] {
    const { facts } = this.store.review;
    return facts && this.plan ? leadItems(this.store, facts.leads.map((lead) => lead.name), this.plan) : [];
  }

  private filterItems(): MenuChoice[] {
    const { prefs } = this.store;
    const { facts } = this.store.review;
    return Object.entries(FILTERS).map(([name, text]) => ({
      text,
      why: facts ? whyNoFilter(name, facts.fs) : "",
      on: prefs.filters.includes(name),
      choose: () => this.store.setPref("filters", filtersAfter(this.store.prefs.filters, name)),
    }));
  }

  /** Write everything anew after preferences or facts changed. */
  draw(plan: SheetPlan | null, mode: Mode | null): void {
    this.plan = plan;
    const { prefs } = this.store;
    const { facts, stage } = this.store.review;
    this.menus.speed.show(`${prefs.speed} mm/s`);
    this.menus.gain.show(`${prefs.gain} mm/mV`);
    this.menus.view.show(this.viewText(plan));
    this.menus.leads.show(plan && facts ? leadsText(prefs, facts.leads.map((lead) => lead.name), plan) : "leads");
    this.menus.filter.show(filterText(prefs.filters), prefs.filters.length > 0);
    this.drawMode(mode);
    for (const node of [this.calipers, this.timeInput, this.back, this.forward, this.menus.view.open, this.menus.leads.open]) node.disabled = !facts;
    const notice = leadNotice(facts?.leadNotes ?? []);
    this.notice.hidden = !notice;
    this.notice.title = (facts?.leadNotes ?? []).join("\n");
    write(this.notice, notice);
    const { state } = this.store.waves;
    this.waves.disabled = state === "failed" || stage === "beats";
    this.waves.title = state === "ready" ? "Onset, peak and end of P, QRS and T (W)" : "Onset, peak and end of P, QRS and T, once they are measured (W)";
    press(this.waves, prefs.waves);
    const none = !facts?.hasReference;
    this.reference.disabled = none;
    this.reference.title = facts && none ? "This recording has no reference annotations" : "Reference annotations as a second row";
    press(this.reference, prefs.reference && !none);
    this.drawAnnotators();
    this.saliency.disabled = stage !== "classified";
    if (stage !== "classified") this.saliency.title = "Saliency needs classified beats";
    else this.saliency.title = "Saliency: what the model looked at (G)";
    press(this.saliency, prefs.saliency && stage === "classified");
    this.drawView();
  }

  private viewText(plan: SheetPlan | null): string {
    const { prefs } = this.store;
    if (!plan) return prefs.layout === "auto" ? "layout" : LAYOUTS[prefs.layout];
    const parts = [LAYOUTS[plan.arrangement]];
    if (plan.rows.length > 1) parts.push(`${plan.rows.length} rows`);
    if (prefs.scale === "true" && prefs.pxPerMm !== null) parts.push("true");
    return parts.join(" · ");
  }

  drawMode(mode: Mode | null): void {
    press(this.calipers, mode === "calipers");
  }

  /** Write where the view is. */
  drawView(): void {
    const { view } = this.store.navigation;
    const { facts } = this.store.review;
    if (!facts) return;
    const [from, to] = rangeTexts(view.startS, view.spanS, facts);
    write(this.range, `${from} – ${to}`);
    this.back.disabled = view.startS <= 0;
    this.forward.disabled = view.startS + view.spanS >= facts.durationS - 1e-6;
  }
}
