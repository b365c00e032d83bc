// @ts-nocheck
// RR intervals: Poincaré plot and histogram, the figures of variability, and walking through chosen beats.

import { button, element } from "./dom.ts";
import { Panel } from "./panel.ts";
import { themeOf } from "./plot_canvas.ts";
import { intervalsOf, LETTERS, NO_CLASS, spansOfAllLeads } from "./plot_intervals.ts";
import { artefactsOf, withoutArtefacts } from "./rhythm_spans.ts";
import { Histogram, Poincare } from "./scatter_plots.ts";
import { classesOf, intervalAxis, pairsOf, variability, walk } from "./scatter_stats.ts";
import { CLASS_NAMES, counted, duration, jobText, number } from "./wording.ts";

const HINT = "Drag over dots or bars to choose their beats; hold Shift to add.";
const WHICH = "Of N-N intervals only: both beats N, touching no second that cannot be read.";
const NOT_YET = "These figures are of N beats only: they come with the classes.";

/** Figures for the list beside the plots: `[term, value, meaning]`. */
export function figureRows(figures, classified) {
  const ms = (value) => `${number(value, value < 100 ? 1 : 0)}${Number.isNaN(value) ? "" : " ms"}`;
  const known = classified ? figures : { nIntervals: NaN, meanMs: NaN, sdnnMs: NaN, rmssdMs: NaN, pnn50: NaN, sd1Ms: NaN, sd2Ms: NaN };
  return [
    ["N-N intervals", number(known.nIntervals), "between two N beats, readable throughout"],
    ["Mean NN", ms(known.meanMs), "mean N-N interval"],
    ["SDNN", ms(known.sdnnMs), "standard deviation of N-N intervals"],
    ["RMSSD", ms(known.rmssdMs), "root mean square of differences of neighbouring N-N intervals"],
    ["pNN50", `${number(known.pnn50, 1)}${Number.isNaN(known.pnn50) ? "" : " %"}`, "differences of more than 50 ms"],
    ["SD1", ms(known.sd1Ms), "spread across the line of identity"],
    ["SD2", ms(known.sd2Ms), "spread along the line of identity"],
  ];
}

/** What must be known about the figures where some of the rhythm has no sinus node behind it. */
export function fibrillationText(episodes) {
  const lengthS = episodes.reduce((sum, { kind, dismissed, startS, stopS }) => sum + (kind === "AFIB" && !dismissed ? stopS - startS : 0), 0);
  return lengthS ? `${duration(lengthS)} of atrial fibrillation is among them.` : "";
}

export class Scatter extends Panel {
  constructor(store, place) {
    super(store, place, "scatter");
    this.tool = "rectangle";
    this.shown = new Uint8Array(LETTERS.length + 1).fill(1);
    this.data = null;
    this.places = [];
    this.poincare = new Poincare(this);
    this.histogram = new Histogram(this);
    this.build();
    this.follow(["state", "beats", "status"], () => this.take());
    this.follow(["selection"], () => this.select());
    this.follow(["chosen"], () => this.writeBar());
    this.follow(["theme"], () => {
      this.colours = null;
      this.draw();
    });
    this.take();
  }

  destroy() {
    super.destroy();
    this.poincare.destroy();
    this.histogram.destroy();
  }

  build() {
    const head = element("div", "plot-head");
    this.heading = element("h2", "", "RR intervals");
    this.remark = element("small");
    this.heading.append(this.remark);
    this.classes = element("span", "plot-choices scatter-classes");
    this.classes.setAttribute("role", "group");
    this.classes.setAttribute("aria-label", "Classes shown");
    LETTERS.forEach((letter, kind) => {
      const node = button(`c-${letter}`, letter, `Show ${letter}: ${CLASS_NAMES[letter]}`, () => this.toggle(kind));
      this.classes.append(node);
    });
    this.tools = element("span", "plot-choices");
    this.tools.setAttribute("role", "group");
    this.tools.setAttribute("aria-label", "How to choose dots");
    for (const tool of ["rectangle", "lasso"]) {
      const node = button("", tool, `Choose dots with a ${tool}`, () => {
        this.tool = tool;
        this.writeTools();
      });
      node.dataset.tool = tool;
      this.tools.append(node);
    }
    head.append(this.heading, this.classes, this.tools);

    const body = element("div", "scatter-body");
    this.list = element("dl", "scatter-figures");
    const beside = element("div", "scatter-beside");
    this.which = element("p", "quiet", WHICH);
    beside.append(this.list, this.which);
    this.waiting = element("p", "plot-waiting");
    body.append(this.poincare.stage, this.histogram.stage, beside, this.waiting);

    this.bar = element("div", "scatter-bar");
    this.count = element("span", "scatter-count");
    this.live = element("span", "scatter-live");
    this.live.setAttribute("aria-live", "polite");
    this.steps = element("span", "plot-choices");
    this.previous = button("", "‹ previous", "The chosen beat before", () => this.step(-1));
    this.first = button("", "show first", "The first of the chosen beats", () => this.go(0));
    this.next = button("", "next ›", "The chosen beat after", () => this.step(1));
    this.clear = button("", "clear", "Choose none (Escape)", () => this.store.navigation.clearSelection());
    this.steps.append(this.first, this.previous, this.next, this.clear);
    this.bar.append(this.count, this.steps, this.live);
    this.root.append(head, body, this.bar);
    this.writeTools();
  }

