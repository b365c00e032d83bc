// Run with: node --test tests/desk/boundaries.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { boundaryText, intervalsText } from "../../assets/desk/src/boundary_control.ts";
import { BOUNDARIES } from "../../assets/desk/src/payloads.ts";
import { boundaryNear, onBoundaryLines } from "../../assets/desk/src/sheet_waves.ts";

const LEAD = [100, 110, 120, 150, 160, 170, null, null, null];
const beat = { id: 1, sample: 160, assessed: [true, false], boundaries: [LEAD, LEAD], common: LEAD, confidence: [], set: [], intervals: {} };
const xOf = (sample) => 2 * sample + 30;

test("an onset or end is found within five pixels, the nearest one, and a peak is not", () => {
  for (const at of [0, 2, 3, 5]) {
    for (const off of [-5, 0, 5]) assert.equal(boundaryNear(beat, 0, xOf(LEAD[at]) + off, xOf), at);
    for (const off of [-5.5, 5.5]) assert.equal(boundaryNear(beat, 0, xOf(LEAD[at]) + off, xOf), -1);
  }
  assert.equal(boundaryNear(beat, 0, xOf(160), xOf), -1);
  assert.equal(boundaryNear(beat, 0, 0.06 * 121 + 30, (sample) => 0.06 * sample + 30), 2);
});

test("nothing is found in a lead that cannot be read, nor of a wave that is not drawn", () => {
  assert.equal(boundaryNear(beat, 1, xOf(100), xOf), -1);
  const cut = { ...beat, boundaries: [[100, 110, null, ...LEAD.slice(3)], LEAD] };
  assert.equal(boundaryNear(cut, 0, xOf(100), xOf), -1);
});

test("only the lines of a lane are taken hold of", () => {
  assert.ok(onBoundaryLines(105, 100, 4));
  assert.ok(!onBoundaryLines(130, 100, 4));
});

test("boundaries and intervals are written out", () => {
  assert.deepEqual(BOUNDARIES.map(boundaryText).slice(3, 7), ["QRS onset", "QRS peak", "QRS end", "T onset"]);
  assert.match(intervalsText({ intervals: { pr_ms: 160.4, qrs_ms: 96, qt_ms: null } }), /^PR 160 · QRS 96 · QT .+$/);
});
