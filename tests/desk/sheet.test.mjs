// Run with: node --test tests/desk/sheet.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../assets/desk/src/api.ts";
import { Chunk } from "../../assets/desk/src/chunks.ts";
import { paperColours } from "../../assets/desk/src/colours.ts";
import { keyStepS } from "../../assets/desk/src/sheet_placing.ts";
import { filtersAfter, filterText, leadNotice, whyNoFilter } from "../../assets/desk/src/sheet_head.ts";
import { leadsAfter } from "../../assets/desk/src/sheet_leads.ts";
import { itemAfter } from "../../assets/desk/src/sheet_menu.ts";
import { differing, Reference, Saliency } from "../../assets/desk/src/sheet_overlays.ts";
import { lowerBound } from "../../assets/desk/src/sorted.ts";
import { paintSheetRow, paperShift } from "../../assets/desk/src/sheet_paint.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { planSheet } from "../../assets/desk/src/sheet_plan.ts";
import { saliencyLevels, touching } from "../../assets/desk/src/sheet_shade.ts";
import { beatLabel, beatsText, rangeTexts, viewText } from "../../assets/desk/src/sheet_text.ts";
import { beatNear, idsBetween, wheelPx } from "../../assets/desk/src/sheet_tools.ts";
import { eachPoint, extremum, samplesAColumn } from "../../assets/desk/src/sheet_trace.ts";
import { beatsAt } from "./sheet_beats.mjs";

const FS = 100;

/** A chunk from functions of time, in mV; NaN is absent. */
function chunkOf(index, ...leads) {
  const n = 10 * FS;
  const counts = new Int16Array(n * leads.length);
  leads.forEach((of, lead) => {
    for (let k = 0; k < n; k += 1) {
      const mv = of(10 * index + k / FS);
      counts[lead * n + k] = Number.isNaN(mv) ? -32768 : Math.round(1000 * mv);
    }
  });
  return new Chunk(index, counts, new Float32Array(leads.length).fill(0.001), FS);
}

/** A canvas context that writes down lines with their colour, texts and filled areas. */
function recorder() {
  const drawn = { lines: [], texts: [], rects: [] };
  let [path, dash] = [[], []];
  const context = {
    beginPath: () => (path = []),
    moveTo: (x, y) => path.push([[x, y]]),
    lineTo: (x, y) => path.at(-1).push([x, y]),
    stroke: () => drawn.lines.push({ colour: context.strokeStyle, dash, path: structuredClone(path) }),
    setLineDash: (parts) => (dash = parts),
    fillRect: (...rect) => drawn.rects.push({ colour: context.fillStyle, rect }),
    fillText: (text, x, y) => drawn.texts.push({ text, x, y }),
  };
  for (const name of ["setTransform", "drawImage", "save", "restore", "rect", "clip", "strokeText"]) context[name] = () => {};
  return { context, drawn };
}

function paint({ chunks = [], beats = beatsAt([], FS), prefs = {}, leads = ["II"], calibrated = true, scale = 1, durationS = 60, startS = 0, ...more }) {
  const facts = { fs: FS, durationS, clockS: null, leads: leads.map((name) => ({ name, calibrated, scale, rangeMv: [-0.9, 1.4] })) };
  const all = { ...new Prefs().values, layout: "stacked", ...prefs };
  const plan = planSheet({ facts, prefs: all, width: 1000, dpr: 1, hasReference: false });
  const { context, drawn } = recorder();
  const scene = {
    plan, facts, beats, view: { startS, spanS: plan.spanS }, near: [0, beats.n],
    colours: { ...paperColours("#ffffff"), trace: "TRACE" }, font: "sans", accent: "ACCENT",
    chunkAt: (index) => chunks[index], nChunks: Math.ceil(durationS / 10), levelsMv: leads.map(() => 0), chosenAt: -1, selected: () => false,
    span: null, unreadable: leads.map(() => []), waiting: null, reference: null, saliency: [], waves: [], boundary: null, march: [], ...more,
  };
  for (const row of plan.rows) paintSheetRow(context, row, scene);
  const traces = drawn.lines.filter(({ colour, path }) => colour === "TRACE" && path[0].length > 6).map(({ path }) => path[0]);
  return { plan, drawn, traces };
}

