// What the file says, in words. Pure functions.

import type { FileAnnotations, FilePayload } from "./payloads.ts";
import { counted } from "./wording.ts";

type FileLead = FilePayload["leads"][number];

/** `1 note`, `3 notes`; an empty text where there are none. */
export function notesText(notes: readonly string[]): string {
  return notes.length ? counted(notes.length, "note") : "";
}

/** When the recording began: date and time of day, or the time alone, as the file has it. */
export function startText(startTime: string | null): string {
  if (!startTime) return "not in the file";
  const [, date, time] = /^(?:(\d{4}-\d{2}-\d{2})T)?(\d{2}:\d{2}:\d{2})/.exec(startTime) ?? [];
  return [date, time].filter(Boolean).join(" ") || "not in the file";
}

/** What is said of a lead beside its name: the file's own where it differs, and that its heights are not known. */
export function leadText({ name, original, calibrated }: FileLead): string {
  const parts: string[] = [];
  if (original && original !== name) parts.push(`“${original}” in the file`);
  if (!calibrated) parts.push("uncalibrated");
  return parts.join(", ");
}

/** Leads of which there is something to say, and the names of the others. */
export function leadsOf(leads: readonly FileLead[]): { told: FileLead[]; others: string[] } {
  const told = leads.filter((lead) => leadText(lead));
  return { told, others: leads.filter((lead) => !leadText(lead)).map(({ name }) => name) };
}

/** How much a set of annotations holds. */
export function annotationsText({ n = 0, n_beats: beats = 0, n_rhythms: rhythms = 0, problem }: Omit<FileAnnotations, "name">): string {
  if (problem) return problem;
  const parts = [counted(beats, "beat")];
  if (rhythms) parts.push(counted(rhythms, "rhythm change"));
  const others = n - beats - rhythms;
  if (others > 0) parts.push(counted(others, beats || rhythms ? "other mark" : "mark"));
  return (beats ? parts : parts.slice(1)).join(", ") || "empty";
}
