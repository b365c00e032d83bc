// What is drawn, gathered from the store and the parts of the sheet.

import type { BeatTable } from "./beat_table.ts";
import type { Chunk } from "./chunks.ts";
import type { PaperColours } from "./colours.ts";
import type { Facts } from "./facts.ts";
import type { Row } from "./geometry.ts";
import type { SpanS, WaveBeatPayload } from "./payloads.ts";
import type { Reference, Saliency, SaliencyMap } from "./sheet_overlays.ts";
import type { SheetPlan } from "./sheet_plan.ts";
import type { SheetSignal } from "./sheet_signal.ts";
import type { Spikes } from "./sheet_spikes.ts";
import type { Store } from "./store.ts";
import type { View } from "./store_navigation.ts";
import type { DraggedBoundary } from "./sheet_waves.ts";

/** A span that was drawn on the sheet: of beats (`held` where it holds none), or of a rhythm (`named`, `code`). */
export interface SheetSpan {
  fromS: number;
  toS: number;
  /** It stays although no beat is selected. */
  held?: boolean;
  /** Id of the rhythm span that it is of; null for one that is not named yet. */
  named?: number | null;
  code?: string | null;
}

/** A beat on its way to another place. */
export interface MovedBeat {
  index: number;
  timeS: number;
}

/** All that the rows of the sheet are drawn from. */
export interface Scene {
  plan: SheetPlan;
  facts: Facts;
  view: View;
  beats: BeatTable;
  /** Places `[first, stop)` of the beats near the view. */
  near: [number, number];
  paper: HTMLCanvasElement;
  colours: PaperColours;
  font: string;
  accent: string;
  chunkAt: (index: number) => Chunk | undefined;
  nChunks: number;
  levelsMv: number[];
  /** Place of the chosen beat, -1 for none. */
  chosenAt: number;
  selected: (index: number) => boolean;
  span: SheetSpan | null;
  drag: MovedBeat | null;
  unreadable: SpanS[][];
  /** What to write where signal is missing; null as long as it may still come at once. */
  waiting: string | null;
  reference: Reference | null;
  spikes: Spikes | null;
  saliency: SaliencyMap[];
  /** Beats with their waves, where they are shown. */
  waves: WaveBeatPayload[];
  /** The boundary that is being dragged. */
  boundary: DraggedBoundary | null;
  /** Times at which a measured interval is marched out. */
  march: number[];
}

/** The scene of one row, with its canvas. */
export interface RowScene extends Scene {
  context: CanvasRenderingContext2D;
  row: Row;
  startS: number;
  endX: number;
  /** Where a time lies in the row. */
  xOf: (timeS: number) => number;
}

/** The parts of the sheet that a scene is gathered from. */
interface SheetParts {
  store: Store;
  plan: SheetPlan | null;
  signal: SheetSignal;
  rows: Pick<Scene, "paper" | "colours" | "font" | "accent">;
  span: SheetSpan | null;
  boundary: DraggedBoundary | null;
  moved: MovedBeat | null;
  reference: Reference;
  spikes: Spikes;
  saliency: Saliency;
  calipers: { lines: (plan: SheetPlan, viewStartS: number) => number[] };
}

/** The scene of the view there is now; null before there is a plan. */
export function sceneOf(sheet: SheetParts): Scene | null {
  const { store, plan, signal, rows } = sheet;
  const { beats, facts, stage, unreadable } = store.review;
  const { view, selection, chosen } = store.navigation;
  const { prefs } = store;
  if (!plan || !facts) return null;
  const near: [number, number] = [
    Math.max(beats.firstAtOrAfter((view.startS - 1) * beats.fs), 0),
    beats.firstAtOrAfter((view.startS + view.spanS + 1) * beats.fs),
  ];
  return {
    plan,
    facts,
    view,
    beats,
    near,
    paper: rows.paper,
    colours: rows.colours,
    font: rows.font,
    accent: rows.accent,
    chunkAt: (index) => signal.chunks.get(index),
    nChunks: signal.chunks.nChunks,
    levelsMv: signal.levelsMv,
    chosenAt: chosen === null ? -1 : beats.indexOfId(chosen),
    selected: (i) => selection.has(beats.id[i]),
    span: sheet.span,
    drag: sheet.moved,
    unreadable,
    waiting: signal.waitingText(),
    reference: prefs.reference && sheet.reference.there ? sheet.reference : null,
    spikes: sheet.spikes.there ? sheet.spikes : null,
    saliency: prefs.saliency && stage === "classified" ? sheet.saliency.maps(...near) : [],
    waves: prefs.waves ? store.waves.between(view.startS, view.startS + view.spanS) : [],
    boundary: sheet.boundary,
    march: sheet.calipers.lines(plan, view.startS),
  };
}
