// @ts-nocheck
// What the file says, in words. Pure functions.

import { counted } from "./wording.ts";

/** `1 note`, `3 notes`; an empty text where there are none. */
export function notesText(notes) {
  return notes.length ? counted(notes.length, "note") : "";
}

/** When the recording began: date and time of day, or the time alone, as the file has it. */
export function startText(startTime) {
  if (!startTime) return "not in the file";
  const [, date, time] = /^(?:(\d{4}-\d{2}-\d{2})T)?(\d{2}:\d{2}:\d{2})/.exec(startTime) ?? [];
  return [date, time].filter(Boolean).join(" ") || "not in the file";
}

/** What is said of a lead beside its name: the file's own where it differs, and that its heights are not known. */
export function leadText({ name, original, calibrated }) {
  const parts = [];
  if (original && original !== name) parts.push(`“${original}” in the file`);
  if (!calibrated) parts.push("uncalibrated");
  return parts.join(", ");
}

/** Leads of which there is something to say, and the names of the others. */
export function leadsOf(leads) {
  const told = leads.filter((lead) => leadText(lead));
  return { told, others: leads.filter((lead) => !leadText(lead)).map(({ name }) => name) };
}

/** How much a set of annotations holds. */
export function annotationsText({ n, n_beats: beats, n_rhythms: rhythms, problem }) {
  if (problem) return problem;
  const parts = [counted(beats, "beat")];
  if (rhythms) parts.push(counted(rhythms, "rhythm change"));
  const others = n - beats - rhythms;
  if (others > 0) parts.push(counted(others, beats || rhythms ? "other mark" : "mark"));
  return (beats ? parts : parts.slice(1)).join(", ") || "empty";
}