test("a lead without calibration is drawn at the size that the server gives it", () => {
  const heightOf = (scale) => {
    const { traces } = paint({ chunks: [chunkOf(0, (t) => 5 * Math.sin(9 * t))], calibrated: scale === 1, scale });
    const ys = traces.flat().map(([, y]) => y);
    return Math.max(...ys) - Math.min(...ys);
  };
  assert.ok(Math.abs(heightOf(0.05) - 0.05 * heightOf(1)) < 2);
});

test("the pulse of 1 mV is broken, and the name has room for the word, where a lead has no calibration", () => {
  const pulseOf = (calibrated) => {
    const { plan, drawn } = paint({ calibrated });
    return { nameW: plan.nameW, dash: drawn.lines.find(({ path }) => path[0].length === 6).dash };
  };
  assert.deepEqual(pulseOf(true).dash, []);
  assert.ok(pulseOf(false).dash.length);
  assert.ok(pulseOf(false).nameW > pulseOf(true).nameW + 30);
});

test("1 mV is 10 mm at standard gain and 1 s is 25 mm, the lead's level on its base line", () => {
  const { plan, traces } = paint({ chunks: [chunkOf(0, (t) => (t < 5 ? 0.25 : 1.25))], levelsMv: [0.25] });
  const [xs, ys] = [0, 1].map((axis) => traces.flat().map((point) => point[axis]));
  assert.ok(Math.abs(Math.max(...ys) - plan.lanes[0].base) < 0.01);
  assert.ok(Math.abs(Math.max(...ys) - Math.min(...ys) - 10 * plan.mm) < 0.01);
  assert.ok(Math.abs(Math.max(...xs) - Math.min(...xs) - 25 * 9.99 * plan.mm) < 0.3);
});

test("the trace goes on over the joins of chunks, and stops where one is missing or samples are absent", () => {
  const flat = () => 0.1;
  const whole = paint({ chunks: [chunkOf(0, flat), chunkOf(1, flat)], startS: 5 });
  const xs = whole.traces.flat().map(([x]) => x).sort((a, b) => a - b);
  assert.ok(xs.every((x, i) => i === 0 || x - xs[i - 1] < (2 / FS) * whole.plan.pxPerS));
  const half = paint({ chunks: [chunkOf(0, flat)], startS: 5, waiting: "loading" });
  assert.ok(Math.max(...half.traces.flat().map(([x]) => x)) < half.plan.gutter + 5 * half.plan.pxPerS);
  assert.ok(half.drawn.texts.some(({ text }) => text === "loading"));
  const gap = paint({ chunks: [chunkOf(0, (t) => (t > 4 && t < 5 ? NaN : 0))] });
  const inGap = (x) => x > gap.plan.gutter + 4.02 * gap.plan.pxPerS && x < gap.plan.gutter + 4.98 * gap.plan.pxPerS;
  assert.ok(!gap.traces.flat().some(([x]) => inGap(x)));
  const along = gap.traces.flat().map(([x]) => x).sort((a, b) => a - b);
  assert.equal(along.filter((x, i) => i > 0 && x - along[i - 1] > 0.9 * gap.plan.pxPerS).length, 1, "one gap, as long as it is");
});

test("leads in columns are drawn in their own time", () => {
  const names = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
  const chunk = chunkOf(0, ...names.map((_, lead) => () => lead / 20));
  const { plan, traces } = paint({ chunks: [chunk], leads: names, prefs: { layout: "3x4" } });
  for (const lane of plan.lanes) {
    for (const cell of lane.cells) {
      const y = lane.base - (cell.lead / 20) * plan.pxPerMv;
      const there = traces.filter((path) => Math.abs(path[0][1] - y) < 0.02 && Math.abs(path[0][0] - (plan.gutter + cell.fromS * plan.pxPerS)) < 4);
      assert.ok(there.length >= 1, `${names[cell.lead]} begins at ${cell.fromS} s`);
    }
  }
});

test("a lead that is turned over is drawn so, about its own base line", () => {
  const names = ["I", "II", "III", "aVR", "aVL", "aVF"];
  const chunk = chunkOf(0, ...names.map((name) => (t) => (name === "aVR" ? -0.4 * (t > 5) : 0)));
  const heights = ["standard", "cabrera"].map((limbOrder) => {
    const { plan, traces } = paint({ chunks: [chunk], leads: names, prefs: { limbOrder } });
    const { base } = plan.lanes.find(({ cells }) => names[cells[0].lead] === "aVR");
    const ys = traces.flat().map(([, y]) => (base - y) / plan.pxPerMv).filter((mv) => Math.abs(mv) > 0.39 && Math.abs(mv) < 0.41);
    return Math.sign(ys[0]);
  });
  assert.deepEqual(heights, [-1, 1]);
});

