// The patient's diary: entries and button presses with the rhythm at that minute, and a form that adds to them.

import { button, element } from "./dom.ts";
import { aroundText, DIARY_KINDS, diaryRemark, entryTime, typedSpan } from "./diary_words.ts";
import { Panel, heading, write } from "./panel.ts";
import type { DiaryEntryPayload, DiaryKind } from "./payloads.ts";
import type { Store } from "./store.ts";
import { formatTime } from "./times.ts";

export const LONGEST_ENTRY = 2000;

interface DiaryHandlers {
  /** The span that is selected on the strip; null where none is. */
  spanOf: () => { fromS: number; toS: number } | null;
}

function field(label: string, size: number, placeholder = ""): HTMLInputElement {
  const input = element("input", "field");
  Object.assign(input, { type: "text", size, placeholder, autocomplete: "off", spellcheck: false });
  input.setAttribute("aria-label", label);
  return input;
}

export class Diary extends Panel {
  private readonly spanOf: DiaryHandlers["spanOf"];
  private readonly heading = heading("Patient's diary");
  private readonly form = element("form", "diary-form");
  private readonly kind = element("select", "field");
  private readonly from = field("From", 11, "hh:mm:ss");
  private readonly to = field("To", 11, "to, if it lasts");
  private readonly text = field("Text", 30, "What the patient noted");
  private readonly wrong = element("p", "problem");
  private readonly sleep = element("p", "quiet");
  private readonly problems = element("p", "problem");
  private readonly empty = element("p", "empty");
  private readonly list = element("ul", "diary-list");
  private drawn = "";

  constructor(store: Store, place: ParentNode, { spanOf }: DiaryHandlers) {
    super(store, place, "diary");
    this.spanOf = spanOf;
    this.list.setAttribute("aria-label", "Entries in order of time");
    this.wrong.setAttribute("role", "alert");
    this.wrong.hidden = this.problems.hidden = true;
    this.buildForm();
    this.root.append(this.heading.head, this.form, this.wrong, this.problems, this.sleep, this.list, this.empty);
    this.follow(["diary", "state"], () => this.draw());
    this.draw();
  }

  focus(): void {
    this.from.focus({ preventScroll: false });
  }

  private buildForm(): void {
    this.kind.setAttribute("aria-label", "Kind of entry");
    this.kind.append(...DIARY_KINDS.map(([value, title]) => Object.assign(element("option", "", title), { value })));
    this.text.maxLength = LONGEST_ENTRY;
    this.text.classList.add("diary-text");
    const here = button("plain", "here", "Fill in the selected span, else the time at the middle of the strip", () => this.fillHere());
    const add = button("primary", "Add", "Add the entry", () => {});
    add.type = "submit";
    const hint = element("span", "quiet", "Seen by everybody: nothing that says who the patient is.");
    this.form.append(this.kind, this.from, element("span", "quiet", "–"), this.to, here, this.text, add, hint);
    this.form.setAttribute("aria-label", "Add to the diary");
    this.form.addEventListener("submit", (event) => void this.submit(event));
    this.form.addEventListener("input", () => this.complain(""));
    this.form.addEventListener("keydown", (event) => event.stopPropagation()); // no key of the desk
  }

  private fillHere(): void {
    const { facts } = this.store.review;
    if (!facts) return;
    const { startS, spanS } = this.store.navigation.view;
    const span = this.spanOf();
    const shown = (timeS: number) => formatTime(Math.min(timeS, facts.durationS), facts.clockS);
    this.from.value = shown(span ? span.fromS : startS + spanS / 2);
    this.to.value = span ? shown(span.toS) : "";
    this.complain("");
    this.text.focus();
  }

  private complain(text: string): void {
    write(this.wrong, text);
    this.wrong.hidden = !text;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { facts } = this.store.review;
    if (!facts) return;
    const kind = this.kind.value as DiaryKind;
    const text = this.text.value.split(/\s+/).filter(Boolean).join(" ");
    const span = typedSpan({ kind, from: this.from.value, to: this.to.value, text }, facts);
    if (typeof span === "string") {
      this.complain(span);
      return;
    }
    if (!(await this.store.diary.add(kind, span, text))) return;
    for (const input of [this.from, this.to, this.text]) input.value = "";
    this.from.focus();
  }

  private draw(): void {
    const { diary, review } = this.store;
    const entries = diary.entries ?? [];
    write(this.heading.beside, diaryRemark(entries));
    write(this.problems, diary.problems.join(" "));
    this.problems.hidden = !diary.problems.length;
    write(this.sleep, diary.sleep?.told ?? "");
    write(this.empty, diary.entries ? "Neither the file nor a person tells of an entry or a button press." : "The diary is being read …");
    this.empty.hidden = entries.length > 0;
    this.list.hidden = !entries.length;
    const drawn = `${diary.version} ${review.facts?.clockS}`;
    if (drawn === this.drawn || !review.facts) return;
    this.drawn = drawn;
    this.list.replaceChildren(...entries.map((entry) => this.row(entry)));
  }

  private row(entry: DiaryEntryPayload): HTMLElement {
    const { facts } = this.store.review;
    const [fs, clockS] = [facts?.fs ?? 1, facts?.clockS ?? null];
    const row = element("li", `diary-entry diary-${entry.kind}`);
    const go = button("diary-go", "", "Go there", () => this.store.navigation.goTo(entry.start_sample / fs, { lead: this.store.navigation.view.spanS / 2 }));
    const first = element("span", "diary-first");
    first.append(element("strong", "", entryTime(entry, fs, clockS)), " ", element("span", "diary-kind", entry.title), " ", element("span", "", entry.text));
    go.append(first, element("span", "diary-around", aroundText(entry)));
    row.append(go, element("span", "quiet diary-by", entry.by ?? "file"));
    const { uuid } = entry;
    if (uuid !== null) {
      const withdraw = button("plain", "withdraw", "Take this entry back; the log keeps it", () => void this.store.diary.withdraw(uuid));
      withdraw.setAttribute("aria-label", `Withdraw ${entry.title} at ${entryTime(entry, fs, clockS)}`);
      row.append(withdraw);
    }
    return row;
  }
}
