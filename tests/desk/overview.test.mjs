// Run with: node --test tests/desk/overview.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  binAt,
  binEdges,
  binStepS,
  chosenRange,
  densities,
  episodeAt,
  meanBpm,
  meanLine,
  nearestDot,
  rateAxis,
  sumsOf,
  zoomChoices,
} from "../../assets/desk/src/overview_bins.ts";
import { overviewPlan, timeOf, xOf, yOf } from "../../assets/desk/src/overview_draw.ts";
import { keyStepS } from "../../assets/desk/src/overview_hand.ts";
import { hoverText, overviewLabel } from "../../assets/desk/src/overview_words.ts";
import {
  brushRange,
  clampRange,
  followRange,
  panRange,
  stepText,
  timeTicks,
  valueTicks,
  zoomAbout,
} from "../../assets/desk/src/plot_axes.ts";
import { lowerBound } from "../../assets/desk/src/sorted.ts";
import { clockText } from "../../assets/desk/src/times.ts";
import { inkOn } from "../../assets/desk/src/plot_canvas.ts";
import { intervalsOf, LETTERS, spansOfAllLeads, spansOfAnyLead } from "../../assets/desk/src/plot_intervals.ts";
import { dotMask, stampCells } from "../../assets/desk/src/plot_raster.ts";

const FS = 100;

/** A table of beats at the given seconds; `letters` one for each, "-" for none. */
function table(times, letters = "N".repeat(times.length)) {
  return {
    n: times.length,
    fs: FS,
    sample: Int32Array.from(times, (timeS) => Math.round(timeS * FS)),
    label: Uint8Array.from(letters, (letter) => (letter === "-" ? 255 : LETTERS.indexOf(letter))),
  };
}

const steady = (n, rrS, fromS = 0) => Array.from({ length: n }, (_, k) => fromS + k * rrS);

test("ticks stand at round times of day, and midnight says which day begins", () => {
  const ticks = timeTicks({ fromS: 0, toS: 86400 }, 760, 36605);
  for (const { timeS, text } of ticks) {
    assert.equal((timeS + 36605) % 3600, 0);
    assert.equal(text.slice(0, 5), clockText(timeS, 36605, { seconds: false }));
  }
  assert.ok(ticks.length >= 6 && ticks.length <= 10);
  assert.equal(ticks.filter(({ text }) => text === "00:00 day 2").length, 1);
});

test("without a clock, hours of the recording go on past a day", () => {
  assert.equal(clockText(90000), "25:00:00");
  assert.equal(clockText(90000, 0), "01:00:00 day 2");
  assert.equal(clockText(30, 86399), "00:00:29");
  assert.equal(clockText(90060, 0, { seconds: false }), "01:01 day 2");
  assert.equal(clockText(60, 0, { seconds: false }), "00:01");
  assert.equal(timeTicks({ fromS: 90000, toS: 90060 }, 700, null).at(0).text, "25:00:00");
});

test("ticks are never closer than their labels", () => {
  for (const spanS of [15, 60, 700, 3600, 40000, 86400, 5 * 86400]) {
    for (const widthPx of [120, 400, 1300]) {
      const ticks = timeTicks({ fromS: 17, toS: 17 + spanS }, widthPx, 5000);
      for (let k = 1; k < ticks.length; k += 1) {
        assert.ok(((ticks[k].timeS - ticks[k - 1].timeS) / spanS) * widthPx >= 76 - 1e-6);
      }
    }
  }
});

test("values are ticked at 1, 2, 5 steps inside the limits", () => {
  assert.deepEqual(valueTicks(30, 180, 4), [50, 100, 150]);
  assert.deepEqual(valueTicks(0, 1, 5).length, 6);
});

test("steps are named", () => {
  assert.deepEqual([1, 10, 60, 600, 3600].map(stepText), ["s", "10 s", "min", "10 min", "h"]);
});

