// The dialog that exports signal: what can be chosen, and one export from its beginning to the file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../assets/desk/src/api.ts";
import { FORMATS, sizeText, spansOf, statusText } from "../../assets/desk/src/export_dialog.ts";
import { ExportRun } from "../../assets/desk/src/export_run.ts";

const facts = { durationS: 3600, clockS: null };

test("the whole, what is on screen, and a span that was dragged in any direction", () => {
  const [whole, screen, span] = spansOf(facts, { startS: 3595, spanS: 10 }, { fromS: 30, toS: 20.5 });
  assert.deepEqual([whole.fromS, whole.toS, whole.what], [null, null, "01:00:00"]);
  assert.deepEqual([screen.fromS, screen.toS], [3595, 3600]);
  assert.equal(screen.what, "00:59:55 – 01:00:00");
  assert.deepEqual([span.fromS, span.toS], [20.5, 30]);
});

test("without a selected span there is none to be chosen", () => {
  for (const none of [null, { fromS: 5, toS: 5 }, { fromS: -3, toS: -1 }]) {
    const [, , span] = spansOf(facts, { startS: 0, spanS: 10 }, none);
    assert.equal(span.fromS, undefined);
    assert.match(span.what, /^hold Alt/);
  }
});

test("times are times of day where the start is known", () => {
  const [, screen] = spansOf({ durationS: 3600, clockS: 86390 }, { startS: 0, spanS: 20 }, null);
  assert.equal(screen.what, "23:59:50 – 00:00:10");
});

test("sizes in words", () => {
  assert.deepEqual([0, 999, 1000, 830_400, 1_440_000, 12_000_000, 1.4e9].map(sizeText), ["0 B", "999 B", "1 KB", "830 KB", "1.4 MB", "12 MB", "1.4 GB"]);
});

test("the status line says how far it is", () => {
  assert.equal(statusText({ state: "preparing", share: 0.429 }), "Being prepared … 42 %");
  assert.equal(statusText({ state: "preparing", share: 0.99 }), "Being packed …");
  assert.match(statusText({ state: "fetching", share: 1, name: "a.edf", bytes: 12e6 }), /^Ready; a\.edf \(12 MB\)/);
});

test("the formats are those that the server writes", () => {
  assert.deepEqual(FORMATS.map(([value]) => value), ["wfdb", "edf", "csv", "parquet", "dicom"]);
});

/** A server that is ready after some questions. */
function server(answers, { file = () => ({ blob: "content", name: "a.edf" }) } = {}) {
  const asked = [];
  const next = (what) => {
    asked.push(what);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return {
    asked,
    post: async (path, body) => (path.endsWith("stop") ? void asked.push(`stop ${body.key}`) : next(`begin ${body.format}`)),
    get: async (path, { key }) => next(`look ${key}`),
    file: async (path, { key }, { signal }) => {
      asked.push(`file ${key}`);
      return file(signal);
    },
  };
}

const preparing = (share) => ({ key: "k", share, ready: false, problem: null, said: [] });
const ready = { key: "k", share: 1, ready: true, name: "a.edf", bytes: 7, problem: null, said: ["coarse"] };

test("an export is begun, asked after, fetched and forgotten", async () => {
  const api = server([preparing(0), preparing(0.5), ready]);
  const told = [];
  const got = await new ExportRun(api, ({ state, share }) => told.push([state, share]), 1).file({ format: "edf" });
  assert.deepEqual(got, { blob: "content", name: "a.edf", said: ["coarse"] });
  assert.deepEqual(api.asked, ["begin edf", "look k", "look k", "file k", "stop k"]);
  assert.deepEqual(told, [["preparing", 0], ["preparing", 0.5], ["fetching", 1]]);
});

test("a server that is away for a moment is asked again", async () => {
  const api = server([preparing(0), new Problem("away", 0), new Problem("away", 0), ready]);
  assert.equal((await new ExportRun(api, () => {}, 1).file({ format: "csv" })).name, "a.edf");
});

test("a problem of the server is thrown as its sentence, and nothing is left", async () => {
  const api = server([preparing(0), { ...preparing(0.2), problem: "The disk is full." }]);
  await assert.rejects(new ExportRun(api, () => {}, 1).file({ format: "edf" }), { message: "The disk is full." });
  assert.equal(api.asked.at(-1), "stop k");
  const refused = server([new Problem("Others are exporting.", 429)]);
  await assert.rejects(new ExportRun(refused, () => {}, 1).file({ format: "edf" }), { message: "Others are exporting." });
  assert.deepEqual(refused.asked, ["begin edf"]);
});

test("stopping ends the waiting and tells the server once", async () => {
  const api = server([preparing(0), preparing(0.1)]);
  const run = new ExportRun(api, () => run.stop(), 60_000);
  await assert.rejects(run.file({ format: "edf" }), { name: "AbortError" });
  assert.deepEqual(api.asked, ["begin edf", "stop k"]);
});

test("stopping while it begins stops it as soon as its name is known", async () => {
  const api = server([preparing(0)]);
  const run = new ExportRun(api, () => {}, 1);
  const file = run.file({ format: "edf" });
  run.stop();
  await assert.rejects(file, { name: "AbortError" });
  assert.deepEqual(api.asked, ["begin edf", "stop k"]);
});
