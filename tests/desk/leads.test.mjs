// Run with: node --test tests/desk/leads.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { isHalf, leadLabel, leadOrder, leadsOfSet, rhythmAfter, rhythmLeads, whyNoSet } from "../../assets/desk/src/lead_order.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { boxAt, clearPlace, columnsOf } from "../../assets/desk/src/sheet_labels.ts";
import { leadItems, leadsText, setShown } from "../../assets/desk/src/sheet_leads.ts";
import { planSheet } from "../../assets/desk/src/sheet_plan.ts";

const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const HOLTER = ["MLII", "V1", "V5"];
const namesOf = (leads, names) => leads?.map((lead) => names[lead]);

test("sets of leads are found by name, and say what the recording lacks", () => {
  assert.deepEqual(namesOf(leadsOfSet("limb", TWELVE), TWELVE), TWELVE.slice(0, 6));
  assert.deepEqual(namesOf(leadsOfSet("monitor", TWELVE), TWELVE), ["II", "V1", "V5"]);
  assert.equal(leadsOfSet("limb", HOLTER), null);
  assert.equal(leadsOfSet("all", HOLTER), null);
  assert.equal(whyNoSet("limb", TWELVE), "");
  assert.equal(whyNoSet("monitor", HOLTER), "this recording has no II");
  assert.match(whyNoSet("limb", HOLTER), /no I, II, III, aVR, aVL, aVF/);
  assert.ok(isHalf([...TWELVE.slice(0, 6)].reverse()) && isHalf(TWELVE.slice(6)) && !isHalf(TWELVE.slice(3, 9)));
});

test("Cabrera's order needs all six limb leads and leaves the chest leads where they are", () => {
  assert.deepEqual(namesOf(leadOrder(TWELVE, "cabrera"), TWELVE), ["aVL", "I", "aVR", "II", "aVF", "III", ...TWELVE.slice(6)]);
  assert.deepEqual(leadOrder(["I", "aVR", "II"], "cabrera"), [0, 1, 2]);
  assert.equal(leadLabel("aVR", true), "−aVR");
});

test("rhythm leads are switched one by one: one always stays, and a fourth takes the place of the first", () => {
  assert.deepEqual(rhythmAfter(["II"], "V1"), ["II", "V1"]);
  assert.deepEqual(rhythmAfter(["II", "V1"], "lead II"), ["V1"]);
  assert.deepEqual(rhythmAfter(["V1"], "V1"), ["V1"]);
  assert.deepEqual(rhythmAfter(["II", "V1", "V5"], "aVF"), ["V1", "V5", "AVF"]);
  assert.deepEqual(namesOf(rhythmLeads(["AVF", "V9"], TWELVE, leadOrder(TWELVE)), TWELVE), ["aVF"]);
});

/** A store that keeps preferences, with the sheet's plan for them. */
function storeOf(names, chosen = {}) {
  const prefs = new Prefs();
  const store = { get prefs() { return prefs.values; }, setPref: (name, value) => prefs.set(name, value) };
  for (const [name, value] of Object.entries(chosen)) store.setPref(name, value);
  const leads = names.map((name) => ({ name, calibrated: true, rangeMv: [-1, 1] }));
  const plan = () => planSheet({ facts: { durationS: 10, leads }, prefs: store.prefs, width: 1000, dpr: 1, hasReference: false });
  const choose = (text) => leadItems(store, names, plan()).findLast((item) => item.text === text).choose();
  return { store, plan, choose, text: () => leadsText(store.prefs, names, plan()) };
}

test("the menu of leads changes set, order and rhythm strip, and says what is shown", () => {
  const desk = storeOf(TWELVE);
  assert.equal(desk.text(), "12 leads");
  desk.choose("V5");
  assert.deepEqual(desk.store.prefs.rhythm, ["II", "V5"], "the last of the menu are those of the rhythm strip");
  desk.choose("limb leads");
  assert.equal(desk.text(), "limb leads");
  assert.equal(desk.plan().arrangement, "2x3");
  desk.choose("Cabrera: aVL, I, −aVR, II, aVF, III");
  desk.store.setPref("layout", "stacked");
  desk.choose("−aVR");
  assert.equal(desk.text(), "5 of 12 leads");
  assert.equal(setShown(desk.store.prefs, TWELVE), null);
  desk.choose("all leads");
  assert.equal(desk.text(), "12 leads");
});

test("a set that a recording lacks is not offered there, and everything is shown", () => {
  const desk = storeOf(HOLTER, { leadSet: "limb" });
  assert.equal(desk.text(), "3 leads");
  assert.equal(setShown(desk.store.prefs, HOLTER), "all");
  const wide = storeOf([...HOLTER, "V2"], { leadSet: "limb" });
  const items = leadItems(wide.store, [...HOLTER, "V2"], wide.plan());
  assert.match(items.find(({ text }) => text === "limb leads").why, /no I/);
});

test("a line takes every column of pixels that it passes, not only those of its points", () => {
  const [, , ...slope] = columnsOf([[[0, 0], [30, 30]]], 10, 20);
  assert.deepEqual(slope[0], [[12, 13]]);
  assert.ok(columnsOf([[[15, 40], [15, 0]]], 14, 16)[1].some(([top, bottom]) => top === 0 && bottom === 40), "a steep R wave between two samples");
  assert.ok(columnsOf([[[0, 0], [9, 0], [31, 0]]], 10, 20).every((column) => column.length === 1));
  assert.deepEqual(columnsOf([[[12.4, 7]]], 12, 12), [[[7, 7]]], "a single sample");
});

test("a name stands where it is wanted if that is clear, else at the nearest clear place, and stays there", () => {
  const area = { left: 0, top: 0, right: 100, bottom: 60 };
  const wish = { width: 24, height: 14, area, best: [0, 10] };
  const flat = [[0, 50], [100, 50]];
  assert.deepEqual(clearPlace(wish, [flat]), [0, 10]);
  const tall = [[0, 50], [10, 50], [12, 0], [14, 50], [100, 50]];
  const moved = clearPlace(wish, [tall]);
  const { top, bottom, left, right } = boxAt(moved, [24, 14]);
  assert.ok(columnsOf([tall], left, right).flat().every(([high, low]) => low < top || high > bottom));
  assert.ok(moved[0] > 14 && moved[1] === 10, "beside the R wave, at the same height");
  assert.deepEqual(clearPlace({ ...wish, now: moved }, [flat]), moved, "it does not hop back while the signal moves");
  assert.notDeepEqual(clearPlace({ ...wish, now: [0, 40] }, [flat]), [0, 40]);
  const taken = clearPlace(wish, [flat], [{ left: 0, top: 0, right: 100, bottom: 20 }]);
  assert.ok(taken[1] > 20 && taken[1] + 14 < 50);
  const noise = Array.from({ length: 26 }, (_, i) => [4 * i, i % 2 ? 0 : 60]);
  assert.equal(clearPlace(wish, [noise]), null, "nothing is free in noise");
});