test("drawing fewer points loses no peak, and does not depend on where the view begins", () => {
  const spiky = chunkOf(0, (t) => (Math.round(t * FS) % 37 === 0 ? 1 : Math.sin(t) / 10));
  const pointsFrom = (fromS, column) => {
    const points = [];
    eachPoint(spiky, 0, [fromS, 9], { column }, (timeS, count) => points.push([timeS, count]), () => {});
    return points;
  };
  const all = pointsFrom(0, 1);
  for (const column of [2, 4, 7]) {
    const few = pointsFrom(0, column);
    assert.ok(few.length <= (2 * all.length) / column + 2);
    assert.equal(few.filter(([, count]) => count === 1000).length, all.filter(([, count]) => count === 1000).length);
    assert.ok(few.every(([timeS], i) => i === 0 || timeS > few[i - 1][0]), "in order of time");
    const inBoth = ([timeS]) => timeS > 4;
    assert.deepEqual(pointsFrom(3.03, column).filter(inBoth), few.filter(inBoth));
  }
  assert.equal(samplesAColumn(360, 200, 1), 1);
  assert.equal(samplesAColumn(360, 90, 1), 4);
});

test("a quiet line is drawn with a point a column, no further than the threshold from where it is", () => {
  const quiet = chunkOf(0, (t) => 0.3 + 0.004 * Math.sin(700 * t));
  const points = [];
  eachPoint(quiet, 0, [0, 10], { column: 4, least: 10 }, (timeS, count) => points.push(count), () => {});
  assert.equal(points.length, 250);
  assert.ok(points.every((count) => Math.abs(count - 300) <= 5));
});

test("RR is written between beats where there is room", () => {
  const { drawn, plan } = paint({ chunks: [], beats: beatsAt([100, 180, 190], FS, { letters: "NNV" }) });
  const written = drawn.texts.filter(({ text }) => /^\d+$/.test(text));
  assert.deepEqual(written.map(({ text }) => text), ["800"]);
  assert.ok(Math.abs(written[0].x - (plan.gutter + 1.4 * plan.pxPerS)) < 0.01);
});

test("the calibration pulse is 1 mV high and 0.2 s wide, left of the trace", () => {
  const { plan, drawn } = paint({});
  const [pulse] = drawn.lines.filter(({ colour }) => colour === "TRACE").map(({ path }) => path[0]);
  assert.equal(pulse.length, 6);
  assert.ok(Math.abs(pulse[1][1] - pulse[2][1] - plan.pxPerMv) < 1e-6);
  assert.ok(Math.abs(pulse[3][0] - pulse[2][0] - 0.2 * plan.pxPerS) < 1e-6);
  assert.ok(pulse.at(-1)[0] <= plan.gutter);
});

test("what lies after the end of the recording is said so", () => {
  const { drawn } = paint({ durationS: 5 });
  assert.ok(drawn.texts.some(({ text }) => text === "end of recording"));
});

test("unreadable spans are hatched on their lead, in the part of the row that shows it", () => {
  const { drawn, plan } = paint({ leads: ["II", "V1"], unreadable: [[], [[2, 4], [30, 40]]] });
  const shaded = drawn.rects.filter(({ colour }) => colour === paperColours("#ffffff").hatchFill);
  assert.equal(shaded.length, 1);
  const [x, y, width] = shaded[0].rect;
  assert.ok(Math.abs(x - (plan.gutter + 2 * plan.pxPerS)) < 0.01 && Math.abs(width - 2 * plan.pxPerS) < 0.01);
  assert.equal(y, plan.lanes[1].top);
});

test("saliency lies over the beat's window, stronger where the map is", () => {
  const levels = new Uint8Array(100);
  levels.fill(255, 40, 60);
  const { drawn, plan } = paint({ saliency: [{ startS: 2, n: 100, levels }] });
  const tinted = drawn.rects.filter(({ colour }) => /0, 128, 118/.test(colour));
  assert.equal(tinted.length, 1);
  const [x, , width] = tinted[0].rect;
  assert.ok(Math.abs(x - (plan.gutter + 2.4 * plan.pxPerS)) <= 1 && Math.abs(width - 0.2 * plan.pxPerS) <= 1);
});

