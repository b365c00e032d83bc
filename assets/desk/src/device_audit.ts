// What the device states in words, each with the audit's verdict, and the program's urgent findings that it does not name.

import { element } from "./dom.ts";
import type { StatementVerdictPayload, StatementWord } from "./payloads.ts";
import type { Store } from "./store.ts";
import { counted } from "./wording.ts";

const URGENCY_NOTE = "A verdict changes no urgency: what the device states stays among the events as it is.";
const INCOMPLETE_NOTE = "The waves are not delineated yet: what rests on them is not assessed.";
const ORDER: readonly (readonly [StatementWord, string])[] = [
  ["confirmed", "confirmed"],
  ["not_found", "not found"],
  ["contradicted", "contradicted"],
  ["not_assessed", "not assessed"],
  ["unstated", "urgent and not stated"],
];

/** The verdicts counted: "2 confirmed, 1 not found". */
export function countsText(counts: Readonly<Record<StatementWord, number>>): string {
  return ORDER.flatMap(([word, name]) => (counts[word] ? [`${counts[word]} ${name}`] : [])).join(", ");
}

/** What a statement is about, as far as it is not plain from its words. */
export function aboutText({ statement, name, standing }: Pick<StatementVerdictPayload, "statement" | "name" | "standing">): string {
  if (!statement) return name;
  const said = { stated: "", hedged: "possible ", negated: "no " }[standing];
  if (!name || (!said && statement.toLowerCase().includes(name.toLowerCase()))) return "";
  return `${said}${name}`;
}

/** Verdicts on one statement in a sentence, for its event; empty before they are known. */
export function statementNote(verdicts: readonly StatementVerdictPayload[]): string {
  if (!verdicts.length) return "";
  const parts = verdicts.map((each) => {
    const about = aboutText(each);
    return `${about ? `${about}: ` : ""}${each.title} (${each.reason})`;
  });
  return `Stated in the file. Audit: ${parts.join("; ")}.`;
}

export class DeviceAudit {
  readonly root = element("section", "device-audit");
  private readonly store: Store;
  private readonly counts = element("span", "beside");
  private readonly list = element("ul", "device-verdicts");
  private readonly note = element("p", "quiet");
  private drawn: unknown = null;

  constructor(store: Store) {
    this.store = store;
    const head = element("h3", "device-head", "Device");
    head.append(" ", this.counts);
    this.root.setAttribute("aria-label", "What the device states, audited");
    this.root.append(head, this.list, this.note);
    this.root.hidden = true;
  }

  draw(): void {
    const { audit, problem, count } = this.store.statements;
    this.root.hidden = !count;
    if (!count || (this.drawn !== null && this.drawn === (audit ?? problem))) return;
    this.drawn = audit ?? problem;
    this.list.replaceChildren(...(audit?.verdicts ?? []).map(lineOf));
    this.counts.textContent = audit ? countsText(audit.counts) : counted(count, "statement");
    this.note.textContent = audit
      ? `${audit.complete ? "" : `${INCOMPLETE_NOTE} `}${URGENCY_NOTE}`
      : (problem ?? "The statements are judged once the beats are classified.");
    this.note.classList.toggle("problem", Boolean(!audit && problem));
  }
}

function lineOf(each: StatementVerdictPayload): HTMLElement {
  const line = element("li", `device-verdict ${each.verdict}`);
  const words = element("span", "device-words", each.statement || "not stated by the device");
  const about = aboutText(each);
  if (about) words.append(" ", element("span", "quiet", about));
  line.append(words, element("span", "verdict", each.title), element("span", "device-reason", each.reason));
  return line;
}
