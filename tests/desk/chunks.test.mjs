// Run with: node --test tests/desk/chunks.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { Chunk, ChunkCache, chunksIn, chunksOf, filterName, mediansMv, neighbours, pointsPerS, runsOf } from "../../assets/desk/src/chunks.ts";

const FS = 100;

/** A server whose answers come when the test lets them. */
function server() {
  const asked = [];
  const fetchSpan = (params, signal) =>
    new Promise((resolve, reject) => {
      const request = { ...params, aborted: false, fail: reject };
      request.answer = (count = params.count) => {
        const arrays = { lsb: Float32Array.of(0.5, 0.001) };
        for (let k = params.first; k < params.first + count; k += 1) arrays[`c${k}`] = new Int16Array(2 * 10 * FS).fill(k);
        const starts = Array.from({ length: count }, (_, k) => 10 * FS * (params.first + k));
        resolve({ meta: { first: params.first, count, rate_hz: FS, filter: params.filter, starts }, arrays });
      };
      signal.addEventListener("abort", () => {
        request.aborted = true;
        reject(Object.assign(new Error("aborted"), { name: "AbortError" }));
      });
      asked.push(request);
    });
  return { asked, fetchSpan };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function cacheOn({ durationS = 600, filters = [], points = FS, ...options } = {}) {
  const { asked, fetchSpan } = server();
  const later = [];
  const changes = [];
  const cache = new ChunkCache({
    fetchSpan,
    onChange: () => changes.push(1),
    later: (fn, ms) => later.push({ fn, ms }),
    never: () => {},
    ...options,
  });
  cache.configure({ fs: FS, durationS, filters, points });
  const pending = () => asked.filter((request) => !request.done && !request.aborted);
  const answerAll = async () => {
    while (pending().length) {
      for (const request of pending()) {
        request.done = true;
        request.answer();
      }
      await settled();
    }
  };
  return { cache, asked, later, changes, answerAll, pending };
}

const spans = (requests) => requests.map(({ first, count }) => [first, count]);

test("a stretch of time touches these chunks, inside the recording", () => {
  assert.deepEqual(chunksOf(0, 10, 60), [0, 0]);
  assert.deepEqual(chunksOf(10, 20, 60), [1, 1]);
  assert.deepEqual(chunksOf(9.9, 20.1, 60), [0, 2]);
  assert.deepEqual(chunksOf(-5, 3, 60), [0, 0]);
  assert.deepEqual(chunksOf(595, 700, 60), [59, 59]);
});

test("neighbours come first, then a page in the direction of travel", () => {
  assert.deepEqual(neighbours([5, 5], 0, 60), [6, 4]);
  assert.deepEqual(neighbours([5, 6], 1, 60), [7, 4, 8, 9]);
  assert.deepEqual(neighbours([5, 6], -1, 60), [4, 7, 3, 2]);
  assert.deepEqual(neighbours([0, 0], -1, 2), [1]);
});

test("contiguous chunks are one request, of a length that a server takes", () => {
  assert.deepEqual(runsOf([4, 3, 7, 9, 8]), [[3, 2], [7, 3]]);
  assert.deepEqual(runsOf(Array.from({ length: 20 }, (_, i) => i), 8), [[0, 8], [8, 8], [16, 4]]);
});

test("points follow what the paper can show, and a slow recording comes whole", () => {
  assert.equal(pointsPerS(360, 95), 360);
  assert.equal(pointsPerS(500, 95), 250);
  assert.equal(pointsPerS(1000, 95), 250);
  assert.equal(pointsPerS(1000, 190), 500);
  assert.ok(pointsPerS(10_000, 5000) <= 4000);
  for (const pxPerS of [20, 95, 190, 400]) assert.ok(pointsPerS(2000, pxPerS) >= 1.8 * Math.min(pxPerS, 1000));
});

test("the same filters have one name, in whatever order they were switched on", () => {
  assert.equal(filterName(["muscle", "baseline"]), filterName(["baseline", "muscle"]));
  assert.equal(filterName([]), "none");
});

test("what is in view is asked for first and in one request, its neighbours when it is there", async () => {
  const { cache, asked, answerAll } = cacheOn();
  cache.want(95, 125);
  assert.deepEqual(spans(asked), [[9, 4]]);
  await answerAll();
  assert.deepEqual(spans(asked), [[9, 4], [8, 1], [13, 1]]);
  cache.want(95, 125);
  assert.equal(asked.length, 3, "what is there or on its way is not asked for again");
});

test("a page turn into what was fetched ahead waits for nothing", async () => {
  const { cache, answerAll } = cacheOn();
  cache.want(100, 110, 1);
  await answerAll();
  for (let startS = 110; startS < 580; startS += 10) {
    assert.ok(cache.has(startS / 10), `the page at ${startS} s is there before it is turned to`);
    cache.want(startS, startS + 10, 1);
    await answerAll();
  }
});

test("requests that nobody wants any more are called off, others go on", async () => {
  const { cache, asked } = cacheOn();
  cache.want(100, 110);
  cache.want(105, 115);
  assert.deepEqual(asked.map(({ aborted }) => aborted), [false, false]);
  cache.want(400, 410);
  assert.deepEqual(asked.map(({ aborted }) => aborted), [true, true, false]);
  assert.deepEqual(spans(asked).at(-1), [40, 1]);
});

test("memory stays below its limit, what was used least recently goes first, what is in view stays", async () => {
  const bytes = 2 * 2 * 10 * FS + 200;
  const { cache, answerAll } = cacheOn({ limitBytes: 6 * bytes });
  for (const startS of [0, 100, 200, 0, 300, 400]) {
    cache.want(startS, startS + 10);
    await answerAll();
    assert.ok(cache.bytes <= 6 * bytes);
    assert.ok(cache.has(startS / 10));
  }
  assert.ok(!cache.has(20), "an old place was let go");
  const kept = [...cache.kept.values()].reduce((sum, chunk) => sum + chunk.bytes, 0);
  assert.equal(cache.bytes, kept);
});

test("filters and points a second have chunks of their own; other points stand in until the right ones are there", async () => {
  const { cache, asked, answerAll } = cacheOn();
  cache.want(100, 110);
  await answerAll();
  cache.configure({ fs: FS, durationS: 600, filters: ["muscle"], points: FS });
  assert.equal(cache.get(10), undefined, "a filtered signal is never stood in for");
  cache.want(100, 110);
  assert.equal(asked.at(-1).filter, "muscle");
  cache.configure({ fs: FS, durationS: 600, filters: [], points: 50 });
  assert.ok(cache.get(10) && !cache.has(10));
  cache.want(100, 110);
  assert.equal(asked.at(-1).points_per_s, 50);
});

test("a request that failed is made again after a while, and longer each time", async () => {
  const { cache, asked, later, changes } = cacheOn();
  cache.want(100, 110);
  for (const wait of [1000, 2000, 5000]) {
    asked.at(-1).fail(new Error("The server cannot be reached."));
    await settled();
    assert.match(cache.problem.message, /cannot be reached/);
    assert.equal(later.at(-1).ms, wait);
    const before = asked.length;
    cache.want(100, 110);
    assert.equal(asked.length, before, "not before its time");
    later.at(-1).fn();
    assert.equal(asked.length, before + 1);
  }
  asked.at(-1).answer();
  await settled();
  assert.equal(cache.problem, null);
  assert.ok(cache.has(10) && changes.length >= 4);
});

test("an answer that is short of chunks is a failure, not a loop", async () => {
  const { cache, asked } = cacheOn();
  cache.want(95, 105);
  asked[0].answer(1);
  await settled();
  assert.equal(asked.length, 1);
  assert.ok(cache.has(9) && !cache.has(10) && cache.problem);
});

test("nothing is asked for after the end", async () => {
  const { cache, asked } = cacheOn();
  cache.want(100, 110);
  cache.destroy();
  await settled();
  cache.want(300, 310);
  assert.deepEqual(asked.map(({ aborted }) => aborted), [true]);
});

test("chunks know their values in mV, what is absent, and where their first sample lies", () => {
  const counts = Int16Array.of(10, -32768, 4, -4);
  const [chunk] = chunksIn({ meta: { first: 3, count: 1, rate_hz: 128, starts: [3841] }, arrays: { c3: counts, lsb: Float32Array.of(0.5, 0.25) } }, 128);
  assert.equal(chunk.startS, 3841 / 128);
  assert.equal(chunk.mv(0, 0), 5);
  assert.ok(Number.isNaN(chunk.mv(0, 1)));
  assert.equal(chunk.mv(1, 1), -1);
});

test("a lead's level is the median of its samples, and what is usual for it where there are none", () => {
  const chunk = (values) => new Chunk(0, Int16Array.from([...values, ...values.map(() => -32768)]), Float32Array.of(0.001, 1), 100);
  const beats = Array.from({ length: 1000 }, (_, k) => (k % 100 < 8 ? 1500 : 200));
  const [first, second] = mediansMv([chunk(beats), chunk(beats)], [9, -0.25]);
  assert.ok(Math.abs(first - 0.2) < 1e-6, "peaks do not move it");
  assert.equal(second, -0.25);
  assert.deepEqual(mediansMv([], [1, 2]), [1, 2]);
});
