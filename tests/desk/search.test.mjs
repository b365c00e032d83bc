import assert from "node:assert/strict";
import { test } from "node:test";

import { BeatTable } from "../../assets/desk/src/beat_table.ts";
import { emptyText } from "../../assets/desk/src/search.ts";
import { EMPTY_FIELDS, asks, criteriaOf, placeAmong, searchBeats } from "../../assets/desk/src/search_beats.ts";
import { FS, columnsOf } from "./fake_panel_store.mjs";

const columns = columnsOf(6000);
columns.edited[10] = 1;
columns.edited[20] = 4;
const beats = new BeatTable(columns, FS);
const every = Array.from({ length: beats.n }, (_, i) => i);
const found = (fields, clockS = null) => [...searchBeats(beats, criteriaOf({ ...EMPTY_FIELDS, ...fields }, clockS).criteria)];

test("nothing asked finds every beat", () => {
  assert.deepEqual(found({}), every);
  assert.equal(asks(criteriaOf(EMPTY_FIELDS).criteria), false);
  assert.equal(asks(criteriaOf({ ...EMPTY_FIELDS, edited: true }).criteria), true);
});

test("classes add up", () => {
  assert.deepEqual(found({ letters: ["S", "F"] }), every.filter((i) => "SF".includes(beats.letter(i))));
});

test("conditions narrow each other and agree with the beat table's own words", () => {
  const asked = { letters: ["N"], pTo: "0.95", rrFrom: "840", rrTo: "900", timeFrom: "00:10:00", timeTo: "00:40:00" };
  const expected = every.filter(
    (i) =>
      beats.letter(i) === "N" && Math.round(100 * beats.pBest(i)) <= 95 && beats.rrMs(i) >= 840 && beats.rrMs(i) <= 900 &&
      beats.timeS(i) >= 600 && beats.timeS(i) <= 2400,
  );
  assert.ok(expected.length > 5);
  assert.deepEqual(found(asked), expected);
});

test("probabilities are compared as they are shown", () => {
  const shown = (i) => Number(beats.pBest(i).toFixed(2));
  assert.deepEqual(found({ pFrom: "0.7", pTo: "0.9" }), every.filter((i) => shown(i) >= 0.7 && shown(i) <= 0.9));
  assert.deepEqual(found({ pTo: "0,6" }), found({ pTo: "0.6" }));
});

test("an empty answer tells beats that are still to come from a recording without any", () => {
  const none = { n: 0 };
  assert.match(emptyText({ stage: "beats", beats: none, job: null }), /being found/);
  assert.equal(emptyText({ stage: "beats", beats: none, job: { problem: "Unreadable." } }), "Unreadable.");
  assert.match(emptyText({ stage: "found", beats: none, job: null }), /no beats/);
  assert.match(emptyText({ stage: "classified", beats: none, job: null }), /no beats/);
  assert.match(emptyText({ stage: "classified", beats, job: null }), /like this/);
});

test("the first beat has no interval and is found by none", () => {
  assert.ok(!found({ rrFrom: "0" }).includes(0));
  assert.equal(found({ rrFrom: "0" }).length, beats.n - 1);
});

test("edited only, uncertain only", () => {
  assert.deepEqual(found({ edited: true }), [10, 20]);
  assert.deepEqual(found({ uncertain: true }), every.filter((i) => beats.uncertain(i)));
});

test("beats without classes and probabilities are found by time and interval only", () => {
  const plain = new BeatTable(columnsOf(500, { classified: false }), FS);
  const search = (fields) => searchBeats(plain, criteriaOf({ ...EMPTY_FIELDS, ...fields }).criteria).length;
  assert.equal(search({}), 500);
  assert.equal(search({ letters: ["N"] }), 0);
  assert.equal(search({ pFrom: "0" }), 0);
  assert.equal(search({ uncertain: true }), 0);
  assert.ok(search({ timeTo: "00:01" }) > 0);
});

test("a range of times of day may pass midnight", () => {
  const clockS = 23.5 * 3600;
  const night = found({ timeFrom: "23:50:00", timeTo: "00:10:00" }, clockS);
  assert.deepEqual(night, every.filter((i) => beats.timeS(i) >= 1200 && beats.timeS(i) <= 2400));
  assert.ok(night.length > 100);
});

test("a range of times of day may lie on a later day", () => {
  const range = (timeFrom, timeTo) => {
    const { criteria } = criteriaOf({ ...EMPTY_FIELDS, timeFrom, timeTo }, 9 * 3600);
    return [criteria.timeFrom / 3600, criteria.timeTo / 3600];
  };
  assert.deepEqual(range("23:00 day 2", "01:00 day 3"), [38, 40]);
  assert.deepEqual(range("23:00 day 3", "01:00"), [62, 64], "the next one after it");
  assert.deepEqual(range("23:00", "01:00"), [14, 16]);
});

test("what a field cannot mean is named and passed over", () => {
  const { criteria, wrong } = criteriaOf({ ...EMPTY_FIELDS, pFrom: "1.5", rrTo: "fast", timeFrom: "noon", rrFrom: "600" });
  assert.deepEqual(wrong.sort(), ["pFrom", "rrTo", "timeFrom"]);
  assert.deepEqual([criteria.pFrom, criteria.rrTo, criteria.timeFrom, criteria.rrFrom], [null, null, null, 600]);
});

test("a range upside down finds nothing", () => {
  assert.deepEqual(found({ timeFrom: "00:40:00", timeTo: "00:10:00" }), []);
  assert.deepEqual(found({ rrFrom: "900", rrTo: "800" }), []);
});

test("the place of a beat among the found ones", () => {
  const places = Int32Array.from([3, 8, 9]);
  assert.equal(placeAmong(places, 8), 1);
  assert.equal(placeAmong(places, 7), -1);
  assert.equal(placeAmong(places, 10), -1);
  assert.equal(placeAmong(new Int32Array(0), 0), -1);
});
