// The median beat of the measurements: each lead on paper of true proportions, in a grid or all over one another, with the
// boundaries of its waves and the places at which the ST segment is measured.

import { paperColours } from "./colours.ts";
import { activeElementOf, button, element } from "./dom.ts";
import { OVERALL, reasonText, valueText } from "./measurement_words.ts";
import { drawMedian, type MedianScene } from "./median_draw.ts";
import { curvesOf, gridOf, heightOf, overlaidMm, stPlaces, windowOf, type MedianCurve } from "./median_plan.ts";
import { chip, press, write } from "./panel.ts";
import type { MeasuredPayload, MedianBeatPayload } from "./payloads.ts";
import type { PrefValues } from "./prefs.ts";
import type { Store } from "./store.ts";
import { ABSENT } from "./wording.ts";

const VIEWS: Record<PrefValues["medianView"], [string, string]> = {
  grid: ["grid", "A paper for each lead, with its own boundaries"],
  overlaid: ["overlaid", "All leads over one another, with the boundaries of all leads together"],
};
const INTERVALS = ["p_ms", "pr_ms", "qrs_ms", "qt_ms"];

const LEVELS: readonly [string, string][] = [["j_mv", "J"], ["st60_mv", "+60"], ["st80_mv", "+80"]];

/** Levels of the ST segment of a lead at J, J + 60 and J + 80 ms, with the sign of the curve. */
function levelsOf({ leads }: Pick<MeasuredPayload, "leads">, { name, inverted }: Pick<MedianCurve, "name" | "inverted">): { text: string; reason: string }[] {
  return LEVELS.map(([quantity]) => {
    const measured = leads[name]?.[quantity];
    const turned = inverted && measured && measured.value !== null ? { ...measured, value: -measured.value } : measured;
    return { text: valueText(turned, 2), reason: reasonText(measured) };
  });
}

/** Levels of the ST segment of a curve, "ST 0.02 / 0.05 / 0.08"; why there are none, where there are none. */
export function stText(measured: Pick<MeasuredPayload, "leads">, curve: Pick<MedianCurve, "name" | "inverted">): string {
  const levels = levelsOf(measured, curve);
  return levels.every(({ text }) => text === ABSENT) ? levels[0].reason : `ST ${levels.map(({ text }) => text).join(" / ")}`;
}

/** P, PR, QRS and QT of all leads together in one line. */
export function intervalsLine({ overall }: Pick<MeasuredPayload, "overall">): string {
  return `${INTERVALS.map((quantity) => `${OVERALL[quantity].name} ${valueText(overall[quantity], 0)}`).join(" · ")} ms`;
}

export class MedianBeat {
  readonly root = element("section", "md");
  private readonly store: Store;
  private readonly views = element("span", "chips");
  private readonly chips: Record<string, HTMLButtonElement>;
  private readonly paper = element("div", "md-paper");
  private readonly note = element("p", "quiet md-note");
  private readonly offs: (() => void)[];
  private readonly sizes: ResizeObserver;
  private measured: MeasuredPayload | null = null;
  /** Name of the lead that stands out where all are overlaid. */
  private strong: string | null = null;
  private frame = 0;

  constructor(store: Store) {
    this.store = store;
    this.root.setAttribute("aria-label", "Median beat");
    const head = element("div", "md-head");
    this.views.setAttribute("role", "group");
    this.views.setAttribute("aria-label", "How the leads of the median beat are shown");
    this.chips = Object.fromEntries(
      (Object.entries(VIEWS) as [PrefValues["medianView"], [string, string]][]).map(([view, [text, title]]) => [
        view,
        chip(text, title, () => store.setPref("medianView", view)),
      ]),
    );
    this.views.append(...Object.values(this.chips));
    head.append(element("h3", "", "Median beat"), this.views);
    this.root.append(head, this.paper, this.note);
    this.offs = (["prefs", "theme"] as const).map((topic) => store.subscribe(topic, () => this.drawSoon()));
    this.sizes = new ResizeObserver(() => this.drawSoon());
    this.sizes.observe(this.root);
  }

