// Run with: node --test tests/desk/geometry.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { lane, layout, secondsThatFit } from "../../assets/desk/src/geometry.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { leadOrder } from "../../assets/desk/src/lead_order.ts";
import { arrange, cellBounds, cellTimes, laneAt, planSheet, whyNot, zoomed } from "../../assets/desk/src/sheet_plan.ts";

const TWELVE = ["V1", "V2", "V3", "V4", "V5", "V6", "I", "II", "III", "aVR", "aVL", "aVF"];
const THREE = ["MLII", "V1", "V5"];
const PREFS = { ...new Prefs().values, layout: "stacked" };

function plan(prefs = {}, { names = THREE, durationS = 3600, ...more } = {}) {
  const leads = names.map((name) => ({ name, rangeMv: [-0.9, 1.4] }));
  return planSheet({ facts: { durationS, leads }, prefs: { ...PREFS, ...prefs }, width: 1000, dpr: 1, hasReference: false, ...more });
}

const shown = (made, names) => made.lanes.map((each) => each.cells.map(({ lead }) => names[lead]).join(" "));

for (const speed of [12.5, 25, 50]) {
  for (const gain of [5, 10, 20]) {
    for (const width of [700, 1000, 1600]) {
      test(`boxes are square at ${speed} mm/s and ${gain} mm/mV on ${width} px, and a row fills the width`, () => {
        const made = plan({ speed, gain }, { width });
        assert.ok(Math.abs(made.pxPerS / speed - made.pxPerMv / gain) < 1e-9);
        assert.equal(made.rowS, 250 / speed);
        const end = made.gutter + made.rowS * made.pxPerS;
        assert.ok(end <= width && end > width - 10);
        assert.equal(made.mm, plan({}, { width }).mm, "the paper does not change with the speed");
      });
    }
  }
}

test("at true scale a millimetre is what the screen was measured to have, and the width decides the seconds", () => {
  for (const dpr of [1, 1.5, 2]) {
    const made = plan({ scale: "true", pxPerMm: 4 }, { dpr });
    assert.equal(made.mm, 4 / dpr);
    assert.ok(Math.abs(made.pxPerS - (25 * 4) / dpr) < 1e-9);
    assert.ok(made.gutter + made.rowS * made.pxPerS <= 1000);
    assert.ok(made.gutter + (made.rowS + 0.4) * made.pxPerS > 1000, "a box more would not fit");
    assert.ok(Math.abs((made.rowS * 5) % 1) < 1e-9, "whole boxes");
  }
  assert.equal(plan({ scale: "true" }).rowS, 10, "without a measurement the paper fits the width");
});

test("a narrow element still shows a second at true scale", () => {
  assert.equal(secondsThatFit({ width: 120, nameW: 60, mm: 6, speed: 25 }), 1);
});

test("leads of the same row share it in consecutive parts", () => {
  const made = plan({ layout: "3x4" }, { names: TWELVE });
  assert.deepEqual(shown(made, TWELVE), ["I aVR V1 V4", "II aVL V2 V5", "III aVF V3 V6", "II"]);
  for (const { cells } of made.lanes) {
    assert.equal(cells[0].fromS, 0);
    assert.equal(cells.at(-1).toS, made.rowS);
    cells.slice(1).forEach((cell, i) => assert.equal(cell.fromS, cells[i].toS));
  }
  const [, second] = made.lanes[0].cells;
  assert.deepEqual(cellTimes(second, made.rows[0], 100), [102.5, 105]);
  assert.equal(cellBounds(second, made)[0], made.gutter + 2.5 * made.pxPerS);
});

test("the twelve leads come in their usual order, whatever order and spelling they are recorded in", () => {
  assert.deepEqual(leadOrder(TWELVE).map((lead) => TWELVE[lead]), ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]);
  const spelled = ["ECG I", "lead II", "III", "AVR", "avl", "aVF", "v1", "V2", "V3", "V4", "V5", "V6"];
  assert.deepEqual(leadOrder(spelled), spelled.map((_, lead) => lead));
  assert.deepEqual(leadOrder(THREE), [0, 1, 2], "others stay as recorded");
});

test("a layout that the leads do not allow gives way to the stacked one, with a reason", () => {
  assert.equal(plan({ layout: "6x2" }).arrangement, "stacked");
  assert.match(whyNot("6x2", THREE), /needs 12 leads.* 3/);
  assert.equal(whyNot("6x2", TWELVE), "");
  assert.equal(whyNot("single", THREE), "");
  assert.deepEqual(shown(plan({ layout: "6x2" }, { names: TWELVE }), TWELVE)[3], "aVR V4");
});

test("on a narrow screen a row shows fewer seconds on paper that can be read, and its lanes stay apart", () => {
  const phone = plan({}, { names: TWELVE, width: 324 });
  assert.ok(phone.mm >= 3 && phone.rowS < 5 && phone.rowS > 2);
  assert.ok(phone.gutter + phone.rowS * phone.pxPerS <= 324);
  const bases = phone.lanes.map(({ base }) => base);
  assert.ok(bases.slice(1).every((base, i) => base - bases[i] > 20), "names of 16 px do not touch");
  assert.equal(plan({}, { names: TWELVE, width: 1000 }).rowS, 10);
  assert.equal(plan({ speed: 50 }, { names: TWELVE, width: 324 }).rowS * 2, phone.rowS);
  assert.equal(plan({ layout: "3x4" }, { names: TWELVE, width: 324 }).arrangement, "stacked", "columns would be too narrow");
});

