// @ts-nocheck
// A small dialog: which format, how much, which beats; then the file, or why there is none.

import { button, element, saveFile } from "./dom.ts";
import { ExportRun } from "./export_run.ts";
import { Panel, write } from "./panel.ts";
import { formatTime } from "./times.ts";
import { number } from "./wording.ts";

export const FORMATS = [
  ["wfdb", "WFDB", "header, signal and annotations, zip"],
  ["edf", "EDF+", "one file with annotations"],
  ["csv", "CSV", "a row a sample; large"],
  ["parquet", "Parquet", "a table for programs"],
  ["dicom", "DICOM", "ECG waveform"],
];
export const MARKS = [
  ["reviewed", "beats as reviewed here", "with rhythms"],
  ["file", "the file's own annotations", ""],
  ["none", "none", ""],
];

/** The spans that can be chosen, each `{ value, name, what, fromS, toS }`; without times where there is none. */
export function spansOf(facts, view, span) {
  const range = (fromS, toS) => `${formatTime(fromS, facts.clockS)} – ${formatTime(toS, facts.clockS)}`;
  const screenS = [Math.max(view.startS, 0), Math.min(view.startS + view.spanS, facts.durationS)];
  const spanS = span && [Math.max(Math.min(span.fromS, span.toS), 0), Math.min(Math.max(span.fromS, span.toS), facts.durationS)];
  return [
    { value: "whole", name: "whole recording", what: formatTime(facts.durationS), fromS: null, toS: null },
    { value: "screen", name: "what is on screen", what: range(...screenS), fromS: screenS[0], toS: screenS[1] },
    spanS && spanS[1] > spanS[0]
      ? { value: "span", name: "selected span", what: range(...spanS), fromS: spanS[0], toS: spanS[1] }
      : { value: "span", name: "selected span", what: "hold Alt and drag over the strip" },
  ];
}

/** `830 KB`, `1.4 GB`. */
export function sizeText(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  let at = 0;
  let size = bytes;
  while (size >= 1000 && at < units.length - 1) {
    size /= 1000;
    at += 1;
  }
  return `${number(size, at > 1 && size < 10 ? 1 : 0)} ${units[at]}`;
}

/** What the status line says of an export that is under way. */
export function statusText({ state, share, name, bytes }) {
  if (state === "fetching") return `Ready; ${name} (${sizeText(bytes)}) is being fetched …`;
  return share >= 0.99 ? "Being packed …" : `Being prepared … ${Math.floor(100 * share)} %`;
}

export class ExportDialog extends Panel {
  /** `spanOf` returns the span selected on the strip, or null. */
  constructor(store, place, { spanOf }) {
    super(store, place, "export-panel");
    this.spanOf = spanOf;
    this.run = null;
    this.chosen = { format: "wfdb", span: "whole", marks: "reviewed" };
    this.dialog = element("dialog", "export-dialog");
    this.dialog.setAttribute("aria-label", "Export signal");
    this.groups = element("div", "export-groups");
    const note = element("p", "quiet", "Names, ids, birth dates, serials and free text of the file are left out.");
    this.bar = element("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", "Export");
    this.status = element("p", "export-status");
    this.status.setAttribute("role", "status");
    this.alert = element("p", "export-problem");
    this.alert.setAttribute("role", "alert");
    this.said = element("ul", "export-said quiet");
    this.leave = button("plain", "Close", "Close (Esc)", () => this.dialog.close());
    this.go = button("primary", "Export", "", () => (this.run ? this.stop() : this.begin()));
    const buttons = element("div", "export-buttons");
    buttons.append(this.leave, this.go);
    this.dialog.append(element("h2", "", "Export signal"), this.groups, note, this.bar, this.status, this.alert, this.said, buttons);
    this.dialog.addEventListener("close", () => this.closed());
    this.root.append(this.dialog);
    this.leaving = () => this.stop();
    window.addEventListener("pagehide", this.leaving);
  }

