import assert from "node:assert/strict";
import { test } from "node:test";

import { ADDED, BeatTable, MOVED, RELABELLED } from "../../assets/desk/src/beat_table.ts";
import { drawn } from "../../assets/desk/src/pending.ts";
import { table } from "./tables.mjs";

const letters = (beats) => Array.from({ length: beats.n }, (_, i) => beats.letter(i)).join("");

test("a table tells times, intervals, letters and how sure the model is", () => {
  const beats = table([100, 200, 350], "NVS", { fs: 100, p: [0.9, 0.5, 0.8] });
  assert.equal(beats.timeS(2), 3.5);
  assert.equal(beats.rrMs(0), null);
  assert.equal(beats.rrMs(2), 1500);
  assert.equal(letters(beats), "NVS");
  assert.ok(Math.abs(beats.pBest(0) - 0.9) < 0.005);
  assert.deepEqual([0, 1, 2].map((i) => beats.uncertain(i)), [false, true, false]);
});

test("beats are found by sample, by id, and by the first at or after a sample", () => {
  const beats = table([100, 200, 350], "NNN");
  assert.equal(beats.indexOfSample(200), 1);
  assert.equal(beats.indexOfSample(201), -1);
  assert.equal(beats.firstAtOrAfter(201), 2);
  assert.equal(beats.firstAtOrAfter(999), 3);
  assert.equal(beats.indexOfId(350), 2);
});

test("a beat keeps its id when it is moved, even onto the place of another's id", () => {
  let beats = table([100, 200, 350], "NVS");
  beats = beats.moved(beats.indexOfId(200), 210);
  assert.equal(beats.sample[beats.indexOfId(200)], 210);
  assert.equal(beats.edited[1], MOVED);
  beats = beats.moved(beats.indexOfId(100), 200);
  assert.equal(beats.sample[beats.indexOfId(100)], 200);
  assert.equal(beats.sample[beats.indexOfId(200)], 210);
  assert.equal(beats.moved(0, 210), beats, "a place that is taken stays as it is");
});

test("an added beat stands in order of time, without probabilities", () => {
  const beats = table([100, 200, 350], "NNN").withBeat(-7, 250, "V");
  assert.deepEqual([...beats.sample], [100, 200, 250, 350]);
  assert.equal(beats.indexOfId(-7), 2);
  assert.equal(beats.edited[2], ADDED);
  assert.equal(beats.probabilities(2), null);
  assert.equal(beats.uncertain(2), false);
});

test("a patch removes, changes and adds; a full one replaces", () => {
  const before = table([100, 200, 350], "NNN");
  const changed = table([200, 400], "VS");
  const after = before.patched({ meta: { full: false }, arrays: { ...changed, removed: Int32Array.of(350) } });
  assert.deepEqual([...after.sample], [100, 200, 400]);
  assert.equal(letters(after), "NVS");
  const full = before.patched({ meta: { full: true }, arrays: { ...changed, removed: new Int32Array(0) } });
  assert.deepEqual([...full.sample], [200, 400]);
});

test("an empty patch changes nothing", () => {
  const before = table([100, 200], "NN");
  const nothing = { ...BeatTable.empty(100), removed: new Int32Array(0) };
  assert.equal(before.patched({ meta: { full: false }, arrays: nothing }), before);
});

test("edits on their way are drawn: span, family, delete; unknown beats are left alone", () => {
  const beats = table([100, 200, 350, 500], "NNNN", { family: [0, 1, 1, 0] });
  assert.equal(letters(drawn(beats, { action: "relabel_span", start_sample: 150, stop_sample: 350, label: "V" })), "NVNN");
  assert.equal(letters(drawn(beats, { action: "relabel_family", family: 1, label: "S" })), "NSSN");
  assert.equal(drawn(beats, { action: "relabel", beats: [100], label: "F" }).edited[0], RELABELLED);
  assert.deepEqual([...drawn(beats, { action: "delete", beats: [[200, 200], [201, 201]] }).sample], [100, 350, 500]);
  assert.equal(letters(drawn(beats, { action: "relabel", beats: [12345], label: "V" })), "NNNN");
});
