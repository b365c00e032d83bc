// Run with: node --test tests/desk/measurements.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";

import { intervalsText, signOf } from "../../assets/desk/src/beat_criteria.ts";
import { differenceText, headText, overallRows, reasonText, uncertaintyText, valueText } from "../../assets/desk/src/measurement_words.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { QTC_NAMES, qtcQuantity } from "../../assets/desk/src/qtc.ts";
import { automaticLayout } from "../../assets/desk/src/sheet_plan.ts";
import { otherStatements, pressingStatements } from "../../assets/desk/src/urgent_statements.ts";

const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const statement = (code, severity) => ({ code, severity, text: `${code} text`, reason: "", source: "", criteria: [] });
const measured = (...statements) => ({ interpretation: { statements, looked_for: {}, not_assessed: {}, disclaimer: "" } });

test("twelve leads of up to a minute are a page, others stand one below the other", () => {
  assert.equal(automaticLayout(TWELVE, 10, 1200), "3x4");
  assert.equal(automaticLayout([...TWELVE].reverse(), 60, 1200), "3x4");
  assert.equal(automaticLayout(TWELVE, 61, 1200), "stacked");
  assert.equal(automaticLayout(TWELVE.slice(1), 10, 1200), "stacked");
  assert.equal(automaticLayout(TWELVE, 10, 390), "stacked", "too narrow to be read");
  assert.equal(automaticLayout(TWELVE.slice(0, 6), 10, 1200), "2x3", "the limb leads are a page too");
  assert.equal(automaticLayout(TWELVE.slice(6), 10, 1200), "2x3");
  assert.equal(automaticLayout(["I", "II", "III", "V1", "V2", "V3"], 10, 1200), "stacked");
});

test("what has no value is a dash with its reason, never zero", () => {
  const none = { value: null, sd: null, n: 0, reason: "no P wave" };
  assert.equal(valueText(none, 0), "–");
  assert.equal(valueText(undefined, 0), "–");
  assert.equal(reasonText(none), "no P wave");
  assert.equal(uncertaintyText(none, { name: "P", unit: "ms", decimals: 0 }), "");
  assert.equal(valueText({ value: -0.123, sd: 0.01, n: 5 }, 2), "−0.12");
  assert.equal(valueText({ value: -0.001, sd: 0.01, n: 5 }, 2), "0.00");
  assert.equal(differenceText(-12.4, "ms"), "−12 ms");
});

test("urgent statements come first, and rhythms of a long recording are events already", () => {
  const found = measured(statement("STE_INFERIOR", "critical"), statement("VT", "critical"), statement("LVH", "abnormal"));
  assert.deepEqual(pressingStatements(found, 10).map(({ code }) => code), ["STE_INFERIOR", "VT"]);
  assert.deepEqual(pressingStatements(found, 3600).map(({ code }) => code), ["STE_INFERIOR"]);
  assert.equal(otherStatements(found, 10), "Also: LVH text.");
  assert.equal(otherStatements(measured(), 10), "");
  assert.deepEqual(pressingStatements(null, 10), []);
});

test("criteria tell met, not met and not measurable apart", () => {
  assert.deepEqual([true, false, null].map((met) => signOf(met).sign), ["✓", "✗", "?"]);
  const intervals = { p_ms: null, pr_ms: null, qrs_ms: 160.4, qt_ms: 420, qtc_bazett_ms: 430, qtc_fridericia_ms: null };
  assert.equal(intervalsText(intervals, "fridericia"), "P – · PR – · QRS 160 · QT 420 · QTc (Fridericia) – ms");
  assert.equal(intervalsText(intervals, "bazett"), "P – · PR – · QRS 160 · QT 420 · QTc (Bazett) 430 ms");
});

test("the preferred formula of QTc stands first in the table, the others follow and none is lost", () => {
  const quantities = overallRows("bazett").map(({ quantity }) => quantity);
  for (const formula of Object.keys(QTC_NAMES)) {
    const rows = overallRows(formula);
    assert.deepEqual(rows.map(({ quantity }) => quantity).sort(), [...quantities].sort());
    const at = rows.findIndex(({ quantity }) => quantity.startsWith("qtc_"));
    assert.equal(rows[at].quantity, qtcQuantity(formula));
    assert.deepEqual(rows.slice(at, at + 4).map(({ other }) => other), [false, true, true, true]);
    assert.equal(rows[at - 1].quantity, "qt_ms");
    assert.equal(rows[at + 4].quantity, "p_axis_deg");
    assert.equal(rows.filter(({ other }) => other).length, 3);
  }
});

test("the head of the measurements has one QTc, by the preferred formula, and says so", () => {
  const value = (number) => ({ value: number, sd: 1, n: 9 });
  const overall = { rate_bpm: value(71.4), pr_ms: value(158), qrs_ms: value(94), qt_ms: value(386), qtc_bazett_ms: value(420), qtc_hodges_ms: value(405) };
  assert.equal(headText({ overall }, "bazett"), "71 bpm · PR 158 ms · QRS 94 ms · QT/QTc 386/420 ms (Bazett)");
  assert.match(headText({ overall }, "hodges"), /386\/405 ms \(Hodges\)$/);
  assert.match(headText({ overall }, "fridericia"), /386\/– ms/, "one that is not there is a dash");
  const axes = { ...overall, p_axis_deg: value(45), qrs_axis_deg: value(-32), t_axis_deg: { value: null, sd: null, n: 0 } };
  assert.match(headText({ overall: axes }, "bazett"), /axes P 45, QRS −32, T –°$/);
});

test("how the page is laid out and the formula of QTc are kept, and only values that exist are taken", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text), removeItem: (key) => kept.delete(key) };
  const chosen = { qtc: "hodges", limbOrder: "cabrera", rhythm: ["V1", "II"], leadSet: "limb", medianView: "overlaid", layout: "2x3" };
  const prefs = new Prefs(storage);
  for (const [name, value] of Object.entries(chosen)) assert.ok(prefs.set(name, value), name);
  const again = new Prefs(storage).values;
  for (const [name, value] of Object.entries(chosen)) assert.deepEqual(again[name], value, name);
  for (const [name, value] of Object.entries({ qtc: "none", rhythm: [], leadSet: "x", limbOrder: null, medianView: "3d" })) assert.equal(prefs.set(name, value), false, name);
  assert.equal(prefs.set("rhythm", ["I", "II", "III", "V1"]), false, "three at most");
});