  theme() {
    this.colours ??= themeOf(this.root);
    return this.colours;
  }

  wait(text) {
    if (this.waiting.textContent !== text) this.waiting.textContent = text;
    this.waiting.hidden = !text;
  }

  // Data

  take() {
    const { store } = this;
    const { facts, stage, job } = store.review;
    const { status } = store;
    if (!facts) {
      this.wait(status.problem ? status.text : "Opening the recording …");
      return;
    }
    if (stage === "beats") this.wait(job?.problem ?? (job ? jobText(job) : "Beats are being found …"));
    else this.wait(store.review.beats.n > 2 ? "" : "There are too few beats for RR intervals.");
    this.which.textContent = stage === "classified" ? `${WHICH} ${fibrillationText(store.review.episodes)}` : NOT_YET;
    if (this.waits()) return;
    if (this.data && this.beats === store.review.beats && this.perLead === store.review.unreadable && this.stage === stage) return;
    Object.assign(this, { beats: store.review.beats, perLead: store.review.unreadable, stage });
    const artefacts = artefactsOf(store.review.rhythms, store.review.facts?.fs ?? 1);
    const intervals = withoutArtefacts(intervalsOf(store.review.beats, spansOfAllLeads(store.review.unreadable)), artefacts);
    this.data = {
      intervals,
      pairs: pairsOf(intervals),
      axis: intervalAxis(intervals),
      figures: variability(intervals),
      shown: this.shown,
      selected: new Set(),
    };
    this.classes.hidden = stage !== "classified";
    this.remark.textContent = stage === "beats" ? "" : counted(this.data.pairs.n, "beat between readable intervals", "beats between readable intervals");
    const rows = figureRows(this.data.figures, stage === "classified").flatMap(([term, value, meaning]) => {
      const name = element("dt", "", term);
      name.title = meaning;
      return [name, element("dd", "", value)];
    });
    this.list.replaceChildren(...rows);
    this.select();
  }

  /** Whether work can wait because nobody sees it, behind another tab. */
  waits() {
    if (this.data && !this.root.clientWidth) this.stale = true;
    return Boolean(this.stale);
  }

  /** A plot came into sight. */
  seen() {
    if (!this.stale) return;
    this.stale = false;
    this.take();
    this.select();
  }

  toggle(kind) {
    const others = this.shown.some((on, each) => on && each !== kind && each !== NO_CLASS);
    if (this.shown[kind] && !others) return;
    this.shown[kind] = this.shown[kind] ? 0 : 1;
    this.writeTools();
    this.draw();
  }

  writeTools() {
    for (const node of this.tools.children) node.setAttribute("aria-pressed", String(node.dataset.tool === this.tool));
    [...this.classes.children].forEach((node, kind) => node.setAttribute("aria-pressed", String(this.shown[kind] === 1)));
  }

  draw() {
    this.poincare.draw();
    this.histogram.draw();
  }

  // Choosing

  /** Take beats by their places in the table. */
  choose(places, add) {
    const { beats } = this.store.review;
    this.store.navigation.select(places.map((i) => beats.id[i]), { add });
    if (!places.length && !add) this.announce("No beats there.");
  }

  /** The selection, whoever made it, as places in the table. */
  select() {
    if (!this.data || this.waits()) return;
    const { selection } = this.store.navigation;
    const { beats } = this.store.review;
    this.places = Int32Array.from(selection, (id) => beats.indexOfId(id)).filter((i) => i >= 0).sort();
    this.data.selected = new Set(this.places);
    this.live.textContent = "";
    this.writeBar();
    this.draw();
  }

  writeBar() {
    const n = this.places.length;
    this.steps.hidden = !n;
    this.bar.classList.toggle("quiet", !n);
    if (!n || !this.data) {
      this.count.textContent = HINT;
      return;
    }
    const counts = classesOf(this.places, this.data.intervals.label);
    const classes = LETTERS.map((letter, kind) => (counts[kind] ? `${letter} ${number(counts[kind])}` : "")).filter(Boolean);
    const chosen = this.store.navigation.chosen === null ? -1 : this.store.review.beats.indexOfId(this.store.navigation.chosen);
    const at = this.places.indexOf(chosen);
    const where = at < 0 ? "" : ` · ${number(at + 1)} of ${number(n)} on the sheet`;
    this.count.textContent = `${counted(n, "beat")} chosen${classes.length ? ` · ${classes.join(", ")}` : ""}${where}`;
    this.previous.disabled = this.walked(-1) < 0;
    this.next.disabled = this.walked(1) < 0;
  }

  walked(step) {
    const { chosen } = this.store.navigation;
    const { beats } = this.store.review;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    return walk(this.places, at < 0 ? null : at, step);
  }

  step(step) {
    this.go(this.walked(step));
  }

  go(position) {
    if (position >= 0 && position < this.places.length) this.store.navigation.choose(this.store.review.beats.id[this.places[position]]);
  }

  announce(text) {
    this.live.textContent = text;
  }
}