  destroy(): void {
    for (const off of this.offs) off();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** Show the median beat of measurements; null for none. */
  show(measured: MeasuredPayload | null): void {
    if (measured === this.measured) return;
    this.measured = measured;
    this.drawSoon();
  }

  private drawSoon(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { measured, store, root } = this;
    const { medianView } = store.prefs;
    for (const [view, node] of Object.entries(this.chips)) press(node, view === medianView);
    const width = this.paper.clientWidth;
    if (!measured || !width) return;
    const { median } = measured;
    this.views.hidden = !median;
    if (!median) {
      this.paper.replaceChildren();
      write(this.note, "No median beat: no beat lies in the recording as a whole.");
      return;
    }
    const scales = store.review.facts?.leads.map(({ scale }) => scale) ?? [];
    const curves = curvesOf(median, store.prefs.limbOrder, scales);
    const style = getComputedStyle(root);
    const look: Look = {
      st: stPlaces(median),
      window: windowOf(median),
      fsHz: median.fs_hz,
      dpr: window.devicePixelRatio || 1,
      colours: paperColours(style.getPropertyValue("--st-background-color") || "#ffffff"),
      font: style.fontFamily,
      accent: style.getPropertyValue("--accent").trim() || "#1d5c8f",
    };
    const nodes = medianView === "grid" ? this.grid(measured, curves, look, width) : this.overlaid(measured, median, curves, look, width);
    this.paper.className = `md-paper md-${medianView}`;
    this.paper.replaceChildren(...nodes);
    write(this.note, noteText(medianView));
  }

  private grid(measured: MeasuredPayload, curves: MedianCurve[], look: Look, width: number): HTMLElement[] {
    const { columns, mm } = gridOf(curves.length, width, (look.window[1] - look.window[0]) / look.fsHz);
    this.paper.style.setProperty("--columns", String(columns));
    return curves.map((curve, index) => {
      const line = Math.floor(index / columns) * columns;
      const height = heightOf(curves.slice(line, line + columns), look.window);
      const text = measured.relative[curve.name] ? "height relative" : stText(measured, curve);
      return figure(curve.label, text, measured.relative[curve.name] ?? "", {
        ...look,
        curves: [curve],
        boundaries: curve.boundaries,
        height,
        mm,
        strong: null,
        named: false,
      });
    });
  }

  private overlaid(measured: MeasuredPayload, median: MedianBeatPayload, curves: MedianCurve[], look: Look, width: number): HTMLElement[] {
    const at = curves.findIndex(({ name }) => name === this.strong);
    const made = figure(at < 0 ? `${curves.length} leads` : curves[at].label, intervalsLine(measured), "", {
      ...look,
      curves,
      boundaries: median.common,
      height: heightOf(curves, look.window),
      mm: overlaidMm(width, (look.window[1] - look.window[0]) / look.fsHz),
      strong: at < 0 ? null : at,
      named: true,
    });
    return [made, this.levels(measured, curves, at)];
  }

  /** The leads with their levels of the ST segment; a click lets one stand out. */
  private levels(measured: MeasuredPayload, curves: MedianCurve[], at: number): HTMLElement {
    const table = element("table", "md-levels");
    table.setAttribute("aria-label", "ST segment of each lead in mV");
    const head = element("tr");
    head.append(...["ST, mV", ...LEVELS.map(([, title]) => title)].map((text) => element("th", "", text)));
    table.append(head);
    for (const [index, curve] of curves.entries()) {
      const { label, name } = curve;
      const row = element("tr");
      const lead = element("th");
      lead.scope = "row";
      const node = button("chip", label, `Let ${label} stand out`, () => this.standOut(name));
      press(node, index === at);
      lead.append(node);
      row.append(lead);
      for (const { text, reason } of levelsOf(measured, curve)) {
        const cell = element("td", "", text);
        cell.title = reason;
        row.append(cell);
      }
      table.append(row);
    }
    return table;
  }

  private standOut(name: string): void {
    const at = [...this.paper.querySelectorAll(".md-levels .chip")].findIndex((node) => node === activeElementOf(this.root));
    this.strong = this.strong === name ? null : name;
    this.draw();
    this.paper.querySelectorAll<HTMLElement>(".md-levels .chip")[at]?.focus({ preventScroll: true });
  }
}

type Look = Omit<MedianScene, "curves" | "boundaries" | "height" | "mm" | "strong" | "named">;

function noteText(view: PrefValues["medianView"]): string {
  const scale = "A large box is 0.2 s and 0.5 mV; one begins at the QRS onset.";
  const j = "J is the end of QRS in all leads together.";
  if (view === "overlaid") return `${scale} Boundaries of all leads together. ${j} Choose a lead to let it stand out.`;
  return `${scale} Boundaries of each lead. The dot is J, the ticks are J + 60 and J + 80 ms; ST in mV at these. ${j}`;
}

/** A paper with what it shows in words below it. */
function figure(label: string, text: string, title: string, scene: MedianScene): HTMLElement {
  const root = element("figure", "md-cell");
  const canvas = element("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Median beat, ${label}: ${text}`);
  drawMedian(canvas, scene);
  const caption = element("figcaption");
  caption.append(element("b", "", label), " ", element("span", "quiet", text));
  caption.title = title;
  root.append(caption, canvas);
  return root;
}
