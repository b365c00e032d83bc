// Run with: node --test tests/desk/median.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { paperColours } from "../../assets/desk/src/colours.ts";
import { intervalsLine, stText } from "../../assets/desk/src/median_beat.ts";
import { axesOf, LETTERS_PX, paintMedian, sizeOf } from "../../assets/desk/src/median_draw.ts";
import { curvesOf, gridOf, heightOf, overlaidMm, stPlaces, windowOf } from "../../assets/desk/src/median_plan.ts";

const FS = 500;
const N = 600;
const LIMB = ["I", "II", "III", "aVR", "aVL", "aVF"];
// P 170 to 220, QRS 250 to 297, T 350 to 443: in samples of 2 ms.
const COMMON = [170, 195, 220, 250, 270, 297, 350, 400, 443];

function medianOf(names = ["II"], common = COMMON) {
  const curve = (lead) => Array.from({ length: N }, (_, k) => (k === 270 ? 1 + lead / 10 : k === 290 ? -0.3 : k > 350 && k < 443 ? 0.2 : 0));
  return { fs_hz: FS, lead_names: names, signal_mv: names.map((_, lead) => curve(lead)), boundaries: names.map(() => common), common };
}

test("the window holds all waves with a margin, and not the beats around", () => {
  const [first, stop] = windowOf(medianOf());
  assert.ok(first <= 170 - 0.09 * FS && first > 0 && stop >= 443 + 0.09 * FS && stop < N);
  const noP = windowOf(medianOf(["II"], [null, null, null, ...COMMON.slice(3)]));
  assert.ok(noP[0] <= 250 - 0.19 * FS, "room before QRS without a P wave, to see that there is none");
  assert.deepEqual(windowOf(medianOf(["II"], new Array(9).fill(null))), [0, N], "all of it where no wave is known");
});

test("J, J + 60 and J + 80 ms lie behind the QRS end of all leads together", () => {
  assert.deepEqual(stPlaces(medianOf()).map(({ afterMs, place }) => [afterMs, place]), [[0, 297], [60, 327], [80, 337]]);
  assert.deepEqual(stPlaces(medianOf(["II"], new Array(9).fill(null))), []);
});

test("leads come in the order they are read in, aVR turned over in Cabrera's, uncalibrated ones by their factor", () => {
  const median = medianOf([...LIMB].reverse());
  assert.deepEqual(curvesOf(median, "standard", []).map(({ label }) => label), LIMB);
  const cabrera = curvesOf(median, "cabrera", []);
  assert.deepEqual(cabrera.map(({ label }) => label), ["aVL", "I", "−aVR", "II", "aVF", "III"]);
  assert.ok(cabrera[2].mv[270] < -0.9 && cabrera[1].mv[270] > 0.9);
  const [scaled] = curvesOf(medianOf(), "standard", [0.5]);
  assert.equal(scaled.mv[270], 0.5);
});

test("time and voltage have the proportions of 25 mm/s and 10 mm/mV, whatever the size", () => {
  for (const mm of [5.3, 8, 14]) {
    const scene = { window: [100, 500], fsHz: FS, height: { up: 15, down: 5 }, mm };
    const { xOf, yOf } = axesOf(scene);
    assert.ok(Math.abs(xOf(100 + FS) - xOf(100) - 25 * mm) < 1e-9);
    assert.ok(Math.abs(yOf(0) - yOf(1) - 10 * mm) < 1e-9);
    assert.deepEqual(sizeOf(scene), [Math.round(0.8 * 25 * mm), Math.round(20 * mm) + LETTERS_PX]);
  }
});

test("the paper holds the highest and the deepest wave of its leads", () => {
  const curves = curvesOf(medianOf(["II", "V5"]), "standard", []);
  const { up, down } = heightOf(curves, [0, N]);
  assert.ok(up >= 11 && down >= 3 && up % 5 === 0 && down % 5 === 0);
  assert.ok(heightOf(curves, [300, N]).up < up, "only what is shown counts");
  assert.ok(heightOf([{ mv: new Array(N).fill(null) }], [0, N]).up >= 5);
});

