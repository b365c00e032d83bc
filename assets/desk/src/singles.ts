// @ts-nocheck
// Single ectopic beats as events: all of them, made from the columns that the server sends for them. Texts are made
// when a row is shown, since a day may have tens of thousands.

import { marksOf } from "./marks.ts";
import { number } from "./wording.ts";

const UNKNOWN = -32768;

/** Coupling interval and prematurity in words, the same as in the server's reasons. */
export function singleReason(rrMs, percent) {
  if (percent === UNKNOWN || rrMs === null) return "interval before it not known";
  const early = percent ? `${Math.abs(percent)} % ${percent > 0 ? "early" : "late"}` : "on time";
  return `RR ${number(rrMs)} ms, ${early}`;
}

class Single {
  constructor(group, sample, early, bits) {
    this.group = group;
    this.key = `${group.kind}:${sample}`;
    this.startSample = sample;
    this.note = "";
    this.take(early, bits);
  }

  /** Take what the server tells of the beat now. */
  take(early, bits) {
    const { seen, dismissed, report } = marksOf(bits);
    this.early = early;
    this.seen = seen;
    this.dismissed = dismissed;
    this.report = report;
    return this;
  }

  get kind() {
    return this.group.kind;
  }

  get title() {
    return this.group.title;
  }

  get sign() {
    return this.group.sign;
  }

  get source() {
    return "beats";
  }

  get nBeats() {
    return 1;
  }

  get stopSample() {
    return this.startSample + 1;
  }

  get startS() {
    return this.startSample / this.group.beats().fs;
  }

  get stopS() {
    return this.stopSample / this.group.beats().fs;
  }

  get rrMs() {
    const beats = this.group.beats();
    return beats.rrMs(beats.indexOfSample(this.startSample));
  }

  get rateBpm() {
    const { rrMs } = this;
    return this.early === UNKNOWN || rrMs === null ? null : 60000 / rrMs;
  }

  get reason() {
    return singleReason(this.rrMs, this.early);
  }
}

/** The single beats in a packed answer of `singles`; `held` is what there was, for an answer without their columns. */
export function singlesOf({ meta, arrays }, held, beats) {
  const columns = { ...(held?.version === meta.version ? held.columns : {}), ...arrays };
  const groups = meta.kinds.map(({ kind, title, sign }) => {
    const group = { kind, title, sign, beats };
    const samples = columns[kind] ?? [];
    const [early, marks] = [columns[`early_${kind}`], columns[`marks_${kind}`]];
    // An edit changes a few of them: the others are taken over, both lists being in order of time.
    const before = held?.groups.find((each) => each.kind === kind)?.events ?? [];
    let at = 0;
    const events = Array.from(samples, (sample, i) => {
      while (at < before.length && before[at].startSample < sample) at += 1;
      const known = before[at]?.startSample === sample ? before[at] : null;
      return known ? known.take(early[i], marks[i]) : new Single(group, sample, early[i], marks[i]);
    });
    return { kind, events };
  });
  return { version: meta.version, columns, groups };
}

/** All events: the listed ones with the single beats at their places, see `places` of the server. */
export function withSingles(listed, singles, at) {
  const events = [];
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
