// The hourly table and heart-rate variability in words.
import assert from "node:assert/strict";
import { test } from "node:test";

import { afterKey, groupsOf, remarkOf, rowsOf, tooShortText } from "../../assets/desk/src/trends_table.ts";
import { basisText, groupsOfMeasures, partText, sourceText } from "../../assets/desk/src/variability_words.ts";

const column = (name, group, rest = {}) => ({ name, title: name, unit: "", group, digits: 0, leads_to: `the ${name}`, ...rest });
const columns = [
  column("readable", "Signal", { unit: "%" }),
  column("slowest", "Heart rate", { unit: "bpm" }),
  column("fastest", "Heart rate", { unit: "bpm" }),
  column("pauses", "Pauses"),
];
const hour = (at, values, samples, reasons = ["", "", "", ""]) => ({ kind: "hour", spans_s: [[at, at + 3600]], values, samples, reasons });
const table = {
  revision: 3, day_hours: [6, 22], has_clock: true, n_dismissed: 0, columns,
  rows: [
    hour(0, [99.98, 51.4, 120, 0], [0, 720, 36000, null]),
    hour(3600, [0, null, null, null], [1296000, null, null, null], ["", "unreadable signal", "unreadable signal", "unreadable signal"]),
    { ...hour(0, [50, 51.4, 120, 2], [0, 720, 36000, 7200]), kind: "night", spans_s: [[0, 7200], [50000, 60000]] },
    { ...hour(0, [50, 51.4, 120, 2], [0, 720, 36000, 7200]), kind: "whole", spans_s: [[0, 60000]] },
  ],
};
const clock = { fs: 360, clockS: 23 * 3600 };

test("neighbouring columns share a heading", () => {
  assert.deepEqual(groupsOf(columns), [{ title: "Signal", span: 1 }, { title: "Heart rate", span: 2 }, { title: "Pauses", span: 1 }]);
});

test("the whole and the night stand first, hours follow in their order", () => {
  const rows = rowsOf(table, clock);
  assert.deepEqual(rows.map(({ name }) => name), ["Whole", "Night 22–6 h", "23:00", "00:00"]);
  assert.deepEqual(rows.map(({ part }) => part), ["whole", "night", "span", "span"]);
  assert.deepEqual([rows[1].startS, rows[1].stopS], [0, 60000]);
});

test("a cell says where it leads, by the clock", () => {
  const [, , first] = rowsOf(table, clock);
  assert.equal(first.cells[2].sample, 36000);
  assert.equal(first.cells[2].title, "Heart rate, fastest, 23:00: 120 bpm. Go to the fastest, 23:01:40");
  assert.match(rowsOf(table, { fs: 360, clockS: null })[2].cells[2].title, /00:01:40$/);
});

test("what is absent is a dash with its reason, zero is zero, nearly all is not all", () => {
  const [, , first, second] = rowsOf(table, clock);
  assert.deepEqual([second.cells[3].text, second.cells[3].sample], ["–", null]);
  assert.match(second.cells[3].title, /not told, unreadable signal/);
  assert.deepEqual([first.cells[3].text, first.cells[3].quiet], ["0", true]);
  assert.equal(first.cells[0].text, "> 99.9");
  assert.equal(second.cells[0].text, "0");
});

test("what is left out of the table is said beside its heading", () => {
  assert.equal(remarkOf(table), "by the hour of the clock");
  assert.match(remarkOf({ ...table, has_clock: false }), /day and night are unknown/);
  assert.match(remarkOf({ ...table, n_dismissed: 1 }), /1 dismissed event is not counted/);
});

test("short recordings have no table", () => {
  assert.match(tooShortText(10), /lasts 10 s/);
  assert.equal(tooShortText(600), "");
});

test("arrow keys stay within the table", () => {
  assert.deepEqual(afterKey("ArrowDown", 3, 2, 4, 5), [3, 2]);
  assert.deepEqual(afterKey("ArrowUp", 3, 2, 4, 5), [2, 2]);
  assert.deepEqual(afterKey("ArrowLeft", 0, 0, 4, 5), [0, 0]);
  assert.deepEqual(afterKey("End", 1, 0, 4, 5), [1, 4]);
  assert.equal(afterKey("Enter", 1, 0, 4, 5), null);
});

