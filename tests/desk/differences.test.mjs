import assert from "node:assert/strict";
import { test } from "node:test";

import { beatAt, filterCounts, judged, judgementCounts, nextRow, passes, rowsOf } from "../../assets/desk/src/difference_rows.ts";
import { aboutText, countsText, statementNote } from "../../assets/desk/src/device_audit.ts";
import { agreementText, countCells, countTitle, emptyText, judgedText, notComparedText, rowText, titleText, waitingText } from "../../assets/desk/src/difference_words.ts";
import { meaning } from "../../assets/desk/src/keys.ts";
import { EMPTY_FIELDS, asks, criteriaOf, searchBeats } from "../../assets/desk/src/search_beats.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { StatementData } from "../../assets/desk/src/store_statements.ts";
import { deltaMeta, reviewPayload, table } from "./tables.mjs";

const WORDS = ["none", "VT", "N", "V", "S"].map((code) => ({ code, title: `title of ${code}` }));
const VERDICTS = [{ code: "uncertain", title: "uncertain", refuted: false }, { code: "double_count", title: "double count", refuted: true }];
const META = {
  revision: 0, name: "atr", n_differences: 4, kappa: 0.9, agreement: { N: 0.99, S: null, V: 0.5, F: null, Q: null },
  classes: ["N", "S", "V", "F", "Q", "none"], confusion: [[10, 0, 0, 0, 0, 0]], not_compared: [["beats in noise", 3]], notes: ["A note."],
  counts: [], words: WORDS, verdicts: VERDICTS, judgements: ["program", "file", "unsure"], reasons: ["", "why"], persons: ["Ann"],
};
// A VT, an N called V, a beat that the file lacks, an S of the file, and a V that both have.
const ARRAYS = {
  episode: Uint8Array.of(1, 0, 0, 0, 0),
  sample: Int32Array.of(100, 360, 720, 1080, 1440),
  stop: Int32Array.of(900, 361, 721, 1081, 1441),
  program: Uint8Array.of(0, 2, 2, 2, 3),
  reference: Uint8Array.of(1, 3, 0, 4, 3),
  person: Uint8Array.of(255, 3, 255, 255, 255),
  verdict: Uint8Array.of(0, 1, 255, 255, 0),
  reason: Int32Array.of(1, 1, 0, 0, 1),
  judged: Uint8Array.of(255, 1, 255, 255, 255),
  by: Uint8Array.of(255, 0, 255, 255, 255),
};
const rows = rowsOf({ meta: META, arrays: ARRAYS });

test("rows have the names that the log of edits knows, and what each says", () => {
  assert.deepEqual(rows.map(({ key }) => key), ["episode:100:none>VT", "beat:360:N>V", "beat:720:N>none", "beat:1080:N>S", "beat:1440:V>V"]);
  assert.deepEqual(rows.map(({ differs }) => differs), [true, true, true, true, false]);
  assert.equal(rows[1].person.code, "V");
  assert.deepEqual([rows[1].judged, rows[1].by, rows[1].verdict.refuted], ["file", "Ann", true]);
  assert.match(rowText(rows[1], "00:01"), /^00:01: program title of N, file title of V; person title of V; audit: double count; judged: file$/);
});

test("filters part the rows and miss none", () => {
  assert.deepEqual(filterCounts(rows), { all: 5, episodes: 1, V: 2, S: 1, others: 1, uncertain: 2, open: 4 });
});

test("a judgement on its way is drawn, one taken back too", () => {
  const edit = (judgement) => [{ edits: [{ action: "judge_difference", annotator: "atr", difference: "beat:360:N>V", judgement }] }];
  assert.deepEqual(judgementCounts(judged(rows, "atr", edit("program"), "Bob")), { program: 1, file: 0, unsure: 0 });
  assert.equal(judged(rows, "atr", edit("program"), "Bob")[1].by, "Bob");
  assert.deepEqual(judgementCounts(judged(rows, "atr", edit(null), "Bob")), { program: 0, file: 0, unsure: 0 });
  assert.equal(judged(rows, "qrs", edit("program"), "Bob")[1].judged, "file"); // of another annotation set
  assert.match(judgedText(rows), /1 judged: program right 0, file right 1, unsure 0/);
});

test("the next difference is the next that passes, in order of consequence", () => {
  const any = passes("all");
  assert.equal(nextRow(rows, null, 1, any), 0);
  assert.equal(nextRow(rows, "episode:100:none>VT", 1, any), 1);
  assert.equal(nextRow(rows, "episode:100:none>VT", 1, passes("S")), 3);
  assert.equal(nextRow(rows, "beat:1440:V>V", 1, any), -1);
  assert.equal(nextRow(rows, null, -1, any), 4);
  assert.equal(nextRow(rows, "episode:100:none>VT", -1, any), -1);
});

