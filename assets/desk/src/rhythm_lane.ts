// The rhythm above the beats' letters: one row for ours, one for the reference's, and the ends of the selected span.

import { closestTo, element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { SIZES, type Row } from "./geometry.ts";
import { press, write } from "./panel.ts";
import type { RhythmPayload } from "./payloads.ts";
import { inkOn, signColour } from "./plot_canvas.ts";
import { RhythmEnds } from "./rhythm_ends.ts";
import { rhythmOf } from "./rhythm_names.ts";
import { differences, ourRhythm, referenceRhythm, within, type OurRhythm, type RhythmDifference, type TheirRhythm } from "./rhythm_spans.ts";
import type { Sheet } from "./sheet.ts";
import type { Scene, SheetSpan } from "./sheet_scene.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";
import { duration } from "./wording.ts";

const LEAST_PX = 3;

/** A stretch in one sentence, for tooltips and screen readers. */
export function stretchText({ fromS, toS, code, span, text }: Omit<OurRhythm, "startS" | "stopS" | "by">, clockS: number | null): string {
  const who = span === null ? "found by the program" : "";
  const parts = [rhythmOf(code).name, `${formatTime(fromS, clockS)} to ${formatTime(toS, clockS)}`, duration(toS - fromS), who, text];
  return parts.filter(Boolean).join(", ");
}

/** A row of the sheet that rhythm is placed on. */
interface RowPlace extends Pick<Scene, "plan" | "facts" | "colours"> {
  row: Row;
  fromS: number;
  toS: number;
  /** Keys of the marks that are there. */
  seen: Set<string>;
}

/** A name or a stretch on the lane, and what it was drawn for. */
interface LaneMark {
  node: HTMLElement;
  drawnFor: string;
}

export class RhythmLane {
  readonly layer = element("div", "sh-rhythm");
  readonly ends: RhythmEnds;
  private readonly sheet: Sheet;
  private readonly store: Store;
  private readonly marks = new Map<string, LaneMark>();
  /** What each button stands for. */
  private readonly stretches = new WeakMap<HTMLElement, OurRhythm>();
  private ours: OurRhythm[] = [];
  private theirs: TheirRhythm[] = [];
  private different: RhythmDifference[] = [];
  // What these were made from
  private episodes: ReviewEvent[] | undefined;
  private rhythms: RhythmPayload[] | undefined;
  private reference: Int32Array | null = null;

  /** `onPick` is called when a stretch of our rhythm is chosen. */
  constructor(sheet: Sheet, { onPick }: { onPick: (stretch: OurRhythm) => void }) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.ends = new RhythmEnds(sheet);
    this.layer.append(...Object.values(this.ends.nodes));
    this.layer.addEventListener("click", (event) => {
      const node = closestTo(event, ".sh-stretch.ours");
      const stretch = node && this.stretches.get(node);
      if (stretch) onPick(stretch);
    });
  }

  /** Rows that there is something to show in: none, ours, or ours and the reference's. */
  get rows(): number {
    if (this.theirs.length) return 2;
    return this.ours.length ? 1 : 0;
  }

  /** Make the stretches from what the store has now; returns whether the number of rows changed. */
  update(): boolean {
    const { store, rows } = this;
    const { facts, episodes, rhythms, stage } = store.review;
    if (!facts) return false;
    const { reference } = this.sheet;
    const sample = store.prefs.reference && reference.there ? reference.sample : null;
    if (this.episodes !== episodes || this.rhythms !== rhythms || this.reference !== sample) {
      this.episodes = episodes;
      this.rhythms = rhythms;
      this.reference = sample;
      this.ours = ourRhythm(episodes, rhythms, facts.fs);
      this.theirs = sample ? referenceRhythm(reference, facts.fs, facts.durationS) : [];
      this.different = stage === "classified" ? differences(this.ours, this.theirs) : [];
    }
    return this.rows !== rows;
  }

  place(scene: Scene): void {
    const { plan, view, facts, colours } = scene;
    const seen = new Set<string>();
    const active = this.activeStretch(scene.span);
    if (plan.rhythmRows) {
      for (const row of plan.rows) {
        const fromS = view.startS + row.offsetS;
        const toS = Math.min(fromS + row.lengthS, facts.durationS);
        const at = { plan, row, fromS, toS, facts, colours, seen };
        this.placeName(at, "rhythm", 0);
        for (const each of within(this.ours, fromS, toS)) {
          if (each.span === null || each.span !== active?.span) this.placeOurs(at, each, false);
        }
        if (active) this.placeOurs(at, active, true);
        if (plan.rhythmRows < 2) continue;
        this.placeName(at, "reference", 1);
        for (const each of within(this.theirs, fromS, toS)) this.placeTheirs(at, each);
      }
    }
    for (const [key, { node }] of this.marks) {
      if (seen.has(key)) continue;
      node.remove();
      this.marks.delete(key);
    }
    this.ends.place(scene, active);
  }

  /** The named span that is selected, with the ends that it is being given; null where none is. */
  private activeStretch(selected: SheetSpan | null): OurRhythm | null {
    if (selected?.named === undefined || selected.named === null) return null;
    const { fromS, toS, named } = selected;
    const known = this.store.review.rhythms.find(({ span }) => span === named);
    const by = known?.by ?? "";
    return { startS: fromS, stopS: toS, fromS, toS, code: known?.rhythm ?? "N", span: named, by, text: `named by ${by || "you"}` };
  }

  private mark(key: string, tag: "button" | "span", className: string, seen: Set<string>): LaneMark {
    seen.add(key);
    let mark = this.marks.get(key);
    if (!mark) {
      mark = { node: element(tag, className), drawnFor: "" };
      if (tag === "button") mark.node.setAttribute("type", "button");
      this.marks.set(key, mark);
      this.layer.append(mark.node);
    }
    return mark;
  }

  /** Put a node over a stretch of a row; returns where it begins, in px. */
  private lay(node: HTMLElement, { plan, row, fromS, toS }: RowPlace, startS: number, stopS: number, line: number): number {
    const left = plan.gutter + (Math.max(startS, fromS) - fromS) * plan.pxPerS;
    const right = plan.gutter + (Math.min(stopS, toS) - fromS) * plan.pxPerS;
    node.hidden = right <= left;
    node.style.transform = `translate(${left.toFixed(2)}px, ${row.y + line * SIZES.rhythm}px)`;
    node.style.width = `${Math.max(right - left, LEAST_PX).toFixed(2)}px`;
    return left;
  }

  private placeName({ plan, row, seen }: RowPlace, text: string, line: number): void {
    const { node } = this.mark(`${text} ${row.index}`, "span", "sh-rhythm-name", seen);
    write(node, plan.gutter < 62 && line ? "ref." : text);
    node.title = line ? "rhythm of the reference" : "our rhythm: what people named, else what the program found";
    node.style.transform = `translate(4px, ${row.y + line * SIZES.rhythm}px)`;
    node.style.maxWidth = `${plan.gutter - 6}px`;
  }

  private placeOurs(at: RowPlace, stretch: OurRhythm, active: boolean): void {
    const { startS, stopS, fromS, code, span } = stretch;
    if (stopS <= at.fromS || startS >= at.toS) return;
    const key = active ? `active ${at.row.index}` : `${span ?? code} ${fromS} ${startS} ${at.row.index}`;
    const { node } = this.mark(key, "button", "sh-stretch ours", at.seen);
    this.stretches.set(node, stretch);
    this.lay(node, at, startS, stopS, 0);
    const { sign, short } = rhythmOf(code);
    const colour = signColour(sign, at.colours);
    node.className = `sh-stretch ours${span === null ? "" : " named"}${active ? " active" : ""}`;
    node.style.setProperty("--k", colour);
    node.style.setProperty("--k-ink", span === null || !colour.startsWith("#") ? "inherit" : inkOn(colour));
    node.dataset.rhythm = code;
    write(node, short);
    node.title = stretchText(stretch, at.facts.clockS);
    node.setAttribute("aria-label", node.title);
    press(node, active);
  }

  private placeTheirs(at: RowPlace, stretch: TheirRhythm): void {
    const mark = this.mark(`r ${stretch.startS} ${at.row.index}`, "span", "sh-stretch theirs", at.seen);
    const { node } = mark;
    const left = this.lay(node, at, stretch.startS, stretch.stopS, 1);
    const here = within(this.different, Math.max(stretch.startS, at.fromS), Math.min(stretch.stopS, at.toS));
    const places = here.map(({ startS, stopS }) => {
      const [from, to] = [Math.max(startS, stretch.startS, at.fromS), Math.min(stopS, stretch.stopS, at.toS)];
      const x = at.plan.gutter + (from - at.fromS) * at.plan.pxPerS - left;
      return [x.toFixed(1), ((to - from) * at.plan.pxPerS).toFixed(1)];
    });
    const { text, code } = stretch;
    const name = code === null ? text : rhythmOf(code).short;
    const drawnFor = `${name} ${places.join(" ")}`;
    if (mark.drawnFor === drawnFor) return;
    mark.drawnFor = drawnFor;
    const hatches = places.map(([x, width]) => {
      const hatch = element("i", "sh-differs");
      hatch.style.cssText = `left:${x}px;width:${width}px`;
      return hatch;
    });
    node.replaceChildren(...hatches, element("b", "", name));
    node.classList.toggle("differs", hatches.length > 0);
    const long = code === null ? `${text}, which has no word here` : rhythmOf(code).name;
    node.title = `reference: ${long}${hatches.length ? " (differs)" : ""}`;
  }
}
