// @ts-nocheck
// What was looked for in the recording and what was not, at the foot of the events: an empty list is a finding only of
// what was looked for.

import { isDevice } from "./device.ts";
import { element } from "./dom.ts";
import { write } from "./panel.ts";

/** Where the text stands: `alone` in an empty list, `first` where nothing of the program's own or urgent is listed, else `foot`. */
export function coveragePlace(episodes) {
  if (!episodes.length) return "alone";
  const own = episodes.some((event) => !isDevice(event));
  return own || episodes[0].kind === "DEVICE_URGENT" ? "foot" : "first";
}

/** The sentences: `{found, checked, unchecked, remarks, full}`; beside events what was not looked for alone, without reasons. */
export function coverageWords(stage, coverage, episodes) {
  if (stage === "beats") return { found: "Events come with the beats.", checked: "", unchecked: "", remarks: "" };
  const own = episodes.some((event) => !isDevice(event));
  const found = own ? "" : episodes.length ? "No events found by this program." : "No events found.";
  const said = (intro, text) => (text ? `${intro} ${text}.` : "");
  return {
    found,
    checked: coverage && !own ? said("Checked:", coverage.checked || "nothing") : "",
    unchecked: coverage
      ? said("Not assessed:", own ? coverage.unchecked_names : coverage.unchecked)
      : "What was looked for is not known.",
    full: coverage ? [said("Checked:", coverage.checked || "nothing"), said("Not assessed:", coverage.unchecked)].join("\n") : "",
    remarks: coverage?.remarks?.length ? `Limited: ${coverage.remarks.join(", ")}.` : "",
  };
}

const PARTS = ["found", "checked", "unchecked", "remarks"];

export class Coverage {
  constructor(store) {
    this.store = store;
    this.root = element("p", "coverage");
    this.parts = new Map(PARTS.map((name) => [name, element("span", `coverage-${name}`)]));
    for (const part of this.parts.values()) this.root.append(part, " ");
  }

  /** Write the text and put it before or behind the list. */
  draw(list) {
    const { stage, coverage, episodes } = this.store.review;
    const words = coverageWords(stage, coverage, episodes);
    for (const [name, part] of this.parts) {
      write(part, words[name]);
      part.hidden = !words[name];
    }
    this.root.title = words.full ?? "";
    const place = coveragePlace(episodes);
    this.root.dataset.place = place;
    if (place === "first") list.before(this.root);
    else list.parentNode?.append(this.root);
  }
}
