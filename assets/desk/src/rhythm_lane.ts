// @ts-nocheck
// The rhythm above the beats' letters: one row for ours, one for the reference's, and the ends of the span in hand.

import { element } from "./dom.ts";
import { SIZES } from "./geometry.ts";
import { press, write } from "./panel.ts";
import { inkOn, signColour } from "./plot_canvas.ts";
import { RhythmEnds } from "./rhythm_ends.ts";
import { rhythmOf } from "./rhythm_names.ts";
import { differences, ourRhythm, referenceRhythm, within } from "./rhythm_spans.ts";
import { formatTime } from "./times.ts";
import { duration } from "./wording.ts";

const LEAST_PX = 3;

/** A stretch in one sentence, for tooltips and screen readers. */
export function stretchText({ fromS, toS, code, span, text }, clockS) {
  const who = span === null ? "found by the program" : "";
  const parts = [rhythmOf(code).name, `${formatTime(fromS, clockS)} to ${formatTime(toS, clockS)}`, duration(toS - fromS), who, text];
  return parts.filter(Boolean).join(", ");
}

export class RhythmLane {
  /** `onPick(stretch)` is called when a stretch of our rhythm is chosen. */
  constructor(sheet, { onPick }) {
    Object.assign(this, { sheet, store: sheet.store, onPick });
    this.layer = element("div", "sh-rhythm");
    this.ends = new RhythmEnds(sheet);
    this.layer.append(...this.ends.nodes);
    this.nodes = new Map();
    this.ours = [];
    this.theirs = [];
    this.different = [];
    this.layer.addEventListener("click", (event) => {
      const stretch = event.target.closest?.(".sh-stretch.ours")?.stretch;
      if (stretch) this.onPick(stretch);
    });
  }

  /** Rows that there is something to show in: none, ours, or ours and the reference's. */
  get rows() {
    if (this.theirs.length) return 2;
    return this.ours.length ? 1 : 0;
  }

  /** Take what the store knows; tells whether the number of rows changed. */
  take() {
    const { store, sheet, rows } = this;
    const { facts, episodes, rhythms, stage } = store.review;
    const { prefs } = store;
    if (!facts) return false;
    const { reference } = sheet;
    const wanted = prefs.reference && reference.there ? reference.sample : null;
    if (this.episodes !== episodes || this.rhythms !== rhythms || this.wanted !== wanted) {
      Object.assign(this, { episodes, rhythms, wanted });
      this.ours = ourRhythm(episodes, rhythms, facts.fs);
      this.theirs = wanted ? referenceRhythm(reference, facts.fs, facts.durationS) : [];
      this.different = stage === "classified" ? differences(this.ours, this.theirs) : [];
    }
    return this.rows !== rows;
  }

  place({ plan, view, facts, colours }) {
    const seen = new Set();
    const active = this.sheet.span?.named ?? null;
    if (plan.rhythmRows) {
      for (const row of plan.rows) {
        const fromS = view.startS + row.offsetS;
        const toS = Math.min(fromS + row.lengthS, facts.durationS);
        const at = { plan, row, fromS, toS, facts, colours, seen };
        this.placeName(at, "rhythm", 0);
        for (const each of within(this.ours, fromS, toS)) {
          if (each.span === null || each.span !== active) this.placeOurs(at, each, false);
        }
        if (active !== null) this.placeOurs(at, this.inHand(active), true);
        if (plan.rhythmRows < 2) continue;
        this.placeName(at, "reference", 1);
        for (const each of within(this.theirs, fromS, toS)) this.placeTheirs(at, each);
      }
    }
    for (const [key, node] of this.nodes) {
      if (seen.has(key)) continue;
      node.remove();
      this.nodes.delete(key);
    }
    this.ends.place(plan, view, active === null ? null : this.inHand(active));
  }

  /** The named span that is in hand, with the ends that it is being given. */
  inHand(name) {
    const { fromS, toS } = this.sheet.span;
    const known = this.store.review.rhythms.find(({ span }) => span === name);
    return { startS: fromS, stopS: toS, fromS, toS, code: known?.rhythm ?? "N", span: name, text: `named by ${known?.by || "you"}` };
  }

  node(key, tag, className, seen) {
    seen.add(key);
    let node = this.nodes.get(key);
    if (!node) {
      node = element(tag, className);
      if (tag === "button") node.type = "button";
      this.nodes.set(key, node);
      this.layer.append(node);
    }
    return node;
  }

  /** Put a node over a stretch of a row; tells whether any of it is there. */
  lay(node, { plan, row, fromS, toS }, startS, stopS, line) {
    const left = plan.gutter + (Math.max(startS, fromS) - fromS) * plan.pxPerS;
    const right = plan.gutter + (Math.min(stopS, toS) - fromS) * plan.pxPerS;
    node.hidden = right <= left;
    node.style.transform = `translate(${left.toFixed(2)}px, ${row.y + line * SIZES.rhythm}px)`;
    node.style.width = `${Math.max(right - left, LEAST_PX).toFixed(2)}px`;
    return left;
  }

  placeName({ plan, row, seen }, text, line) {
    const node = this.node(`${text} ${row.index}`, "span", "sh-rhythm-name", seen);
    write(node, plan.gutter < 62 && line ? "ref." : text);
    node.title = line ? "rhythm of the reference" : "our rhythm: what people named, else what the program found";
    node.style.transform = `translate(4px, ${row.y + line * SIZES.rhythm}px)`;
    node.style.maxWidth = `${plan.gutter - 6}px`;
  }

  placeOurs(at, stretch, active) {
    const { startS, stopS, fromS, code, span } = stretch;
    if (stopS <= at.fromS || startS >= at.toS) return;
    const key = active ? `active ${at.row.index}` : `${span ?? code} ${fromS} ${startS} ${at.row.index}`;
    const node = this.node(key, "button", "sh-stretch ours", at.seen);
    node.stretch = stretch;
    this.lay(node, at, startS, stopS, 0);
    const { sign, short } = rhythmOf(code);
    const colour = signColour(sign, at.colours);
    node.className = `sh-stretch ours${span === null ? "" : " named"}${active ? " active" : ""}`;
    node.style.setProperty("--k", colour);
    node.style.setProperty("--k-ink", span === null || !colour.startsWith("#") ? "inherit" : inkOn(colour));
    node.dataset.rhythm = code;
    write(node, short);
    node.title = stretchText(stretch, at.facts.clockS ?? null);
    node.setAttribute("aria-label", node.title);
    press(node, active);
  }

  placeTheirs(at, stretch) {
    const node = this.node(`r ${stretch.startS} ${at.row.index}`, "span", "sh-stretch theirs", at.seen);
    const left = this.lay(node, at, stretch.startS, stretch.stopS, 1);
    const here = within(this.different, Math.max(stretch.startS, at.fromS), Math.min(stretch.stopS, at.toS));
    const places = here.map(({ startS, stopS }) => {
      const [from, to] = [Math.max(startS, stretch.startS, at.fromS), Math.min(stopS, stretch.stopS, at.toS)];
      const x = at.plan.gutter + (from - at.fromS) * at.plan.pxPerS - left;
      return [x.toFixed(1), ((to - from) * at.plan.pxPerS).toFixed(1)];
    });
    const { text, code } = stretch;
    const name = code === null ? text : rhythmOf(code).short;
    const look = `${name} ${places.join(" ")}`;
    if (node.look === look) return;
    node.look = look;
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