test("zooming keeps the time under the pointer where it is", () => {
  const range = { fromS: 1000, toS: 5000 };
  const zoomed = zoomAbout(range, 2000, 0.5, 10000, 15);
  const share = (r) => (2000 - r.fromS) / (r.toS - r.fromS);
  assert.ok(Math.abs(share(zoomed) - share(range)) < 1e-9);
  assert.equal(zoomed.toS - zoomed.fromS, 2000);
});

test("no range leaves the recording or becomes shorter than the least", () => {
  assert.deepEqual(clampRange({ fromS: -50, toS: 50 }, 1000), { fromS: 0, toS: 100 });
  assert.deepEqual(clampRange({ fromS: 950, toS: 1150 }, 1000), { fromS: 800, toS: 1000 });
  assert.deepEqual(clampRange({ fromS: 500, toS: 501 }, 1000, 15), { fromS: 493, toS: 508 });
  assert.deepEqual(clampRange({ fromS: 0, toS: 30 }, 8, 15), { fromS: 0, toS: 8 });
  const least = zoomAbout({ fromS: 100, toS: 120 }, 110, 0.01, 1000, 15);
  assert.ok(Math.abs(least.toS - least.fromS - 15) < 1e-9);
  const all = zoomAbout({ fromS: 100, toS: 120 }, 110, 1e9, 1000, 15);
  assert.deepEqual(all, { fromS: 0, toS: 1000 });
  assert.deepEqual(panRange({ fromS: 100, toS: 200 }, 5000, 1000), { fromS: 900, toS: 1000 });
});

test("a brush goes either way", () => {
  assert.deepEqual(brushRange(300, 100, 1000, 15), { fromS: 100, toS: 300 });
  assert.deepEqual(brushRange(100, 300, 1000, 15), { fromS: 100, toS: 300 });
  assert.deepEqual(brushRange(-40, 100, 1000, 15), { fromS: 0, toS: 100 });
});

test("the range follows a window that slides out no further than needed, and centres one that jumped", () => {
  const range = { fromS: 100, toS: 200 };
  assert.equal(followRange(range, 120, 10, 1000), range);
  assert.deepEqual(followRange(range, 195, 10, 1000), { fromS: 105, toS: 205 });
  assert.deepEqual(followRange(range, 98, 10, 1000), { fromS: 98, toS: 198 });
  assert.deepEqual(followRange(range, 700, 10, 1000), { fromS: 655, toS: 755 });
});

test("unreadable on all leads is what their spans have in common", () => {
  const leads = [
    [[0, 10], [20, 30]],
    [[5, 25]],
  ];
  assert.deepEqual(spansOfAllLeads(leads), [[5, 10], [20, 25]]);
  assert.deepEqual(spansOfAnyLead(leads), [[0, 30]]);
  assert.deepEqual(spansOfAllLeads([leads[0], []]), []);
  assert.deepEqual(spansOfAllLeads([]), []);
});

test("an interval that touches an unreadable second is not trusted, one beside it is", () => {
  const { readable, ms } = intervalsOf(table([0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]), [[3, 4]]);
  assert.ok(Number.isNaN(ms[0]));
  assert.deepEqual([...ms].slice(1), [1000, 1000, 1000, 1000, 1000, 1000]);
  assert.deepEqual([...readable], [0, 1, 1, 0, 0, 1, 1]);
});

test("mean rate counts trusted intervals alone", () => {
  const intervals = intervalsOf(table([...steady(60, 1), ...steady(60, 0.5, 90)]), [[60, 90]]);
  const sums = sumsOf(intervals);
  assert.equal(meanBpm(sums, 0, 60), 60);
  assert.equal(meanBpm(sums, 60, 120), 120);
  assert.ok(Number.isNaN(meanBpm(sums, 60, 60)));
});

test("the mean line breaks where nothing can be trusted", () => {
  const intervals = intervalsOf(table([...steady(300, 1), ...steady(600, 0.5, 600)]), [[300, 600]]);
  const line = meanLine(intervals, sumsOf(intervals), { fromS: 0, toS: 900 }, 300);
  for (const [timeS, bpm] of line) {
    if (timeS > 15 && timeS < 285) assert.ok(Math.abs(bpm - 60) < 1e-6);
    if (timeS > 315 && timeS < 585) assert.ok(Number.isNaN(bpm));
    if (timeS > 615 && timeS < 885) assert.ok(Math.abs(bpm - 120) < 1e-6);
  }
});

