// @ts-nocheck
// Full disclosure: one lead, a minute a row, a page of half an hour or an hour; a click goes there.

import { paintPage } from "./disclosure_draw.ts";
import { PageLoader } from "./disclosure_loader.ts";
import { keyMoveS, pageOf, pagePlan, ROW_S, rowPieces, rowsOf, rowTop, timeAtPoint } from "./disclosure_rows.ts";
import { button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import { sizeCanvas, themeOf } from "./plot_canvas.ts";
import { lowerBound } from "./sorted.ts";
import { clockText } from "./times.ts";
import { counted } from "./wording.ts";

const MINUTES = [30, 60];
const LEAST_ROWS = 6; // room for what is said while a page loads
const GAINS = [0.5, 1, 2, 4];
const NOT_DRAWN = /^(UNREADABLE|SINGLE_|DEVICE)/;

export class Disclosure extends Panel {
  constructor(store, place) {
    super(store, place, "disclosure");
    this.loader = new PageLoader((params, signal) => store.api.packed("disclosure", params, { signal }), () => this.draw());
    this.layer = document.createElement("canvas");
    this.lead = 0;
    this.gain = 1;
    this.startS = null;
    this.build();
    this.listen();
    this.follow(["state", "beats"], () => this.take());
    this.follow(["view"], () => this.followSheet(false));
    this.follow(["jump"], () => this.followSheet(true));
    this.follow(["prefs"], () => this.preferred());
    this.follow(["theme"], () => {
      this.colours = null;
      this.draw();
    });
    this.take();
  }

  destroy() {
    super.destroy();
    this.resizes.disconnect();
    this.sights.disconnect();
    this.loader.stop();
    cancelAnimationFrame(this.frame);
  }

  build() {
    const head = element("div", "plot-head");
    this.range = element("h2", "", "Full disclosure");
    this.remark = element("small");
    this.range.append(this.remark);
    const leads = element("label", "disclosure-lead", "Lead ");
    this.leads = element("select");
    leads.append(this.leads);
    this.lengths = this.choices("Minutes on a page", MINUTES, (minutes) => `${minutes} min`, (minutes) => this.store.setPref("minutes", minutes));
    this.gains = this.choices("Height of the traces", GAINS, (gain) => (gain < 1 ? "½×" : `${gain}×`), (gain) => this.setGain(gain));
    const turns = element("span", "plot-choices");
    this.before = button("", "‹ earlier", "The page before (Page Up)", () => this.turn(-1));
    this.after = button("", "later ›", "The page after (Page Down)", () => this.turn(1));
    turns.append(this.before, this.after);
    head.append(this.range, leads, this.lengths, this.gains, turns);

    this.stage = element("div", "disclosure-stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-roledescription", "full disclosure");
    this.stage.setAttribute("aria-label", "Full disclosure. Arrows move the sheet, Page Up and Page Down turn the page.");
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.windows = element("div", "disclosure-windows");
    this.tip = element("div", "plot-tip");
    this.tip.hidden = true;
    this.waiting = element("p", "plot-waiting");
    this.waiting.setAttribute("role", "status");
    this.again = button("plot-again", "Try again", "Ask for this page again", () => {
      this.loader.stop();
      this.ask();
      this.draw();
    });
    this.stage.append(this.canvas, this.windows, this.tip, this.waiting);
    this.root.append(head, this.stage);
  }

  choices(label, values, textOf, choose) {
    const group = element("span", "plot-choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    for (const value of values) {
      const node = button("", textOf(value), `${label}: ${textOf(value)}`, () => choose(value));
      node.dataset.value = value;
      group.append(node);
    }
    return group;
  }

  listen() {
    this.stage.addEventListener("click", (event) => this.click(event));
    this.stage.addEventListener("pointermove", (event) => this.hover(event));
    this.stage.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.leads.addEventListener("change", () => {
      this.lead = Number(this.leads.value);
      this.take();
    });
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.stage);
    this.sights = new IntersectionObserver(([entry]) => {
      this.inSight = entry.isIntersecting;
      this.ask();
    });
    this.sights.observe(this.stage);
  }

  get minutes() {
    return MINUTES.includes(this.store.prefs.minutes) ? this.store.prefs.minutes : MINUTES[0];
  }

  // What is shown

  take() {
    const { facts, episodes } = this.store.review;
    const { status } = this.store;
    if (!facts) {
      this.wait(status.problem ? status.text : "Opening the recording …");
      return;
    }
    if (this.leads.children.length !== facts.leads.length) {
      this.leads.replaceChildren(
        ...facts.leads.map(({ name }, index) => Object.assign(element("option", "", name), { value: String(index) })),
      );
    }
    if (this.lead >= facts.leads.length) this.lead = 0;
    this.leads.value = String(this.lead);
    this.sheetPage ??= pageOf(this.store.navigation.view.startS, this.minutes, facts.durationS);
    this.startS ??= this.sheetPage;
    this.data = {
      clockS: facts.clockS,
      beats: this.store.review.beats,
      episodes: episodes.filter(({ kind, dismissed }) => !NOT_DRAWN.test(kind) && !dismissed).reverse(),
      unreadable: this.store.review.unreadable[this.lead] ?? [],
      rangeMv: facts.leads[this.lead].rangeMv,
      scale: facts.leads[this.lead].scale ?? 1,
      layer: this.layer,
    };
    this.preferred();
  }

  preferred() {
    if (!this.store.review.facts) return;
    for (const node of this.lengths.children) node.setAttribute("aria-pressed", String(Number(node.dataset.value) === this.minutes));
    for (const node of this.gains.children) node.setAttribute("aria-pressed", String(Number(node.dataset.value) === this.gain));
    this.show(pageOf(this.startS, this.minutes, this.store.review.facts.durationS));
  }

  setGain(gain) {
    this.gain = gain;
    this.preferred();
  }

  /** Show the page that begins at a time. */
  show(startS) {
    const { durationS, clockS } = this.store.review.facts;
    const turned = startS !== this.startS;
    this.startS = startS;
    const stopS = Math.min(startS + this.minutes * ROW_S, durationS);
    this.range.firstChild.data = `${clockText(startS, clockS)} – ${clockText(stopS, clockS)}`;
    const pages = Math.ceil(durationS / (this.minutes * ROW_S) - 1e-9);
    this.remark.textContent = `page ${Math.round(startS / (this.minutes * ROW_S)) + 1} of ${pages}`;
    this.before.disabled = startS <= 0;
    this.after.disabled = stopS >= durationS;
    if (turned) this.tip.hidden = true;
    this.resize();
  }

  turn(pages) {
    const { durationS } = this.store.review.facts;
    this.show(pageOf(this.startS + pages * this.minutes * ROW_S, this.minutes, durationS));
  }

  resize() {
    const width = this.stage.clientWidth;
    if (!width || !this.data) return;
    const dpr = window.devicePixelRatio || 1;
    const [rows, mostRows] = [this.startS, 0].map((startS) => rowsOf(startS, this.minutes, this.store.review.facts.durationS));
    this.plan = pagePlan(width, this.minutes, rows, dpr, Math.max(mostRows, LEAST_ROWS));
    this.stage.style.height = `${this.plan.height}px`;
    this.draw();
    this.ask();
  }

  // Asking for pages

  request(startS = this.startS) {
    const { prefs } = this.store;
    const filter = prefs.filters?.length ? prefs.filters.join(",") : "none";
    const params = { start_s: startS, minutes: this.minutes, width: this.plan.columns, lead: this.lead, filter };
    return { params, key: Object.values(params).join(" ") };
  }

  /** Ask for the page as soon as it is in sight. */
  ask() {
    if (!this.plan || !this.inSight) return;
    const nextS = this.startS + this.minutes * ROW_S;
    this.loader.want(this.request(), nextS < this.store.review.facts.durationS ? this.request(nextS) : null);
  }

  wait(text, problem = false) {
    this.waiting.textContent = text;
    this.waiting.hidden = !text;
    this.waiting.classList.toggle("problem", problem);
    if (problem) this.waiting.append(this.again);
  }

  // Drawing

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    if (!this.plan || !this.data) return;
    const page = this.loader.page(this.request().key);
    this.colours ??= themeOf(this.root);
    const context = sizeCanvas(this.canvas, this.plan.width, this.plan.height, this.plan.dpr);
    const data = { ...this.data, startS: this.startS, gain: this.gain };
    paintPage(context, this.plan, page, data, this.colours);
    if (page) this.wait("");
    else this.wait(this.loader.problem ?? "Loading this page …", this.loader.problem !== null);
    this.placeWindow();
    this.canvas.setAttribute("aria-label", this.label());
  }

  label() {
    const { facts } = this.store.review;
    const { clockS } = facts;
    const stopS = Math.min(this.startS + this.minutes * ROW_S, facts.durationS);
    const { beats, episodes } = this.data;
    const [a, b] = [this.startS, stopS].map((timeS) => lowerBound(beats.sample, timeS * beats.fs, beats.n));
    const of = (index) => beats.label.subarray(a, b).reduce((n, label) => n + (label === index ? 1 : 0), 0);
    const n = episodes.filter(({ startS, stopS: endS }) => startS < stopS && endS > this.startS).length;
    const what = `Lead ${facts.leads[this.lead].name} from ${clockText(this.startS, clockS)} to ${clockText(stopS, clockS)}, a minute a row`;
    return `${what}: ${counted(b - a, "beat")}, ${of(2)} ventricular, ${of(1)} supraventricular, ${counted(n, "rhythm episode")}.`;
  }

  /** Turn to the page that the sheet has come to; a person may look at another page while it pans on its own. */
  followSheet(jumped) {
    if (!this.data) return;
    const page = pageOf(this.store.navigation.view.startS, this.minutes, this.store.review.facts.durationS);
    const left = page !== this.sheetPage;
    this.sheetPage = page;
    if ((jumped || left) && page !== this.startS) this.show(page);
    else this.placeWindow();
  }

  /** Outline what the sheet shows. */
  placeWindow() {
    if (!this.plan || !this.data) return;
    const { startS, spanS } = this.store.navigation.view;
    const pieces = rowPieces(this.plan, this.startS, startS, startS + spanS);
    while (this.windows.children.length > pieces.length) this.windows.lastChild.remove();
    while (this.windows.children.length < pieces.length) this.windows.append(element("div", "disclosure-window"));
    pieces.forEach(({ row, left, width, begins, ends }, index) => {
      const node = this.windows.children[index];
      node.style.cssText = `transform:translate(${left}px,${rowTop(this.plan, row)}px);width:${Math.max(width, 3)}px;height:${this.plan.rowPx}px`;
      node.classList.toggle("goes-on", !ends);
      node.classList.toggle("came", !begins);
    });
  }

  // Pointer and keys

  point(event) {
    const bounds = this.stage.getBoundingClientRect();
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top];
    const timeS = this.plan && this.data ? timeAtPoint(this.plan, this.startS, x, y, this.store.review.facts.durationS) : null;
    return { x, y, timeS };
  }

  click(event) {
    if (event.target.closest("button")) return;
    const { timeS } = this.point(event);
    const { spanS } = this.store.navigation.view;
    if (timeS !== null) this.store.navigation.goTo(timeS, { lead: Math.min(spanS, 10) / 2 });
  }

  hover(event) {
    const { x, y, timeS } = this.point(event);
    this.tip.hidden = timeS === null;
    if (timeS === null) return;
    const { beats, clockS } = this.data;
    const near = [0, 1].map((back) => lowerBound(beats.sample, timeS * beats.fs, beats.n) - back);
    const at = near.find((i) => i >= 0 && i < beats.n && Math.abs(beats.timeS(i) - timeS) < 0.3);
    const letter = at === undefined ? null : beats.letter(at);
    this.tip.textContent = `${clockText(timeS, clockS)}${letter ? ` · ${letter}` : ""}`;
    const left = Math.min(Math.max(x - this.tip.offsetWidth / 2, 0), this.plan.width - this.tip.offsetWidth);
    const above = y > 34 ? y - 30 : y + 20;
    this.tip.style.transform = `translate(${left}px, ${above + 24}px)`;
  }

  key(event) {
    if (!this.store.review.facts || event.altKey || event.ctrlKey || event.metaKey || event.target !== this.stage) return;
    const { startS, spanS } = this.store.navigation.view;
    const { durationS } = this.store.review.facts;
    const moveS = keyMoveS(event.key, event.shiftKey, { viewSpanS: spanS, minutes: this.minutes });
    if (moveS === null) return;
    this.store.navigation.goTo(Math.min(Math.max(startS + moveS, 0), durationS), { lead: 0 });
    event.preventDefault();
    event.stopPropagation();
  }
}
