// Run with: node --test tests/desk/scatter.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { intervalsOf, LETTERS, NO_CLASS } from "../../assets/desk/src/plot_intervals.ts";
import { dotMask, addDot, shade } from "../../assets/desk/src/plot_raster.ts";
import { fibrillationText, figureRows } from "../../assets/desk/src/scatter.ts";
import { barAt, barEdges, msOfX, msOfY, plotPlan, tallest, xOfMs, yOfMs } from "../../assets/desk/src/scatter_draw.ts";
import {
  barMs,
  beatsInBars,
  beatsInPolygon,
  classesOf,
  deviation,
  histogramOf,
  intervalAxis,
  pairsOf,
  polygonTest,
  rectangle,
  variability,
  walk,
} from "../../assets/desk/src/scatter_stats.ts";

const FS = 1000;
const inPolygon = (x, y, polygon) => polygonTest(polygon)(x, y);
const ALL = new Uint8Array(6).fill(1);

/** Beats with the given intervals in ms after the first. */
function beatsWith(rrMs, letters = "N".repeat(rrMs.length + 1), fromMs = 500) {
  let at = fromMs;
  const sample = [at, ...rrMs.map((ms) => (at += ms))];
  return {
    n: sample.length,
    fs: FS,
    sample: Int32Array.from(sample),
    label: Uint8Array.from(letters, (letter) => (letter === "-" ? 255 : LETTERS.indexOf(letter))),
  };
}
const intervalsWith = (rrMs, letters, unreadable = []) => intervalsOf(beatsWith(rrMs, letters), unreadable);

test("a dot stands for the beat between two readable intervals", () => {
  const pairs = pairsOf(intervalsWith([800, 500, 1100, 800], "NNVNN"));
  assert.deepEqual([...pairs.index], [1, 2, 3]);
  assert.deepEqual([...pairs.x], [800, 500, 1100]);
  assert.deepEqual([...pairs.y], [500, 1100, 800]);
  assert.equal(LETTERS[pairs.label[1]], "V");
  // beats at 0.5 1.3 1.8 2.9 3.7 s: what touches second 3 is left out
  assert.deepEqual([...pairsOf(intervalsWith([800, 500, 1100, 800], "NNVNN", [[3, 4]])).index], [1, 2]);
});

test("SDNN, RMSSD and pNN50 of a known series", () => {
  const rr = [800, 810, 790, 860, 800];
  const figures = variability(intervalsWith(rr));
  assert.equal(figures.nIntervals, 5);
  assert.equal(figures.nPairs, 4);
  assert.equal(figures.meanMs, 812);
  assert.ok(Math.abs(figures.sdnnMs - deviation(rr)) < 1e-9);
  assert.ok(Math.abs(figures.rmssdMs - Math.sqrt((100 + 400 + 4900 + 3600) / 4)) < 1e-9);
  assert.equal(figures.pnn50, 50);
});

test("SD1 and SD2 keep what Brennan proved of them", () => {
  let state = 1;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const rr = Array.from({ length: 4000 }, (_, k) => Math.round(850 + 120 * Math.sin(k / 40) + 80 * (random() - 0.5)));
  const { sd1Ms, sd2Ms, sdnnMs, rmssdMs } = variability(intervalsWith(rr));
  assert.ok(Math.abs(sd1Ms - rmssdMs / Math.SQRT2) < 0.02);
  assert.ok(Math.abs(sd1Ms ** 2 + sd2Ms ** 2 - 2 * sdnnMs ** 2) / (2 * sdnnMs ** 2) < 0.002);
});

test("intervals to or from another class, and unreadable ones, do not count", () => {
  const clean = [800, 820, 800, 780, 800, 810];
  const only = variability(intervalsWith(clean));
  const mixed = variability(intervalsWith([...clean, 400, 1200], "NNNNNNNVN"));
  assert.equal(mixed.nIntervals, 6);
  assert.equal(mixed.sdnnMs, only.sdnnMs);
  assert.equal(mixed.rmssdMs, only.rmssdMs);
  const broken = variability(intervalsWith([...clean, 3000], undefined, [[6, 7]]));
  assert.equal(broken.nIntervals, 6);
  assert.equal(broken.sdnnMs, only.sdnnMs);
});

