import assert from "node:assert/strict";
import { test } from "node:test";

import { formatTime } from "../../assets/desk/src/times.ts";
import {
  certaintyText,
  counted,
  duration,
  editedText,
  eventFigures,
  eventText,
  factsText,
  familyNumber,
  intervalText,
  jobText,
  longText,
  kindName,
  leadNames,
  liveText,
  number,
  parseTime,
  timeHint,
  rate,
  savedText,
  seenText,
  share,
  shortTitle,
  timingText,
} from "../../assets/desk/src/wording.ts";

test("figures have thousands separators, and what is absent is a dash, never zero", () => {
  assert.equal(number(102000), "102,000");
  assert.equal(number(2.345, 1), "2.3");
  assert.equal(number(0), "0");
  for (const absent of [null, undefined, NaN]) assert.equal(number(absent, 2), "–");
  assert.equal(counted(1, "beat"), "1 beat");
  assert.equal(counted(1024, "beat"), "1,024 beats");
  assert.equal(counted(2, "family", "families"), "2 families");
});

test("shares never round something to nothing or a part to the whole", () => {
  assert.equal(share(1, 3), "33.3 %");
  assert.equal(share(1, 102000), "< 0.1 %");
  assert.equal(share(101999, 102000), "> 99.9 %");
  assert.equal(share(0, 10), "0 %");
  assert.equal(share(10, 10), "100 %");
  assert.equal(share(1, 0), "–");
});

test("lengths are written as a person would say them", () => {
  assert.equal(duration(2.31), "2.3 s");
  assert.equal(duration(12.4), "12 s");
  assert.equal(duration(1806), "30 min 06 s");
  assert.equal(duration(86400), "24 h 00 min");
  assert.equal(duration(59.7), "1 min 00 s");
});

test("a recording's line names leads, rate, length and person", () => {
  const leads = (names) => names.map((name) => ({ name }));
  assert.equal(factsText({ leads: leads(["MLII", "V1"]), fs: 360, durationS: 1806, person: "F 23" }), "MLII, V1 · 360 Hz · 30 min 06 s · F 23");
  assert.equal(factsText({ leads: leads(["I"]), fs: 257.25, durationS: 10, person: null }), "I · 257.25 Hz · 10 s");
  assert.equal(leadNames(["I", "II", "III", "V1", "V6"]), "5 leads (I, II … V6)");
  assert.equal(rate(1000), "1,000 Hz");
});

test("live figures leave the burden out before classification", () => {
  const summary = { n_beats: 3040, burden_v_percent: 34.52, mean_rate_bpm: 100.6 };
  assert.equal(liveText(summary), "3,040 beats · 34.5 % V · mean 101 bpm");
  assert.equal(liveText({ ...summary, burden_v_percent: null }), "3,040 beats · mean 101 bpm");
  assert.equal(liveText({ ...summary, burden_v_percent: 0.003 }), "3,040 beats · < 0.1 % V · mean 101 bpm");
  assert.equal(liveText({ n_beats: 0, burden_v_percent: null, mean_rate_bpm: null }), "0 beats");
  assert.equal(liveText(null), null);
});

test("intervals are told in ms and bpm, and the first beat has none", () => {
  assert.equal(intervalText(1200), "1,200 ms · 50 bpm");
  assert.equal(intervalText(null), "–");
  assert.equal(intervalText(0), "–");
});

const event = (changes) => ({
  kind: "VT", title: "Ventricular tachycardia", startS: 0, stopS: 2, nBeats: 5, rateBpm: 148.2, reason: "5 V", seen: false, dismissed: false, report: false, note: "", ...changes,
});

test("an event's figures are beats and rate, the length instead where it is long or has no beats", () => {
  assert.equal(eventFigures(event({})), "5 beats, 148 bpm");
  assert.equal(eventFigures(event({ kind: "AFIB", stopS: 750, nBeats: 1200 })), "12 min 30 s, 148 bpm");
  assert.equal(eventFigures(event({ kind: "PAUSE", stopS: 2.44, nBeats: 2 })), "2.4 s");
  assert.equal(eventFigures(event({ kind: "UNREADABLE", stopS: 12, nBeats: 0 })), "12 s");
  assert.equal(eventFigures(event({ kind: "SINGLE_V", nBeats: 1, rateBpm: null })), "");
});

test("an event is one sentence for screen readers, with its mark", () => {
  const sentence = eventText(event({ dismissed: true, report: true, note: "so" }), "00:09:41");
  assert.equal(sentence, "Ventricular tachycardia, 5 beats, 148 bpm, 5 V, at 00:09:41, dismissed, strip for the report, note: so");
  assert.match(eventText(event({}), "00:09:41"), /not seen yet$/);
});