test("where windows of neighbours overlap the stronger map counts, once", () => {
  const map = (startS, level) => ({ startS, n: 100, levels: new Uint8Array(200).fill(level, 100) });
  const made = saliencyLevels([map(1, 200), map(1.5, 90)], 1, { fromS: 0, pxPerS: 50, width: 200, fs: FS });
  assert.deepEqual([made[40], made[60], made[90], made[110], made[130]], [0, 200, 200, 90, 0]);
  assert.ok(saliencyLevels([map(1, 200)], 0, { fromS: 0, pxPerS: 50, width: 200, fs: FS }).every((level) => level === 0), "its own lead only");
});

test("marched lines stand where they were told, on their own row only", () => {
  const { drawn, plan } = paint({ prefs: { rows: 3 }, march: [3, 5, 12] });
  const lines = drawn.lines.filter(({ colour }) => colour === "ACCENT").map(({ path }) => path.map(([[x]]) => Math.round((x - plan.gutter) / plan.pxPerS)));
  assert.deepEqual(lines, [[3, 5], [2], []]);
});

test("what lies after the end of the recording is said so", () => {
  assert.ok(paint({ durationS: 6 }).drawn.texts.some(({ text }) => text === "end of recording"));
});

test("major lines of the paper stand at every fifth of a second of the recording", () => {
  const facts = { durationS: 3600, leads: [{ name: "II", rangeMv: [-1, 1] }] };
  const prefs = { ...new Prefs().values, layout: "stacked" };
  for (const dpr of [1, 1.5, 2]) {
    const plan = planSheet({ facts, prefs, width: 1000, dpr, hasReference: false });
    for (const startS of [0, 0.2, 1234.567, 86_399.9]) {
      const lineX = -paperShift(startS, plan) / dpr;
      const timeS = startS + (lineX - plan.gutter) / plan.pxPerS;
      const off = Math.abs(timeS / 0.2 - Math.round(timeS / 0.2)) * 0.2 * plan.pxPerS;
      assert.ok(off <= 0.51 / dpr, `${off} px at ${startS} s`);
    }
  }
});

test("spans that touch a stretch of time are found among many", () => {
  const spans = Array.from({ length: 1000 }, (_, i) => [10 * i, 10 * i + 2]);
  assert.deepEqual(touching(spans, 501, 521), [[500, 502], [510, 512], [520, 522]]);
  assert.deepEqual(touching(spans, 503, 509), []);
  assert.deepEqual(touching([], 0, 10), []);
});

test("a beat is put at the extremum near the click, of either sign, without a drift deciding", () => {
  const chunks = [chunkOf(0, (t) => 3 + t / 10 + (Math.abs(t - 5) < 0.02 ? 1 : 0), (t) => (Math.abs(t - 5) < 0.02 ? -1.2 : 0.1))];
  for (const lead of [0, 1]) {
    const found = extremum(chunks, lead, 5.04, 0.06);
    assert.ok(Math.abs(found.timeS - 5) <= 0.02);
  }
  assert.ok(Math.abs(extremum(chunks, 0, 5.3, 0.06).timeS - 5) > 0.2, "60 ms and no further");
  assert.equal(extremum([undefined], 0, 5, 0.06), null);
});

test("what is on screen is said in one line", () => {
  const beats = beatsAt([100, 200, 300, 400], FS, { letters: "NNVN" });
  assert.equal(beatsText(beats, 0, 10), "4 beats: 3 N, 1 V, 60 bpm");
  assert.equal(beatsText(beats, 2, 3), "1 beat: 1 N");
  assert.equal(beatsText(beats, 5, 9), "no beats");
  assert.equal(beatsText(beatsAt([100, 150], FS), 0, 10), "2 beats, 120 bpm");
  const store = { review: { facts: { durationS: 3600, clockS: null }, beats, stage: "classified" }, navigation: { view: { startS: 600, spanS: 10 } } };
  assert.equal(viewText(store), "00:10:00 to 00:10:10, no beats");
  assert.match(viewText({ ...store, review: { ...store.review, stage: "beats" } }), /beats are being found/);
});

