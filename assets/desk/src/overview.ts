// The whole recording at a glance: rates, ectopic beats, rhythm, signal. What is drawn changes with the range;
// what the pointer moves (mark of the sheet, brush, tip) lies over it and costs no drawing.

import type { BeatTable } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { entryTip } from "./diary_words.ts";
import type { ReviewEvent } from "./facts.ts";
import {
  binAt,
  chosenRange,
  densities,
  episodeAt,
  nearestDot,
  rateAxis,
  SHORTEST_S,
  sumsOf,
  zoomChoices,
} from "./overview_bins.ts";
import {
  ectopicStepS,
  entryAt,
  overviewPlan,
  paintOverview,
  SHORT_EPISODE,
  SHORT_HEIGHT,
  timeOf,
  xOf,
  type OverviewData,
  type OverviewPlan,
} from "./overview_draw.ts";
import { OverviewHand } from "./overview_hand.ts";
import { hoverText, overviewLabel } from "./overview_words.ts";
import { Panel, write } from "./panel.ts";
import type { DiaryEntryPayload, Label, SpanS } from "./payloads.ts";
import { clampRange, followRange, zoomAbout, type Range } from "./plot_axes.ts";
import { sizeCanvas, themeOf, type PlotTheme } from "./plot_canvas.ts";
import { intervalsOf, LETTERS, spansOfAllLeads, spansOfAnyLead } from "./plot_intervals.ts";
import { artefactsOf, withoutArtefacts } from "./rhythm_spans.ts";
import type { Store } from "./store.ts";
import { clockText } from "./times.ts";
import { duration, jobText } from "./wording.ts";

const NOT_DRAWN = /^(UNREADABLE|SINGLE_|DEVICE)/; // these have lanes of their own
const LABEL_MS = 800;
const MARK_MIN_PX = 3;
const DOT_REACH_PX = 6;

/** What the beats and the unreadable spans amount to, kept as long as they stay the same. */
interface BeatFigures extends Omit<OverviewData, "episodes" | "clockS" | "mostEctopic" | "layer" | "fs" | "diary" | "asleep" | "sleepEstimated"> {
  beats: BeatTable;
  perLead: SpanS[][];
  /** Most ectopic beats in any bin, by class and length of the bins. */
  most: Map<string, number>;
}

/** What lies under a place of the stage. */
export interface OverviewHit {
  timeS: number;
  /** Index of the beat, -1 for none. */
  beat: number;
  episode: ReviewEvent | null;
  /** An entry of the diary. */
  entry: DiaryEntryPayload | null;
}

export class Overview extends Panel {
  /** What is shown; null as long as the recording is not known. */
  range: Range | null = null;
  durationS = 0;
  plan: OverviewPlan | null = null;
  /** Where the mark of the sheet lies on the stage. */
  markAt: { x0: number; x1: number } | null = null;
  readonly stage = element("div", "overview-stage");
  readonly mark = element("div", "overview-mark");
  readonly brush = element("div", "overview-brush");
  private figures: BeatFigures | null = null;
  private data: OverviewData | null = null;
  private colours: PlotTheme | null = null;
  private dpr = 1;
  private frame = 0;
  private labelTimer: ReturnType<typeof setTimeout> | undefined;
  private zoomButtons: { node: HTMLButtonElement; spanS: number }[] = [];
  private readonly hand: OverviewHand;
  private readonly resizes = new ResizeObserver(() => this.resize());
  private readonly title = document.createTextNode("Heart rate, whole recording");
  private readonly remark = element("small");
  private readonly legend = element("span", "plot-legend");
  private readonly zooms = element("span", "plot-choices");
  private readonly layer = element("canvas");
  private readonly canvas = element("canvas");
  private readonly over = element("div", "overview-over");
  private readonly hoverLine = element("div", "overview-line");
  private readonly tip = element("div", "plot-tip");
  private readonly waiting = element("p", "plot-waiting");