test("titles are short where the letter says the long word, and unknown kinds keep theirs", () => {
  assert.equal(shortTitle(event({})), "V tachycardia");
  assert.equal(kindName(event({})), "VT");
  assert.equal(kindName(event({ kind: "PAIR_S" })), "S pair");
  assert.equal(kindName(event({ kind: "PAUSE", title: "Pause" })), "pause");
  assert.equal(shortTitle(event({ kind: "NEW", title: "New kind" })), "New kind");
});

test("any mark counts as seen", () => {
  const events = [{}, { seen: true }, { dismissed: true }, { report: true }].map(event);
  assert.equal(seenText(events), "most urgent first · 3 of 4 seen");
  assert.equal(seenText([]), "none found");
});

test("a family's rhythm is told in words", () => {
  assert.equal(timingText(0.69, 1), "early, 31 %");
  assert.equal(timingText(0.66, 1.34), "early, 34 % · pause");
  assert.equal(timingText(1, 1.3), "pause after");
  assert.equal(timingText(1.22, 1), "late, 22 %");
  assert.equal(timingText(1.02, 0.98), "regular");
  assert.equal(timingText(NaN, NaN), "–");
});

test("families are counted from 1", () => {
  assert.equal(familyNumber(0), "1");
  assert.equal(familyNumber(-1), "–");
  assert.equal(familyNumber(null), "–");
});

test("certainty is never rounded up to certain", () => {
  assert.equal(certaintyText(0.998), "99 % sure");
  assert.equal(certaintyText(null), "not classified");
});

test("what a person did to a beat is told from its bits; an added beat has no earlier class", () => {
  assert.equal(editedText(0), "");
  assert.equal(editedText(1), "relabelled");
  assert.equal(editedText(5), "relabelled and moved");
  assert.equal(editedText(3), "added");
});

test("jobs tell their stage, and a share once there is one", () => {
  assert.equal(jobText({ stage: "Finding beats", share: 0.374 }), "Finding beats · 37 %");
  assert.equal(jobText({ stage: "Waiting", share: 0 }), "Waiting …");
  const long = { stage: "Finding beats", share: 0.374, long_s: 241 };
  assert.equal(longText(long), "Finding beats · 37 % · a long recording: up to 5 minutes in all");
  assert.equal(longText({ ...long, long_s: 8000 }), "Finding beats · 37 % · a long recording: up to 3 hours in all");
  assert.equal(longText({ ...long, long_s: null }), jobText(long));
  assert.equal(savedText(2), "2 changes by you saved");
  assert.equal(savedText(0), "");
});

test("times mean seconds of the recording; before the start they are the next day's", () => {
  assert.equal(parseTime("00:09:41"), 581);
  assert.equal(parseTime("1:30"), 5400);
  assert.equal(parseTime("30:00:00"), 108000);
  assert.equal(parseTime("00:00:01.5"), 1.5);
  assert.equal(parseTime("09:00:00", 8 * 3600), 3600);
  assert.equal(parseTime("07:00:00", 8 * 3600), 23 * 3600);
  for (const wrong of ["", "soon", "12", "00:61", "1:2:99", "-1:00"]) assert.ok(Number.isNaN(parseTime(wrong)), wrong);
  assert.ok(Number.isNaN(parseTime("24:30:00", 0)), "no time of day");
});

test("a time of day may say its day, and what is written of a time is read as that time", () => {
  const clockS = 9 * 3600;
  assert.equal(parseTime("10:00", clockS), 3600);
  assert.equal(parseTime("10:00 day 1", clockS), 3600);
  assert.equal(parseTime("08:00 d2", clockS), 23 * 3600);
  assert.equal(parseTime("10:00:00 day 3", clockS), 49 * 3600);
  for (const timeS of [0, 80_000, 86_400, 100_000, 600_000]) {
    const read = parseTime(formatTime(timeS, clockS), clockS);
    assert.equal(read, timeS === 86_400 ? 0 : timeS);
  }
  assert.ok(Number.isNaN(parseTime("08:00 day 1", clockS)), "before the start");
  assert.ok(Number.isNaN(parseTime("10:00 day 2")), "without a time of day at the start there are no days");
});

test("the hint beside a wrong time gives one that is right", () => {
  for (const facts of [{ durationS: 600 }, { durationS: 1800, clockS: 85_800 }, { durationS: 86_400, clockS: 32_400 }, { durationS: 180_000, clockS: 32_400 }]) {
    const example = /like ([^;]+)/.exec(timeHint(facts))[1];
    const timeS = parseTime(example, facts.clockS ?? null);
    assert.ok(timeS > 0 && timeS < facts.durationS, example);
  }
  assert.match(timeHint({ durationS: 1800, clockS: 85_800 }), /between 23:50:00 and 00:20:00/);
});