test("the range has tenths only where it needs them, and ends with the recording", () => {
  const facts = { durationS: 65, clockS: null };
  assert.deepEqual(rangeTexts(60, 10, facts), ["00:01:00", "00:01:05"]);
  assert.deepEqual(rangeTexts(12.34, 10, facts), ["00:00:12.3", "00:00:22.3"]);
  assert.deepEqual(rangeTexts(0, 10, { durationS: 65, clockS: 86_395 }), ["23:59:55", "00:00:05"]);
});

test("a beat in words: class, time, interval, probability, and whether somebody edited it", () => {
  const beats = beatsAt([100, 180], FS, { letters: "NV" });
  assert.equal(beatLabel(beats, 1, null), "V beat at 00:00:01.80, RR 800 ms · 75 bpm, probability 0.92");
  assert.match(beatLabel(beatsAt([100, 180], FS, { letters: "NV", edited: [0, 1] }), 1, null), /800 ms · 75 bpm, edited$/);
});

test("a dragged span takes the beats in it, both ends included", () => {
  const beats = beatsAt([100, 200, 300], FS);
  assert.deepEqual(idsBetween(beats, 1, 2), [100, 200]);
  assert.deepEqual(idsBetween(beats, 2.5, 0.5), [100, 200], "from right to left too");
  assert.deepEqual(idsBetween(beats, 2.1, 2.9), []);
  assert.equal(beatNear(beats, 2.04, 0.05), 1);
  assert.equal(beatNear(beats, 2.06, 0.05), -1);
});

test("the wheel pans sideways; up and down only where the sheet takes it", () => {
  const turn = (deltaX, deltaY, more = {}) => ({ deltaX, deltaY, deltaMode: 0, shiftKey: false, ...more });
  assert.equal(wheelPx(turn(30, 4), false), 30);
  assert.equal(wheelPx(turn(0, 100), true), 100);
  assert.equal(wheelPx(turn(0, 100), false), 0);
  assert.equal(wheelPx(turn(0, 100, { shiftKey: true }), false), 100);
  assert.equal(wheelPx(turn(0, 3, { deltaMode: 1 }), true), 48);
});

test("keys move a beat in hand by 10 ms, a sample, or a tenth of a second", () => {
  assert.equal(keyStepS({ key: "ArrowRight" }, FS), 0.01);
  assert.equal(keyStepS({ key: "ArrowLeft", altKey: true }, 360), -1 / 360);
  assert.equal(keyStepS({ key: "ArrowLeft", shiftKey: true }, FS), -0.1);
  assert.equal(keyStepS({ key: "n" }, FS), 0);
});

test("filters and leads are switched one by one", () => {
  assert.deepEqual(filtersAfter(["mains50"], "mains60"), ["mains60"], "two mains frequencies exclude one another");
  assert.deepEqual(filtersAfter(["muscle"], "baseline"), ["baseline", "muscle"]);
  assert.deepEqual(filtersAfter(["baseline"], "baseline"), []);
  assert.equal(filterText([]), "no filter");
  assert.equal(filterText(["baseline", "mains50"]), "filter: baseline, mains 50 Hz");
  assert.deepEqual(leadsAfter(null, 1, 3), [0, 2]);
  assert.equal(leadsAfter([0, 2], 1, 3), null, "all again");
  assert.deepEqual(leadsAfter([1], 1, 3), [1], "one always stays");
  assert.deepEqual(["ArrowDown", "ArrowUp", "Home", "End", "a"].map((key) => itemAfter(key, 0, 4)), [1, 3, 0, 3, null]);
});

test("a filter that the rate cannot carry is not offered", () => {
  assert.equal(whyNoFilter("mains60", 360), "");
  assert.match(whyNoFilter("mains60", 100), /more than 127 Hz.* 100/);
  assert.equal(whyNoFilter("muscle", 100), "");
  assert.equal(whyNoFilter("baseline", 50), "");
});

test("reference beats differ where the class does, or where no beat is within 150 ms", () => {
  const reference = { sample: Int32Array.of(101, 200, 250, 300, 400), beat: Uint8Array.of(1, 1, 0, 1, 1), aami: Uint8Array.of(0, 2, 255, 0, 0) };
  const beats = beatsAt([100, 202, 316], FS, { letters: "NNN" });
  assert.deepEqual([...differing(reference, beats)], [0, 1, 0, 1, 1]);
  assert.deepEqual([...differing(reference, beatsAt([], FS))], [1, 1, 0, 1, 1]);
  assert.deepEqual([...differing(reference, beatsAt([100, 202, 310, 401], FS))], [0, 0, 0, 0, 0], "beats without a class are only there or not");
  assert.equal(lowerBound(reference.sample, 200), 1);
});