test("columns need as many leads as they hold, and a window that is wide enough", () => {
  assert.equal(whyNot("3x4", TWELVE, 12, 1000), "");
  assert.match(whyNot("3x4", TWELVE, 6, 1000), /needs 12 leads, 6 are shown/);
  assert.match(whyNot("2x3", TWELVE, 12, 1000), /needs 6 leads, 12 are shown/);
  assert.match(whyNot("3x4", TWELVE, 12, 390), /wider window/);
  assert.equal(whyNot("stacked", TWELVE, 1, 100), "");
});

test("six limb leads stand two by three, three by two, or one below the other", () => {
  const of = (layout) => shown(plan({ layout, leadSet: "limb" }, { names: TWELVE }), TWELVE);
  assert.deepEqual(of("2x3"), ["I II III", "aVR aVL aVF"]);
  assert.deepEqual(of("3x2"), ["I aVR", "II aVL", "III aVF"]);
  assert.deepEqual(of("stacked"), ["I", "II", "III", "aVR", "aVL", "aVF"]);
  assert.equal(plan({ layout: "3x4", leadSet: "limb" }, { names: TWELVE, durationS: 10 }).arrangement, "2x3", "a short recording stays a page");
  assert.equal(plan({ layout: "3x4", leadSet: "limb" }, { names: TWELVE }).arrangement, "stacked");
});

test("Cabrera's order goes round the heart, with aVR turned over, in columns too", () => {
  const made = plan({ layout: "3x4", limbOrder: "cabrera" }, { names: TWELVE });
  assert.deepEqual(shown(made, TWELVE).slice(0, 3), ["aVL II V1 V4", "I aVF V2 V5", "aVR III V3 V6"]);
  assert.deepEqual(TWELVE.filter((_, lead) => made.inverted[lead]), ["aVR"]);
  assert.ok(plan({}, { names: TWELVE }).inverted.every((each) => !each));
  assert.ok(plan({ limbOrder: "cabrera" }, { names: ["I", "aVR", "V1"] }).inverted.every((each) => !each), "only where all six are there");
  const ranges = plan({ leads: [9], limbOrder: "cabrera" }, { names: TWELVE }).lanes[0];
  assert.ok(ranges.down > ranges.up, "a lead of -0.9 to 1.4 mV needs its room below once it is turned over");
});

test("the rhythm strip has the leads that are chosen, in their order; II where none of them is there", () => {
  const strips = (rhythm) => shown(plan({ layout: "3x4", rhythm }, { names: TWELVE }), TWELVE).slice(3);
  assert.deepEqual(strips(["V1", "II", "V5"]), ["V1", "II", "V5"]);
  assert.deepEqual(strips(["MLII"]), ["II"]);
});

test("the preference for leads picks them, in their order; none of this recording is all of them", () => {
  assert.deepEqual(arrange({ ...PREFS, leads: [2, 0] }, THREE).cells, [[0], [2]]);
  assert.deepEqual(arrange({ ...PREFS, leads: [7] }, THREE).cells, [[0], [1], [2]]);
  assert.deepEqual(arrange({ ...PREFS, layout: "single", leads: [1] }, THREE).cells, [[1]]);
});

test("rows follow the preference, but not beyond the recording, and columns of leads are one row", () => {
  assert.equal(plan({ rows: 6 }).spanS, 60);
  assert.equal(plan({ rows: 6 }, { durationS: 25 }).rows.length, 3);
  assert.equal(plan({ rows: 3, layout: "3x4" }, { names: TWELVE }).rows.length, 1);
});

test("many leads share the height: lanes are cut down, but hold the pulse", () => {
  const few = plan();
  const many = plan({}, { names: TWELVE });
  assert.ok(many.height < 3 * few.height);
  for (const gain of [5, 10, 20]) {
    for (const { up, down } of plan({ gain }, { names: TWELVE }).lanes) {
      assert.ok(up + down >= gain + 2 && up % 5 === 0 && down % 5 === 0);
    }
  }
  assert.deepEqual(lane([-3, 3], 10, 15), { up: 10, down: 5 });
});

test("zoom goes through speed and rows one span at a time, and back", () => {
  let at = { speed: 50, rows: 1 };
  const spans = [at.rows * 250 / at.speed];
  for (let next = zoomed(at, -1); next; next = zoomed(at, -1)) {
    at = next;
    spans.push((at.rows * 250) / at.speed);
  }
  assert.deepEqual(spans, [5, 10, 20, 30, 60, 120]);
  for (let next = zoomed(at, 1); next; next = zoomed(at, 1)) at = next;
  assert.deepEqual(at, { speed: 50, rows: 1 });
  assert.deepEqual(zoomed({ speed: 50, rows: 6 }, 1), { speed: 12.5, rows: 1 }, "30 s the other way are 20 s next");
  assert.equal(zoomed({ speed: 12.5, rows: 1 }, -1, true), null, "columns of leads stay one row");
});

test("a point belongs to the lane whose middle is nearest, and to the cell under it", () => {
  const made = plan({ layout: "3x4" }, { names: TWELVE });
  for (const each of made.lanes) {
    for (const cell of each.cells) {
      const [left, right] = cellBounds(cell, made);
      const found = laneAt((left + right) / 2, (each.top + each.bottom) / 2, made);
      assert.equal(found.lane, each);
      assert.equal(found.cell, cell);
    }
  }
  assert.equal(laneAt(5000, -20, made).cell, made.lanes[0].cells.at(-1), "beyond the paper too");
});

test("ten seconds a row, a lead a lane, unless something else is asked for", () => {
  const before = { width: 1340, spanS: 30, gain: 10, ranges: [[-1, 1]], names: ["II"], hasReference: false };
  const made = layout(before);
  assert.deepEqual([made.rows.length, made.rowS, made.lanes[0].cells.length], [3, 10, 1]);
});
