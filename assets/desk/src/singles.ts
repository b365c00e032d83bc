// Single ectopic beats as events: all of them, made from the columns that the server sends for them. Texts are made
// when a row is shown, since a day may have tens of thousands.

import type { BeatTable } from "./beat_table.ts";
import type { ReviewEvent } from "./facts.ts";
import { marksOf } from "./marks.ts";
import type { EventOrigin, Numbers, SinglesPayload } from "./payloads.ts";
import { number } from "./wording.ts";

export const UNKNOWN = -32768;

/** The single beats of a kind; `beats` gives the table that they are in now. */
interface Group {
  kind: string;
  title: string;
  sign: string;
  beats: () => BeatTable;
}

/** The single beats of all kinds at one version. */
export interface SingleBeats {
  version: number;
  columns: Record<string, Numbers>;
  groups: { kind: string; events: Single[] }[];
}

/** Coupling interval and prematurity in words, the same as in the server's reasons. */
export function singleReason(rrMs: number | null, percent: number): string {
  if (percent === UNKNOWN || rrMs === null) return "interval before it not known";
  const early = percent ? `${Math.abs(percent)} % ${percent > 0 ? "early" : "late"}` : "on time";
  return `RR ${number(rrMs)} ms, ${early}`;
}

export class Single implements ReviewEvent {
  readonly key: string;
  readonly startSample: number;
  note = "";
  seen = false;
  dismissed = false;
  report = false;
  private readonly group: Group;
  private early = UNKNOWN;

  constructor(group: Group, sample: number, early: number, bits: number) {
    this.group = group;
    this.key = `${group.kind}:${sample}`;
    this.startSample = sample;
    this.update(early, bits);
  }

  /** Take what the server tells of the beat now. */
  update(early: number, bits: number): this {
    const { seen, dismissed, report } = marksOf(bits);
    this.early = early;
    this.seen = seen;
    this.dismissed = dismissed;
    this.report = report;
    return this;
  }

  get kind(): string {
    return this.group.kind;
  }

  get title(): string {
    return this.group.title;
  }

  get sign(): string {
    return this.group.sign;
  }

  get source(): EventOrigin {
    return "beats";
  }

  get nBeats(): number {
    return 1;
  }

  get stopSample(): number {
    return this.startSample + 1;
  }

  get startS(): number {
    return this.startSample / this.group.beats().fs;
  }

  get stopS(): number {
    return this.stopSample / this.group.beats().fs;
  }

  get rrMs(): number | null {
    const beats = this.group.beats();
    return beats.rrMs(beats.indexOfSample(this.startSample));
  }

  get rateBpm(): number | null {
    const { rrMs } = this;
    return this.early === UNKNOWN || rrMs === null ? null : 60000 / rrMs;
  }

  get reason(): string {
    return singleReason(this.rrMs, this.early);
  }
}

/** The single beats in a packed answer of `singles`; `held` is what there was, for an answer without their columns. */
export function singlesOf(
  { meta, arrays }: Pick<SinglesPayload, "meta" | "arrays">,
  held: SingleBeats | null,
  beats: () => BeatTable,
): SingleBeats {
  const columns: Record<string, Numbers> = { ...(held?.version === meta.version ? held.columns : {}), ...arrays };
  const groups = meta.kinds.map(({ kind, title, sign }) => {
    const group: Group = { kind, title, sign, beats };
    const samples = columns[kind] ?? [];
    const [early, marks] = [columns[`early_${kind}`], columns[`marks_${kind}`]];
    // An edit changes a few of them: the others are taken over, both lists being in order of time.
    const before = held?.groups.find((each) => each.kind === kind)?.events ?? [];
    let at = 0;
    const events = Array.from(samples, (sample, i) => {
      while (at < before.length && before[at].startSample < sample) at += 1;
      const known = before[at]?.startSample === sample ? before[at] : null;
      return known ? known.update(early[i], marks[i]) : new Single(group, sample, early[i], marks[i]);
    });
    return { kind, events };
  });
  return { version: meta.version, columns, groups };
}

/** All events: the listed ones with the single beats at their places, see `places` of the server. */
export function withSingles(
  listed: readonly ReviewEvent[],
  singles: Pick<SingleBeats, "groups"> | null,
  at: Record<string, number> | undefined,
): ReviewEvent[] {
  const events: ReviewEvent[] = [];
  let from = 0;
  for (const { kind, events: added } of singles?.groups ?? []) {
    const to = Math.max(at?.[kind] ?? listed.length, from);
    for (const each of listed.slice(from, to)) events.push(each);
    for (const each of added) events.push(each);
    from = to;
  }
  for (const each of listed.slice(from)) events.push(each);
  return events;
}