test("an empty list says what was compared and what was not", () => {
  assert.match(emptyText([], META), /No differences in 10 beats.*Not compared: 3 beats in noise/);
  assert.match(emptyText(rows, META), /of this kind/);
  assert.equal(notComparedText({ not_compared: [] }), "");
  assert.match(agreementText(META), /kappa 0\.90 · agreement on N 99 %, V 50 %/);
  assert.match(agreementText({ ...META, kappa: null }), /kappa not defined/);
});

test("what is not known is never told as no difference", () => {
  const ofTitle = (values) => titleText({ known: false, problem: null, meta: null, rows: [], ...values }).text;
  assert.equal(ofTitle({}), "");
  assert.equal(ofTitle({ problem: "Damaged." }), "differences not known");
  assert.equal(ofTitle({ known: true, meta: META, rows }), "4 differences");
  assert.equal(ofTitle({ known: true, meta: { ...META, n_differences: 0 } }), "0 differences");
  const waiting = (facts, stage, differences) => waitingText({ review: { facts, stage }, differences: { known: false, problem: null, ...differences } });
  assert.match(waiting({ hasReference: false }, "classified", {}), /no annotations/);
  assert.match(waiting({ hasReference: true }, "found", {}), /Classify/);
  assert.equal(waiting({ hasReference: true }, "classified", { problem: "Damaged." }), "Damaged.");
  assert.equal(waiting({ hasReference: true }, "classified", { known: true }), "");
});

test("a count shows the file's beside the audited one and what is to decide", () => {
  const count = { kind: "V", name: "V beats", file: 445, confirmed: 390, refuted: 11, uncertain: 44, missed: 3, doubtful: 16, file_percent: 14.93, audited_percent: 0.25, audited: 437 };
  assert.deepEqual(countCells(count), ["445 (15 %)", "437 (0.3 %)", "60"]);
  assert.match(countTitle(count), /445, of which 390 confirmed, 44 uncertain, 11 refuted; it lacks 3, and 16 more/);
});

test("beats that differ can be searched for", () => {
  const beats = table([90, 355, 735, 1100, 1440], ["N", "N", "N", "N", "V"]);
  assert.deepEqual([360, 720, 1080, 5000].map((sample) => beatAt(beats, sample)), [1, 2, 3, -1]);
  const { criteria } = criteriaOf({ ...EMPTY_FIELDS, differs: true });
  assert.ok(asks(criteria));
  assert.deepEqual([...searchBeats(beats, criteria, new Set([1, 3]))], [1, 3]);
  assert.deepEqual([...searchBeats(beats, criteria)], []);
});

test("keys lead to differences and judge them", () => {
  assert.deepEqual(meaning({ key: "i" }), ["difference", 1]);
  assert.deepEqual(meaning({ key: "I", shiftKey: true }), ["difference", -1]);
  assert.deepEqual(["1", "2", "3"].map((key) => meaning({ key })[1]), ["program", "file", "unsure"]);
  assert.equal(meaning({ key: "2" }, { field: true }), null);
});

test("the store asks once beats are classified, judges the current difference, and asks again", async () => {
  const beats = table([355, 735, 1100, 1440], ["N", "N", "N", "V"]);
  const posted = [];
  let asked = 0;
  let revision = 0;
  const recording = { rec: "r", name: "r", fs_hz: 360, n_samples: 3600, duration_s: 10, clock_s: null, annotators: ["atr"], notes: [], lead_notes: [], leads: [] };
  const columns = { id: beats.id, sample: beats.sample, label: beats.label, p: beats.p, edited: beats.edited, quality: beats.quality, family: beats.family, distance: beats.distance };
  const api = {
    get: async () => ({ ...reviewPayload({ revision }), stage: "classified", job: null, recording, model: null, person: "", edits_problem: null }),
    packed: async (route) => {
      if (route === "beats") return { meta: { revision, fs_hz: 360, distance_scale: 1 }, arrays: columns };
      if (route !== "differences") return null;
      asked += 1;
      return { meta: { ...META, revision }, arrays: ARRAYS };
    },
    post: async (route, body) => {
      if (route !== "edits") return null;
      posted.push(body.edits[0]);
      revision += 1;
      return { meta: deltaMeta(reviewPayload({ revision })), arrays: { ...columns, removed: new Int32Array(0) } };
    },
  };
  const store = new Store({ api, rec: "r" });
  store.differences.start();
  await store.review.refresh();
  await new Promise(setImmediate);
  assert.deepEqual([asked, store.differences.known, store.differences.rows.length], [1, true, 5]);
  store.differences.judgeCurrent("file");
  assert.match(store.status.text, /Choose a difference/);
  store.differences.step(1);
  store.differences.step(1);
  assert.equal(store.differences.current, "beat:360:N>V");
  assert.equal(store.navigation.chosen, 355);
  assert.equal(store.prefs.reference, true);
  store.differences.judgeCurrent("program");
  assert.equal(store.differences.rows[1].judged, "program"); // before the server has it
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(posted.map(({ difference, judgement }) => [difference, judgement]), [["beat:360:N>V", "program"]]);
  assert.equal(asked, 2);
  store.end();
});

