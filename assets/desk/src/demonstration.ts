// A tracing before a class: still or sweeping at true speed, with letters, saliency, a caliper and the teacher's steps.
// Entry point of dist/demonstration.js. What is on screen lives here; the address names the step.

import type { PaperColours } from "./colours.ts";
import { paperColours } from "./colours.ts";
import { Caliper } from "./demonstration_caliper.ts";
import { DemonstrationControls } from "./demonstration_controls.ts";
import type { DemonstrationLayout } from "./demonstration_layout.ts";
import { demonstrationLayout, hasTwelve, piecesOf } from "./demonstration_layout.ts";
import { BeatLetters } from "./demonstration_letters.ts";
import type { PaintedMap } from "./demonstration_paint.ts";
import { paint } from "./demonstration_paint.ts";
import type { DemonstrationData, Scene, Shown } from "./demonstration_payload.ts";
import { leadsOf, rangeOf, weightsOf } from "./demonstration_signal.ts";
import { context2d, element } from "./dom.ts";

const STILL_STEP_S = 1;
const REDUCED_MS = 250;

interface Mounted {
  parentElement: HTMLElement;
  data: DemonstrationData;
  setTriggerValue: (name: string, value: unknown) => void;
}

const mounted = new WeakMap<HTMLElement, Demonstration>();

export class Demonstration {
  /** Counts the calls of `update`. */
  turn = 0;
  private readonly root = element("div", "demonstration");
  private readonly stage = element("div", "stage");
  private readonly sheet = element("div", "sheet");
  private readonly canvas = element("canvas");
  private readonly caliper: Caliper;
  private readonly letters: BeatLetters;
  private readonly controls: DemonstrationControls;
  private readonly resizes: ResizeObserver;
  private readonly still = window.matchMedia("(prefers-reduced-motion: reduce)");
  private readonly onKeyDown = (event: KeyboardEvent) => this.takeKey(event);
  private readonly onFullScreen = () => this.fullScreenChanged();
  private leads: Float32Array[] = [];
  private maps: (PaintedMap | null)[] = [];
  private scene!: Scene;
  private step = 0;
  private startS = 0;
  private sweepFrom = 0;
  private chosen: number | null = null;
  private layout: DemonstrationLayout | null = null;
  private frame = 0;
  private timer = 0;
  private data!: DemonstrationData;
  private send: Mounted["setTriggerValue"] = () => {};

  constructor(parent: HTMLElement) {
    this.canvas.setAttribute("aria-hidden", "true");
    this.caliper = new Caliper(this.sheet, () => this.layout);
    this.letters = new BeatLetters((beat) => this.choose(beat));
    this.controls = new DemonstrationControls({
      step: (by) => this.goTo(this.step + by),
      toggle: (name) => this.toggle(name),
      view: (view) => this.change({ view }),
      lead: (lead) => this.change({ lead }),
      sweep: (sweep) => this.change({ sweep }),
      place: (atS) => this.moveTo(atS),
      full: () => void this.fullScreen(),
      leave: () => this.send("leave", true),
    });
    this.sheet.append(this.canvas, this.letters.root);
    this.stage.append(this.sheet);
    this.root.append(this.controls.head, this.stage, this.controls.foot);
    parent.append(this.root);
    this.resizes = new ResizeObserver(() => this.draw());
    this.resizes.observe(this.stage);
    this.still.addEventListener("change", () => this.run());
    document.addEventListener("fullscreenchange", this.onFullScreen);
  }

  /** Whether the element is still on the page. */
  get alive(): boolean {
    return this.root.isConnected;
  }

  update({ data, setTriggerValue }: Mounted): number {
    this.send = setTriggerValue;
    const same = this.data?.id === data.id;
    const redrawn = this.data?.signal !== data.signal;
    const whole = this.data?.whole;
    const scenes = JSON.stringify(this.data?.scenes) === JSON.stringify(data.scenes);
    this.data = data;
    if (redrawn) this.leads = leadsOf(data);
    this.maps = this.mapsOf(data);
    this.root.setAttribute("aria-label", data.label);
    this.root.setAttribute("role", "group");
    if (whole !== data.whole) this.cover(data.whole);
    if (!same) {
      this.chosen = null;
      this.caliper.clear();
    }
    if (!same || !scenes) this.goTo(same ? this.step : data.step, !this.scene);
    else this.run();
    return ++this.turn;
  }

  destroy(): void {
    this.resizes.disconnect();
    this.stop();
    window.removeEventListener("keydown", this.onKeyDown);
    document.removeEventListener("fullscreenchange", this.onFullScreen);
    this.root.remove();
  }

  private get durationS(): number {
    return this.data.n_samples / this.data.fs_hz;
  }

