// Run with: node --test tests/desk/measure.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { barWidthPx, CARD_MM, devicePxPerMm } from "../../assets/desk/src/calibration.ts";
import { boxOf, cornerMoved, cornerStep, isCalibrated, marchTimes, measurementText, snapped } from "../../assets/desk/src/measure.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { planSheet } from "../../assets/desk/src/sheet_plan.ts";
import { beatsAt } from "./sheet_beats.mjs";

const FS = 360;
const MEASURED = { lane: 1, fromS: 101, toS: 101.5, fromMv: 1, toMv: -0.5 };

function plan(prefs = {}) {
  const leads = ["II", "V1", "V5"].map((name) => ({ name, rangeMv: [-0.9, 1.4] }));
  const all = { ...new Prefs().values, layout: "stacked", ...prefs };
  return planSheet({ facts: { durationS: 3600, leads }, prefs: all, width: 1000, dpr: 1, hasReference: false });
}

test("an interval from beat to beat keeps to the nearest ones within reach", () => {
  const beats = beatsAt([360, 720, 730], FS);
  assert.deepEqual(snapped(1.02, 1.98, beats, 0.05), [1, 2]);
  assert.deepEqual(snapped(2.02, 0.97, beats, 0.1), [730 / 360, 1], "the nearer one of two, and from right to left");
  assert.deepEqual(snapped(0.5, 0.6, beatsAt([], FS), 1), [0.5, 0.6]);
});

test("an interval with one end at a beat, or both at the same, is left as it was drawn", () => {
  const beats = beatsAt([360, 720], FS);
  assert.deepEqual(snapped(0.79, 0.957, beats, 0.08), [0.79, 0.957], "PR: from P to the onset of QRS");
  assert.deepEqual(snapped(0.957, 1.045, beats, 0.08), [0.957, 1.045], "QRS: around the R peak");
  assert.deepEqual(snapped(0.957, 1.4, beats, 0.08), [0.957, 1.4], "QT");
});

test("marching repeats the interval on both sides, as far as the row goes", () => {
  assert.deepEqual(marchTimes({ fromS: 5, toS: 7 }, 0, 10), [1, 3, 5, 7, 9]);
  assert.deepEqual(marchTimes({ fromS: 7, toS: 5 }, 0, 10), [1, 3, 5, 7, 9], "drawn from right to left too");
  assert.deepEqual(marchTimes({ fromS: 1, toS: 3 }, 8, 12), [9, 11], "also where the box has left the row");
  assert.deepEqual(marchTimes({ fromS: 5, toS: 5.01 }, 0, 10), [], "an interval of nothing has no march");
});

test("arrow keys move a corner by 10 ms and 0.05 mV, with Alt by one sample and 0.01 mV", () => {
  const press = (key, altKey = false) => cornerStep({ key, altKey }, FS);
  assert.deepEqual(press("ArrowRight"), { dS: 0.01, dMv: 0 });
  assert.deepEqual(press("ArrowLeft", true), { dS: -1 / FS, dMv: 0 });
  assert.deepEqual(press("ArrowUp"), { dS: 0, dMv: 0.05 });
  assert.deepEqual(press("ArrowDown", true), { dS: 0, dMv: -0.01 });
  assert.equal(press("N"), null);
  const after = cornerMoved(MEASURED, "to", press("ArrowRight"), 3600);
  assert.ok(Math.abs(after.toS - 101.51) < 1e-9 && after.fromS === 101);
  assert.equal(cornerMoved({ ...MEASURED, fromS: 0.004 }, "from", press("ArrowLeft"), 3600).fromS, 0);
});

test("it measures time, rate and amplitude, whichever corner comes first", () => {
  assert.equal(measurementText(MEASURED), "500 ms · 120 bpm · 1.50 mV");
  assert.equal(measurementText({ ...MEASURED, fromS: 101.5, toS: 101, fromMv: -0.5, toMv: 1 }), "500 ms · 120 bpm · 1.50 mV");
  assert.equal(measurementText({ ...MEASURED, fromMv: 0, toMv: 1.24 }), "500 ms · 120 bpm · 1.24 mV", "the finest step of a corner shows");
  assert.equal(measurementText({ fromS: 0, toS: 1.356, fromMv: 0, toMv: 0.25 }), "1,356 ms · 44 bpm · 0.25 mV");
  assert.equal(measurementText({ ...MEASURED, toS: MEASURED.fromS, fromMv: 1, toMv: 0 }), "0 ms · 1.00 mV", "no rate without an interval");
});

test("the box lies over what it measures, on its lead, at every scale", () => {
  for (const prefs of [{}, { speed: 50 }, { gain: 20 }, { speed: 12.5, gain: 5 }]) {
    const made = plan(prefs);
    const box = boxOf(MEASURED, 100, made);
    assert.ok(Math.abs(box.width - 0.5 * made.pxPerS) < 1e-6);
    assert.ok(Math.abs(box.height - 1.5 * made.pxPerMv) < 1e-6);
    assert.ok(Math.abs(box.left - (made.gutter + made.pxPerS)) < 1e-6);
    assert.ok(Math.abs(box.top - (made.lanes[1].base - made.pxPerMv)) < 1e-6);
  }
});

test("it goes along with the view, onto another row, and out of sight", () => {
  const made = plan({ rows: 3 });
  const here = boxOf(MEASURED, 95, made);
  assert.ok(Math.abs(here.left - boxOf(MEASURED, 95.5, made).left - 0.5 * made.pxPerS) < 1e-6);
  assert.equal(boxOf(MEASURED, 88, made).row.index, 1);
  assert.equal(boxOf(MEASURED, 200, made), null);
  const cut = boxOf(MEASURED, 101.2, made);
  assert.equal(cut.left, made.gutter, "what is left of the view is not drawn over the names");
});

test("a lead that is no longer shown does not lose the box", () => {
  assert.ok(boxOf({ ...MEASURED, lane: 2 }, 100, plan({ leads: [0] })));
});

test("a millimetre follows from the card's width on screen, whatever the browser's zoom", () => {
  const perMm = devicePxPerMm(342.4, CARD_MM, 1);
  assert.equal(perMm, 4);
  assert.ok(Math.abs(barWidthPx(perMm, CARD_MM, 2) - 171.2) < 1e-9);
  assert.equal(devicePxPerMm(barWidthPx(perMm, 100, 1.5), 100, 1.5), 4);
});

test("a lead without calibration has times but no millivolts", () => {
  assert.match(measurementText(MEASURED), / mV$/);
  const text = measurementText(MEASURED, false);
  assert.match(text, /^500 ms · 120 bpm · /);
  assert.doesNotMatch(text, /mV/);
  const leads = [{ calibrated: true }, { calibrated: false }, { calibrated: true }];
  assert.equal(isCalibrated(MEASURED, plan(), leads), false);
  assert.equal(isCalibrated({ ...MEASURED, lane: 2 }, plan(), leads), true);
  assert.equal(isCalibrated(MEASURED, plan({ layout: "stacked", leads: [2] }), leads), true, "the lane that is shown counts");
});
