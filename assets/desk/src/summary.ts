// The figures that head a report; what cannot be told is a dash, never zero.

import { LETTERS } from "./beat_table.ts";
import { button, element } from "./dom.ts";
import { Panel, heading, letterBox, write } from "./panel.ts";
import type { Label, PacingSummary, SummaryPayload } from "./payloads.ts";
import type { Store } from "./store.ts";
import { ABSENT, CLASS_NAMES, counted, number, percentage } from "./wording.ts";

interface Figure {
  name: string;
  value: string;
  unit: string;
  caption: string;
  /** Where the figure leads. */
  sample?: number | null;
}

interface Cell {
  node: HTMLElement;
  value: HTMLElement;
  unit: HTMLElement;
  caption: HTMLElement;
}

/** The figures of a summary. */
export function figuresOf(summary: SummaryPayload | null): Figure[] {
  const s: Partial<SummaryPayload> = summary ?? {};
  const percent = (share: number | null | undefined) => (share === null || share === undefined ? null : 100 * share);
  const pauses = s.n_by_kind?.PAUSE;
  return [
    { name: "v", value: percentage(s.burden_v_percent), unit: "%", caption: "V burden" },
    { name: "s", value: percentage(s.burden_s_percent), unit: "%", caption: "S burden" },
    { name: "uncertain", value: number(s.n_uncertain), unit: "", caption: "uncertain" },
    { name: "mean", value: number(s.mean_rate_bpm), unit: "bpm", caption: "mean rate" },
    { name: "min", value: number(s.min_rate_bpm), unit: "bpm", caption: "slowest", sample: s.min_rate_sample },
    { name: "max", value: number(s.max_rate_bpm), unit: "bpm", caption: "fastest", sample: s.max_rate_sample },
    { name: "rr", value: number(s.longest_rr_s, 2), unit: "s", caption: "longest RR", sample: s.longest_rr_sample },
    { name: "pauses", value: number(pauses), unit: "", caption: pauses === 1 ? "pause" : "pauses" },
    { name: "readable", value: percentage(percent(s.readable_share)), unit: "%", caption: "readable" },
    { name: "af", value: percentage(percent(s.af_share)), unit: "%", caption: "atrial fibrillation" },
    { name: "afl", value: percentage(percent(s.afl_share)), unit: "%", caption: "atrial flutter" },
    { name: "run", value: number(s.longest_v_run_beats), unit: "beats", caption: "longest V run" },
    { name: "fast-run", value: number(s.fastest_v_run_bpm), unit: "bpm", caption: "fastest V run" },
  ];
}

/** What is told of pacing: that it cannot be, or what was found; nothing where no spike was found. */
export function pacingText(pacing: PacingSummary | null): string {
  if (!pacing) return "";
  if (!pacing.assessable) return pacing.note ?? "";
  if (!pacing.n_spikes) return "";
  const mode = pacing.mode ?? "no paced beat";
  const missed = pacing.n_without_capture ? `, ${number(pacing.n_without_capture)} without capture` : "";
  return `Pacing: ${mode}; ${counted(pacing.n_spikes, "spike")}${missed}.`;
}

export class SummaryPanel extends Panel {
  private readonly beside: HTMLElement;
  private readonly classes = element("div", "classes");
  private readonly counts: { letter: Label; figure: HTMLElement }[];
  private readonly figures = element("div", "figures");
  private cells = new Map<string, Cell>();
  /** Which figures there are, and which of them lead somewhere. */
  private drawn = "";
  private readonly notes = element("p", "notes");

  constructor(store: Store, place: ParentNode) {
    super(store, place, "summary");
    const { head, beside } = heading("Summary");
    this.beside = beside;
    this.classes.setAttribute("role", "group");
    this.classes.setAttribute("aria-label", "Beats by class");
    this.counts = LETTERS.map((letter) => {
      const each = element("span", "class-count");
      const figure = element("span", "", ABSENT);
      each.title = CLASS_NAMES[letter];
      each.append(letterBox(letter), element("span", "unseen", `${letter}: `), figure);
      this.classes.append(each);
      return { letter, figure };
    });
    this.root.append(head, this.classes, this.figures, this.notes);
    this.follow(["state"], () => this.draw());
    this.draw();
  }

  private draw(): void {
    const { summary, model, stage, facts } = this.store.review;
    const named = model ? [model.name, model.device].filter(Boolean).join(" on ") : "";
    const remark = { beats: "beats are being found …", found: "beats not classified", classified: named }[stage];
    const total = summary ? `${counted(summary.n_beats, "beat")} · ` : "";
    write(this.beside, `${total}${remark}`);
    this.beside.title = named;
    for (const { letter, figure } of this.counts) write(figure, number(summary?.n_by_class?.[letter]));
    const figures = figuresOf(summary);
    const names = figures.map(({ name, sample }) => `${name}${Number.isInteger(sample) ? "!" : ""}`).join();
    if (names !== this.drawn) {
      this.drawn = names;
      this.cells = new Map(figures.map((each) => [each.name, this.cell(each)]));
      this.figures.replaceChildren(...[...this.cells.values()].map(({ node }) => node));
    }
    for (const { name, value, unit, caption } of figures) {
      const cell = this.cells.get(name);
      if (!cell) continue;
      write(cell.value, value);
      write(cell.unit, unit);
      write(cell.caption, caption);
    }
    const notes = [pacingText(this.store.review.pacing), ...(facts?.notes ?? [])].filter(Boolean).join(" ");
    this.notes.hidden = !notes;
    write(this.notes, notes);
  }

  private cell({ name, sample }: Figure): Cell {
    const leads = Number.isInteger(sample);
    const node = leads ? button("figure leads", "", "Go there", () => this.go(name)) : element("div", "figure");
    const [value, unit, caption] = [element("b"), element("span", "unit"), element("small")];
    node.append(value, " ", unit, caption);
    return { node, value, unit, caption };
  }

  private go(name: string): void {
    const { navigation, review } = this.store;
    const sample = figuresOf(review.summary).find((each) => each.name === name)?.sample ?? null;
    if (sample === null || !review.facts) return;
    const at = review.beats.indexOfSample(sample);
    if (at >= 0) navigation.choose(review.beats.id[at], { reveal: false });
    navigation.goTo(sample / review.facts.fs);
  }
}
