// Run with: node --test tests/desk/demonstration.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { caliperWords, demonstrationLayout, piecesOf, placeOf } from "../../assets/desk/src/demonstration_layout.ts";
import { beatWords } from "../../assets/desk/src/demonstration_letters.ts";
import { leadsOf, rangeOf, weightsOf } from "../../assets/desk/src/demonstration_signal.ts";

const TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const REQUEST = { width: 1000, height: null, view: "12 leads", leads: TWELVE, lead: "II", rangeMv: [-0.5, 1.2], large: false };

for (const [width, large, seconds] of [
  [1900, true, 10],
  [1000, false, 10],
  [620, false, 10],
  [390, true, 5],
]) {
  test(`twelve leads fill ${width} px with ${seconds} s, in time with the rhythm strip below`, () => {
    const layout = demonstrationLayout({ ...REQUEST, width, large });
    assert.equal(layout.pageS, seconds);
    assert.ok(Math.abs(layout.width - width) < 1e-6);
    assert.equal(layout.panels.length, 13);
    assert.deepEqual(new Set(layout.panels.slice(0, 12).map(({ name }) => name)), new Set(TWELVE));
    for (const { left, fromS, width: wide, lengthS } of layout.panels) {
      assert.ok(Math.abs(left - fromS * 25 * layout.mm) < 1e-6, "one time lies at one place in all rows");
      assert.ok(Math.abs(wide / lengthS - 25 * layout.mm) < 1e-6);
    }
  });
}

test("on a screen of given height everything fits, and a millimetre is the same in both directions", () => {
  for (const view of ["12 leads", "rhythm"]) {
    for (const [width, height] of [
      [1900, 800],
      [1900, 400],
      [390, 600],
    ]) {
      const layout = demonstrationLayout({ ...REQUEST, view, width, height, large: true });
      assert.ok(layout.height <= height + 1e-6, `${layout.height} of ${height}`);
      assert.ok(layout.width <= width + 1e-6);
      assert.ok(Math.abs(layout.rhythm.width / layout.pageS / 25 - layout.mm) < 1e-6);
      assert.ok(layout.rhythm.base - 12 * layout.mm >= layout.rhythm.top - 1e-6, "the largest R wave stays below the letters");
    }
  }
});

test("a recording without twelve leads is a strip whatever is asked for", () => {
  const layout = demonstrationLayout({ ...REQUEST, leads: ["MLII", "V1"], lead: "V1" });
  assert.deepEqual(layout.panels, [layout.rhythm]);
  assert.equal(layout.rhythm.lead, 1);
  assert.equal(demonstrationLayout({ ...REQUEST, leads: ["MLII", "V1"], lead: "aVF" }).rhythm.lead, 0);
});

test("a still page shows its seconds, a sweep the new ones and, behind a gap, what is left of those before", () => {
  const { rhythm } = demonstrationLayout({ ...REQUEST, view: "rhythm" });
  const still = piecesOf(rhythm, 3, null);
  assert.deepEqual(still, [{ fromS: 3, toS: 13, atS: 0 }]);
  assert.equal(placeOf(rhythm, still, 8), 500);
  assert.equal(placeOf(rhythm, still, 13), null);
  const first = piecesOf(rhythm, 0, 4);
  assert.deepEqual(first, [{ fromS: 0, toS: 4, atS: 0 }]);
  const second = piecesOf(rhythm, 0, 14);
  assert.equal(placeOf(rhythm, second, 12), 200);
  assert.equal(placeOf(rhythm, second, 9), 900);
  assert.equal(placeOf(rhythm, second, 4.1), null, "the gap before the pen");
  assert.equal(placeOf(rhythm, second, 14.5), null, "not drawn yet");
});

test("a caliper says ms and bpm", () => {
  assert.equal(caliperWords(-0.8), "800 ms · 75 bpm");
  assert.equal(caliperWords(0), "0 ms");
});

test("signals come as microvolts and maps as bytes, lead after lead", () => {
  const samples = Buffer.alloc(8);
  [1000, -500, -32768, 250].forEach((value, at) => samples.writeInt16LE(value, 2 * at));
  const [one, two] = leadsOf({ signal: samples.toString("base64"), n_samples: 2, leads: ["I", "II"] });
  assert.deepEqual([...one], [1, -0.5]);
  assert.ok(Number.isNaN(two[0]) && two[1] === 0.25);
  assert.deepEqual(rangeOf(two), [0.25, 0.25]);
  const maps = weightsOf({ start_s: 0, stop_s: 1, points: 2, weights: Buffer.from([0, 255, 51, 0]).toString("base64") }, 2);
  assert.deepEqual(maps.map((map) => [...map].map((weight) => Math.round(100 * weight))), [[0, 100], [20, 0]]);
});

test("a beat is told by what is shown of it", () => {
  const beat = { at_s: 3.44, true: "V", said: "N", probability: 0.913, agrees: false };
  assert.equal(beatWords(beat, ["truth", "program"], true), "3.4 s, program N 91 %, truth V");
  assert.equal(beatWords(beat, ["truth", "program"], false), "3.4 s, truth V");
  assert.equal(beatWords({ ...beat, said: "", probability: null }, ["program"], true), "3.4 s, program no beat");
});