  destroy() {
    window.removeEventListener("pagehide", this.leaving);
    this.stop();
    super.destroy();
  }

  open() {
    if (this.dialog.open || !this.store.review.facts) return;
    this.before = this.root.getRootNode().activeElement;
    const { facts, stage } = this.store.review;
    const { view } = this.store.navigation;
    const classified = stage === "classified";
    this.spans = spansOf(facts, view, this.spanOf());
    const usable = { reviewed: classified, file: facts.hasReference, none: true };
    if (!usable[this.chosen.marks]) this.chosen.marks = classified ? "reviewed" : facts.hasReference ? "file" : "none";
    if (this.spans.find(({ value }) => value === this.chosen.span).fromS === undefined) this.chosen.span = "whole";
    this.groups.replaceChildren(
      this.choices("format", "Format", FORMATS.map(([value, name, what]) => ({ value, name, what }))),
      this.choices("span", "How much", this.spans.map((each) => ({ ...each, off: each.fromS === undefined }))),
      this.choices("marks", "Beats and annotations", MARKS.map(([value, name, what]) => {
        const reason = value === "reviewed" ? "classify the beats first" : "the file has none";
        return { value, name, what: usable[value] ? what : reason, off: !usable[value] };
      })),
    );
    this.show(null);
    this.dialog.showModal();
    this.groups.querySelector("input:checked").focus();
  }

  choices(name, title, options) {
    const group = element("fieldset");
    group.append(element("legend", "", title));
    for (const { value, name: shown, what, off } of options) {
      const label = element("label", off ? "off" : "");
      const input = element("input");
      Object.assign(input, { type: "radio", name: `export-${name}`, value, checked: this.chosen[name] === value, disabled: Boolean(off) });
      input.addEventListener("change", () => (this.chosen[name] = value));
      label.append(input, element("span", "", shown), " ", element("span", "quiet", what));
      group.append(label);
    }
    return group;
  }

  async begin() {
    const { chosen, store } = this;
    const { fromS, toS } = this.spans.find(({ value }) => value === chosen.span);
    const run = new ExportRun(store.api, (told) => this.run === run && this.show(told));
    this.run = run;
    this.show({ state: "preparing", share: 0 });
    try {
      if (chosen.marks === "reviewed") await store.edits.outbox.flush();
      const { blob, name, said } = await run.file({ format: chosen.format, marks: chosen.marks, start_s: fromS, stop_s: toS });
      if (this.run !== run) return;
      this.run = null;
      saveFile(blob, name);
      this.show({ state: "done", name, bytes: blob.size, said });
    } catch (problem) {
      if (this.run !== run) return;
      this.run = null;
      this.show(problem.name === "AbortError" ? null : { state: "problem", problem: problem.message });
    }
  }

  stop() {
    const { run } = this;
    this.run = null;
    run?.stop();
    this.show(null);
  }

  closed() {
    if (this.run) this.stop();
    this.before?.focus?.({ preventScroll: true });
  }

  show(told) {
    const busy = told?.state === "preparing" || told?.state === "fetching";
    this.bar.hidden = !busy;
    if (told?.state === "preparing") this.bar.value = told.share;
    else this.bar.removeAttribute("value");
    write(this.status, busy ? statusText(told) : told?.state === "done" ? `${told.name} (${sizeText(told.bytes)}) was handed to the browser.` : "");
    write(this.alert, told?.problem ?? "");
    this.said.replaceChildren(...(told?.state === "done" ? told.said : []).map((text) => element("li", "", text)));
    for (const group of this.groups.children) group.disabled = busy;
    write(this.go, busy ? "Stop" : "Export");
    this.go.title = busy ? "Stop; nothing is kept" : "Prepare the file and save it";
    this.go.classList.toggle("primary", !busy);
    this.go.classList.toggle("plain", busy);
  }
}