  constructor(store: Store, place: ParentNode) {
    super(store, place, "overview");
    this.build();
    this.hand = new OverviewHand(this);
    this.resizes.observe(this.stage);
    this.follow(["state", "beats", "status", "diary"], () => this.update());
    this.follow(["view"], () => this.placeMark(true));
    this.follow(["jump"], () => this.placeMark(true));
    this.follow(["theme"], () => {
      this.colours = null;
      this.draw();
    });
    this.update();
  }

  override destroy(): void {
    super.destroy();
    this.resizes.disconnect();
    this.hand.destroy();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.labelTimer);
  }

  private build(): void {
    const head = element("div", "plot-head");
    const heading = element("h2");
    heading.append(this.title, this.remark);
    this.legend.setAttribute("aria-hidden", "true");
    this.legend.append(...LETTERS.map((letter) => element("span", `c-${letter}`, letter)));
    this.zooms.setAttribute("role", "group");
    this.zooms.setAttribute("aria-label", "Length of the overview");
    head.append(heading, this.legend, this.zooms);
    this.canvas.setAttribute("role", "img");
    this.mark.tabIndex = 0;
    this.mark.setAttribute("role", "slider");
    this.mark.setAttribute("aria-label", "What is on the sheet");
    this.mark.setAttribute("aria-valuemin", "0");
    for (const node of [this.hoverLine, this.brush, this.tip, this.mark]) node.hidden = true;
    this.over.append(this.brush, this.hoverLine, this.mark);
    this.stage.append(this.canvas, this.over, this.tip, this.waiting);
    this.root.append(head, this.stage);
  }

  // What the store knows, made ready for drawing

  private update(): void {
    const { facts, beats, unreadable, episodes, rhythms, stage } = this.store.review;
    if (!facts) {
      const { problem, text } = this.store.status;
      this.showWaiting(problem ? text : "Opening the recording …");
      return;
    }
    const { durationS, clockS } = facts;
    if (!this.range || this.durationS !== durationS) {
      if (!this.range || this.whole) this.range = { fromS: 0, toS: durationS };
      this.durationS = durationS;
      this.offerZooms();
    }
    if (this.figures?.beats !== beats || this.figures.perLead !== unreadable) {
      this.figures = figuresOf(beats, unreadable, artefactsOf(rhythms, facts.fs));
    }
    const { figures } = this;
    const drawn = episodes.filter(({ kind, dismissed }) => !NOT_DRAWN.test(kind) && !dismissed).reverse();
    drawn.sort((a, b) => Number(a.source === "person") - Number(b.source === "person")); // what people named lies on top
    this.data = {
      ...figures,
      clockS,
      episodes: drawn,
      mostEctopic: (letter, stepS) => mostEctopic(figures, durationS, clockS, letter, stepS),
      layer: this.layer,
      fs: facts.fs,
      diary: this.store.diary.entries ?? [],
      asleep: this.store.diary.sleep?.spans_s ?? [],
      sleepEstimated: this.store.diary.sleep?.basis === "estimated",
    };
    this.showWaiting(stage === "beats" ? this.waitingText() : "");
    this.legend.hidden = stage !== "classified";
    this.draw();
  }

  private waitingText(): string {
    const { job } = this.store.review;
    return job?.problem ?? (job ? jobText(job) : "Beats are being found …");
  }

  private showWaiting(text: string): void {
    write(this.waiting, text);
    this.waiting.hidden = !text;
  }

  private offerZooms(): void {
    const choices = zoomChoices(this.durationS);
    this.zoomButtons = (choices.length > 1 ? choices : []).map((choice) => {
      const title = choice.spanS === this.durationS ? "The whole recording" : `One ${choice.name} about the sheet`.replace("One 10 min", "10 minutes");
      const node = button("", choice.name, title, () => this.show(chosenRange(choice, this.store.navigation.view, this.durationS)));
      return { node, spanS: choice.spanS };
    });
    this.zooms.replaceChildren(...this.zoomButtons.map(({ node }) => node));
  }

  // Range

  /** Whether the range is the whole recording. */
  get whole(): boolean {
    return this.range !== null && this.range.toS - this.range.fromS > this.durationS - 1e-3;
  }

  show(range: Range): void {
    const next = clampRange(range, this.durationS, Math.min(SHORTEST_S, this.durationS));
    if (next.fromS === this.range?.fromS && next.toS === this.range.toS) return;
    this.range = next;
    this.draw();
  }

  showWhole(): void {
    this.show({ fromS: 0, toS: this.durationS });
  }

  zoom(aboutS: number, factor: number): void {
    if (this.range) this.show(zoomAbout(this.range, aboutS, factor, this.durationS, SHORTEST_S));
  }

  // Drawing

  private resize(): void {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!width || !height) return;
    if (this.plan?.width === width && this.plan.height === height && this.dpr === window.devicePixelRatio) return;
    this.plan = overviewPlan(width, height);
    this.dpr = window.devicePixelRatio || 1;
    const { lanes, left, plotWidth } = this.plan;
    this.over.style.cssText = `left:${left}px;width:${plotWidth}px;top:${lanes.rate.top}px;height:${lanes.signal.bottom - lanes.rate.top}px`;
    cancelAnimationFrame(this.frame);
    this.paint();
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    const { plan, range, data, dpr } = this;
    if (!plan || !range || !data) return;
    this.colours ??= themeOf(this.root);
    const context = sizeCanvas(this.canvas, plan.width, plan.height, dpr);
    paintOverview({ context, plan, range, data, colours: this.colours, dpr });
    this.placeMark(false);
    this.writeHead(range, data.clockS);
    this.scheduleLabel();
  }

  private writeHead({ fromS, toS }: Range, clockS: number | null): void {
    const lengthS = toS - fromS;
    const seconds = lengthS < 3600;
    const text = this.whole ? "whole recording" : `${clockText(fromS, clockS, { seconds })} – ${clockText(toS, clockS, { seconds })}`;
    write(this.title, `Heart rate, ${text}`);
    this.remark.textContent = this.whole ? duration(this.durationS) : `${duration(lengthS)} of ${duration(this.durationS)}`;
    for (const { node, spanS } of this.zoomButtons) node.setAttribute("aria-pressed", String(Math.abs(spanS - lengthS) < 1e-3));
  }

  /** Describe what is drawn: at once where there is no label yet, else after a while. */
  private scheduleLabel(): void {
    if (!this.canvas.hasAttribute("aria-label")) this.writeLabel();
    this.labelTimer ??= setTimeout(() => {
      this.labelTimer = undefined;
      this.writeLabel();
    }, LABEL_MS);
  }

  private writeLabel(): void {
    if (this.data && this.range) this.canvas.setAttribute("aria-label", overviewLabel(this.data, this.range, this.whole));
  }

  /** Put the mark where the sheet is; with `follow` the range goes along when the sheet has left it. */
  placeMark(follow: boolean): void {
    const { plan, range, data, store } = this;
    if (!plan || !range || !data) return;
    const { startS, spanS } = this.hand.held ?? store.navigation.view;
    if (follow && !this.hand.held && !this.whole) {
      const next = followRange(range, startS, spanS, this.durationS);
      if (next !== range) {
        this.show(next);
        return;
      }
    }
    const [x0, x1] = [xOf(plan, range, startS), xOf(plan, range, startS + spanS)].map((x) => x - plan.left);
    const width = Math.max(x1 - x0, MARK_MIN_PX);
    const left = Math.min(Math.max((x0 + x1 - width) / 2, -width), plan.plotWidth);
    this.mark.hidden = false;
    this.mark.style.transform = `translateX(${left}px)`;
    this.mark.style.width = `${width}px`;
    this.markAt = { x0: left + plan.left, x1: left + width + plan.left };
    const now = String(Math.round(startS));
    if (this.mark.getAttribute("aria-valuenow") === now) return;
    this.mark.setAttribute("aria-valuemax", String(Math.max(Math.round(this.durationS - spanS), 0)));
    this.mark.setAttribute("aria-valuenow", now);
    this.mark.setAttribute("aria-valuetext", `${clockText(startS, data.clockS)} to ${clockText(startS + spanS, data.clockS)}`);
  }

  // Under the pointer

  /** What lies under a place of the stage: a beat's dot, an episode's bar, or time alone; null before anything is drawn. */
  hitTest(x: number, y: number): OverviewHit | null {
    const { plan, range, data } = this;
    if (!plan || !range || !data) return null;
    const { rate, rhythm } = plan.lanes;
    const timeS = Math.min(Math.max(timeOf(plan, range, x), 0), this.durationS);
    const hit: OverviewHit = { timeS, beat: -1, episode: null, entry: entryAt({ plan, range, data }, x, y) ?? null };
    if (hit.entry) return hit;
    const perPxS = (range.toS - range.fromS) / plan.plotWidth;
    if (y >= rate.top - 2 && y <= rate.bottom + 2 && data.intervals.n) {
      const { low, high } = data.axis;
      const perPxBpm = (high - low) / (rate.bottom - rate.top - 5);
      const bpm = low + (rate.bottom - 2.5 - y) * perPxBpm;
      const [reachS, reachBpm] = [DOT_REACH_PX * perPxS, DOT_REACH_PX * perPxBpm];
      const nearest = (ectopic: boolean) => nearestDot(data.intervals, timeS, bpm, reachS, reachBpm, { ectopic, low, high });
      hit.beat = nearest(true);
      if (hit.beat < 0 && perPxS < 0.25) hit.beat = nearest(false);
    }
    if (y >= rhythm.top && y <= rhythm.bottom) {
      const upper = y < rhythm.bottom - SHORT_HEIGHT - 1;
      hit.episode = episodeAt(data.episodes, timeS, 3 * perPxS, SHORT_EPISODE * perPxS, upper);
    }
    return hit;
  }

  hideTip(): void {
    this.tip.hidden = this.hoverLine.hidden = true;
  }

  showTip(x: number, y: number): void {
    const { plan, range, data } = this;
    const hit = this.hitTest(x, y);
    if (!plan || !range || !data || !hit) {
      this.hideTip();
      return;
    }
    const { intervals } = data;
    const density = densities(intervals, data.sums, range, ectopicStepS(plan, range), data.clockS);
    const beat = hit.beat < 0 ? null : { letter: LETTERS[intervals.label[hit.beat]] ?? null, timeS: intervals.timeS[hit.beat], ms: intervals.ms[hit.beat] };
    const classified = this.store.review.stage === "classified";
    this.tip.textContent = hit.entry ? entryTip(hit.entry, data.fs, data.clockS) : hoverText(data, { ...hit, beat, density, bin: binAt(density, hit.timeS), classified });
    this.tip.hidden = this.hoverLine.hidden = false;
    const at = beat ? xOf(plan, range, beat.timeS) : Math.min(Math.max(x, plan.left), plan.right);
    this.hoverLine.style.transform = `translateX(${at - plan.left}px)`;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.transform = `translateX(${Math.min(Math.max(at - half, 2), plan.width - 2 * half - 2)}px)`;
  }
}

function figuresOf(beats: BeatTable, perLead: SpanS[][], artefacts: SpanS[]): BeatFigures {
  const unreadable = spansOfAllLeads(perLead);
  const intervals = withoutArtefacts(intervalsOf(beats, unreadable), artefacts);
  return {
    beats,
    perLead,
    unreadable,
    unreadableAny: spansOfAnyLead(perLead),
    intervals,
    sums: sumsOf(intervals),
    axis: rateAxis(intervals),
    most: new Map(),
  };
}

/** Most beats of a class in any bin of the whole recording, so that bars mean the same wherever one looks. */
function mostEctopic({ intervals, sums, most }: BeatFigures, durationS: number, clockS: number | null, letter: Label, stepS: number): number {
  const known = most.get(`${letter} ${stepS}`);
  if (known !== undefined) return known;
  const whole = densities(intervals, sums, { fromS: 0, toS: durationS }, stepS, clockS);
  for (const each of LETTERS) most.set(`${each} ${stepS}`, whole.counts[each].reduce((a, b) => Math.max(a, b), 1));
  return most.get(`${letter} ${stepS}`) ?? 1;
}
