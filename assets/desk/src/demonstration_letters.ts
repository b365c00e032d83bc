// Letters of the beats over the rhythm strip: the program's above, the true ones below; where they differ both are marked.

import type { DemonstrationLayout, Piece } from "./demonstration_layout.ts";
import { placeOf } from "./demonstration_layout.ts";
import type { DemonstratedBeat, DemonstrationData, Shown } from "./demonstration_payload.ts";
import { element } from "./dom.ts";

const NONE = "–";

/** Return a beat in words, for screen readers and as a hint. */
export function beatWords(beat: DemonstratedBeat, show: Shown[], read: boolean): string {
  const parts = [`${beat.at_s.toFixed(1)} s`];
  if (show.includes("program") && read) {
    const share = beat.probability === null ? "" : ` ${Math.round(100 * beat.probability)} %`;
    parts.push(`program ${beat.said ? beat.said + share : "no beat"}`);
  }
  if (show.includes("truth")) parts.push(`truth ${beat.true || "no beat"}`);
  return parts.join(", ");
}

export class BeatLetters {
  readonly root = element("div", "letters");
  private readonly onChoice: (beat: number) => void;
  private drawn = "";

  constructor(onChoice: (beat: number) => void) {
    this.onChoice = onChoice;
  }

  draw(data: DemonstrationData, layout: DemonstrationLayout, pieces: Piece[], show: Shown[], chosen: number | null): void {
    const program = show.includes("program") && data.read;
    const truth = show.includes("truth");
    const places: [number, number][] = [];
    if (program || truth) {
      data.beats.forEach((beat, at) => {
        const place = placeOf(layout.rhythm, pieces, beat.at_s);
        if (place !== null) places.push([at, Math.round(place)]);
      });
    }
    const drawn = JSON.stringify([places, program, truth, chosen, layout.lettersTop, layout.letterPx, data.id, data.read, data.beats]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = (this.root.getRootNode() as ShadowRoot).activeElement?.getAttribute("data-beat");
    this.root.style.top = `${layout.lettersTop}px`;
    this.root.style.setProperty("--letter", `${layout.letterPx}px`);
    this.root.replaceChildren(...places.map(([at, left]) => this.beat(data, at, left, program, truth, show, at === chosen)));
    if (focused) this.root.querySelector<HTMLElement>(`[data-beat="${focused}"]`)?.focus({ preventScroll: true });
  }

  private beat(data: DemonstrationData, at: number, left: number, program: boolean, truth: boolean, show: Shown[], chosen: boolean): HTMLElement {
    const beat = data.beats[at];
    const differs = program && truth && !beat.agrees;
    const node = element("button", `beat${differs ? " differs" : ""}`);
    node.type = "button";
    node.style.left = `${left}px`;
    node.dataset.beat = String(at);
    node.title = `${beatWords(beat, show, data.read)}${differs ? ": they differ" : ""}`;
    node.setAttribute("aria-label", node.title);
    node.setAttribute("aria-pressed", String(chosen));
    node.disabled = !data.saliency[at];
    if (program) node.append(this.letter(beat.said, "said"));
    if (truth) node.append(this.letter(beat.true, "true"));
    node.addEventListener("click", () => this.onChoice(at));
    return node;
  }

  private letter(label: string, kind: string): HTMLElement {
    return element("span", `letter ${kind} ${label ? `is-${label.toLowerCase()}` : "is-none"}`, label || NONE);
  }
}
