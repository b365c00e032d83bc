// Run with: node --test tests/strip/strip.test.mjs
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { isDark, paperColours } from "../../assets/strip/colours.js";
import {
  clampStart,
  labelStepS,
  lane,
  layout,
  minorGridAlpha,
  placeLetters,
  placeTime,
  pulseFootMm,
  steadyWidth,
  timeAt,
} from "../../assets/strip/geometry.js";
import {
  beatText,
  caliperText,
  decode,
  formatTime,
  needsArrowKeys,
  PageQueue,
  presentRuns,
} from "../../assets/strip/model.js";
import { paintRow } from "../../assets/strip/paint.js";

const FS = 100;

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

function payloadOf(leads, overrides = {}) {
  const n = leads[0].length;
  const counts = Int16Array.from(leads.flatMap((lead) => [...lead].map((v) => (Number.isNaN(v) ? -32768 : v * 1000))));
  return {
    name: "test",
    fs_hz: FS,
    duration_s: n / FS,
    start_s: 0,
    span_s: 10,
    clock_s: null,
    gain_mm_per_mv: 10,
    filter_label: "no filter",
    leads: leads.map((_, i) => ({ name: `L${i}`, calibrated: true, range_mv: [-1, 1], lsb_mv: 0.001, unreadable: [] })),
    data: { start_sample: 0, rate_hz: FS, n, int16: Buffer.from(counts.buffer).toString("base64") },
    beats: { sample: [], label: [], p: [], rr_ms: [], uncertain: [] },
    reference: null,
    selected_sample: null,
    saliency: null,
    keys: true,
    ...overrides,
  };
}

/** A canvas context that writes down the lines stroked in each colour, and the texts. */
function recorder() {
  const drawn = { lines: [], texts: [], rects: [] };
  let path = [];
  const context = {
    beginPath: () => (path = []),
    moveTo: (x, y) => path.push([[x, y]]),
    lineTo: (x, y) => path.at(-1).push([x, y]),
    stroke: () => drawn.lines.push({ colour: context.strokeStyle, path: structuredClone(path) }),
    fillRect: (...rect) => drawn.rects.push({ colour: context.fillStyle, rect }),
    fillText: (text, x, y) => drawn.texts.push({ text, x, y }),
    measureText: (text) => ({ width: 6 * text.length }),
  };
  for (const name of ["setTransform", "save", "restore", "rect", "clip", "strokeText"]) context[name] = () => {};
  return { context, drawn };
}