test("a difference is never taken across a gap", () => {
  const figures = variability(intervalsWith([800, 800, 500, 1100, 900, 900], "NNNVNNN"));
  assert.equal(figures.nPairs, 2); // 800-800 and 900-900, not 800-900
  assert.equal(figures.rmssdMs, 0);
});

test("without classes or with too few beats there are no figures", () => {
  for (const intervals of [intervalsWith([800, 800], "---"), intervalsWith([]), intervalsOf(beatsWith([], ""), [])]) {
    const figures = variability(intervals);
    assert.equal(figures.nIntervals, 0);
    assert.ok([figures.sdnnMs, figures.rmssdMs, figures.sd1Ms, figures.pnn50].every(Number.isNaN));
  }
  const rows = figureRows(variability(intervalsWith([800, 800])), false);
  assert.ok(rows.every(([, value]) => value === "–"));
  assert.equal(figureRows(variability(intervalsWith([800, 900])), true)[1][1], "850 ms");
});

test("fibrillation among the figures is told", () => {
  const af = { kind: "AFIB", startS: 0, stopS: 3600, dismissed: false };
  assert.match(fibrillationText([af, { ...af, dismissed: true }]), /^1 h 00 min of atrial fibrillation/);
  assert.equal(fibrillationText([{ ...af, kind: "SBR" }]), "");
});

test("the axis holds nearly all intervals and those of ectopic beats", () => {
  const rr = [...new Array(2000).fill(800), ...new Array(5).fill(350)];
  const axis = intervalAxis(intervalsWith(rr, `${"N".repeat(2001)}${"V".repeat(5)}`));
  assert.ok(axis.low <= 350 && axis.high >= 800 && axis.low % 100 === 0 && axis.high % 100 === 0);
  assert.deepEqual(intervalAxis(intervalsWith([])), { low: 300, high: 1500 });
  const compensated = intervalAxis(intervalsWith([...new Array(3000).fill(800), 400, 1700, 800], `${"N".repeat(3001)}VNN`));
  assert.ok(compensated.low <= 400 && compensated.high >= 1700);
  const pause = intervalAxis(intervalsWith([...new Array(5000).fill(800), 60000]));
  assert.ok(pause.high < 2000);
});

test("the histogram counts every readable interval once, by the class that ends it", () => {
  const rr = [100, 700, 810, 815, 9000, 800];
  const intervals = intervalsWith(rr, "NNNVVN-");
  const histogram = histogramOf(intervals, { low: 600, high: 1000 }, 25);
  const total = histogram.counts.reduce((sum, counts) => sum + counts.reduce((a, b) => a + b, 0), 0);
  assert.equal(total, rr.length);
  assert.equal(histogram.counts[2].reduce((a, b) => a + b, 0), 2);
  assert.equal(histogram.counts[NO_CLASS].reduce((a, b) => a + b, 0), 1);
  assert.equal(histogram.counts[0][0], 1); // shorter than the axis: first bar
  assert.equal(histogram.counts[0].at(-1), 1); // longer: last bar
  assert.equal(tallest(histogram, ALL), 3);
  assert.equal(tallest(histogram, [1, 1, 0, 1, 1, 1]), 1);
});

test("bars choose exactly the beats that they count", () => {
  const rr = Array.from({ length: 500 }, (_, k) => 600 + ((k * 37) % 400));
  const intervals = intervalsWith(rr);
  const histogram = histogramOf(intervals, { low: 600, high: 1000 }, 20);
  for (const [first, last] of [[0, 0], [3, 7], [0, histogram.bars - 1]]) {
    const counted = histogram.counts[0].subarray(first, last + 1).reduce((a, b) => a + b, 0);
    assert.equal(beatsInBars(intervals, histogram, first, last, ALL).length, counted);
  }
  assert.deepEqual(beatsInBars(intervals, histogram, 0, 19, [0, 1, 1, 1, 1, 1]), []);
});

test("bars are so wide that they can be hit", () => {
  for (const widthPx of [150, 360, 900]) {
    const step = barMs({ low: 300, high: 1500 }, widthPx);
    assert.ok((step / 1200) * widthPx >= 4.5);
  }
});