  private get large(): boolean {
    return this.data.whole || this.isFull;
  }

  private get isFull(): boolean {
    const root = this.root.getRootNode() as Document | ShadowRoot;
    return root.fullscreenElement === this.root || (this.data.whole && document.fullscreenElement !== null);
  }

  /** Cover the window, above everything else on the page, or lie in the page. */
  private cover(whole: boolean): void {
    this.root.classList.toggle("whole", whole);
    window.removeEventListener("keydown", this.onKeyDown);
    this.root.removeEventListener("keydown", this.onKeyDown);
    if (whole) {
      this.root.popover = "manual";
      this.root.showPopover();
      window.addEventListener("keydown", this.onKeyDown);
    } else this.root.addEventListener("keydown", this.onKeyDown);
  }

  private mapsOf({ beats, saliency, leads }: DemonstrationData): (PaintedMap | null)[] {
    return beats.map((beat, at) => {
      const map = saliency[at];
      if (!map) return null;
      const before = beats[at - 1]?.at_s ?? -Infinity;
      const after = beats[at + 1]?.at_s ?? Infinity;
      return {
        startS: map.start_s,
        stopS: map.stop_s,
        ownFromS: (before + beat.at_s) / 2,
        ownToS: (after + beat.at_s) / 2,
        weights: weightsOf(map, leads.length),
      };
    });
  }

  /** Show a step; what a person changed by hand since the last one counts no more. */
  private goTo(step: number, first = false): void {
    const last = this.data.scenes.length - 1;
    this.step = Math.min(Math.max(step, 0), last);
    const kept = first || this.data.scenes.length > 1 ? {} : { show: this.scene.show, view: this.scene.view, lead: this.scene.lead, sweep: this.scene.sweep };
    this.scene = { ...this.data.scenes[this.step], ...kept };
    this.chosen = null;
    if (this.scene.view === "12 leads" && !hasTwelve(this.data.leads)) this.scene.view = "rhythm";
    this.moveTo(this.scene.at_s);
    if (this.data.scenes.length > 1) {
      const measured = this.scene.measure_s;
      if (measured) this.caliper.set(measured[0] - this.startS, measured[1] - this.startS);
      else this.caliper.clear();
      this.writeAddress();
    }
    this.draw();
  }

  private writeAddress(): void {
    if (!this.data.whole) return;
    const address = new URL(window.location.href);
    address.searchParams.set("step", String(this.step));
    window.history.replaceState(window.history.state, "", address);
  }

  private change(changed: Partial<Scene>): void {
    this.scene = { ...this.scene, ...changed };
    if (changed.sweep !== undefined || changed.view !== undefined) this.caliper.clear();
    this.moveTo(this.startS);
  }

  private toggle(name: Shown): void {
    const { show } = this.scene;
    this.change({ show: show.includes(name) ? show.filter((one) => one !== name) : [...show, name] });
  }

  private choose(beat: number): void {
    this.chosen = this.chosen === beat ? null : beat;
    this.draw();
  }

  private moveTo(atS: number): void {
    this.startS = atS;
    this.sweepFrom = performance.now() - 1000 * atS;
    this.run();
  }

  /** Draw, and go on drawing while the tracing sweeps. */
  private run(): void {
    this.stop();
    this.draw();
    if (!this.scene.sweep) return;
    if (this.still.matches) {
      this.timer = window.setInterval(() => this.draw(), REDUCED_MS);
      return;
    }
    const next = () => {
      if (!this.alive) return this.destroy();
      this.draw();
      this.frame = requestAnimationFrame(next);
    };
    this.frame = requestAnimationFrame(next);
  }

  private stop(): void {
    cancelAnimationFrame(this.frame);
    window.clearInterval(this.timer);
  }

  private measured(): DemonstrationLayout {
    const width = Math.max(this.stage.clientWidth, 200);
    const height = this.large ? this.stage.clientHeight : null;
    const { view, lead } = this.scene;
    const names = this.data.leads;
    const strip = names.includes(lead) ? lead : names.includes("II") ? "II" : names[0];
    const rangeMv = rangeOf(this.leads[names.indexOf(strip)]);
    return demonstrationLayout({ width, height, view, leads: names, lead: strip, rangeMv, large: this.large });
  }