function paint(payload, overrides = {}) {
  const model = decode(payload);
  const names = model.leads.map((lead) => lead.name);
  const plan = planFor({ names, ranges: model.leads.map((lead) => lead.range_mv), ...overrides });
  const { context, drawn } = recorder();
  const colours = { ...paperColours("#ffffff"), trace: "TRACE" };
  paintRow(context, plan.rows[0], plan, model, { startS: model.start_s, font: "sans", accent: "#00f" }, colours);
  const traces = drawn.lines
    .filter(({ colour, path }) => colour === "TRACE" && path[0][0][0] >= plan.gutter - 20 && path[0].length > 6)
    .map(({ path }) => path[0]);
  return { plan, drawn, traces, model };
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

test("views stay in the recording", () => {
  assert.equal(clampStart(-3, 10, 60), 0);
  assert.equal(clampStart(58, 10, 60), 50);
  assert.equal(clampStart(5, 10, 7), 0);
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
  assert.equal(formatTime(59.999, null, 2), "00:01:00.00");
});

test("beats are told in words", () => {
  const beat = { timeS: 602.31, label: "V", p: [0.01, 0.01, 0.97, 0.01, 0], uncertain: false };
  assert.equal(beatText(beat, null), "V beat at 00:10:02.31, probability 0.97");
  assert.equal(beatText({ timeS: 1, label: null, p: null }, null), "beat at 00:00:01.00");
  assert.match(beatText({ ...beat, uncertain: true }, null), /uncertain/);
});

test("calipers measure time, rate and amplitude", () => {
  assert.equal(caliperText(1.356, 1.9), "1,356 ms · 44 bpm · 1.9 mV");
  assert.equal(caliperText(-0.1, -0.25), "100 ms · 600 bpm · 0.25 mV");
  assert.equal(caliperText(0, 1), "0 ms · 1.0 mV");
});

test("absent samples cut the run", () => {
  assert.deepEqual(presentRuns([NaN, 1, 2, NaN, NaN, 3], 0, 5), [[1, 2], [5, 5]]);
  assert.deepEqual(presentRuns([NaN, NaN], 0, 1), []);
});

test("a gap breaks the trace and a flat lead draws a line on its baseline", () => {
  const gappy = Array.from({ length: 1000 }, (_, k) => (k >= 400 && k < 500 ? NaN : Math.sin(k / 9) / 2));
  const { plan, traces } = paint(payloadOf([gappy, new Array(1000).fill(0)]));
  assert.equal(traces.length, 3);
  const [before, after, flat] = traces;
  assert.ok(Math.abs(before.at(-1)[0] - (plan.gutter + 3.99 * plan.pxPerS)) < 0.01);
  assert.ok(Math.abs(after[0][0] - (plan.gutter + 5 * plan.pxPerS)) < 0.01);
  assert.equal(flat.length, 1000);
  assert.ok(flat.every(([, y]) => y === plan.lanes[1].base));
});

test("1 mV is 10 mm on paper at standard gain and 1 s is 25 mm", () => {
  const step = Array.from({ length: 1000 }, (_, k) => (k < 500 ? 0 : 1));
  const { plan, traces } = paint(payloadOf([step]));
  const ys = traces[0].map(([, y]) => y);
  assert.ok(Math.abs(Math.max(...ys) - Math.min(...ys) - 10 * plan.mm) < 0.01);
  assert.ok(Math.abs(traces[0][200][0] - traces[0][100][0] - 25 * plan.mm) < 0.01);
});

test("the calibration pulse is 1 mV high and 0.2 s wide", () => {
  const { plan, drawn } = paint(payloadOf([new Array(1000).fill(0)]));
  const pulse = drawn.lines.find(({ colour, path }) => colour === "TRACE" && path[0].length === 6).path[0];
  assert.ok(Math.abs(pulse[1][1] - pulse[2][1] - plan.pxPerMv) < 1e-6);
  assert.ok(Math.abs(pulse[3][0] - pulse[2][0] - 0.2 * plan.pxPerS) < 1e-6);
  assert.ok(pulse.at(-1)[0] <= plan.gutter, "left of the trace");
});

test("RR is written between neighbouring beats where there is room", () => {
  const beats = { sample: [100, 180, 190], label: ["N", "N", "V"], p: [null, null, null], rr_ms: [null, 800, 100], uncertain: [false, false, false] };
  const { drawn, plan } = paint(payloadOf([new Array(1000).fill(0)], { beats }));
  const rr = drawn.texts.filter(({ text }) => /^\d+$/.test(text));
  assert.deepEqual(rr.map(({ text }) => text), ["800"]);
  assert.ok(Math.abs(rr[0].x - (plan.gutter + 1.4 * plan.pxPerS)) < 0.01);
});

test("unreadable spans are hatched on their lead only", () => {
  const flat = new Array(1000).fill(0);
  const payload = payloadOf([flat, flat]);
  payload.leads[1].unreadable = [[2, 4]];
  const { drawn, plan } = paint(payload);
  const shaded = drawn.rects.filter(({ colour }) => colour === paperColours("#ffffff").hatchFill);
  assert.equal(shaded.length, 1);
  const [x, y, w] = shaded[0].rect;
  assert.ok(Math.abs(x - (plan.gutter + 2 * plan.pxPerS)) < 0.01 && Math.abs(w - 2 * plan.pxPerS) < 0.01);
  assert.equal(y, plan.lanes[1].top);
});

test("what lies after the end of the recording is said so", () => {
  const { drawn } = paint(payloadOf([new Array(500).fill(0)]));
  assert.ok(drawn.texts.some(({ text }) => text === "end of recording"));
});

test("arrow keys are left to whatever needs them", () => {
  const node = (tagName, role = null, more = {}) => ({ tagName, getAttribute: (name) => (name === "role" ? role : null), ...more });
  assert.ok(needsArrowKeys([node("INPUT", null, { type: "text" }), node("DIV")]));
  assert.ok(needsArrowKeys([node("DIV", "slider")]));
  assert.ok(needsArrowKeys([node("DIV", null, { isContentEditable: true })]));
  assert.ok(!needsArrowKeys([node("BUTTON"), node("DIV"), {}]));
  assert.ok(!needsArrowKeys([node("INPUT", null, { type: "checkbox" })]));
});

test("quick page turns are added up, one request at a time", () => {
  const sent = [];
  const queue = new PageQueue((pages) => sent.push(pages));
  [1, 1, 1, 1].forEach((pages) => queue.ask(pages));
  assert.deepEqual(sent, [1]);
  queue.answered();
  assert.deepEqual(sent, [1, 3]);
  queue.answered();
  queue.answered();
  assert.deepEqual(sent, [1, 3]);
  queue.ask(-1);
  queue.ask(1);
  queue.answered();
  assert.deepEqual(sent, [1, 3, -1, 1]);
});

test("themes are told apart by their background", () => {
  for (const dark of ["#0e1117", "rgb(14, 17, 23)", "#111"]) assert.ok(isDark(dark));
  for (const light of ["#ffffff", "#fff", "rgb(250, 250, 250)", "#f4f6f8ff"]) assert.ok(!isDark(light));
});

test("the scripts parse no markup and know no address", () => {
  const folder = new URL("../../assets/strip/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const source = readFileSync(new URL(name, folder), "utf8");
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/, name);
    assert.doesNotMatch(source, /https?:|fetch\(|XMLHttpRequest|WebSocket|@import|url\(/, name);
  }
});
