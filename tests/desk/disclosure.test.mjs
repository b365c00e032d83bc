// Run with: node --test tests/desk/disclosure.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { PageLoader } from "../../assets/desk/src/disclosure_loader.ts";
import {
  ABSENT,
  columnClasses,
  fillTraces,
  fittingScale,
  keyMoveS,
  pageOf,
  pageOfAnswer,
  pagePlan,
  rowLetters,
  rowPieces,
  rowsOf,
  rowTop,
  timeAtPoint,
  UNREADABLE,
} from "../../assets/desk/src/disclosure_rows.ts";
import { LETTERS } from "../../assets/desk/src/plot_intervals.ts";

const FS = 100;

function table(times, letters) {
  return {
    n: times.length,
    fs: FS,
    sample: Int32Array.from(times, (timeS) => Math.round(timeS * FS)),
    label: Uint8Array.from(letters, (letter) => (letter === "-" ? 255 : LETTERS.indexOf(letter))),
  };
}

test("pages tile the recording, and every time lies on one", () => {
  assert.equal(pageOf(0, 30, 86400), 0);
  assert.equal(pageOf(1799.9, 30, 86400), 0);
  assert.equal(pageOf(1800, 30, 86400), 1800);
  assert.equal(pageOf(86400, 30, 86400), 84600);
  assert.equal(pageOf(99999, 60, 5000), 3600);
  assert.equal(pageOf(-5, 60, 5000), 0);
});

test("the last page has the rows that are left", () => {
  assert.equal(rowsOf(0, 30, 86400), 30);
  assert.equal(rowsOf(3600, 60, 5000), 24);
  assert.equal(rowsOf(0, 30, 45), 1);
});

test("a point and its time are each other's inverse", () => {
  const plan = pagePlan(900, 30, 30);
  for (const timeS of [1800, 1834.5, 1800 + 17 * 60 + 59]) {
    const [{ row, left }] = rowPieces(plan, 1800, timeS, timeS + 0.01);
    const back = timeAtPoint(plan, 1800, left, rowTop(plan, row) + plan.rowPx / 2, 86400);
    assert.ok(Math.abs(back - timeS) < 0.01, `${back} for ${timeS}`);
  }
  assert.equal(timeAtPoint({ ...plan, nRows: 3 }, 0, 500, 4 * plan.rowPx, 86400), null);
  assert.equal(timeAtPoint(plan, 0, 1e6, 5, 42), 42);
});

test("a span that crosses minutes is outlined on each row, open where it goes on", () => {
  const plan = pagePlan(900, 30, 30);
  const pieces = rowPieces(plan, 600, 655, 725);
  assert.deepEqual(pieces.map(({ row, begins, ends }) => [row, begins, ends]), [
    [0, true, false],
    [1, false, false],
    [2, false, true],
  ]);
  const width = pieces.reduce((sum, piece) => sum + piece.width, 0);
  assert.ok(Math.abs(width - (70 / 60) * plan.plotWidth) < 1e-6);
  assert.deepEqual(rowPieces(plan, 600, 100, 200), []);
  assert.equal(rowPieces(plan, 600, 500, 610)[0].begins, false);
});

test("beats that are not N colour the columns around them, half-way to their neighbours at most", () => {
  const classes = columnClasses(table([9.8, 10, 10.2, 30, 59.9], "NVNNV"), 0, 600);
  assert.deepEqual([classes[98], classes[99], classes[100], classes[101]], [0, 2, 2, 0]);
  assert.equal(classes[300], 0);
  assert.deepEqual([classes[595], classes[596], classes[599]], [0, 2, 2]);
  const next = columnClasses(table([9.8, 10, 10.2, 30, 59.9], "NVNNV"), 60, 600);
  assert.deepEqual([next[0], next[3], next[4]], [2, 2, 0]); // it reaches into the next minute
  assert.ok(columnClasses(table([1, 2], "--"), 0, 600).every((each) => each === 0));
});

test("letters stand over their beats where they do not touch", () => {
  const plan = pagePlan(900, 30, 30);
  const letters = rowLetters(table([59, 70, 70.1, 90, 100], "VVVSN"), plan, 60);
  assert.deepEqual(letters.map(({ letter }) => letter), ["V", "S"]);
  assert.ok(Math.abs(letters[0].x - (plan.left + plan.plotWidth / 6)) < 1e-6);
});

test("traces join from column to column, take their class's colour, and leave gaps where nothing is", () => {
  const plan = { ...pagePlan(200, 30, 1), columns: 60, dpr: 1, nRows: 1 };
  const minmax = new Int8Array(120).fill(0);
  minmax.set([6, 10], 20); // column 10, off the line of rest
  minmax.set([ABSENT, ABSENT], 40); // column 20
  const page = { startS: 0, scaleMv: 0.05, minmax, columns: 60, nRows: 1 };
  const words = new Uint32Array(60 * plan.height);
  const palette = [1, 2, 3, 4, 5, 6];
  fillTraces(words, plan, page, { beats: table([30.2], "V"), unreadable: [[40, 45]] }, palette, 10);
  const column = (k) => Array.from({ length: plan.height }, (_, y) => words[y * 60 + k]);
  const drawn = (k) => column(k).filter(Boolean);
  assert.equal(drawn(5).length, 1);
  assert.equal(drawn(10).length, 6); // joined to the rest before it
  assert.equal(drawn(11).length, 4); // and the rest after it to its foot
  assert.equal(drawn(20).length, 0);
  assert.equal(drawn(30)[0], palette[LETTERS.indexOf("V")]);
  assert.equal(drawn(42)[0], palette[UNREADABLE]);
  assert.equal(drawn(50)[0], palette[0]);
});