test("bins begin at round times of the clock and cover the range", () => {
  const edges = binEdges({ fromS: 100, toS: 4000 }, 600, 36605);
  assert.ok(edges[0] <= 100 && edges.at(-1) >= 4000);
  for (const edge of edges) assert.equal((edge + 36605) % 600, 0);
  assert.equal(binStepS(86400, 900, 5), 600);
  assert.equal(binStepS(60, 900, 5), 1);
});

test("no beat is lost or counted twice in bins", () => {
  const times = steady(1000, 0.77, 0.3);
  const letters = times.map((_, i) => (i % 7 === 0 ? "V" : i % 11 === 0 ? "S" : "N")).join("");
  const intervals = intervalsOf(table(times, letters), []);
  const density = densities(intervals, sumsOf(intervals), { fromS: 0, toS: 800 }, 60, 1234);
  for (const letter of LETTERS) {
    const all = density.counts[letter].reduce((a, b) => a + b, 0);
    assert.equal(all, [...letters].filter((each) => each === letter).length);
  }
  assert.equal(binAt(density, density.edges[3] + 1), 3);
  assert.equal(binAt(density, -1e6), -1);
});

test("the rate axis holds a short run of V", () => {
  const times = [...steady(5000, 1), ...steady(8, 0.3, 5000)];
  const axis = rateAxis(intervalsOf(table(times, `${"N".repeat(5000)}${"V".repeat(8)}`), []));
  assert.ok(axis.low <= 60 && axis.high >= 200);
  assert.deepEqual(rateAxis(intervalsOf(table([]), [])), { low: 40, high: 120 });
});

test("ranges offered are shorter than the recording", () => {
  assert.deepEqual(zoomChoices(86400).map(({ name }) => name), ["whole", "hour", "10 min", "minute"]);
  assert.deepEqual(zoomChoices(2 * 86400).map(({ name }) => name), ["whole", "day", "hour", "10 min", "minute"]);
  assert.deepEqual(zoomChoices(30).map(({ name }) => name), ["whole"]);
  const range = chosenRange({ spanS: 60 }, { startS: 95, spanS: 10 }, 1000);
  assert.deepEqual(range, { fromS: 70, toS: 130 });
});

test("the nearest dot is found, ectopic alone where asked", () => {
  const intervals = intervalsOf(table([0, 1, 2, 2.5, 3.5], "NNNVN"), []);
  const reach = [2, 30];
  assert.equal(nearestDot(intervals, 2.1, 62, ...reach, { ectopic: false, low: 40, high: 200 }), 2);
  assert.equal(nearestDot(intervals, 2.1, 110, ...reach, { ectopic: true, low: 40, high: 200 }), 3);
  assert.equal(nearestDot(intervals, 30, 60, ...reach, { ectopic: false, low: 40, high: 200 }), -1);
});

test("long episodes answer in the upper part of the lane, short ones below", () => {
  const [long, short] = [{ startS: 0, stopS: 1000 }, { startS: 500, stopS: 503 }];
  assert.equal(episodeAt([long, short], 501, 2, 60, true), long);
  assert.equal(episodeAt([long, short], 504, 2, 60, false), short);
  assert.equal(episodeAt([long, short], 300, 2, 60, false), null);
});

test("time and x are each other's inverse, and lanes do not overlap", () => {
  const plan = overviewPlan(900, 232);
  const range = { fromS: 1234, toS: 9876 };
  for (const timeS of [1234, 5000, 9876]) assert.ok(Math.abs(timeOf(plan, range, xOf(plan, range, timeS)) - timeS) < 1e-6);
  const lanes = Object.values(plan.lanes).sort((a, b) => a.top - b.top);
  for (let k = 1; k < lanes.length; k += 1) assert.ok(lanes[k].top >= lanes[k - 1].bottom);
  assert.ok(lanes.at(-1).bottom <= plan.height && lanes[0].top >= 0);
  const axis = { low: 40, high: 140 };
  assert.ok(yOf(plan, axis, 140) < yOf(plan, axis, 40));
  assert.equal(yOf(plan, axis, 500), yOf(plan, axis, 140));
});

