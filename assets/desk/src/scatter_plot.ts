// A plot to choose beats from: drag over it, or walk with the keys. What is drawn and chosen is up to its kind.

import { element } from "./dom.ts";
import { sizeCanvas, type PlotTheme } from "./plot_canvas.ts";
import { plotPlan, type PlotPlan } from "./scatter_draw.ts";
import type { Point, Polygon, ScatterData } from "./scatter_stats.ts";

const CLICK_PX = 4;
const LASSO_PX = 3;

export type Tool = "rectangle" | "lasso";

/** The panel around the plots: it knows the data and takes the chosen beats. */
export interface PlotPanel {
  readonly data: ScatterData | null;
  readonly tool: Tool;
  theme(): PlotTheme;
  /** A plot has got a size: it is in sight. */
  plotShown(): void;
  /** Choose beats by their places in the table. */
  choose(places: number[], add: boolean): void;
  announce(text: string): void;
}

/** A drag over the plot, in px of the stage. */
export interface PlotDrag {
  from: Point;
  to: Point;
  /** Every place that it passed, for the lasso. */
  path: Point[];
  add: boolean;
  moved: boolean;
}

/** What is drawn where. */
export interface PlotScene {
  plan: PlotPlan;
  data: ScatterData;
}

/** `Cursor` is what the keys move. */
export abstract class Plot<Cursor> {
  readonly stage: HTMLDivElement;
  protected readonly panel: PlotPanel;
  protected cursor: Cursor | null = null;
  protected dpr = 1;
  protected readonly tip = element("div", "plot-tip");
  private plan: PlotPlan | null = null;
  private drag: PlotDrag | null = null;
  private frame = 0;
  private overFrame = 0;
  private readonly hint: string;
  private readonly square: boolean;
  private readonly canvas = element("canvas");
  private readonly over = element("canvas", "scatter-over");
  private readonly resizes = new ResizeObserver(() => this.resize());

  /** `hint` says what the keys do; a `square` plot is as wide as it is high. */
  constructor(panel: PlotPanel, name: string, hint: string, square = false) {
    this.panel = panel;
    this.hint = hint;
    this.square = square;
    this.stage = element("div", `scatter-stage scatter-${name}`);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.canvas.setAttribute("role", "img");
    this.over.setAttribute("aria-hidden", "true");
    this.tip.hidden = true;
    this.stage.append(this.canvas, this.over, this.tip);
    this.listen();
  }

  protected abstract paintData(context: CanvasRenderingContext2D, scene: PlotScene, colours: PlotTheme): void;
  protected abstract label(scene: PlotScene): string;
  /** Show what lies under the pointer. */
  protected abstract hover(at: Point, scene: PlotScene): void;
  /** Beats that a drag chooses: their places in the table. */
  protected abstract beatsOf(drag: PlotDrag, scene: PlotScene): number[];
  protected abstract dragOutline(drag: PlotDrag, scene: PlotScene): Polygon;
  protected abstract cursorOutline(cursor: Cursor, scene: PlotScene): Polygon;
  /** Take a key; tells whether it was one of the plot's. */
  protected abstract key(event: KeyboardEvent, scene: PlotScene): boolean;

  private get scene(): PlotScene | null {
    const { plan, panel } = this;
    return plan && panel.data ? { plan, data: panel.data } : null;
  }

  private listen(): void {
    const { stage } = this;
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", () => this.release());
    stage.addEventListener("pointercancel", () => this.endDrag());
    stage.addEventListener("pointerleave", () => (this.tip.hidden = true));
    stage.addEventListener("keydown", (event) => this.keydown(event));
    stage.addEventListener("blur", () => {
      this.cursor = null;
      this.paintOver();
    });
    this.resizes.observe(stage);
  }

  destroy(): void {
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.overFrame);
  }

  private resize(): void {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!width || !height) return;
    this.dpr = window.devicePixelRatio || 1;
    this.plan = plotPlan(width, height, this.square);
    this.panel.plotShown();
    this.draw();
  }

  draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    const { scene } = this;
    if (!scene) return;
    const context = sizeCanvas(this.canvas, scene.plan.width, scene.plan.height, this.dpr);
    this.paintData(context, scene, this.panel.theme());
    const label = this.label(scene);
    this.canvas.setAttribute("aria-label", label);
    this.stage.setAttribute("aria-label", `${label} ${this.hint}`);
    this.paintOver();
  }

  private point(event: PointerEvent): Point {
    const bounds = this.stage.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0 || !this.scene) return;
    const at = this.point(event);
    this.drag = { from: at, to: at, path: [at], add: event.shiftKey, moved: false };
    this.cursor = null;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  }

  private move(event: PointerEvent): void {
    const { scene, drag } = this;
    if (!scene) return;
    const at = this.point(event);
    if (!drag) {
      this.hover(at, scene);
      return;
    }
    this.tip.hidden = true;
    drag.to = at;
    if (Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) >= CLICK_PX) drag.moved = true;
    const last = drag.path[drag.path.length - 1];
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= LASSO_PX) drag.path.push(at);
    cancelAnimationFrame(this.overFrame);
    this.overFrame = requestAnimationFrame(() => this.paintOver());
  }

  private release(): void {
    const { drag, scene } = this;
    this.endDrag();
    if (drag && scene) this.panel.choose(this.beatsOf(drag, scene), drag.add);
  }

  private endDrag(): void {
    this.drag = null;
    cancelAnimationFrame(this.overFrame);
    this.paintOver();
  }

  protected showTip([x, y]: Point, plan: PlotPlan, text: string): void {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const left = Math.min(Math.max(x - this.tip.offsetWidth / 2, 0), plan.width - this.tip.offsetWidth);
    this.tip.style.transform = `translate(${left}px, ${Math.max(y - 6, 26)}px)`;
  }

  /** Draw the outline of what a drag or the cursor encloses. */
  private paintOver(): void {
    const { plan, scene } = this;
    if (!plan) return;
    const context = sizeCanvas(this.over, plan.width, plan.height, this.dpr);
    const corners = scene && this.outline(scene);
    if (!corners) return;
    const { accent } = this.panel.theme();
    context.strokeStyle = accent;
    context.fillStyle = accent;
    context.lineWidth = 1.5;
    context.beginPath();
    for (const [x, y] of corners) context.lineTo(x, y);
    context.closePath();
    context.globalAlpha = 0.14;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }

  private outline(scene: PlotScene): Polygon | null {
    if (this.drag?.moved) return this.dragOutline(this.drag, scene);
    return this.cursor && this.cursorOutline(this.cursor, scene);
  }

  private keydown(event: KeyboardEvent): void {
    const { scene } = this;
    if (!scene || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!this.key(event, scene)) return;
    this.paintOver();
    event.preventDefault();
    event.stopPropagation();
  }
}
