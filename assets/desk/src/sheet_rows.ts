// @ts-nocheck
// The rows of paper: a canvas each, the names of the leads, the line where a beat would be put.

import { paperColours } from "./colours.ts";
import { element } from "./dom.ts";
import { placeTime } from "./geometry.ts";
import { write } from "./panel.ts";
import { drawPaper, paintSheetRow } from "./sheet_paint.ts";
import { cellBounds } from "./sheet_plan.ts";
import { beatsText, rangeTexts } from "./sheet_text.ts";

export class SheetRows {
  /** `onSeen()` is called when a row that was out of sight comes into it. */
  constructor(onSeen) {
    this.canvases = element("div", "sh-rows");
    this.names = element("div", "sh-names");
    this.ghost = element("div", "sh-ghost");
    this.ghost.hidden = true;
    this.outOfSight = new Set();
    this.sight = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) this.outOfSight.add(target);
          else if (this.outOfSight.delete(target)) onSeen();
        }
      },
      { rootMargin: "80px" },
    );
  }

  destroy() {
    this.sight.disconnect();
  }

  /** Colours, paper, canvases and names for a plan; `root` is the element that has the theme. */
  fit(plan, facts, root) {
    this.plan = plan;
    const style = getComputedStyle(root);
    this.colours = paperColours(style.getPropertyValue("--st-background-color") || "#ffffff");
    this.font = style.fontFamily;
    this.accent = style.getPropertyValue("--accent").trim() || "#1d5c8f";
    const look = [plan.mm, plan.width, plan.rowHeight, plan.dpr, plan.lanes[0].base, this.colours.dark].join(" ");
    if (look !== this.paperLook) {
      this.paperLook = look;
      this.paper = drawPaper(this.paper ?? document.createElement("canvas"), plan, this.colours);
    }
    this.fitCanvases();
    this.placeNames(facts);
  }

  fitCanvases() {
    const { rows, dpr, width, rowHeight } = this.plan;
    while (this.canvases.children.length > rows.length) {
      const { lastChild } = this.canvases;
      this.sight.unobserve(lastChild);
      this.outOfSight.delete(lastChild);
      lastChild.remove();
    }
    while (this.canvases.children.length < rows.length) {
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "ECG"); // until the view rests
      this.canvases.append(canvas);
      this.sight.observe(canvas);
    }
    const pixels = [Math.round(width * dpr), Math.round(rowHeight * dpr)];
    rows.forEach((row, index) => {
      const canvas = this.canvases.children[index];
      if (canvas.width !== pixels[0]) canvas.width = pixels[0];
      if (canvas.height !== pixels[1]) canvas.height = pixels[1];
      canvas.style.cssText = `top:${row.y}px;width:${width}px;height:${rowHeight}px`;
    });
  }

  placeNames({ leads }) {
    const { plan } = this;
    const nodes = [];
    for (const row of plan.rows) {
      for (const lane of plan.lanes) {
        for (const cell of lane.cells) {
          const lead = leads[cell.lead];
          const node = element("span", plan.inColumns ? "sh-lead inside" : "sh-lead", lead.name);
          node.title = lead.calibrated ? lead.name : `${lead.name}: no calibration, heights are relative`;
          if (!lead.calibrated) node.append(element("em", "", "uncalibrated"));
          const [left] = cellBounds(cell, plan);
          node.style.cssText = plan.inColumns
            ? `left:${left + 4}px;top:${row.y + Math.max(lane.top, lane.base - 10 * plan.mm)}px`
            : `left:4px;top:${row.y + lane.base}px;max-width:${plan.nameW - 6}px`;
          nodes.push(node);
        }
      }
    }
    this.names.replaceChildren(...nodes);
  }

  paint(scene) {
    this.plan.rows.forEach((row, index) => {
      const canvas = this.canvases.children[index];
      if (!this.outOfSight.has(canvas)) paintSheetRow(canvas.getContext("2d", { alpha: false }), row, scene);
    });
  }

  /** The line at a time, with the letter that a beat would get there; null takes it away. */
  placeGhost(timeS, letter, viewStartS) {
    const at = timeS === null ? null : placeTime(timeS, viewStartS, this.plan);
    this.ghost.hidden = !at;
    if (!at) return;
    this.ghost.style.transform = `translate(${at.x}px, ${at.row.y + this.plan.lettersTop}px)`;
    this.ghost.style.height = `${this.plan.lanesBottom - this.plan.lettersTop}px`;
    write(this.ghost, letter);
  }

  /** Say of each row what it shows. */
  describe(store) {
    const { facts, beats } = store.review;
    const { view } = store.navigation;
    const shown = this.plan.lanes.flatMap((lane) => lane.cells.map((cell) => facts.leads[cell.lead].name));
    this.plan.rows.forEach((row, index) => {
      const fromS = view.startS + row.offsetS;
      const [from, to] = rangeTexts(fromS, row.lengthS, facts);
      const text = `ECG, ${[...new Set(shown)].join(", ")}, ${from} to ${to}, ${beatsText(beats, fromS, fromS + row.lengthS)}`;
      this.canvases.children[index].setAttribute("aria-label", text);
    });
  }
}
