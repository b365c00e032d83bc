// RR intervals: Poincaré plot and histogram, the figures of variability, and walking through chosen beats.

import type { BeatTable } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { Panel, press, write } from "./panel.ts";
import type { SpanS, Stage } from "./payloads.ts";
import { themeOf, type PlotTheme } from "./plot_canvas.ts";
import { intervalsOf, LETTERS, NO_CLASS, spansOfAllLeads } from "./plot_intervals.ts";
import { artefactsOf, withoutArtefacts } from "./rhythm_spans.ts";
import type { PlotPanel, Tool } from "./scatter_plot.ts";
import { Histogram, Poincare } from "./scatter_plots.ts";
import { classesOf, intervalAxis, pairsOf, variability, walk, type ScatterData, type Variability } from "./scatter_stats.ts";
import type { Store } from "./store.ts";
import { CLASS_NAMES, counted, duration, jobText, number } from "./wording.ts";

const HINT = "Drag over dots or bars to choose their beats; hold Shift to add.";
const WHICH = "Of N-N intervals only: both beats N, touching no second that cannot be read.";
const TOOLS: readonly Tool[] = ["rectangle", "lasso"];
const NOT_YET = "These figures are of N beats only: they come with the classes.";

/** Figures for the list beside the plots. */
export function figureRows(figures: Omit<Variability, "nPairs">, classified: boolean): [term: string, value: string, meaning: string][] {
  const ms = (value: number) => `${number(value, value < 100 ? 1 : 0)}${Number.isNaN(value) ? "" : " ms"}`;
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
export function fibrillationText(episodes: readonly Pick<ReviewEvent, "kind" | "dismissed" | "startS" | "stopS">[]): string {
  const lengthS = episodes.reduce((sum, { kind, dismissed, startS, stopS }) => sum + (kind === "AFIB" && !dismissed ? stopS - startS : 0), 0);
  return lengthS ? `${duration(lengthS)} of atrial fibrillation is among them.` : "";
}

export class Scatter extends Panel implements PlotPanel {
  tool: Tool = "rectangle";
  data: ScatterData | null = null;
  private readonly shown = new Uint8Array(LETTERS.length + 1).fill(1);
  /** What the data was made of. */
  private source: { beats: BeatTable; perLead: SpanS[][]; stage: Stage } | null = null;
  /** Chosen beats as places in the table, in ascending order. */
  private places: Int32Array = new Int32Array(0);
  /** An update was put off because nobody saw it. */
  private stale = false;
  private colours: PlotTheme | null = null;
  private readonly poincare = new Poincare(this);
  private readonly histogram = new Histogram(this);
  private readonly remark = element("small");
  private readonly classes = element("span", "plot-choices scatter-classes");
  private readonly classButtons = LETTERS.map((letter, kind) =>
    button(`c-${letter}`, letter, `Show ${letter}: ${CLASS_NAMES[letter]}`, () => this.toggleClass(kind)),
  );
  private readonly toolButtons = TOOLS.map((tool) => ({
    tool,
    node: button("", tool, `Choose dots with a ${tool}`, () => {
      this.tool = tool;
      this.drawChoices();
    }),
  }));
  private readonly list = element("dl", "scatter-figures");
  private readonly which = element("p", "quiet", WHICH);
  private readonly waiting = element("p", "plot-waiting");
  private readonly bar = element("div", "scatter-bar");
  private readonly count = element("span", "scatter-count");
  private readonly live = element("span", "scatter-live");
  private readonly steps = element("span", "plot-choices");
  private readonly previous = button("", "‹ previous", "The chosen beat before", () => this.goToPlace(this.nextPlace(-1)));
  private readonly next = button("", "next ›", "The chosen beat after", () => this.goToPlace(this.nextPlace(1)));

  constructor(store: Store, place: ParentNode) {
    super(store, place, "scatter");
    this.build();
    this.follow(["state", "beats", "status"], () => this.update());
    this.follow(["selection"], () => this.takeSelection());
    this.follow(["chosen"], () => this.writeBar());
    this.follow(["theme"], () => {
      this.colours = null;
      this.draw();
    });
    this.update();
  }

  override destroy(): void {
    super.destroy();
    this.poincare.destroy();
    this.histogram.destroy();
  }

  private build(): void {
    const head = element("div", "plot-head");
    const heading = element("h2", "", "RR intervals");
    heading.append(this.remark);
    this.classes.setAttribute("role", "group");
    this.classes.setAttribute("aria-label", "Classes shown");
    this.classes.append(...this.classButtons);
    const tools = element("span", "plot-choices");
    tools.setAttribute("role", "group");
    tools.setAttribute("aria-label", "How to choose dots");
    tools.append(...this.toolButtons.map(({ node }) => node));
    head.append(heading, this.classes, tools);

    const body = element("div", "scatter-body");
    const beside = element("div", "scatter-beside");
    beside.append(this.list, this.which);
    body.append(this.poincare.stage, this.histogram.stage, beside, this.waiting);

    this.live.setAttribute("aria-live", "polite");
    const first = button("", "show first", "The first of the chosen beats", () => this.goToPlace(0));
    const clear = button("", "clear", "Choose none (Escape)", () => this.store.navigation.clearSelection());
    this.steps.append(first, this.previous, this.next, clear);
    this.bar.append(this.count, this.steps, this.live);
    this.root.append(head, body, this.bar);
    this.drawChoices();
  }

  theme(): PlotTheme {
    this.colours ??= themeOf(this.root);
    return this.colours;
  }

  private showWaiting(text: string): void {
    write(this.waiting, text);
    this.waiting.hidden = !text;
  }

  // Data

  private update(): void {
    const { facts, stage, job, beats, unreadable: perLead, rhythms, episodes } = this.store.review;
    const { status } = this.store;
    if (!facts) {
      this.showWaiting(status.problem ? status.text : "Opening the recording …");
      return;
    }
    if (stage === "beats") this.showWaiting(job?.problem ?? (job ? jobText(job) : "Beats are being found …"));
    else this.showWaiting(beats.n > 2 ? "" : "There are too few beats for RR intervals.");
    this.which.textContent = stage === "classified" ? `${WHICH} ${fibrillationText(episodes)}` : NOT_YET;
    if (this.putOff()) return;
    const { source } = this;
    if (source?.beats === beats && source.perLead === perLead && source.stage === stage) return;
    this.source = { beats, perLead, stage };
    const intervals = withoutArtefacts(intervalsOf(beats, spansOfAllLeads(perLead)), artefactsOf(rhythms, facts.fs));
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
    this.takeSelection();
  }

  /** Put an update off while the panel is hidden behind another tab; tells whether it was. */
  private putOff(): boolean {
    if (this.data && !this.root.clientWidth) this.stale = true;
    return this.stale;
  }

  plotShown(): void {
    if (!this.stale) return;
    this.stale = false;
    this.update();
    this.takeSelection();
  }

  private toggleClass(kind: number): void {
    const others = this.shown.some((on, each) => on && each !== kind && each !== NO_CLASS);
    if (this.shown[kind] && !others) return;
    this.shown[kind] = this.shown[kind] ? 0 : 1;
    this.drawChoices();
    this.draw();
  }

  /** Show which classes and which tool are chosen. */
  private drawChoices(): void {
    for (const { tool, node } of this.toolButtons) press(node, tool === this.tool);
    this.classButtons.forEach((node, kind) => press(node, this.shown[kind] === 1));
  }

  private draw(): void {
    this.poincare.draw();
    this.histogram.draw();
  }

  // Choosing

  choose(places: number[], add: boolean): void {
    const { beats } = this.store.review;
    this.store.navigation.select(places.map((i) => beats.id[i]), { add });
    if (!places.length && !add) this.announce("No beats there.");
  }

  /** Show the selection, whoever made it. */
  private takeSelection(): void {
    if (!this.data || this.putOff()) return;
    const { selection } = this.store.navigation;
    const { beats } = this.store.review;
    this.places = Int32Array.from(selection, (id) => beats.indexOfId(id)).filter((i) => i >= 0).sort();
    this.data.selected = new Set(this.places);
    this.live.textContent = "";
    this.writeBar();
    this.draw();
  }

  private writeBar(): void {
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
    this.previous.disabled = this.nextPlace(-1) < 0;
    this.next.disabled = this.nextPlace(1) < 0;
  }

  /** Where a step among the chosen beats leads, -1 at the end. */
  private nextPlace(step: 1 | -1): number {
    const { chosen } = this.store.navigation;
    const { beats } = this.store.review;
    const at = chosen === null ? -1 : beats.indexOfId(chosen);
    return walk(this.places, at < 0 ? null : at, step);
  }

  private goToPlace(position: number): void {
    if (position >= 0 && position < this.places.length) this.store.navigation.choose(this.store.review.beats.id[this.places[position]]);
  }

  announce(text: string): void {
    this.live.textContent = text;
  }
}
