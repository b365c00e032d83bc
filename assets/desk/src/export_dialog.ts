// A small dialog: which format, how much, which beats; then the file, or why there is none.

import { errorOf, isAbort } from "./api.ts";
import { activeElementOf, button, element, saveFile } from "./dom.ts";
import { ExportRun, type RunProgress } from "./export_run.ts";
import type { Facts } from "./facts.ts";
import { Panel, write } from "./panel.ts";
import type { ExportRequest } from "./payloads.ts";
import type { Store } from "./store.ts";
import type { View } from "./store_navigation.ts";
import { formatTime } from "./times.ts";
import { number } from "./wording.ts";

export const FORMATS: readonly (readonly [string, string, string])[] = [
  ["wfdb", "WFDB", "header, signal and annotations, zip"],
  ["edf", "EDF+", "one file with annotations"],
  ["csv", "CSV", "a row a sample; large"],
  ["parquet", "Parquet", "a table for programs"],
  ["dicom", "DICOM", "ECG waveform"],
];
export const MARKS: readonly (readonly [ExportRequest["marks"], string, string])[] = [
  ["reviewed", "beats as reviewed here", "with rhythms"],
  ["file", "the file's own annotations", ""],
  ["none", "none", ""],
];

interface Choice<Value extends string> {
  value: Value;
  name: string;
  what: string;
}

/** A part of the recording, null at both ends for all of it; without ends it cannot be chosen. */
interface SpanChoice extends Choice<"whole" | "screen" | "span"> {
  fromS?: number | null;
  toS?: number | null;
}

interface Ends {
  fromS: number;
  toS: number;
}

/** What the status line and the bar show. */
type Shown =
  | Pick<RunProgress, "state" | "share" | "name" | "bytes">
  | { state: "done"; name: string; bytes: number; said: string[] }
  | { state: "problem"; problem: string };

/** The spans that can be chosen. */
export function spansOf(facts: Pick<Facts, "clockS" | "durationS">, view: View, span: Ends | null): SpanChoice[] {
  const range = (fromS: number, toS: number) => `${formatTime(fromS, facts.clockS)} – ${formatTime(toS, facts.clockS)}`;
  const screenS: [number, number] = [Math.max(view.startS, 0), Math.min(view.startS + view.spanS, facts.durationS)];
  const spanS: [number, number] | null = span && [Math.max(Math.min(span.fromS, span.toS), 0), Math.min(Math.max(span.fromS, span.toS), facts.durationS)];
  return [
    { value: "whole", name: "whole recording", what: formatTime(facts.durationS), fromS: null, toS: null },
    { value: "screen", name: "what is on screen", what: range(...screenS), fromS: screenS[0], toS: screenS[1] },
    spanS && spanS[1] > spanS[0]
      ? { value: "span", name: "selected span", what: range(...spanS), fromS: spanS[0], toS: spanS[1] }
      : { value: "span", name: "selected span", what: "hold Alt and drag over the strip" },
  ];
}