test("a beat of any height stays near its row", () => {
  const plan = { ...pagePlan(200, 30, 30), columns: 60, dpr: 1 };
  const minmax = new Int8Array(30 * 120).fill(0);
  minmax.set([-127, 127], 10 * 120 + 40);
  const words = new Uint32Array(60 * plan.height);
  const page = { startS: 0, scaleMv: 0.1, minmax, columns: 60, nRows: 30 };
  fillTraces(words, plan, page, { beats: table([], ""), unreadable: [] }, [1, 2, 3, 4, 5, 6], 10);
  const rows = Array.from({ length: plan.height }, (_, y) => y).filter((y) => words[y * 60 + 20]);
  const near = rows.filter((y) => y > rowTop(plan, 9) + plan.rowPx / 2 && y < rowTop(plan, 12));
  assert.ok(near.length > plan.rowPx);
  assert.equal(rows.length - near.length, 28); // the other rows have their line of rest and nothing more
});

test("the usual range of a lead fills a row whatever its unit", () => {
  const plan = pagePlan(900, 30, 30);
  assert.ok(Math.abs(fittingScale(plan, [-0.5, 1.5], 1) * 2 - 0.95 * plan.tracePx) < 1e-9);
  assert.equal(fittingScale(plan, [-0.5, 1.5], 2), 2 * fittingScale(plan, [-0.5, 1.5], 1));
  assert.ok(Number.isFinite(fittingScale(plan, [0, 0], 1)));
});

test("arrows move by the sheet and by rows, pages by pages", () => {
  const sizes = { viewSpanS: 10, minutes: 30 };
  assert.equal(keyMoveS("ArrowRight", false, sizes), 10);
  assert.equal(keyMoveS("ArrowUp", false, sizes), -60);
  assert.equal(keyMoveS("ArrowDown", true, sizes), 300);
  assert.equal(keyMoveS("PageDown", false, sizes), 1800);
  assert.equal(keyMoveS("End", false, sizes), Infinity);
  assert.equal(keyMoveS("v", false, sizes), null);
});

// Pages on their way

const answerFor = ({ start_s: startS }) => ({
  meta: { start_s: startS, width: 2, scale_mv: 0.1 },
  arrays: { minmax: new Int8Array(8) },
});
const request = (startS) => ({ key: String(startS), params: { start_s: startS } });
const soon = (ms = 15) => new Promise((done) => setTimeout(done, ms));

function loader(options = {}) {
  const asked = [];
  let changes = 0;
  const made = new PageLoader(
    (params, signal) =>
      new Promise((done, fail) => {
        asked.push({ startS: params.start_s, signal, done: () => done(answerFor(params)), fail });
      }),
    () => (changes += 1),
    { settleMs: 0, neighbourMs: 0, most: 3, ...options },
  );
  return { made, asked, changes: () => changes };
}

test("a page answers with its rows", () => {
  const page = pageOfAnswer(answerFor({ start_s: 60 }));
  assert.deepEqual([page.startS, page.nRows, page.columns], [60, 2, 2]);
});

test("a page that is no longer wanted is given up, and its answer never counts", async () => {
  const { made, asked } = loader();
  made.want(request(0));
  await soon();
  made.want(request(1800));
  await soon();
  assert.equal(asked[0].signal.aborted, true);
  asked[0].done();
  asked[1].done();
  await soon();
  assert.equal(made.page("0"), null);
  assert.equal(made.page("1800").startS, 1800);
});

test("turning quickly over pages asks for the last one only", async () => {
  const { made, asked } = loader({ settleMs: 10 });
  for (const startS of [0, 1800, 3600, 5400]) made.want(request(startS));
  await soon(30);
  assert.deepEqual(asked.map(({ startS }) => startS), [5400]);
});

test("the page after is there before it is turned to, and is not asked for again", async () => {
  const { made, asked } = loader();
  made.want(request(0), request(1800));
  await soon();
  asked[0].done();
  await soon();
  asked[1].done();
  await soon();
  made.want(request(1800), null);
  await soon();
  assert.deepEqual(asked.map(({ startS }) => startS), [0, 1800]);
  assert.equal(made.page("1800").startS, 1800);
});

test("what went wrong is told, and asking again forgets it", async () => {
  const { made, asked, changes } = loader();
  made.want(request(0));
  await soon();
  asked[0].fail(new Error("The file is gone."));
  await soon();
  assert.equal(made.problem, "The file is gone.");
  assert.equal(changes(), 1);
  made.stop();
  made.want(request(0));
  await soon();
  asked[1].done();
  await soon();
  assert.equal(made.problem, null);
  assert.equal(made.page("0").startS, 0);
});

test("a few pages are kept, the one not looked at longest goes", async () => {
  const { made } = loader({ most: 2 });
  made.keep("a", 1);
  made.keep("b", 2);
  made.page("a");
  made.keep("c", 3);
  assert.deepEqual([made.page("a"), made.page("b"), made.page("c")], [1, null, 3]);
});