test("as many leads share a line as can be read: six on a wide screen, two on a phone", () => {
  assert.deepEqual(gridOf(12, 1000, 0.8), { columns: 6, mm: 7.9 });
  assert.equal(gridOf(12, 324, 0.8).columns, 2);
  assert.equal(gridOf(1, 1000, 0.8).columns, 1);
  for (const width of [324, 830, 1000, 1500]) {
    const { columns, mm } = gridOf(12, width, 0.8);
    assert.ok(columns * 20 * mm + (columns - 1) * 10 <= width, `${width} px`);
    assert.ok(overlaidMm(width, 0.8) * 20 <= width);
  }
});

/** What is painted of a scene, written down. */
function painted(more = {}) {
  const drawn = { lines: [], texts: [], arcs: [] };
  let path = [];
  const context = {
    beginPath: () => (path = []),
    moveTo: (x, y) => path.push([x, y]),
    lineTo: (x, y) => path.push([x, y]),
    stroke: () => drawn.lines.push(path),
    arc: (x, y) => drawn.arcs.push([x, y]),
    fillText: (text, x) => drawn.texts.push([text, x]),
  };
  for (const name of ["fillRect", "strokeText", "setLineDash", "fill"]) context[name] = () => {};
  const median = medianOf();
  const scene = {
    curves: curvesOf(median, "standard", []), boundaries: COMMON, st: stPlaces(median), window: windowOf(median), fsHz: FS, height: { up: 15, down: 5 }, mm: 8, dpr: 1,
    colours: paperColours("#ffffff"), font: "sans", accent: "#123456", strong: null, named: false, ...more,
  };
  paintMedian(context, scene);
  return { drawn, ...axesOf(scene) };
}

test("each wave that is there has its two lines and its letter, an absent one has none", () => {
  const all = painted();
  assert.deepEqual(all.drawn.texts.map(([text]) => text), ["P", "QRS", "T"]);
  const xs = all.drawn.lines.flat().map(([x]) => x);
  for (const place of [170, 220, 250, 297, 350, 443]) assert.ok(xs.some((x) => Math.abs(x - all.xOf(place)) <= 1), `boundary ${place}`);
  const absent = painted({ boundaries: [null, null, null, ...COMMON.slice(3)] });
  assert.deepEqual(absent.drawn.texts.map(([text]) => text), ["QRS", "T"]);
});

test("J is a dot on the curve at the QRS end; with names J, +60 and +80 stand below", () => {
  const { drawn, xOf, yOf } = painted();
  assert.deepEqual(drawn.arcs, [[xOf(297), yOf(0)]]);
  const named = painted({ named: true }).drawn.texts.slice(3).map(([text]) => text);
  assert.deepEqual(named, ["J", "+60", "+80"]);
  assert.equal(painted({ st: [] }).drawn.arcs.length, 0);
});

test("the levels of the ST segment have the sign of the curve, and a reason where there are none", () => {
  const value = (number) => ({ value: number, sd: 0.01, n: 9 });
  const leads = { aVR: { j_mv: value(-0.11), st60_mv: value(0.02), st80_mv: value(0) } };
  assert.equal(stText({ leads }, { name: "aVR", inverted: false }), "ST −0.11 / 0.02 / 0.00");
  assert.equal(stText({ leads }, { name: "aVR", inverted: true }), "ST 0.11 / −0.02 / 0.00");
  const none = { value: null, sd: null, n: 0, reason: "lead V1 cannot be read" };
  assert.equal(stText({ leads: { V1: { j_mv: none, st60_mv: none, st80_mv: none } } }, { name: "V1", inverted: false }), "lead V1 cannot be read");
  assert.equal(intervalsLine({ overall: { p_ms: value(102), pr_ms: none, qrs_ms: value(94), qt_ms: value(386) } }), "P 102 · PR – · QRS 94 · QT 386 ms");
});