test("the reference is fetched once, and its notes stand for rhythm marks", async () => {
  let fetched = 0;
  const answer = {
    meta: { symbols: ["+", "N"], notes: ["", "(AFIB"], name: "atr" },
    arrays: { sample: Int32Array.of(50, 100), symbol: Uint8Array.of(0, 1), note: Uint16Array.of(1, 0), beat: Uint8Array.of(0, 1), aami: Uint8Array.of(255, 0) },
  };
  const asked = [];
  const packed = async (_, { at }) => asked.push(at) && (fetched += 1) && answer;
  const store = { review: { stage: "classified", beats: beatsAt([100], FS, { letters: "V" }) }, prefs: { annotator: 0 }, api: { packed } };
  const reference = new Reference(store, () => {});
  await Promise.all([reference.load(), reference.load()]);
  assert.equal(fetched, 1);
  assert.deepEqual([reference.text(0), reference.text(1)], ["(AFIB", "N"]);
  assert.ok(reference.differs(1) && !reference.differs(0));
  store.review.beats = beatsAt([100], FS, { letters: "N" });
  reference.compare();
  assert.ok(!reference.differs(1), "after an edit it is compared again");
  store.prefs.annotator = 2;
  await reference.load();
  assert.deepEqual(asked, [0, 2], "the file's other annotations are fetched when they are chosen");
});

function saliencyOn(answers) {
  const asked = [];
  const timers = [];
  const posted = [];
  const beats = beatsAt([100, 200, 300], FS, { letters: "NVN" });
  const api = {
    post: async (path) => posted.push(path),
    packed: async (path, params) => {
      asked.push(params.beats.split(",").map(Number));
      const status = answers.shift();
      if (status) throw new Problem("The model is being loaded.", status);
      const ids = asked.at(-1);
      const target = (id) => beats.letter(beats.indexOfId(id));
      return {
        meta: { beats: ids.map((id) => ({ id, start_sample: id - 10, n: 20, target: target(id) })) },
        arrays: Object.fromEntries(ids.map((_, k) => [`s${k}`, new Uint8Array(20).fill(k)])),
      };
    },
  };
  const store = { review: { stage: "classified", beats, facts: { fs: FS } }, api };
  return { store, asked, timers, posted, saliency: new Saliency(store, () => {}, { later: (fn) => timers.push(fn), never: () => {} }) };
}

test("saliency is asked for again while the model is being loaded, then once for each beat and class", async () => {
  const { saliency, asked, timers, posted, store } = saliencyOn([409, 409]);
  await saliency.want(0, 2);
  assert.equal(saliency.state, "loading");
  await timers.pop()();
  await timers.pop()();
  assert.deepEqual(asked, [[100, 200], [100, 200], [100, 200]]);
  assert.equal(saliency.state, "idle");
  assert.deepEqual(posted, ["saliency", "saliency"], "loading is started by a POST request");
  assert.deepEqual(saliency.maps(0, 3).map(({ startS, target }) => [startS, target]), [[0.9, "N"], [1.9, "V"]]);
  await saliency.want(0, 3);
  assert.deepEqual(asked.at(-1), [300], "only what is not here yet");
  store.review.beats = store.review.beats.relabelled([0], "S");
  assert.equal(saliency.maps(0, 1).length, 0, "a map of another class is not shown");
});

test("saliency that cannot be had says why and is not asked for in a loop", async () => {
  const { saliency, asked, timers, posted } = saliencyOn([422]);
  await saliency.want(0, 2);
  assert.equal(saliency.state, "failed");
  assert.match(saliency.problem, /being loaded/);
  assert.deepEqual([asked.length, timers.length, posted.length], [1, 0, 0]);
});

test("a doubtful lead is said at the strip, the first in full and how many more there are", () => {
  assert.equal(leadNotice([]), "");
  assert.equal(leadNotice(["Lead aVL looks inverted."]), "Lead aVL looks inverted.");
  assert.equal(leadNotice(["Lead aVL looks inverted.", "b", "c"]), "Lead aVL looks inverted. (and 2 more under File)");
});
