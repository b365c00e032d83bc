// @ts-nocheck
// Marks of events: seen, dismissed and for the report, each by itself, and notes. Pure functions.

export const MARKS = [
  ["seen", "✓", "Seen", "D"],
  ["dismissed", "×", "Dismiss", "X"],
  ["report", "★", "Strip for the report", "R"],
];
export const NOTE_SIGN = "✎";
const [SEEN, DISMISSED, REPORT] = [1, 2, 4];

/** The marks that the server's bits stand for. */
export function marksOf(bits) {
  return { seen: (bits & SEEN) > 0, dismissed: (bits & DISMISSED) > 0, report: (bits & REPORT) > 0 };
}

/** Whether nobody has looked at an event yet: who dismisses it or wants it in the report has. */
export function isUnseen(event) {
  return !event.seen && !event.dismissed && !event.report;
}

export const FILTERS = [
  ["all", "all", "All events", () => true],
  ["unseen", "unseen", "Events that nobody has marked yet", isUnseen],
  ["starred", "★ report", "Events whose strips go into the report", (event) => event.report],
  ["dismissed", "dismissed", "Events that somebody has dismissed", (event) => event.dismissed],
];

/** The test of a filter. */
export function passes(filter) {
  return (FILTERS.find(([name]) => name === filter) ?? FILTERS[0])[3];
}

/** How many events pass each filter. */
export function filterCounts(events) {
  return Object.fromEntries(FILTERS.map(([name, , , test]) => [name, events.filter(test).length]));
}

/** The signs of an event's marks and of its note. */
export function signsOf(event) {
  const marks = MARKS.filter(([mark]) => event[mark]).map(([, sign]) => sign);
  return [...marks, ...(event.note ? [NOTE_SIGN] : [])].join("");
}

/** An event with other values; the event itself stays as it is. */
export function changed(event, values) {
  return Object.assign(Object.create(Object.getPrototypeOf(event)), event, values);
}

const ONE_MARK_ALONE = { seen: false, dismissed: false, report: false };

/** What an edit makes of events, as `[keys, values]`; null for an edit of something else. */
function valuesOf(edit) {
  if (edit.action === "mark_events") return [edit.events, { [edit.mark]: edit.on }];
  if (edit.action === "note_event") return [[edit.event], { note: edit.text }];
  // Kept in the browser by an older version of the desk.
  if (edit.action === "mark_event") return [[edit.event], { ...ONE_MARK_ALONE, ...(edit.mark ? { [edit.mark]: true } : {}) }];
  return null;
}

/** Events with the marks and notes that are still on their way. */
export function marked(events, operations) {
  const news = new Map();
  for (const { edits = [] } of operations) {
    for (const edit of edits) {
      const [keys, values] = valuesOf(edit) ?? [[], null];
      for (const key of keys) news.set(key, { ...news.get(key), ...values });
    }
  }
  return news.size ? events.map((each) => (news.has(each.key) ? changed(each, news.get(each.key)) : each)) : events;
}
