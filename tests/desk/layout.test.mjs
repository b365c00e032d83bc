// Run with: node --test tests/desk/layout.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { isDark } from "../../assets/desk/src/colours.ts";
import { labelStepS, lane, layout, placeLetters, placeTime, pulseFootMm, steadyWidth, timeAt } from "../../assets/desk/src/geometry.ts";
import { minorGridAlpha } from "../../assets/desk/src/paper.ts";
import { formatTime } from "../../assets/desk/src/times.ts";

function planFor(overrides = {}) {
  const names = overrides.names ?? ["II", "V1"];
  return layout({
    width: 1340,
    spanS: 10,
    gain: 10,
    ranges: names.map(() => [-0.9, 1.4]),
    names,
    hasReference: false,
    ...overrides,
  });
}

for (const width of [900, 1340, 1437, 1920, 2560]) {
  for (const spanS of [5, 10, 30, 60]) {
    for (const dpr of [1, 1.5, 2]) {
      test(`boxes are square, ${spanS} s on ${width} px at ${dpr}`, () => {
        const plan = planFor({ width, spanS, dpr });
        assert.ok(Math.abs(plan.pxPerS / 25 - plan.mm) < 1e-9); // 25 mm/s
        assert.ok(Math.abs(plan.pxPerMv / 10 - plan.mm) < 1e-9); // 10 mm/mV
        const end = plan.gutter + plan.rowS * plan.pxPerS;
        assert.ok(end <= width && end > width - 10, "a row fills the width");
        assert.ok(plan.gutter < plan.nameW + 8 * plan.mm + 52, "and little of it is margin");
        const boxPixels = 10 * plan.mm * dpr;
        assert.ok(Math.abs(boxPixels - Math.round(boxPixels)) < 1e-6, "boxes fall on the pixel grid");
      });
    }
  }
}

test("a row holds ten seconds at most; five seconds are twice as large", () => {
  assert.deepEqual([5, 10, 30, 60].map((spanS) => planFor({ spanS }).rows.length), [1, 1, 3, 6]);
  const ratio = planFor({ spanS: 5 }).mm / planFor({ spanS: 10 }).mm;
  assert.ok(ratio > 1.85 && ratio < 2.1);
});

test("lanes are whole major boxes, hold the range and the pulse", () => {
  for (const gain of [5, 10, 20]) {
    for (const range of [[-0.2, 0.2], [-0.9, 1.4], [-2.5, 0.1], [0, 3]]) {
      const { up, down } = lane(range, gain);
      assert.equal(up % 5, 0);
      assert.equal(down % 5, 0);
      assert.ok(up + down >= gain + 2);
      assert.ok(up + 1 >= Math.min(range[1] * gain, 89) && down + 1 >= -range[0] * gain);
      const foot = pulseFootMm({ up }, gain);
      assert.ok(foot + gain <= up && foot >= -down, "the pulse stands inside its lane");
    }
  }
});

test("a lane of absurd range is capped", () => {
  const { up, down } = lane([-300, 100], 10);
  assert.equal(up + down, 90);
});

test("the height depends on ranges and gain, not on what is shown", () => {
  assert.equal(planFor().height, planFor({ names: ["a", "b"] }).height);
  assert.ok(planFor({ gain: 20 }).height > planFor({ gain: 10 }).height);
});

test("times wrap over rows and come back from the point", () => {
  const plan = planFor({ spanS: 30 });
  const { row, x } = placeTime(112.5, 100, plan);
  assert.equal(row.index, 1);
  assert.ok(Math.abs(x - (plan.gutter + 2.5 * plan.pxPerS)) < 1e-6);
  const back = timeAt(x, row.y + 40, 100, plan);
  assert.ok(Math.abs(back.timeS - 112.5) < 1e-6);
  assert.equal(placeTime(99.9, 100, plan), null);
  assert.equal(placeTime(130.1, 100, plan), null);
});

test("letters keep their size with room, shrink without, and never overlap", () => {
  const overlaps = (xs) => {
    const spots = placeLetters(xs);
    return spots.some((a, i) =>
      spots.some((b, j) => {
        const half = (a.size + b.size) / 2;
        return j > i && Math.abs(xs[i] - xs[j]) < half && Math.abs(a.level - b.level) * 6.5 < half;
      }),
    );
  };
  assert.deepEqual(placeLetters([10, 60, 110]).map(({ size, level }) => [size, level]), [[17, 0], [17, 0], [17, 0]]);
  assert.ok(placeLetters([10, 25, 40]).every(({ size, level }) => size === 12 && level === 0));
  for (const step of [7, 9, 12, 13, 15, 17, 18, 30]) {
    assert.equal(overlaps(Array.from({ length: 12 }, (_, i) => 20 + i * step)), false, `every ${step} px`);
  }
  assert.equal(overlaps([0, 50, 58, 75, 84, 140, 152, 166]), false);
});

test("the minor grid fades on narrow screens", () => {
  assert.equal(minorGridAlpha(6), 1);
  assert.equal(minorGridAlpha(2), 0);
  assert.ok(minorGridAlpha(3) < 0.5);
});

test("time labels stay apart", () => {
  for (const pxPerS of [12, 40, 79, 130, 260]) assert.ok(labelStepS(pxPerS) * pxPerS >= 62);
});

test("a width that flips back with its scroll bar is not followed", () => {
  let widths = steadyWidth(undefined, 1000, 0);
  widths = steadyWidth(widths, 985, 10);
  widths = steadyWidth(widths, 1000, 20);
  assert.equal(widths.now, 985);
  assert.equal(steadyWidth(widths, 1000, 2000).now, 1000);
  assert.equal(steadyWidth(widths, 700, 30).now, 700);
});

test("times read as hours, minutes, seconds; the clock turns at midnight", () => {
  assert.equal(formatTime(602.314, null, 2), "00:10:02.31");
  assert.equal(formatTime(90_000), "25:00:00");
  assert.equal(formatTime(3600, 86_400 - 1800), "00:30:00");
  assert.equal(formatTime(86_400, 32_400), "09:00:00", "the end of a day is no second 09:00:00 that could be meant");
  assert.equal(formatTime(86_400.01, 32_400, 2), "09:00:00.01 day 2");
  assert.equal(formatTime(50 * 3600, 32_400), "11:00:00 day 3");
  assert.equal(formatTime(50 * 3600, 32_400, 0, { day: false }), "11:00:00");
  assert.equal(formatTime(59.999, null, 2), "00:01:00.00");
});

test("themes are told apart by their background", () => {
  for (const dark of ["#0e1117", "rgb(14, 17, 23)", "#111"]) assert.ok(isDark(dark));
  for (const light of ["#ffffff", "#fff", "rgb(250, 250, 250)", "#f4f6f8ff"]) assert.ok(!isDark(light));
});