  private draw(): void {
    if (!this.scene) return;
    const layout = (this.layout = this.measured());
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(layout.width * ratio), Math.round(layout.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      Object.assign(this.sheet.style, { width: `${layout.width}px`, height: `${layout.height}px` });
    }
    const context = context2d(this.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const latestS = Math.max(this.durationS - layout.pageS, 0);
    const startS = Math.min(this.startS, latestS);
    const sweepS = this.scene.sweep ? this.sweepTime(layout) : null;
    const shown = this.scene.show.includes("saliency");
    const maps = this.chosen !== null ? [this.whole(this.maps[this.chosen])] : shown ? this.maps : [];
    paint(context, {
      layout,
      colours: this.colours(),
      leads: this.leads,
      fsHz: this.data.fs_hz,
      startS,
      sweepS,
      maps: maps.filter((map) => map !== null),
      highlightS: this.scene.highlight_s,
      highlightLead: this.scene.highlight_lead,
      large: this.large,
    });
    const pieces = piecesOf(layout.rhythm, startS, sweepS);
    this.letters.draw(this.data, layout, pieces, this.scene.show, this.chosen);
    this.caliper.draw();
    this.controls.draw({
      data: this.data,
      scene: this.scene,
      step: this.step,
      startS,
      latestS,
      chosen: this.chosen === null ? null : this.data.beats[this.chosen],
      full: this.isFull,
    });
  }

  /** The whole map of a beat that was chosen, over its neighbours too. */
  private whole(map: PaintedMap | null): PaintedMap | null {
    return map && { ...map, ownFromS: -Infinity, ownToS: Infinity };
  }

  /** Time that the sweep has reached; where motion is not wanted, the end of its page. */
  private sweepTime(layout: DemonstrationLayout): number {
    const elapsed = ((performance.now() - this.sweepFrom) / 1000) % this.durationS;
    if (!this.still.matches) return elapsed;
    return Math.min((Math.floor(elapsed / layout.pageS) + 1) * layout.pageS, this.durationS) - 1e-3;
  }

  private colours(): PaperColours {
    return paperColours(getComputedStyle(this.root).getPropertyValue("--st-background-color") || "#ffffff");
  }

  private async fullScreen(): Promise<void> {
    if (this.isFull) return document.exitFullscreen();
    await (this.data.whole ? document.documentElement : this.root).requestFullscreen();
  }

  private fullScreenChanged(): void {
    if (this.data.whole && this.alive && this.root.matches(":popover-open")) {
      // What covers the window goes in front of what has become full screen since.
      this.root.hidePopover();
      this.root.showPopover();
    }
    this.draw();
  }

  private takeKey(event: KeyboardEvent): void {
    if (!this.alive) return this.destroy();
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const from = event.composedPath()[0];
    const inField = from instanceof HTMLInputElement || from instanceof HTMLSelectElement;
    if (inField && !["PageDown", "PageUp", "Escape"].includes(event.key)) return;
    if (event.key === " " && from instanceof HTMLButtonElement) return;
    if (!this.act(event.key.length === 1 ? event.key.toLowerCase() : event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Do what a key stands for; false where it stands for nothing. */
  private act(key: string): boolean {
    const many = this.data.scenes.length > 1;
    const actions: Record<string, () => void> = {
      t: () => this.toggle("truth"),
      p: () => this.toggle("program"),
      s: () => this.toggle("saliency"),
      v: () => this.change({ view: this.scene.view === "rhythm" && hasTwelve(this.data.leads) ? "12 leads" : "rhythm" }),
      m: () => this.change({ sweep: !this.scene.sweep }),
      f: () => void this.fullScreen(),
    };
    if (many) {
      const forward = () => this.goTo(this.step + 1);
      const back = () => this.goTo(this.step - 1);
      Object.assign(actions, { ArrowRight: forward, PageDown: forward, " ": forward, ArrowLeft: back, PageUp: back });
      Object.assign(actions, { Home: () => this.goTo(0), End: () => this.goTo(Infinity) });
    }
    if (this.data.whole || many) {
      Object.assign(actions, { ArrowDown: () => this.scroll(STILL_STEP_S), ArrowUp: () => this.scroll(-STILL_STEP_S) });
    }
    if (key === "Escape") {
      if (this.caliper.isSet) this.caliper.clear();
      else if (this.data.whole && !this.isFull) this.send("leave", true);
      else return false;
      return true;
    }
    if (!(key in actions)) return false;
    actions[key]();
    return true;
  }

  private scroll(byS: number): void {
    const latestS = Math.max(this.durationS - (this.layout?.pageS ?? 0), 0);
    this.moveTo(Math.min(Math.max(this.startS + byS, 0), latestS));
  }
}

export default function mount(given: Mounted): () => void {
  const { parentElement } = given;
  let demonstration = mounted.get(parentElement);
  if (!demonstration?.alive) {
    demonstration?.destroy();
    demonstration = new Demonstration(parentElement);
    mounted.set(parentElement, demonstration);
  }
  const made = demonstration;
  const turn = made.update(given);
  // A superseded call is cleaned up too; only the latest may take the demonstration down.
  return () => {
    if (made.turn === turn) made.destroy();
  };
}
