// Full disclosure: one lead, a minute a row, a page of half an hour or an hour; a click goes there.

import { paintPage, type PageData } from "./disclosure_draw.ts";
import { PageLoader, type PageRequest } from "./disclosure_loader.ts";
import { keyMoveS, pageOf, pagePlan, ROW_S, rowPieces, rowsOf, rowTop, timeAtPoint, type PagePlan } from "./disclosure_rows.ts";
import { button, element } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { Panel, press } from "./panel.ts";
import { sizeCanvas, themeOf, type PlotTheme } from "./plot_canvas.ts";
import type { PrefValues } from "./prefs.ts";
import { lowerBound } from "./sorted.ts";
import type { Store } from "./store.ts";
import { clockText } from "./times.ts";
import { counted } from "./wording.ts";

const MINUTES: readonly PrefValues["minutes"][] = [30, 60];
const LEAST_ROWS = 6; // room for the message while a page loads
const GAINS = [0.5, 1, 2, 4];
const NOT_DRAWN = /^(UNREADABLE|SINGLE_|DEVICE)/;

/** A group of buttons of which one is chosen. */
interface Choices<Value> {
  group: HTMLElement;
  buttons: { value: Value; node: HTMLButtonElement }[];
}

function choices<Value>(label: string, values: readonly Value[], textOf: (value: Value) => string, choose: (value: Value) => void): Choices<Value> {
  const group = element("span", "plot-choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  const buttons = values.map((value) => ({ value, node: button("", textOf(value), `${label}: ${textOf(value)}`, () => choose(value)) }));
  group.append(...buttons.map(({ node }) => node));
  return { group, buttons };
}

function showChoice<Value>({ buttons }: Choices<Value>, chosen: Value): void {
  for (const { value, node } of buttons) press(node, value === chosen);
}

export class Disclosure extends Panel {
  private lead = 0;
  private gain = 1;
  /** Start of the page. */
  private startS = 0;
  /** Start of the page that the sheet is on; null before the recording is known. */
  private sheetPageS: number | null = null;
  private data: Omit<PageData, "startS" | "gain"> | null = null;
  private plan: PagePlan | null = null;
  private colours: PlotTheme | null = null;
  private visible = false;
  private frame = 0;
  private readonly loader: PageLoader;
  private readonly layer = element("canvas");
  private readonly title = document.createTextNode("Full disclosure");
  private readonly remark = element("small");
  private readonly leads = element("select");
  private readonly lengths = choices("Minutes on a page", MINUTES, (minutes) => `${minutes} min`, (minutes) => this.store.setPref("minutes", minutes));
  private readonly gains = choices("Height of the traces", GAINS, (gain) => (gain < 1 ? "½×" : `${gain}×`), (gain) => this.setGain(gain));
  private readonly before = button("", "‹ earlier", "The page before (Page Up)", () => this.turnPage(-1));
  private readonly after = button("", "later ›", "The page after (Page Down)", () => this.turnPage(1));
  private readonly stage = element("div", "disclosure-stage");
  private readonly canvas = element("canvas");
  private readonly windows = element("div", "disclosure-windows");
  private readonly tip = element("div", "plot-tip");
  private readonly waiting = element("p", "plot-waiting");
  private readonly retry = button("plot-again", "Try again", "Ask for this page again", () => {
    this.loader.stop();
    this.loadPage();
    this.draw();
  });
  private readonly resizes = new ResizeObserver(() => this.resize());
  private readonly visibility = new IntersectionObserver(([entry]) => {
    this.visible = entry.isIntersecting;
    this.loadPage();
  });

  constructor(store: Store, place: ParentNode) {
    super(store, place, "disclosure");
    this.loader = new PageLoader((params, signal) => store.api.packed("disclosure", params, { signal }), () => this.draw());
    this.build();
    this.listen();
    this.follow(["state", "beats"], () => this.update());
    this.follow(["view"], () => this.followSheet(false));
    this.follow(["jump"], () => this.followSheet(true));
    this.follow(["prefs"], () => this.applyChoices());
    this.follow(["theme"], () => {
      this.colours = null;
      this.draw();
    });
    this.update();
  }

  override destroy(): void {
    super.destroy();
    this.resizes.disconnect();
    this.visibility.disconnect();
    this.loader.stop();
    cancelAnimationFrame(this.frame);
  }

  private build(): void {
    const head = element("div", "plot-head");
    const heading = element("h2");
    heading.append(this.title, this.remark);
    const leads = element("label", "disclosure-lead", "Lead ");
    leads.append(this.leads);
    const turns = element("span", "plot-choices");
    turns.append(this.before, this.after);
    head.append(heading, leads, this.lengths.group, this.gains.group, turns);

    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-roledescription", "full disclosure");
    this.stage.setAttribute("aria-label", "Full disclosure. Arrows move the sheet, Page Up and Page Down turn the page.");
    this.canvas.setAttribute("role", "img");
    this.tip.hidden = true;
    this.waiting.setAttribute("role", "status");
    this.stage.append(this.canvas, this.windows, this.tip, this.waiting);
    this.root.append(head, this.stage);
  }

  private listen(): void {
    this.stage.addEventListener("click", (event) => this.click(event));
    this.stage.addEventListener("pointermove", (event) => this.hover(event));
    this.stage.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.leads.addEventListener("change", () => {
      this.lead = Number(this.leads.value);
      this.update();
    });
    this.resizes.observe(this.stage);
    this.visibility.observe(this.stage);
  }

  private get minutes(): PrefValues["minutes"] {
    return this.store.prefs.minutes;
  }

  /** Length of a whole page. */
  private get pageS(): number {
    return this.minutes * ROW_S;
  }

  // What is shown

  private update(): void {
    const { facts, episodes, beats, unreadable } = this.store.review;
    const { status } = this.store;
    if (!facts) {
      this.showWaiting(status.problem ? status.text : "Opening the recording …");
      return;
    }
    if (this.leads.children.length !== facts.leads.length) {
      this.leads.replaceChildren(
        ...facts.leads.map(({ name }, index) => Object.assign(element("option", "", name), { value: String(index) })),
      );
    }
    if (this.lead >= facts.leads.length) this.lead = 0;
    this.leads.value = String(this.lead);
    if (this.sheetPageS === null) this.startS = this.sheetPageS = pageOf(this.store.navigation.view.startS, this.minutes, facts.durationS);
    this.data = {
      clockS: facts.clockS,
      beats,
      episodes: episodes.filter(({ kind, dismissed }) => !NOT_DRAWN.test(kind) && !dismissed).reverse(),
      unreadable: unreadable[this.lead] ?? [],
      rangeMv: facts.leads[this.lead].rangeMv,
      scale: facts.leads[this.lead].scale,
      layer: this.layer,
    };
    this.applyChoices();
  }

  /** Show the page as the length and the gain that are chosen want it. */
  private applyChoices(): void {
    const { facts } = this.store.review;
    if (!facts) return;
    showChoice(this.lengths, this.minutes);
    showChoice(this.gains, this.gain);
    this.show(pageOf(this.startS, this.minutes, facts.durationS), facts);
  }

  private setGain(gain: number): void {
    this.gain = gain;
    this.applyChoices();
  }

  /** Show the page that begins at a time. */
  private show(startS: number, { durationS, clockS }: Facts): void {
    if (startS !== this.startS) this.tip.hidden = true;
    this.startS = startS;
    const stopS = Math.min(startS + this.pageS, durationS);
    this.title.data = `${clockText(startS, clockS)} – ${clockText(stopS, clockS)}`;
    this.remark.textContent = `page ${Math.round(startS / this.pageS) + 1} of ${Math.ceil(durationS / this.pageS - 1e-9)}`;
    this.before.disabled = startS <= 0;
    this.after.disabled = stopS >= durationS;
    this.resize();
  }

  private turnPage(pages: number): void {
    const { facts } = this.store.review;
    if (facts) this.show(pageOf(this.startS + pages * this.pageS, this.minutes, facts.durationS), facts);
  }

  private resize(): void {
    const width = this.stage.clientWidth;
    const { facts } = this.store.review;
    if (!width || !this.data || !facts) return;
    const dpr = window.devicePixelRatio || 1;
    const [rows, mostRows] = [this.startS, 0].map((startS) => rowsOf(startS, this.minutes, facts.durationS));
    this.plan = pagePlan(width, this.minutes, rows, dpr, Math.max(mostRows, LEAST_ROWS));
    this.stage.style.height = `${this.plan.height}px`;
    this.draw();
    this.loadPage();
  }

  // Asking for pages

  private request(startS: number, { columns }: PagePlan): PageRequest {
    const filter = this.store.prefs.filters.join(",") || "none";
    const params = { start_s: startS, minutes: this.minutes, width: columns, lead: this.lead, filter };
    const stopS = Math.min(startS + this.pageS, this.store.review.facts?.durationS ?? 0); // a live stream's last page grows
    return { params, key: [...Object.values(params), stopS].join(" ") };
  }

  /** Ask for the page, and the one after it, once they are in sight. */
  private loadPage(): void {
    const { plan } = this;
    const { facts } = this.store.review;
    if (!plan || !facts || !this.visible) return;
    const nextS = this.startS + this.pageS;
    this.loader.want(this.request(this.startS, plan), nextS < facts.durationS ? this.request(nextS, plan) : null);
  }

  private showWaiting(text: string, problem = false): void {
    this.waiting.textContent = text;
    this.waiting.hidden = !text;
    this.waiting.classList.toggle("problem", problem);
    if (problem) this.waiting.append(this.retry);
  }

  // Drawing

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    const { plan, startS, gain } = this;
    const { facts } = this.store.review;
    if (!plan || !this.data || !facts) return;
    const page = this.loader.page(this.request(startS, plan).key);
    this.colours ??= themeOf(this.root);
    const context = sizeCanvas(this.canvas, plan.width, plan.height, plan.dpr);
    const data = { ...this.data, startS, gain };
    paintPage(context, plan, page, data, this.colours);
    if (page) this.showWaiting("");
    else this.showWaiting(this.loader.problem ?? "Loading this page …", this.loader.problem !== null);
    this.placeWindow();
    this.canvas.setAttribute("aria-label", this.label(data, facts));
  }

  private label({ startS, clockS, beats, episodes }: PageData, facts: Facts): string {
    const stopS = Math.min(startS + this.pageS, facts.durationS);
    const [a, b] = [startS, stopS].map((timeS) => lowerBound(beats.sample, timeS * beats.fs, beats.n));
    const ofClass = (index: number) => beats.label.subarray(a, b).reduce((n, label) => n + (label === index ? 1 : 0), 0);
    const n = episodes.filter((episode) => episode.startS < stopS && episode.stopS > startS).length;
    const what = `Lead ${facts.leads[this.lead].name} from ${clockText(startS, clockS)} to ${clockText(stopS, clockS)}, a minute a row`;
    return `${what}: ${counted(b - a, "beat")}, ${ofClass(2)} ventricular, ${ofClass(1)} supraventricular, ${counted(n, "rhythm episode")}.`;
  }

  /** Turn to the page that the sheet has come to; a person may look at another page while it pans on its own. */
  private followSheet(jumped: boolean): void {
    const { facts } = this.store.review;
    if (!this.data || !facts) return;
    const pageS = pageOf(this.store.navigation.view.startS, this.minutes, facts.durationS);
    const left = pageS !== this.sheetPageS;
    this.sheetPageS = pageS;
    if ((jumped || left) && pageS !== this.startS) this.show(pageS, facts);
    else this.placeWindow();
  }

  /** Outline what the sheet shows. */
  private placeWindow(): void {
    const { plan } = this;
    if (!plan || !this.data) return;
    const { startS, spanS } = this.store.navigation.view;
    const outlines = rowPieces(plan, this.startS, startS, startS + spanS).map(({ row, left, width, begins, ends }) => {
      const node = element("div", "disclosure-window");
      node.style.cssText = `transform:translate(${left}px,${rowTop(plan, row)}px);width:${Math.max(width, 3)}px;height:${plan.rowPx}px`;
      node.classList.toggle("goes-on", !ends);
      node.classList.toggle("came", !begins);
      return node;
    });
    this.windows.replaceChildren(...outlines);
  }

  // Pointer and keys

  /** Where the pointer is, and the time there; null where there is none. */
  private point(event: MouseEvent): { x: number; y: number; timeS: number } | null {
    const { plan, data } = this;
    const { facts } = this.store.review;
    if (!plan || !data || !facts) return null;
    const bounds = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const timeS = timeAtPoint(plan, this.startS, x, y, facts.durationS);
    return timeS === null ? null : { x, y, timeS };
  }

  private click(event: MouseEvent): void {
    if (event.target instanceof Element && event.target.closest("button")) return;
    const at = this.point(event);
    const { spanS } = this.store.navigation.view;
    if (at) this.store.navigation.goTo(at.timeS, { lead: Math.min(spanS, 10) / 2 });
  }

  private hover(event: PointerEvent): void {
    const at = this.point(event);
    this.tip.hidden = !at;
    if (!at || !this.data || !this.plan) return;
    const { beats, clockS } = this.data;
    const near = [0, 1].map((back) => lowerBound(beats.sample, at.timeS * beats.fs, beats.n) - back);
    const beat = near.find((i) => i >= 0 && i < beats.n && Math.abs(beats.timeS(i) - at.timeS) < 0.3);
    const letter = beat === undefined ? null : beats.letter(beat);
    this.tip.textContent = `${clockText(at.timeS, clockS)}${letter ? ` · ${letter}` : ""}`;
    const left = Math.min(Math.max(at.x - this.tip.offsetWidth / 2, 0), this.plan.width - this.tip.offsetWidth);
    const above = at.y > 34 ? at.y - 30 : at.y + 20;
    this.tip.style.transform = `translate(${left}px, ${above + 24}px)`;
  }

  private key(event: KeyboardEvent): void {
    const { facts } = this.store.review;
    if (!facts || event.altKey || event.ctrlKey || event.metaKey || event.target !== this.stage) return;
    const { startS, spanS } = this.store.navigation.view;
    const moveS = keyMoveS(event.key, event.shiftKey, { viewSpanS: spanS, minutes: this.minutes });
    if (moveS === null) return;
    this.store.navigation.goTo(Math.min(Math.max(startS + moveS, 0), facts.durationS), { lead: 0 });
    event.preventDefault();
    event.stopPropagation();
  }
}
