// Marks of events: seen, dismissed and for the report, each by itself, and notes. Pure functions.

import type { ReviewEvent } from "./facts.ts";
import type { Edit, Mark } from "./payloads.ts";

type Marks = Record<Mark, boolean>;
type MarksAndNote = Marks & { note: string };
export type FilterName = "all" | "unseen" | "starred" | "dismissed";

/** Name, sign, title and key of each mark. */
export const MARKS: readonly (readonly [Mark, string, string, string])[] = [
  ["seen", "✓", "Seen", "D"],
  ["dismissed", "×", "Dismiss", "X"],
  ["report", "★", "Strip for the report", "R"],
];
export const NOTE_SIGN = "✎";
const [SEEN, DISMISSED, REPORT] = [1, 2, 4];

/** The marks that the server's bits stand for. */
export function marksOf(bits: number): Marks {
  return { seen: (bits & SEEN) > 0, dismissed: (bits & DISMISSED) > 0, report: (bits & REPORT) > 0 };
}

/** Whether nobody has looked at an event yet: who dismisses it or wants it in the report has. */
export function isUnseen(event: Marks): boolean {
  return !event.seen && !event.dismissed && !event.report;
}

/** Name, label, title and test of each filter. */
export const FILTERS: readonly (readonly [FilterName, string, string, (event: Marks) => boolean])[] = [
  ["all", "all", "All events", () => true],
  ["unseen", "unseen", "Events that nobody has marked yet", isUnseen],
  ["starred", "★ report", "Events whose strips go into the report", (event) => event.report],
  ["dismissed", "dismissed", "Events that somebody has dismissed", (event) => event.dismissed],
];

/** The test of a filter. */
export function passes(filter: FilterName): (event: Marks) => boolean {
  return (FILTERS.find(([name]) => name === filter) ?? FILTERS[0])[3];
}

/** How many events pass each filter. */
export function filterCounts(events: readonly Marks[]): Record<FilterName, number> {
  return Object.fromEntries(FILTERS.map(([name, , , test]) => [name, events.filter(test).length])) as Record<FilterName, number>;
}

/** The signs of an event's marks and of its note. */
export function signsOf(event: MarksAndNote): string {
  const marks = MARKS.filter(([mark]) => event[mark]).map(([, sign]) => sign);
  return [...marks, ...(event.note ? [NOTE_SIGN] : [])].join("");
}

/** An event with other values; the event itself stays as it is. */
export function changed(event: ReviewEvent, values: Partial<MarksAndNote>): ReviewEvent {
  const copy = Object.create(Object.getPrototypeOf(event) as object) as ReviewEvent;
  return Object.assign(copy, event, values);
}

const NO_MARKS: Marks = { seen: false, dismissed: false, report: false };

/** What an edit makes of events, as `[keys, values]`; null for an edit of something else. */
function valuesOf(edit: Edit): [string[], Partial<MarksAndNote>] | null {
  if (edit.action === "mark_events") return [edit.events, { [edit.mark]: edit.on }];
  if (edit.action === "note_event") return [[edit.event], { note: edit.text }];
  // Kept in the browser by an older version of the desk.
  if (edit.action === "mark_event") return [[edit.event], { ...NO_MARKS, ...(edit.mark ? { [edit.mark]: true } : {}) }];
  return null;
}

/** Events with the marks and notes that are still on their way. */
export function marked(events: ReviewEvent[], operations: readonly { edits?: Edit[] }[]): ReviewEvent[] {
  const news = new Map<string, Partial<MarksAndNote>>();
  for (const { edits = [] } of operations) {
    for (const edit of edits) {
      const [keys, values] = valuesOf(edit) ?? [[], {}];
      for (const key of keys) news.set(key, { ...news.get(key), ...values });
    }
  }
  if (!news.size) return events;
  return events.map((each) => {
    const values = news.get(each.key);
    return values ? changed(each, values) : each;
  });
}
