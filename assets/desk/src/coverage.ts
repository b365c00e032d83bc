// What was looked for in the recording and what was not, at the foot of the events: an empty list is a finding only of
// what was looked for.

import { isDevice } from "./device.ts";
import { element } from "./dom.ts";
import type { ReviewEvent } from "./facts.ts";
import { write } from "./panel.ts";
import type { CoveragePayload, Stage } from "./payloads.ts";
import type { Store } from "./store.ts";

type KindOnly = Pick<ReviewEvent, "kind">;

const PARTS = ["found", "checked", "unchecked", "remarks"] as const;

/** The sentences, empty where there is nothing to say; `full` says everything, with reasons. */
type CoverageWords = Record<(typeof PARTS)[number] | "full", string>;

/** Where the text stands: `alone` in an empty list, `first` where nothing of the program's own or urgent is listed, else `foot`. */
export function coveragePlace(episodes: readonly KindOnly[]): "alone" | "first" | "foot" {
  if (!episodes.length) return "alone";
  const own = episodes.some((event) => !isDevice(event));
  return own || episodes[0].kind === "DEVICE_URGENT" ? "foot" : "first";
}

/** What was looked for, in words; beside events what was not looked for alone, without reasons. */
export function coverageWords(stage: Stage, coverage: CoveragePayload | null, episodes: readonly KindOnly[]): CoverageWords {
  if (stage === "beats") return { found: "Events come with the beats.", checked: "", unchecked: "", remarks: "", full: "" };
  const own = episodes.some((event) => !isDevice(event));
  const found = own ? "" : episodes.length ? "No events found by this program." : "No events found.";
  const sentence = (intro: string, text: string) => (text ? `${intro} ${text}.` : "");
  return {
    found,
    checked: coverage && !own ? sentence("Checked:", coverage.checked || "nothing") : "",
    unchecked: coverage
      ? sentence("Not assessed:", own ? coverage.unchecked_names : coverage.unchecked)
      : "What was looked for is not known.",
    full: coverage ? [sentence("Checked:", coverage.checked || "nothing"), sentence("Not assessed:", coverage.unchecked)].join("\n") : "",
    remarks: coverage?.remarks?.length ? `Limited: ${coverage.remarks.join(", ")}.` : "",
  };
}

export class Coverage {
  readonly root = element("p", "coverage");
  private readonly store: Store;
  private readonly parts = PARTS.map((name) => ({ name, node: element("span", `coverage-${name}`) }));

  constructor(store: Store) {
    this.store = store;
    for (const { node } of this.parts) this.root.append(node, " ");
  }

  /** Write the text and put it before or behind the list. */
  draw(list: HTMLElement): void {
    const { stage, coverage, episodes } = this.store.review;
    const words = coverageWords(stage, coverage, episodes);
    for (const { name, node } of this.parts) {
      write(node, words[name]);
      node.hidden = !words[name];
    }
    this.root.title = words.full;
    const place = coveragePlace(episodes);
    this.root.dataset.place = place;
    if (place === "first") list.before(this.root);
    else list.parentNode?.append(this.root);
  }
}
