// @ts-nocheck
// The whole recording at a glance: rates, ectopic beats, rhythm, signal. What is drawn changes with the range;
// what the hand moves (mark of the sheet, brush, tip) lies over it and costs no drawing.

import { button, element } from "./dom.ts";
import { binAt, chosenRange, densities, episodeAt, nearestDot, rateAxis, rateOf, SHORTEST_S, sumsOf, zoomChoices } from "./overview_bins.ts";
import { ectopicStepS, overviewPlan, paintOverview, SHORT_EPISODE, SHORT_HEIGHT, timeOf, xOf } from "./overview_draw.ts";
import { OverviewHand } from "./overview_hand.ts";
import { hoverText, overviewLabel } from "./overview_words.ts";
import { Panel } from "./panel.ts";
import { artefactsOf, withoutArtefacts } from "./rhythm_spans.ts";
import { clampRange, followRange, zoomAbout } from "./plot_axes.ts";
import { sizeCanvas, themeOf } from "./plot_canvas.ts";
import { intervalsOf, LETTERS, spansOfAllLeads, spansOfAnyLead } from "./plot_intervals.ts";
import { clockText } from "./times.ts";
import { duration, jobText } from "./wording.ts";

const NOT_DRAWN = /^(UNREADABLE|SINGLE_|DEVICE)/; // these have lanes of their own
const LABEL_MS = 800;
const MARK_MIN_PX = 3;
const DOT_REACH_PX = 6;