test("a difference that was asked for is gone to once it is known", async () => {
  const recording = { rec: "r", name: "r", fs_hz: 360, n_samples: 3600, duration_s: 10, clock_s: null, annotators: ["atr"], notes: [], lead_notes: [], leads: [] };
  const beats = table([355, 735, 1100, 1440], ["N", "N", "N", "V"]);
  const columns = { id: beats.id, sample: beats.sample, label: beats.label, p: beats.p, edited: beats.edited, quality: beats.quality, family: beats.family, distance: beats.distance };
  const api = {
    get: async () => ({ ...reviewPayload({ revision: 0 }), stage: "classified", job: null, recording, model: null, person: "", edits_problem: null }),
    packed: async (route) => (route === "beats" ? { meta: { revision: 0, fs_hz: 360, distance_scale: 1 }, arrays: columns } : { meta: META, arrays: ARRAYS }),
    post: async () => null,
  };
  const store = new Store({ api, rec: "r" });
  store.differences.start();
  store.differences.beginAt(1080);
  await store.review.refresh();
  await new Promise(setImmediate);
  assert.equal(store.differences.current, "beat:1080:N>S");
  store.differences.beginAt(100);
  assert.equal(store.differences.current, "episode:100:none>VT");
  store.differences.beginAt(5);
  assert.equal(store.differences.current, "episode:100:none>VT"); // none there: it stays
  store.end();
});

const VERDICT = { statement: "Atrial fibrillation", name: "atrial fibrillation", standing: "stated", verdict: "not_found", title: "not found", reason: "looked for, not found" };

test("a verdict says what a statement is about where its words do not", () => {
  assert.equal(aboutText(VERDICT), "");
  assert.equal(aboutText({ ...VERDICT, standing: "negated" }), "no atrial fibrillation");
  assert.equal(aboutText({ ...VERDICT, statement: "AF" }), "atrial fibrillation");
  assert.equal(aboutText({ ...VERDICT, statement: "" }), "atrial fibrillation");
  assert.equal(aboutText({ ...VERDICT, name: "" }), "");
  assert.equal(statementNote([VERDICT]), "Stated in the file. Audit: not found (looked for, not found).");
  assert.equal(statementNote([]), "");
});

test("verdicts are counted in words, those of none left out", () => {
  const counts = { confirmed: 2, not_found: 0, contradicted: 1, not_assessed: 0, unstated: 1 };
  assert.equal(countsText(counts), "2 confirmed, 1 contradicted, 1 urgent and not stated");
});

test("statements are audited once beats are classified, and again when the waves are there", async () => {
  let asked = 0;
  const answer = { complete: false, counts: { confirmed: 0, not_found: 1, contradicted: 0, not_assessed: 0, unstated: 0 }, verdicts: [VERDICT] };
  const store = {
    review: { stage: "beats", episodes: [{ kind: "DEVICE" }] }, waves: { state: "waiting" }, gone: false, listeners: {},
    subscribe(topic, fn) { this.listeners[topic] = fn; return () => {}; },
    notify() {},
    api: { get: async (route) => { assert.equal(route, "statements"); asked += 1; return answer; } },
  };
  const data = new StatementData(store);
  data.start();
  assert.equal(asked, 0);
  store.review.stage = "classified";
  store.listeners.state();
  await new Promise(setImmediate);
  assert.equal(asked, 1);
  assert.deepEqual(data.of("Atrial fibrillation"), [VERDICT]);
  assert.deepEqual(data.of("Asystole"), []);
  store.listeners.state();
  await new Promise(setImmediate);
  assert.equal(asked, 1);
  store.waves.state = "ready";
  store.listeners.waves();
  await new Promise(setImmediate);
  assert.equal(asked, 2);
});