const measure = (name, rest) => ({ name, title: name, unit: "ms", group: "Time domain", digits: 1, meaning: "", value: null, reason: "", reference: null, ...rest });
const healthy = (values) => ({ mean: null, sd: null, low: null, high: null, ...values });
const found = {
  revision: 1, part: "span", age_years: null, age_of_file: null, sex: null, sex_of_file: null, spans_s: [[0, 300]], n_nn: 340, nn_s: 285, left_out_share: 0.05,
  left_out: [{ cause: "ectopic beats", n: 12, time_s: 12 }, { cause: "no beats", n: 0, time_s: 3 }], n_interpolated: 14, refused: null,
  measures: [
    measure("SDNN", { value: 41.23, reference: healthy({ mean: 45.4, sd: 20.5, group: "women, 35 to 44 years", source: "Voss 2015" }) }),
    measure("SDANN", { reason: "needs 18 h of N-N intervals" }),
    measure("LF/HF", { value: 2, unit: "", group: "Frequency domain", reference: healthy({ mean: 2.8, sd: 2.6, group: "adults of both sexes", source: "Nunan 2010" }) }),
  ],
  turbulence: null,
};

test("what variability rests on and what was left out is said with counts and shares", () => {
  assert.equal(
    basisText(found),
    "From 340 N-N intervals, 4 min 45 s. Left out: 5.0 % of the time; ectopic beats 4.0 % (12 intervals), no beats 1.0 %. " +
      "For Welch's spectrum 14 intervals in their place are interpolated.",
  );
  assert.match(basisText({ ...found, left_out: [] }), /Nothing was left out\.$/);
});

test("measures stand under their headings, absent ones with their reason", () => {
  const [time, frequency] = groupsOfMeasures(found);
  assert.deepEqual([time.title, frequency.title], ["Time domain", "Frequency domain"]);
  assert.deepEqual([time.lines[0].value, time.lines[0].beside], ["41.2 ms", "45.4 ± 20.5"]);
  assert.deepEqual([time.lines[1].value, time.lines[1].beside, time.lines[1].absent], ["–", "needs 18 h of N-N intervals", true]);
  assert.deepEqual([frequency.lines[0].value, frequency.lines[0].beside], ["2.0", "2.80 ± 2.60"]);
});

test("turbulence that cannot be computed has a reason and no figures", () => {
  const none = { onset_percent: null, slope_ms: null, category: null, n_beats: 2, n_ventricular: 9, reason: "2 of 9 can be used" };
  const group = groupsOfMeasures({ ...found, turbulence: none }).at(-1);
  assert.deepEqual([group.lines.length, group.note], [0, "Not computed: 2 of 9 can be used."]);
  const known = { onset_percent: -1.5, slope_ms: 4.21, category: 0, n_beats: 8, n_ventricular: 9, reason: null };
  const { lines } = groupsOfMeasures({ ...found, turbulence: known }).at(-1);
  assert.deepEqual(lines.map(({ value }) => value), ["-1.50 %", "4.2 ms/RR", "HRT0", "8 of 9"]);
});

test("values of healthy people are named with their source, or why there are none", () => {
  assert.match(sourceText(found), /SDNN: women, 35 to 44 years \(Voss 2015\); LF\/HF: adults of both sexes \(Nunan 2010\)/);
  assert.match(sourceText(found), /Where the sex is known/);
  assert.doesNotMatch(sourceText({ ...found, sex: "F" }), /Where the sex is known/);
  const without = { ...found, measures: found.measures.map((each) => ({ ...each, reference: null })) };
  assert.match(sourceText(without), /where the age is known/);
  assert.match(sourceText({ ...without, age_years: 50 }), /five minutes and recordings of 18 hours/);
  assert.match(sourceText({ ...without, age_years: 12 }), /of adults/);
});

test("a range of 95 % is a range, and says of whom", () => {
  const reference = healthy({ low: 93, high: 257, group: "both sexes, 20 to 29 years", source: "Umetani 1998, 24 h" });
  const [{ lines }] = groupsOfMeasures({ ...found, measures: [measure("SDNN", { value: 150, reference })] });
  assert.deepEqual([lines[0].beside, lines[0].besideTitle], ["93 to 257", "both sexes, 20 to 29 years (Umetani 1998, 24 h)"]);
});

test("a span is called by its times", () => {
  assert.equal(partText(found, 3600), "01:00:00 to 01:05:00, 5 min 00 s");
  assert.equal(partText({ ...found, part: "night" }, null), "night");
});