test("keys move by the sheet or by what can be seen, whichever is more", () => {
  const whole = { viewSpanS: 10, rangeS: 86400, durationS: 86400 };
  assert.equal(keyStepS("ArrowRight", false, whole), 432);
  assert.equal(keyStepS("ArrowLeft", true, whole), -4320);
  assert.equal(keyStepS("ArrowRight", false, { ...whole, rangeS: 60 }), 10);
  assert.equal(keyStepS("Home", false, whole), -86400);
  assert.equal(keyStepS("x", false, whole), null);
});

test("dots that share a pixel cover as much as one laid on the other", () => {
  const one = { data: new Uint8ClampedArray(4 * 25), width: 5, height: 5 };
  const cells = new Uint16Array(25);
  cells[12] = 2;
  stampCells(one, cells, dotMask(1), [10, 20, 30], 0.5);
  assert.deepEqual([...one.data.slice(48, 52)], [10, 20, 30, Math.round(255 * 0.75)]);
  assert.equal(one.data[3], 0);
  const edge = { data: new Uint8ClampedArray(4 * 25), width: 5, height: 5 };
  const corner = new Uint16Array(25);
  corner[0] = 1;
  stampCells(edge, corner, dotMask(2), [10, 20, 30], 1);
  assert.equal(edge.data[3], 255);
  assert.equal(edge.data[4 * 9 + 3], 0); // nothing wraps to the row's other end
});

test("ink on a colour is the one that reads better", () => {
  assert.equal(inkOn("#b8332a"), "#ffffff");
  assert.equal(inkOn("#f0a33a"), "#10161d");
});

const known = (times, letters, unreadable = []) => {
  const intervals = intervalsOf(table(times, letters), unreadable);
  return { intervals, sums: sumsOf(intervals), unreadable, episodes: [], clockS: 3600, diary: [], asleep: [] };
};

test("words under the pointer: time, rate and ectopic beats, or the beat or the episode itself", () => {
  const data = known(steady(120, 0.5), `${"N".repeat(60)}V${"N".repeat(59)}`, [[58, 60]]);
  const density = densities(data.intervals, data.sums, { fromS: 0, toS: 60 }, 60, 3600);
  const at = { beat: null, episode: null, density, bin: 0, classified: true };
  assert.equal(hoverText(data, { ...at, timeS: 30 }), "01:00:30 · 120 bpm · V 1 per min");
  assert.match(hoverText(data, { ...at, timeS: 59, classified: false }), /unreadable/);
  const beat = { letter: "V", timeS: 30, ms: 500 };
  assert.equal(hoverText(data, { ...at, timeS: 30, beat }), "01:00:30 · V · 500 ms · 120 bpm");
});

test("the label says in figures what is drawn", () => {
  const data = known(steady(3600, 0.5), `${"N".repeat(3000)}${"V".repeat(12)}${"S".repeat(3)}${"N".repeat(585)}`, [[1700, 1712]]);
  data.episodes = [{ title: "Atrial fibrillation", startS: 0, stopS: 90 }];
  data.diary = [{ kind: "diary" }, { kind: "button" }, { kind: "sleep" }];
  data.asleep = [[600, 1200]];
  const text = overviewLabel(data, { fromS: 0, toS: 1800 }, true);
  for (const part of ["3,600 beats", "mean 120 bpm", "12 ventricular", "3 supraventricular", "Atrial fibrillation once, 1 min 30 s", "2 diary entries", "asleep 10 min 00 s", "unreadable 12 s"]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  assert.match(overviewLabel(known([], ""), { fromS: 0, toS: 10 }, true), /no beats/);
});

test("first place at or after a value", () => {
  assert.deepEqual([-1, 0, 1, 5, 9].map((value) => lowerBound(new Float64Array([0, 1, 5]), value)), [0, 0, 1, 2, 3]);
});