test("points in a polygon by the even-odd rule, whichever way it goes round", () => {
  const square = rectangle([0, 0], [10, 10]);
  for (const polygon of [square, [...square].reverse()]) {
    assert.equal(inPolygon(5, 5, polygon), true);
    assert.equal(inPolygon(15, 5, polygon), false);
    assert.equal(inPolygon(5, -1, polygon), false);
  }
  const hollow = [[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]]; // a notch from above
  assert.equal(inPolygon(5, 5, hollow), false);
  assert.equal(inPolygon(1, 5, hollow), true);
  assert.equal(inPolygon(5, 1, hollow), true);
});

test("a many-cornered lasso agrees with the circle it draws", () => {
  const circle = Array.from({ length: 180 }, (_, k) => [800 + 100 * Math.cos(k / 28.65), 800 + 100 * Math.sin(k / 28.65)]);
  for (let k = 0; k < 500; k += 1) {
    const [x, y] = [650 + ((k * 83) % 300), 650 + ((k * 59) % 300)];
    const away = Math.hypot(x - 800, y - 800);
    if (Math.abs(away - 100) > 1) assert.equal(inPolygon(x, y, circle), away < 100);
  }
});

test("a lasso chooses the beats in the middle, of shown classes, and dots drawn on the edge", () => {
  const pairs = pairsOf(intervalsWith([800, 500, 1100, 800, 5000, 800], "NNVNNNN"));
  const axis = { low: 300, high: 1500 };
  assert.deepEqual(beatsInPolygon(pairs, axis, rectangle([450, 1000], [550, 1200]), ALL), [2]);
  assert.deepEqual(beatsInPolygon(pairs, axis, rectangle([450, 1000], [550, 1200]), [1, 1, 0, 1, 1, 1]), []);
  assert.deepEqual(beatsInPolygon(pairs, axis, rectangle([700, 1400], [900, 1500]), ALL), [4]);
  assert.deepEqual(beatsInPolygon(pairs, axis, rectangle([300, 300], [1500, 1500]), ALL), [...pairs.index]);
});

test("classes among chosen beats", () => {
  const { label } = intervalsWith([1, 1, 1], "NVV-");
  assert.deepEqual([...classesOf([0, 1, 2, 3], label)], [1, 0, 2, 0, 0, 1]);
});

test("walking goes from the beat on the sheet to the next chosen one, and ends", () => {
  const places = Int32Array.from([10, 20, 30]);
  assert.equal(walk(places, null, 1), 0);
  assert.equal(walk(places, null, -1), 2);
  assert.equal(walk(places, 10, 1), 1);
  assert.equal(walk(places, 15, 1), 1);
  assert.equal(walk(places, 15, -1), 0);
  assert.equal(walk(places, 20, -1), 0);
  assert.equal(walk(places, 30, 1), -1);
  assert.equal(walk(places, 10, -1), -1);
  assert.equal(walk(new Int32Array(0), null, 1), -1);
});

test("places on the plots and intervals are each other's inverse", () => {
  const plan = plotPlan(388, 376, true);
  const axis = { low: 300, high: 1500 };
  assert.equal(plan.plotWidth, plan.plotHeight);
  for (const ms of [300, 777, 1500]) {
    assert.ok(Math.abs(msOfX(plan, axis, xOfMs(plan, axis, ms)) - ms) < 1e-6);
    assert.ok(Math.abs(msOfY(plan, axis, yOfMs(plan, axis, ms)) - ms) < 1e-6);
  }
  assert.equal(msOfX(plan, axis, -50), 300);
  const histogram = { axis, step: 25, bars: 48 };
  for (const bar of [0, 13, 47]) {
    const [x0, x1] = barEdges(plan, histogram, bar);
    assert.equal(barAt(plan, histogram, (x0 + x1) / 2), bar);
  }
});

test("many dots are shaded deeper than one, and one is clear to see", () => {
  const plane = new Float32Array(9);
  addDot(plane, 3, 3, dotMask(0.5), 0, 0);
  for (let k = 0; k < 400; k += 1) addDot(plane, 3, 3, dotMask(0.5), 2, 2);
  const pixels = new Uint8ClampedArray(36);
  shade(pixels, plane, [100, 150, 200], [0, 0, 0], 0.4);
  const [one, none, many] = [pixels.slice(0, 4), pixels.slice(16, 20), pixels.slice(32, 36)];
  assert.ok(one[3] > 90);
  assert.equal(none[3], 0);
  assert.ok(many[3] > one[3] && many[2] < one[2]);
});
