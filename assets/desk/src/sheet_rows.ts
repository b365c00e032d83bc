// The rows of paper: a canvas each, the names of the leads, the line where a beat would be put.

import { paperColours } from "./colours.ts";
import { context2d, element } from "./dom.ts";
import type { Facts } from "./facts.ts";
import { placeTime, type Cell, type Lane, type Row } from "./geometry.ts";
import { leadLabel } from "./lead_order.ts";
import { write } from "./panel.ts";
import { boxAt, clearPlace, takenByWaves, tracesBetween, wishOf, type Box } from "./sheet_labels.ts";
import { drawPaper, paintSheetRow } from "./sheet_paint.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { Scene } from "./sheet_scene.ts";
import { beatsText, rangeTexts } from "./sheet_text.ts";
import type { Store } from "./store.ts";

/** The name of a lead in a column, with its size and where it stands, in px from the row's top. */
interface ColumnName {
  node: HTMLElement;
  row: Row;
  lane: Lane;
  cell: Cell;
  size: readonly [width: number, height: number];
  at?: readonly [x: number, y: number];
}

export class SheetRows {
  /** Holds the canvases. */
  readonly layer = element("div", "sh-rows");
  readonly names = element("div", "sh-names");
  readonly ghost = element("div", "sh-ghost");
  /** Paper that every row is drawn on. */
  readonly paper = element("canvas");
  colours = paperColours("#ffffff");
  font = "sans-serif";
  accent = "";
  private readonly canvases: HTMLCanvasElement[] = [];
  private columnNames: ColumnName[] = [];
  private paperKey = "";
  private readonly outOfSight = new Set<Element>();
  private readonly observer: IntersectionObserver;

  /** `onSeen()` is called when a row that was out of sight comes into it. */
  constructor(onSeen: () => void) {
    this.ghost.hidden = true;
    this.observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (!isIntersecting) this.outOfSight.add(target);
          else if (this.outOfSight.delete(target)) onSeen();
        }
      },
      { rootMargin: "80px" },
    );
  }

  destroy(): void {
    this.observer.disconnect();
  }

  /** Colours, paper, canvases and names for a plan; `root` is the element that has the theme. */
  fit(plan: SheetPlan, facts: Facts, root: Element): void {
    const style = getComputedStyle(root);
    this.colours = paperColours(style.getPropertyValue("--st-background-color") || "#ffffff");
    this.font = style.fontFamily;
    this.accent = style.getPropertyValue("--accent").trim() || "#1d5c8f";
    const paperKey = [plan.mm, plan.width, plan.rowHeight, plan.dpr, plan.lanes[0].base, this.colours.dark].join(" ");
    if (paperKey !== this.paperKey) {
      this.paperKey = paperKey;
      drawPaper(this.paper, plan, this.colours);
    }
    this.fitCanvases(plan);
    this.placeNames(plan, facts);
  }

  private fitCanvases({ rows, dpr, width, rowHeight }: SheetPlan): void {
    for (const canvas of this.canvases.splice(rows.length)) {
      this.observer.unobserve(canvas);
      this.outOfSight.delete(canvas);
      canvas.remove();
    }
    while (this.canvases.length < rows.length) {
      const canvas = element("canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "ECG"); // until the view rests
      this.canvases.push(canvas);
      this.layer.append(canvas);
      this.observer.observe(canvas);
    }
    const pixels = [Math.round(width * dpr), Math.round(rowHeight * dpr)];
    rows.forEach((row, index) => {
      const canvas = this.canvases[index];
      if (canvas.width !== pixels[0]) canvas.width = pixels[0];
      if (canvas.height !== pixels[1]) canvas.height = pixels[1];
      canvas.style.cssText = `top:${row.y}px;width:${width}px;height:${rowHeight}px`;
    });
  }

  private placeNames(plan: SheetPlan, { leads }: Facts): void {
    const nodes: HTMLElement[] = [];
    this.columnNames = [];
    for (const row of plan.rows) {
      for (const lane of plan.lanes) {
        for (const cell of lane.cells) {
          const lead = leads[cell.lead];
          const name = leadLabel(lead.name, plan.inverted[cell.lead]);
          const node = element("span", plan.inColumns ? "sh-lead inside" : "sh-lead", name);
          node.title = lead.calibrated ? name : `${name}: no calibration, heights are relative`;
          if (!lead.calibrated) node.append(element("em", "", "uncalibrated"));
          if (plan.inColumns) this.columnNames.push({ node, row, lane, cell, size: [0, 0] });
          else node.style.cssText = `left:4px;top:${row.y + lane.base}px;max-width:${plan.nameW - 6}px`;
          nodes.push(node);
        }
      }
    }
    this.names.replaceChildren(...nodes);
    for (const each of this.columnNames) each.size = [each.node.offsetWidth, each.node.offsetHeight];
  }

  /** Put the names in columns where no trace is. */
  private clearNames(scene: Scene): void {
    const { plan } = scene;
    let [names, ofRow]: [Box[], Row | null] = [[], null];
    for (const each of this.columnNames) {
      const { node, row, lane, cell, size } = each;
      const wish = { ...wishOf(cell, lane, plan, size), now: each.at };
      const lines = tracesBetween(scene, row, wish.area.left, wish.area.right);
      if (row !== ofRow) [names, ofRow] = [[], row];
      const place = clearPlace(wish, lines, scene.waves.length ? [...names, takenByWaves(lane, plan)] : names);
      const [x, y] = place ?? wish.best;
      names.push(boxAt([x, y], size));
      node.classList.toggle("over", !place);
      if (each.at?.[0] === x && each.at[1] === y) continue;
      each.at = [x, y];
      node.style.cssText = `left:${x}px;top:${row.y + y}px`;
    }
  }

  paint(scene: Scene): void {
    scene.plan.rows.forEach((row, index) => {
      const canvas = this.canvases[index];
      if (!this.outOfSight.has(canvas)) paintSheetRow(context2d(canvas, { alpha: false }), row, scene);
    });
    this.clearNames(scene);
  }

  /** The line at a time, with the letter that a beat would get there; null takes it away. */
  placeGhost(timeS: number | null, letter: string, viewStartS: number, plan: SheetPlan): void {
    const at = timeS === null ? null : placeTime(timeS, viewStartS, plan);
    this.ghost.hidden = !at;
    if (!at) return;
    this.ghost.style.transform = `translate(${at.x}px, ${at.row.y + plan.lettersTop}px)`;
    this.ghost.style.height = `${plan.lanesBottom - plan.lettersTop}px`;
    write(this.ghost, letter);
  }

  /** Label each row with what it shows, for screen readers. */
  describe({ review, navigation }: Store, plan: SheetPlan): void {
    const { facts, beats } = review;
    const { view } = navigation;
    if (!facts) return;
    const shown = plan.lanes.flatMap((lane) => lane.cells.map((cell) => leadLabel(facts.leads[cell.lead].name, plan.inverted[cell.lead])));
    plan.rows.forEach((row, index) => {
      const fromS = view.startS + row.offsetS;
      const [from, to] = rangeTexts(fromS, row.lengthS, facts);
      const text = `ECG, ${[...new Set(shown)].join(", ")}, ${from} to ${to}, ${beatsText(beats, fromS, fromS + row.lengthS)}`;
      this.canvases[index].setAttribute("aria-label", text);
    });
  }
}