/** `830 KB`, `1.4 GB`. */
export function sizeText(bytes: number): string {
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
export function statusText({ state, share, name, bytes }: Pick<RunProgress, "state" | "share" | "name" | "bytes">): string {
  if (state === "fetching") return `Ready; ${name} (${sizeText(bytes ?? 0)}) is being fetched …`;
  return share >= 0.99 ? "Being packed …" : `Being prepared … ${Math.floor(100 * share)} %`;
}

export class ExportDialog extends Panel {
  private readonly spanOf: () => Ends | null;
  private run: ExportRun | null = null;
  private readonly chosen: { format: string; span: SpanChoice["value"]; marks: ExportRequest["marks"] } = {
    format: "wfdb",
    span: "whole",
    marks: "reviewed",
  };
  private spans: SpanChoice[] = [];
  private readonly dialog = element("dialog", "export-dialog");
  private readonly groups = element("div", "export-groups");
  private readonly bar = element("progress");
  private readonly status = element("p", "export-status");
  private readonly alert = element("p", "export-problem");
  private readonly remarks = element("ul", "export-said quiet");
  private readonly leave = button("plain", "Close", "Close (Esc)", () => this.dialog.close());
  private readonly go = button("primary", "Export", "", () => (this.run ? this.stop() : void this.begin()));
  private readonly onPageHide = () => this.stop();
  private focusedBefore: HTMLElement | null = null;

  /** `spanOf` returns the span selected on the strip, or null. */
  constructor(store: Store, place: ParentNode, { spanOf }: { spanOf: () => Ends | null }) {
    super(store, place, "export-panel");
    this.spanOf = spanOf;
    this.dialog.setAttribute("aria-label", "Export signal");
    const note = element("p", "quiet", "Names, ids, birth dates, serials and free text of the file are left out.");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", "Export");
    this.status.setAttribute("role", "status");
    this.alert.setAttribute("role", "alert");
    const buttons = element("div", "export-buttons");
    buttons.append(this.leave, this.go);
    this.dialog.append(element("h2", "", "Export signal"), this.groups, note, this.bar, this.status, this.alert, this.remarks, buttons);
    this.dialog.addEventListener("close", () => this.closed());
    this.root.append(this.dialog);
    window.addEventListener("pagehide", this.onPageHide);
  }

  override destroy(): void {
    window.removeEventListener("pagehide", this.onPageHide);
    this.stop();
    super.destroy();
  }

  open(): void {
    const { facts, stage } = this.store.review;
    if (this.dialog.open || !facts) return;
    this.focusedBefore = activeElementOf(this.root);
    const { view } = this.store.navigation;
    const classified = stage === "classified";
    this.spans = spansOf(facts, view, this.spanOf());
    const usable = { reviewed: classified, file: facts.hasReference, none: true };
    if (!usable[this.chosen.marks]) this.chosen.marks = classified ? "reviewed" : facts.hasReference ? "file" : "none";
    if (this.chosenSpan?.fromS === undefined) this.chosen.span = "whole";
    this.groups.replaceChildren(
      this.choices("format", "Format", FORMATS.map(([value, name, what]) => ({ value, name, what, off: false }))),
      this.choices("span", "How much", this.spans.map(({ value, name, what, fromS }) => ({ value, name, what, off: fromS === undefined }))),
      this.choices("marks", "Beats and annotations", MARKS.map(([value, name, what]) => {
        const reason = value === "reviewed" ? "classify the beats first" : "the file has none";
        return { value, name, what: usable[value] ? what : reason, off: !usable[value] };
      })),
    );
    this.show(null);
    this.dialog.showModal();
    this.groups.querySelector<HTMLElement>("input:checked")?.focus();
  }

  private get chosenSpan(): SpanChoice | undefined {
    return this.spans.find(({ value }) => value === this.chosen.span);
  }

  /** A group of radio buttons for one of the choices. */
  private choices<Name extends keyof ExportDialog["chosen"]>(
    name: Name,
    title: string,
    options: (Choice<ExportDialog["chosen"][Name]> & { off: boolean })[],
  ): HTMLElement {
    const group = element("fieldset");
    group.append(element("legend", "", title));
    for (const { value, name: shown, what, off } of options) {
      const label = element("label", off ? "off" : "");
      const input = element("input");
      Object.assign(input, { type: "radio", name: `export-${name}`, value, checked: this.chosen[name] === value, disabled: off });
      input.addEventListener("change", () => (this.chosen[name] = value));
      label.append(input, element("span", "", shown), " ", element("span", "quiet", what));
      group.append(label);
    }
    return group;
  }

  private async begin(): Promise<void> {
    const { chosen, store } = this;
    const { fromS = null, toS = null } = this.chosenSpan ?? {};
    const run = new ExportRun(store.api, (progress) => {
      if (this.run === run) this.show(progress);
    });
    this.run = run;
    this.show({ state: "preparing", share: 0, name: null, bytes: null });
    try {
      if (chosen.marks === "reviewed") await store.edits.outbox.flush();
      const { blob, name, said } = await run.file({ format: chosen.format, marks: chosen.marks, start_s: fromS, stop_s: toS });
      if (this.run !== run) return;
      this.run = null;
      saveFile(blob, name);
      this.show({ state: "done", name, bytes: blob.size, said });
    } catch (thrown) {
      if (this.run !== run) return;
      this.run = null;
      this.show(isAbort(thrown) ? null : { state: "problem", problem: errorOf(thrown).message });
    }
  }

  private stop(): void {
    const { run } = this;
    this.run = null;
    run?.stop();
    this.show(null);
  }

  private closed(): void {
    if (this.run) this.stop();
    this.focusedBefore?.focus({ preventScroll: true });
  }

  private show(shown: Shown | null): void {
    const progress = shown?.state === "preparing" || shown?.state === "fetching" ? shown : null;
    const done = shown?.state === "done" ? shown : null;
    const busy = progress !== null;
    this.bar.hidden = !busy;
    if (progress?.state === "preparing") this.bar.value = progress.share;
    else this.bar.removeAttribute("value");
    write(this.status, progress ? statusText(progress) : done ? `${done.name} (${sizeText(done.bytes)}) was handed to the browser.` : "");
    write(this.alert, shown?.state === "problem" ? shown.problem : "");
    this.remarks.replaceChildren(...(done?.said ?? []).map((text) => element("li", "", text)));
    for (const group of this.groups.querySelectorAll("fieldset")) group.disabled = busy;
    write(this.go, busy ? "Stop" : "Export");
    this.go.title = busy ? "Stop; nothing is kept" : "Prepare the file and save it";
    this.go.classList.toggle("primary", !busy);
    this.go.classList.toggle("plain", busy);
  }
}
