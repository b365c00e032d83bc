// The caliper: a box that measures time, rate and amplitude.

import { element } from "./dom.js";
import { SIZES } from "./geometry.js";
import { caliperText } from "./model.js";

export class Caliper {
  constructor() {
    this.box = element("div", "caliper");
    this.text = element("span", "caliper-text");
    this.box.append(this.text);
    this.hide();
  }

  /** Span the box between two points of the sheet, inside one row. */
  show(plan, row, [fromX, fromY], [toX, toY]) {
    const end = plan.gutter + row.lengthS * plan.pxPerS;
    const bottom = row.y + plan.rowHeight - SIZES.times;
    const [x0, x1] = [fromX, toX].map((x) => Math.min(Math.max(x, plan.gutter), end)).sort((a, b) => a - b);
    const [y0, y1] = [fromY, toY].map((y) => Math.min(Math.max(y, row.y), bottom)).sort((a, b) => a - b);
    this.box.style.cssText = `left:${x0}px;top:${y0}px;width:${x1 - x0}px;height:${y1 - y0}px`;
    this.text.textContent = caliperText((x1 - x0) / plan.pxPerS, (y1 - y0) / plan.pxPerMv);
    this.box.hidden = false;
    const half = this.text.offsetWidth / 2;
    const centre = Math.min(Math.max((x0 + x1) / 2, half + 2), plan.width - half - 2);
    this.text.style.left = `${centre - x0}px`;
    this.text.classList.toggle("above", y1 + 22 > plan.height);
  }

  hide() {
    this.box.hidden = true;
  }
}
