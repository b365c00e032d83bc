import assert from "node:assert/strict";
import { test } from "node:test";

import { BeatTable } from "../../assets/desk/src/beat_table.ts";
import { cardAfterKey, emptyText, familiesText } from "../../assets/desk/src/families.ts";
import { familyMeasures, familyWaitingText } from "../../assets/desk/src/family_measurements.ts";
import { familyText } from "../../assets/desk/src/family_card.ts";
import { bySize, editedByFamily, membersOf, pictureRange, stepWalk, timesUsual, walkOf } from "../../assets/desk/src/family_walk.ts";
import { FS, columnsOf } from "./fake_panel_store.mjs";

const table = () => new BeatTable(columnsOf(4000), FS);
const of = (beats, ids, value) => Array.from(ids, (id) => value(beats.indexOfId(id)));

test("a walk goes through every member once and through nobody else", () => {
  const beats = table();
  const members = Array.from(membersOf(beats, 1), (i) => beats.id[i]);
  assert.ok(members.length > 20);
  for (const order of ["nearest", "farthest", "unsure"]) {
    assert.deepEqual([...walkOf(beats, 1, order)].sort((a, b) => a - b), members);
  }
});

test("walks are in order of distance, from near or from far, or of probability", () => {
  const beats = table();
  const rising = (values) => values.every((value, k) => k === 0 || value >= values[k - 1]);
  assert.ok(rising(of(beats, walkOf(beats, 1, "nearest"), (i) => beats.distance[i])));
  assert.ok(rising(of(beats, walkOf(beats, 1, "farthest"), (i) => -beats.distance[i])));
  assert.ok(rising(of(beats, walkOf(beats, 1, "unsure"), (i) => beats.pBest(i))));
});

test("beats about which nothing is known, and those a person has decided, come last", () => {
  const columns = columnsOf(4000);
  const [first, second] = membersOf(new BeatTable(columns, FS), 1);
  columns.distance[first] = 255;
  columns.edited[second] = 1;
  const beats = new BeatTable(columns, FS);
  for (const order of ["nearest", "farthest"]) assert.equal(walkOf(beats, 1, order).at(-1), beats.id[first]);
  assert.equal(walkOf(beats, 1, "unsure").at(-1), beats.id[second]);
});

test("a walk's order holds while beats are edited, and beats that are gone are passed over", () => {
  const ids = Int32Array.from([5, 9, 2, 7]);
  const exists = (id) => id !== 9;
  assert.equal(stepWalk(ids, 0, 1, exists), 2);
  assert.equal(stepWalk(ids, 2, -1, exists), 0);
  assert.equal(stepWalk(ids, 3, 1, exists), -1);
  assert.equal(stepWalk(ids, 0, -1, exists), -1);
});

test("edited members are counted by family", () => {
  const columns = columnsOf(4000);
  const members = membersOf(new BeatTable(columns, FS), 2);
  columns.edited[members[0]] = 1;
  columns.edited[members[3]] = 4;
  assert.deepEqual([...editedByFamily(new BeatTable(columns, FS))], [[2, 2]]);
});

test("a member's distance is told against the usual member", () => {
  const columns = columnsOf(4000);
  const members = membersOf(new BeatTable(columns, FS), 1);
  members.forEach((i, k) => (columns.distance[i] = k === 0 ? 90 : 30));
  columns.distance[members[1]] = 255;
  const beats = new BeatTable(columns, FS);
  assert.equal(timesUsual(beats, members, members[0]), 3);
  assert.ok(Number.isNaN(timesUsual(beats, members, members[1])));
  assert.ok(Number.isNaN(timesUsual(beats, members, -1)));
});

test("families stand by size, the unreadable beats last", () => {
  const families = [[0, 10, false], [1, 90, true], [2, 30, false]].map(([index, n, unreadable]) => ({ index, n, unreadable }));
  assert.deepEqual(bySize(families).map(({ index }) => index), [2, 0, 1]);
});

test("all pictures of a lead share one range, which holds mean and spread", () => {
  const families = [
    { meanMv: [[0, 1]], spreadMv: [[0.1, 0.5]], unreadable: false },
    { meanMv: [[-2, 0]], spreadMv: null, unreadable: false },
    { meanMv: [[90, -90]], spreadMv: null, unreadable: true },
  ];
  assert.deepEqual(pictureRange(families, 0), [-2, 1.5]);
  assert.deepEqual(pictureRange(families, 5), [-1, 1]);
  assert.deepEqual(pictureRange([], 0), [-1, 1]);
});

test("keys move among cards in rows and stay inside", () => {
  assert.equal(cardAfterKey("ArrowRight", 0, 7, 4), 1);
  assert.equal(cardAfterKey("ArrowDown", 1, 7, 4), 5);
  assert.equal(cardAfterKey("ArrowDown", 5, 7, 4), 5);
  assert.equal(cardAfterKey("ArrowUp", 1, 7, 4), 1);
  assert.equal(cardAfterKey("End", 1, 7, 4), 6);
  assert.equal(cardAfterKey("v", 1, 7, 4), null);
});

test("a family is one sentence for screen readers", () => {
  const family = { index: 2, label: "V", n: 992, certainty: 0.97, before: 0.69, after: 1, unreadable: false };
  assert.equal(familyText(family, 3040, 14), "Family 3, V, 992 beats, 32.6 %, 97 % sure, early, 31 %, 14 edited");
  assert.match(familyText({ ...family, unreadable: true }, 3040, 0), /cannot be read$/);
});

test("the heading says how many families hold how many beats", () => {
  assert.equal(familiesText([{ n: 1000 }, { n: 24 }], "classified"), "2 families hold 1,024 beats");
  assert.equal(familiesText([], "beats"), "come with the beats");
  assert.equal(familiesText([], "found"), "come with the classes");
  assert.equal(familiesText([], "classified"), "none");
  assert.match(emptyText({ stage: "found", beats: { n: 9 } }), /classify them first/, "not that there were no beats");
  assert.match(emptyText({ stage: "classified", beats: { n: 0 } }), /no beats/);
});

test("a family's measurements have their uncertainty, or a dash and the reason", () => {
  const overall = {
    qrs_ms: { value: 152.4, sd: 5.6, n: 31 },
    pr_ms: { value: null, sd: null, n: 31, reason: "no P wave" },
    qt_ms: { value: 400, sd: 0.2, n: 31 },
    qrs_axis_deg: { value: -41.2, sd: null, n: 31 },
  };
  assert.deepEqual(
    familyMeasures(overall).map(({ name, text, reason }) => [name, text, reason]),
    [
      ["QRS", "152 ± 6 ms", ""],
      ["PR", "–", "no P wave"],
      ["QT", "400 ± 1 ms", ""],
      ["QTc Fridericia", "–", "not measured"],
      ["QRS axis", "−41 °", ""],
    ],
  );
});

test("until the waves are there it is said that measurements wait, or why they failed", () => {
  assert.equal(familyWaitingText("ready", null), "");
  assert.match(familyWaitingText("running", null), /once the waves are delineated/);
  assert.equal(familyWaitingText("failed", "The signal cannot be read."), "The signal cannot be read.");
});