export class Overview extends Panel {
  constructor(store, place) {
    super(store, place, "overview");
    this.range = null;
    this.data = { layer: document.createElement("canvas"), intervals: intervalsOf(store.review.beats, []) };
    this.build();
    this.hand = new OverviewHand(this);
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.stage);
    this.follow(["state", "beats", "status"], () => this.take());
    this.follow(["view"], () => this.placeMark(true));
    this.follow(["jump"], () => this.placeMark(true));
    this.follow(["theme"], () => this.draw({ theme: true }));
    this.take();
  }

  destroy() {
    super.destroy();
    this.resizes.disconnect();
    this.hand.destroy();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.labelTimer);
  }

  build() {
    const head = element("div", "plot-head");
    this.heading = element("h2", "", "Heart rate, whole recording");
    this.remark = element("small");
    this.heading.append(this.remark);
    this.legend = element("span", "plot-legend");
    this.legend.setAttribute("aria-hidden", "true");
    this.legend.append(...LETTERS.map((letter) => element("span", `c-${letter}`, letter)));
    this.zooms = element("span", "plot-choices");
    this.zooms.setAttribute("role", "group");
    this.zooms.setAttribute("aria-label", "Length of the overview");
    head.append(this.heading, this.legend, this.zooms);
    this.stage = element("div", "overview-stage");
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.over = element("div", "overview-over");
    this.mark = element("div", "overview-mark");
    this.mark.tabIndex = 0;
    this.mark.setAttribute("role", "slider");
    this.mark.setAttribute("aria-label", "What is on the sheet");
    this.mark.setAttribute("aria-valuemin", "0");
    this.hoverLine = element("div", "overview-line");
    this.brush = element("div", "overview-brush");
    this.tip = element("div", "plot-tip");
    for (const node of [this.hoverLine, this.brush, this.tip, this.mark]) node.hidden = true;
    this.over.append(this.brush, this.hoverLine, this.mark);
    this.waiting = element("p", "plot-waiting");
    this.stage.append(this.canvas, this.over, this.tip, this.waiting);
    this.root.append(head, this.stage);
  }

  // What the store knows, made ready for drawing

  take() {
    const { store, data } = this;
    if (!store.review.facts) {
      const { problem, text } = store.status;
      this.wait(problem ? text : "Opening the recording …");
      return;
    }
    const { durationS, clockS } = store.review.facts;
    if (!this.range || this.durationS !== durationS) {
      this.range = { fromS: 0, toS: durationS };
      this.durationS = durationS;
      this.offerZooms();
    }
    if (data.beats !== store.review.beats || data.perLead !== store.review.unreadable) {
      data.beats = store.review.beats;
      data.perLead = store.review.unreadable;
      data.unreadable = spansOfAllLeads(store.review.unreadable);
      data.unreadableAny = spansOfAnyLead(store.review.unreadable);
      data.intervals = withoutArtefacts(intervalsOf(store.review.beats, data.unreadable), artefactsOf(store.review.rhythms, store.review.facts.fs));
      data.sums = sumsOf(data.intervals);
      data.axis = rateAxis(data.intervals);
      data.most = new Map();
    }
    data.clockS = clockS;
    data.mostEctopic = (letter, stepS) => this.mostEctopic(letter, stepS);
    data.episodes = store.review.episodes.filter(({ kind, dismissed }) => !NOT_DRAWN.test(kind) && !dismissed).reverse();
    data.episodes.sort((a, b) => (a.source === "person") - (b.source === "person")); // what people named lies on top
    this.wait(store.review.stage === "beats" ? this.waitingText() : "");
    this.legend.hidden = store.review.stage !== "classified";
    this.draw();
  }

  waitingText() {
    const { job } = this.store.review;
    return job?.problem ?? (job ? jobText(job) : "Beats are being found …");
  }

  wait(text) {
    if (this.waiting.textContent !== text) this.waiting.textContent = text;
    this.waiting.hidden = !text;
  }

  /** Most beats of a class in any bin of the whole recording, so that bars mean the same wherever one looks. */
  mostEctopic(letter, stepS) {
    const { data } = this;
    const key = `${letter} ${stepS}`;
    if (!data.most.has(key)) {
      const whole = densities(data.intervals, data.sums, { fromS: 0, toS: this.durationS }, stepS, data.clockS);
      for (const each of LETTERS) data.most.set(`${each} ${stepS}`, whole.counts[each].reduce((a, b) => Math.max(a, b), 1));
    }
    return data.most.get(key);
  }

  offerZooms() {
    const nodes = zoomChoices(this.durationS).map((choice) => {
      const title = choice.spanS === this.durationS ? "The whole recording" : `One ${choice.name} about the sheet`.replace("One 10 min", "10 minutes");
      const node = button("", choice.name, title, () => this.show(chosenRange(choice, this.store.navigation.view, this.durationS)));
      node.dataset.span = choice.spanS;
      return node;
    });
    this.zooms.replaceChildren(...(nodes.length > 1 ? nodes : []));
  }

  // Range

  get whole() {
    return this.range.toS - this.range.fromS > this.durationS - 1e-3;
  }

  show(range) {
    const next = clampRange(range, this.durationS, Math.min(SHORTEST_S, this.durationS));
    if (next.fromS === this.range.fromS && next.toS === this.range.toS) return;
    this.range = next;
    this.draw();
  }

  showWhole() {
    this.show({ fromS: 0, toS: this.durationS });
  }

  zoom(aboutS, factor) {
    this.show(zoomAbout(this.range, aboutS, factor, this.durationS, SHORTEST_S));
  }

  // Drawing

  resize() {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!width || !height) return;
    if (this.plan?.width === width && this.plan?.height === height && this.dpr === window.devicePixelRatio) return;
    this.plan = overviewPlan(width, height);
    this.dpr = window.devicePixelRatio || 1;
    const { lanes, left, plotWidth } = this.plan;
    this.over.style.cssText = `left:${left}px;width:${plotWidth}px;top:${lanes.rate.top}px;height:${lanes.signal.bottom - lanes.rate.top}px`;
    this.draw({ now: true });
  }

  draw({ now = false, theme = false } = {}) {
    if (theme) this.colours = null;
    cancelAnimationFrame(this.frame);
    if (now) this.paint();
    else this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    if (!this.plan || !this.range || !this.data.sums) return;
    this.colours ??= themeOf(this.root);
    this.data.dpr = this.dpr;
    const context = sizeCanvas(this.canvas, this.plan.width, this.plan.height, this.dpr);
    paintOverview(context, this.plan, this.range, this.data, this.colours);
    this.placeMark(false);
    this.writeHead();
    this.labelSoon();
  }

  writeHead() {
    const { fromS, toS } = this.range;
    const { clockS } = this.data;
    const lengthS = toS - fromS;
    const seconds = lengthS < 3600;
    const text = this.whole ? "whole recording" : `${clockText(fromS, clockS, { seconds })} – ${clockText(toS, clockS, { seconds })}`;
    const title = `Heart rate, ${text}`;
    if (this.heading.firstChild.data !== title) this.heading.firstChild.data = title;
    this.remark.textContent = this.whole ? duration(this.durationS) : `${duration(lengthS)} of ${duration(this.durationS)}`;
    for (const node of this.zooms.children) {
      node.setAttribute("aria-pressed", String(Math.abs(Number(node.dataset.span) - lengthS) < 1e-3));
    }
  }

  /** Say what is drawn: at once where nothing is said yet, else after a while. */
  labelSoon() {
    const label = () => this.canvas.setAttribute("aria-label", overviewLabel(this.data, this.range, this.whole));
    if (!this.canvas.hasAttribute("aria-label")) label();
    this.labelTimer ??= setTimeout(() => {
      this.labelTimer = undefined;
      label();
    }, LABEL_MS);
  }

  /** Put the mark where the sheet is; with `follow` the range goes along when the sheet has left it. */
  placeMark(follow) {
    const { plan, range, store } = this;
    if (!plan || !range || !store.review.facts) return;
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
    this.mark.setAttribute("aria-valuetext", `${clockText(startS, this.data.clockS)} to ${clockText(startS + spanS, this.data.clockS)}`);
  }

  // Under the pointer

  timeAt(x) {
    return Math.min(Math.max(timeOf(this.plan, this.range, x), 0), this.durationS);
  }

  /** What lies under a place of the stage: a beat's dot, an episode's bar, or time alone. */
  find(x, y) {
    const { plan, range, data } = this;
    const { rate, rhythm } = plan.lanes;
    const timeS = this.timeAt(x);
    const found = { timeS, beat: -1, episode: null };
    const perPxS = (range.toS - range.fromS) / plan.plotWidth;
    if (y >= rate.top - 2 && y <= rate.bottom + 2 && data.intervals.n) {
      const { low, high } = data.axis;
      const perPxBpm = (high - low) / (rate.bottom - rate.top - 5);
      const bpm = low + (rate.bottom - 2.5 - y) * perPxBpm;
      const reach = [DOT_REACH_PX * perPxS, DOT_REACH_PX * perPxBpm];
      const near = (ectopic) => nearestDot(data.intervals, timeS, bpm, ...reach, { ectopic, low, high });
      found.beat = near(true);
      if (found.beat < 0 && perPxS < 0.25) found.beat = near(false);
    }
    if (y >= rhythm.top && y <= rhythm.bottom) {
      const upper = y < rhythm.bottom - SHORT_HEIGHT - 1;
      found.episode = episodeAt(data.episodes, timeS, 3 * perPxS, SHORT_EPISODE * perPxS, upper);
    }
    return found;
  }

  hover(x, y) {
    const { plan, data } = this;
    if (!plan || !data.sums || x === null) {
      this.tip.hidden = this.hoverLine.hidden = true;
      return;
    }
    const found = this.find(x, y);
    const density = densities(data.intervals, data.sums, this.range, ectopicStepS(plan, this.range), data.clockS);
    const beat = found.beat < 0 ? null : { letter: LETTERS[data.intervals.label[found.beat]], timeS: data.intervals.timeS[found.beat], ms: data.intervals.ms[found.beat], bpm: rateOf(data.intervals.ms[found.beat]) };
    this.tip.textContent = hoverText(data, { ...found, beat, density, bin: binAt(density, found.timeS), classified: this.store.review.stage === "classified" });
    this.tip.hidden = this.hoverLine.hidden = false;
    const at = beat ? xOf(plan, this.range, beat.timeS) : Math.min(Math.max(x, plan.left), plan.right);
    this.hoverLine.style.transform = `translateX(${at - plan.left}px)`;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.transform = `translateX(${Math.min(Math.max(at - half, 2), plan.width - 2 * half - 2)}px)`;
  }
}
