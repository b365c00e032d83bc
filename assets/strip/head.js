// The line above the paper: what is shown, at which scale, calipers, page turns.

import { button, element } from "./dom.js";
import { formatTime } from "./model.js";

export class Head {
  constructor({ onTurn, onMeasure }) {
    this.bar = element("div", "head");
    this.range = element("strong", "range");
    this.scale = element("span", "scale");
    this.calipers = button("toggle", "calipers", "Measure: drag a box (or hold Shift and drag)", () => {
      const on = this.calipers.getAttribute("aria-pressed") !== "true";
      this.calipers.setAttribute("aria-pressed", String(on));
      onMeasure(on);
    });
    this.calipers.setAttribute("aria-pressed", "false");
    this.legend = element("span", "legend");
    this.left = button("turn", "‹ page", "Page left (arrow left)", () => onTurn(-1));
    this.right = button("turn", "page ›", "Page right (arrow right)", () => onTurn(1));
    const turns = element("span", "turns");
    turns.append(this.left, this.right);
    this.bar.append(this.range, this.scale, this.calipers, this.legend, turns);
  }

  write(model, viewStartS) {
    const stopS = Math.min(viewStartS + model.span_s, model.duration_s);
    const shownS = viewStartS + (model.clock_s ?? 0);
    const decimals = Math.abs(shownS - Math.round(shownS)) < 0.05 ? 0 : 1;
    const [from, to] = [viewStartS, stopS].map((s) => formatTime(s, model.clock_s, decimals));
    this.range.textContent = `${from} – ${to}`;
    this.scale.textContent = `25 mm/s · ${model.gain_mm_per_mv} mm/mV · ${model.filter_label}`;
    this.left.disabled = viewStartS <= 0;
    this.right.disabled = viewStartS >= model.duration_s - model.span_s;
    const legend = [];
    if (model.reference) legend.push(element("span", "underlined", "reference differs"));
    if (model.saliency) {
      legend.push(element("span", "", "saliency: low"), element("i", "ramp"), element("span", "", "high"));
    }
    this.legend.replaceChildren(...legend);
  }
}
