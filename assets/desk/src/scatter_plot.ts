// @ts-nocheck
// A plot to choose beats from: drag over it, or walk with the keys. What is drawn and chosen is up to its kind.

import { element } from "./dom.ts";
import { sizeCanvas } from "./plot_canvas.ts";
import { plotPlan } from "./scatter_draw.ts";

const CLICK_PX = 4;
const LASSO_PX = 3;

export class Plot {
  /** `panel` knows the data, the tool, and takes the chosen beats. */
  constructor(panel, name, hint) {
    this.panel = panel;
    this.hint = hint;
    this.layer = document.createElement("canvas");
    this.stage = element("div", `scatter-stage scatter-${name}`);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.over = element("canvas", "scatter-over");
    this.over.setAttribute("aria-hidden", "true");
    this.tip = element("div", "plot-tip");
    this.tip.hidden = true;
    this.stage.append(this.canvas, this.over, this.tip);
    this.listen();
  }

  listen() {
    const on = (name, action) => this.stage.addEventListener(name, action);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", () => this.leave());
    on("pointerleave", () => (this.tip.hidden = true));
    on("keydown", (event) => this.keydown(event));
    on("blur", () => {
      this.cursor = null;
      this.paintOver();
    });
    this.resizes = new ResizeObserver(() => this.resize());
    this.resizes.observe(this.stage);
  }

  destroy() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.overFrame);
  }

  resize() {
    const [width, height] = [this.stage.clientWidth, this.stage.clientHeight];
    if (!width || !height) return;
    this.dpr = window.devicePixelRatio || 1;
    this.plan = plotPlan(width, height, this.square);
    this.panel.seen();
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    if (!this.plan || !this.panel.data) return;
    const context = sizeCanvas(this.canvas, this.plan.width, this.plan.height, this.dpr);
    this.paintData(context, this.panel.data, this.panel.theme());
    this.canvas.setAttribute("aria-label", this.label());
    this.stage.setAttribute("aria-label", `${this.label()} ${this.hint}`);
    this.paintOver();
  }

  point(event) {
    const bounds = this.stage.getBoundingClientRect();
    return [event.clientX - bounds.left, event.clientY - bounds.top];
  }

  press(event) {
    if (event.button !== 0 || !this.plan || !this.panel.data) return;
    const at = this.point(event);
    this.drag = { from: at, to: at, path: [at], add: event.shiftKey, moved: false };
    this.cursor = null;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true, focusVisible: false });
    event.preventDefault();
  }

  move(event) {
    if (!this.plan || !this.panel.data) return;
    const at = this.point(event);
    const { drag } = this;
    if (!drag) {
      this.hover(at);
      return;
    }
    this.tip.hidden = true;
    drag.to = at;
    if (Math.hypot(at[0] - drag.from[0], at[1] - drag.from[1]) >= CLICK_PX) drag.moved = true;
    const last = drag.path.at(-1);
    if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= LASSO_PX) drag.path.push(at);
    cancelAnimationFrame(this.overFrame);
    this.overFrame = requestAnimationFrame(() => this.paintOver());
  }

  release() {
    const { drag } = this;
    this.leave();
    if (drag) this.panel.choose(this.chosenBy(drag), drag.add);
  }

  leave() {
    this.drag = null;
    cancelAnimationFrame(this.overFrame);
    this.paintOver();
  }

  showTip([x, y], text) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const left = Math.min(Math.max(x - this.tip.offsetWidth / 2, 0), this.plan.width - this.tip.offsetWidth);
    this.tip.style.transform = `translate(${left}px, ${Math.max(y - 6, 26)}px)`;
  }

  paintOver() {
    if (!this.plan) return;
    const context = sizeCanvas(this.over, this.plan.width, this.plan.height, this.dpr);
    if (!this.drag?.moved && !this.cursor) return;
    const { accent } = this.panel.theme();
    context.strokeStyle = accent;
    context.fillStyle = accent;
    context.lineWidth = 1.5;
    context.beginPath();
    this.outline(context);
    context.closePath();
    context.globalAlpha = 0.14;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }

  keydown(event) {
    if (!this.plan || !this.panel.data || event.altKey || event.ctrlKey || event.metaKey) return;
    if (!this.key(event)) return;
    this.paintOver();
    event.preventDefault();
    event.stopPropagation();
  }
}
