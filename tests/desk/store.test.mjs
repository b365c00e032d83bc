import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../assets/desk/src/api.ts";
import { problemText } from "../../assets/desk/src/edits_problem.ts";
import { meaning } from "../../assets/desk/src/keys.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { marked } from "../../assets/desk/src/marks.ts";
import { nextEvent } from "../../assets/desk/src/steps.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { unpack } from "../../assets/desk/src/wire.ts";
import { deltaMeta, reviewPayload, table } from "./tables.mjs";

const RECORDING = {
  rec: "demo/x", name: "x", fs_hz: 100, n_samples: 60000, duration_s: 600, clock_s: null, start_time: null,
  synthetic: true, person: null, notes: [], lead_notes: [], annotators: [],
  leads: [{ name: "II", calibrated: true, scale: 1, range_mv: [-1, 1], offset_mv: 0 }],
};
const episodes = (marks) => ({
  key: marks.map((_, i) => `V${i}`), kind: marks.map(() => "VT"), title: marks.map(() => "run"),
  start_sample: marks.map((_, i) => 1000 * i), stop_sample: marks.map((_, i) => 1000 * i + 300),
  n_beats: marks.map(() => 3), rate_bpm: marks.map(() => 120), reason: marks.map(() => ""),
  source: marks.map(() => "beats"), sign: marks.map(() => "V"), marks,
});
const derived = (revision, marks = [0, 2, 0]) =>
  reviewPayload({ revision, summary: {}, episodes: episodes(marks), quality: { seconds: 600, unreadable: [[]] } });

/** A server in miniature: it keeps every edit, and can be cut off. */
class FakeApi {
  constructor() {
    this.beats = table([100, 200, 350, 5000], "NVSN", { fs: 100, p: [1, 0.5, 1, 0.6] });
    this.revision = 0;
    this.posted = [];
    this.down = false;
  }
  async get(path) {
    if (path === "diary") return null;
    return { recording: RECORDING, stage: "classified", job: null, model: null, person: "", edits_problem: null, live: null, ...derived(this.revision) };
  }
  async packed(path) {
    return path === "beats" ? { meta: { revision: this.revision }, arrays: { ...this.beats } } : null;
  }
  async post(path, body) {
    if (this.down) throw new Problem("The server cannot be reached.", 0);
    this.posted.push([path, body]);
    if (this.refuses) throw new Problem(this.refuses, 400);
    this.revision += 1;
    for (const edit of body.edits ?? []) {
      if (edit.action === "relabel") this.beats = this.beats.relabelled(edit.beats.map((id) => this.beats.indexOfId(id)), edit.label);
    }
    return { meta: deltaMeta(derived(this.revision)), arrays: { ...this.beats, removed: new Int32Array(0) } };
  }
}

class Storage {
  constructor() {
    this.kept = new Map();
  }
  getItem(key) {
    return this.kept.get(key) ?? null;
  }
  setItem(key, value) {
    this.kept.set(key, value);
  }
  removeItem(key) {
    this.kept.delete(key);
  }
}

async function opened(api = new FakeApi(), storage = new Storage()) {
  const store = new Store({ api, rec: "demo/x", storage });
  await store.begin();
  return { store, api, storage };
}
const letters = (beats) => Array.from({ length: beats.n }, (_, i) => beats.letter(i)).join("");

test("an edit is drawn before the server answers, and stays when it has", async () => {
  const { store, api } = await opened();
  store.navigation.choose(200);
  const done = store.edits.relabel("S");
  assert.equal(letters(store.review.beats), "NSSN");
  await done;
  assert.equal(letters(store.review.beats), "NSSN");
  assert.equal(api.posted.length, 1);
  assert.equal(store.review.revision, 1);
  store.end();
});

test("edits made while the server is away wait, survive a reload, and are sent once", async () => {
  const { store, api, storage } = await opened();
  api.down = true;
  store.navigation.choose(200);
  await store.edits.relabel("F");
  assert.equal(letters(store.review.beats), "NFSN");
  assert.match(store.status.text, /1 edit waits/);
  store.end();
  api.down = false;
  const again = await opened(api, storage);
  await again.store.edits.outbox.flush();
  assert.equal(api.posted.length, 1);
  assert.equal(letters(again.store.review.beats), "NFSN");
  assert.equal(storage.getItem("rhythmoscope.unsent.demo/x"), null);
  again.store.end();
});

for (const status of [409, 503]) {
  test(`an edit that comes before the server has its beats again (${status}) is kept, drawn and sent later`, async () => {
    const { store, api } = await opened();
    const post = api.post.bind(api);
    api.post = async () => {
      throw new Problem("The beats are being found again.", status);
    };
    store.navigation.choose(200);
    await store.edits.relabel("S");
    assert.equal(letters(store.review.beats), "NSSN");
    assert.equal(store.edits.outbox.waiting.length, 1);
    assert.match(store.status.text, /1 edit waits here/);
    api.post = post;
    const get = api.get.bind(api);
    let looks = 0;
    api.get = async (path) => ((looks += path === "state" ? 1 : 0), get(path));
    await store.server.pollServer();
    await store.edits.outbox.flush();
    assert.equal(looks, 1); // it looked again at everything
    assert.deepEqual(api.posted.map(([path]) => path), ["edits"]);
    assert.equal(letters(store.review.beats), "NSSN");
    store.end();
  });
}

test("beats that are neither here nor being found are asked for with a POST request, once", async () => {
  const api = new FakeApi();
  const state = { recording: RECORDING, stage: "beats", job: null, model: null, person: "", edits_problem: null, live: null, ...derived(0), revision: 0 };
  let started = 0;
  api.get = async () => (started ? { ...state, job: { what: "beats", stage: "Finding beats", share: 0.1, problem: null, long_s: null } } : state);
  api.post = async (path, body) => {
    assert.deepEqual([path, body], ["job", { do: "detect" }]);
    started += 1;
    return api.get();
  };
  const store = new Store({ api, rec: "demo/x", storage: new Storage() });
  await store.begin();
  assert.equal(store.review.job.stage, "Finding beats");
  await store.server.pollServer();
  assert.equal(started, 1);
  store.end();
});

test("what the server refuses is taken back and told in its words", async () => {
  const { store, api } = await opened();
  api.refuses = "This beat is no longer there.";
  store.navigation.choose(200);
  await store.edits.relabel("N");
  assert.equal(letters(store.review.beats), "NVSN");
  assert.deepEqual(store.status, { text: "This beat is no longer there.", problem: true });
  store.end();
});

test("the strip does not wait for the beats, and figures are told with the beats that they speak of", async () => {
  const api = new FakeApi();
  let arrive;
  const beats = new Promise((resolve) => (arrive = resolve));
  const answer = api.packed.bind(api);
  api.packed = async (path) => (await beats, answer(path));
  const store = new Store({ api, rec: "demo/x", storage: new Storage() });
  const told = [];
  store.subscribe("state", () => told.push([store.review.stage, store.review.summary !== null, store.review.beats.n]));
  const begun = store.begin();
  await new Promise(setImmediate);
  assert.deepEqual(told, [["beats", false, 0]]);
  assert.equal(store.review.facts.durationS, 600);
  store.navigation.stepBeat(1);
  assert.match(store.status.text, /still being found/);
  arrive();
  await begun;
  assert.deepEqual(told.at(-1), ["classified", true, 4]);
  store.end();
});

test("an edit that came between the figures and the beats is asked for again: figures do not stay behind", async () => {
  const api = new FakeApi();
  const answer = api.packed.bind(api);
  const asked = [];
  api.packed = async (path, params) => {
    if (path === "beats") api.revision = 1; // somebody edits just now
    else asked.push(params.since);
    return answer(path);
  };
  const { store } = await opened(api);
  assert.equal(store.review.beats.n, 4);
  await store.server.pollServer();
  assert.deepEqual(asked, [0]);
  store.end();
});

/** A promise and what settles it. */
function pending() {
  let settle;
  const promise = new Promise((resolve) => (settle = resolve));
  return { promise, settle };
}

test("a state or a change that was asked for before an edit was answered does not take the edit back", async () => {
  const { store, api } = await opened();
  const { promise, settle } = pending();
  const current = api.get.bind(api);
  let asked = 0;
  api.get = async () => {
    const early = await current();
    asked += 1;
    if (asked === 1) await promise;
    return { ...early, ...(asked === 1 ? {} : derived(api.revision, [4, 2, 0])) };
  };
  const refreshed = store.review.refresh();
  api.post = async () => {
    api.revision += 1;
    return { meta: deltaMeta(derived(api.revision, [4, 2, 0])), arrays: { ...api.beats, removed: new Int32Array(0) } };
  };
  await store.edits.markEvent("V0", "report", true);
  settle();
  await refreshed;
  assert.equal(store.review.revision, 1);
  assert.equal(store.review.episodes[0].report, true);

  store.review.applyDelta({ meta: deltaMeta(derived(0)), arrays: { ...api.beats, removed: new Int32Array(0) } });
  assert.equal(store.review.revision, 1);
  assert.equal(store.review.episodes[0].report, true);
  store.end();
});

test("events are walked in the list's order and dismissed ones passed over", async () => {
  const { store } = await opened();
  store.navigation.stepEvent(1);
  assert.equal(store.navigation.currentEvent, "V0");
  store.navigation.stepEvent(1);
  assert.equal(store.navigation.currentEvent, "V2");
  store.navigation.stepEvent(1);
  assert.equal(store.navigation.currentEvent, "V2");
  store.navigation.stepEvent(-1);
  assert.equal(store.navigation.currentEvent, "V0");
  assert.equal(nextEvent([], null, 1), null);
  store.end();
});

test("Tab walks to the next uncertain beat and shows it", async () => {
  const { store } = await opened();
  store.navigation.stepUncertain(1);
  assert.equal(store.navigation.chosen, 200);
  store.navigation.stepUncertain(1);
  assert.equal(store.navigation.chosen, 5000);
  assert.ok(store.navigation.shows(50));
  store.navigation.stepUncertain(1);
  assert.match(store.status.text, /No further uncertain/);
  store.end();
});

test("a view never leaves the recording", async () => {
  const { store } = await opened();
  store.navigation.goTo(1e9);
  assert.equal(store.navigation.view.startS, 590);
  store.navigation.goTo(-5);
  assert.equal(store.navigation.view.startS, 0);
  store.end();
});

test("deleting names the beat and the sample where it stands, and chooses the next", async () => {
  const { store, api } = await opened();
  store.navigation.choose(200);
  await store.edits.deleteChosen();
  assert.deepEqual(api.posted[0][1].edits[0].beats, [[200, 200]]);
  assert.equal(store.navigation.chosen, 350);
  store.end();
});

test("preferences are kept and checked; those of a recording are not carried on", () => {
  const storage = new Storage();
  const prefs = new Prefs(storage);
  assert.ok(prefs.set("gain", 20));
  assert.ok(!prefs.set("gain", 17));
  assert.ok(prefs.set("filters", ["mains50"]));
  assert.deepEqual([new Prefs(storage).values.gain, new Prefs(storage).values.filters], [20, []]);
  storage.setItem("rhythmoscope.desk", '{"gain":"<b>","speed":50,"__proto__":{"x":1}}');
  assert.deepEqual([new Prefs(storage).values.gain, new Prefs(storage).values.speed], [10, 50]);
  storage.setItem("rhythmoscope.desk", "not json");
  assert.equal(new Prefs(storage).values.speed, 25);
});

test("keys mean what the help says, and nothing in a field", () => {
  const of = (key, more = {}, where = {}) => meaning({ key, ...more }, where);
  assert.deepEqual(of("]"), ["event", 1]);
  assert.deepEqual(of("v"), ["relabel", "V"]);
  assert.deepEqual(of("z", { ctrlKey: true }), ["undo"]);
  assert.deepEqual(of("Z", { ctrlKey: true, shiftKey: true }), ["redo"]);
  assert.deepEqual(of("u"), ["undo"]);
  assert.deepEqual(of("Tab", {}, { onSheet: true }), ["uncertain", 1]);
  assert.equal(of("Tab"), null);
  assert.equal(of("v", {}, { field: true }), null);
  assert.equal(of("v", { ctrlKey: true }), null);
  assert.equal(of("ArrowRight", {}, { list: true }), null);
});

test("packed answers are read as the server writes them", () => {
  const head = JSON.stringify({ meta: { a: 1 }, arrays: { x: { dtype: "int16", shape: [2, 2], offset: 8, bytes: 8 } } });
  const padded = head.padEnd(Math.ceil((head.length + 4) / 8) * 8 - 4, " ");
  const buffer = new ArrayBuffer(4 + padded.length + 16);
  new DataView(buffer).setUint32(0, padded.length, true);
  new Uint8Array(buffer, 4).set(new TextEncoder().encode(padded));
  new Int16Array(buffer, 4 + padded.length + 8, 4).set([1, -2, 3, -4]);
  const { meta, arrays, shapes } = unpack(buffer);
  assert.deepEqual([meta.a, [...arrays.x], shapes.x], [1, [1, -2, 3, -4], [2, 2]]);
});

test("a mark on its way stays while the answer to an earlier one comes", () => {
  const none = { seen: false, dismissed: false, report: false, note: "" };
  const found = [{ ...none, key: "VT:1", report: true }, { ...none, key: "VT:2", seen: true }, { ...none, key: "VT:3" }];
  const waiting = [
    { uuid: "a", path: "edits", edits: [{ action: "mark_events", events: ["VT:1", "VT:3"], mark: "dismissed", on: true }] },
    { uuid: "b", path: "undo" },
    { uuid: "c", path: "edits", edits: [{ action: "mark_events", events: ["VT:2"], mark: "seen", on: false }] },
    { uuid: "d", path: "edits", edits: [{ action: "note_event", event: "VT:2", text: "so" }] },
    { uuid: "e", path: "edits", edits: [{ action: "mark_event", event: "VT:3", mark: "seen" }] }, // of an older desk
  ];
  assert.deepEqual(marked(found, waiting), [
    { ...none, key: "VT:1", report: true, dismissed: true },
    { ...none, key: "VT:2", note: "so" },
    { ...none, key: "VT:3", seen: true },
  ]);
  assert.equal(marked(found, []), found);
});

test("where edits cannot be kept this is said before any is made, and none is drawn or waits", async () => {
  const api = new FakeApi();
  const asked = api.get.bind(api);
  api.get = async () => ({ ...(await asked()), edits_problem: "Edits cannot be kept: the disk is full." });
  const store = new Store({ api, rec: "demo/x", storage: new Storage() });
  await store.review.refresh();
  assert.deepEqual(store.status, { text: "Edits cannot be kept: the disk is full.", problem: true });
  store.showMessage("");
  await store.edits.edit([{ action: "relabel", beats: [100], label: "V" }]);
  await store.edits.undo();
  await store.edits.redo();
  assert.equal(store.status.problem, true);
  assert.equal(store.edits.outbox.waiting.length, 0);
  assert.equal(store.review.beats.label[0], store.review.confirmed.label[0]);
  assert.deepEqual(api.posted, []);
  api.get = asked;
  await store.review.refresh();
  await store.edits.edit([{ action: "relabel", beats: [100], label: "V" }]);
  assert.equal(api.posted.length, 1);
});

test("what the server will never take does not hold up what comes behind it", async () => {
  const { store, api } = await opened();
  const post = api.post.bind(api);
  const refused = [];
  api.post = async (path, body) => {
    if (body.edits?.[0].label === "F") {
      refused.push(body);
      throw new Problem("Another edit was entered under the uuid.", 409, true);
    }
    return post(path, body);
  };
  store.navigation.choose(200);
  await store.edits.relabel("F");
  assert.equal(refused.length, 1);
  assert.deepEqual(store.status, { text: "Another edit was entered under the uuid.", problem: true });
  assert.equal(store.edits.outbox.waiting.length, 0);
  await store.edits.relabel("S");
  assert.equal(letters(store.review.beats), "NSSN");
  store.end();
});

test("that edits cannot be kept is told before the next one, which is not made; and when they can be again", async () => {
  const { store, api } = await opened();
  const asked = [];
  let problem = "Edits cannot be kept: the database of edits is gone.";
  const packed = api.packed.bind(api);
  api.packed = async (path, params) => {
    if (path !== "changes") return packed(path, params);
    asked.push(params.kept);
    const kept = problem ? "no" : "yes";
    if (params.kept === kept) return null;
    return { meta: deltaMeta(derived(api.revision), { edits_problem: problem }), arrays: { ...api.beats, removed: new Int32Array(0) } };
  };
  await store.server.pollServer();
  assert.equal(store.review.editsProblem, problem);
  assert.deepEqual(store.status, { text: problem, problem: true });
  store.navigation.choose(200);
  await store.edits.relabel("F");
  assert.equal(api.posted.length, 0);
  assert.equal(letters(store.review.beats), "NVSN");
  await store.server.pollServer(); // nothing new: it is not told again
  problem = null;
  await store.server.pollServer();
  assert.equal(store.review.editsProblem, null);
  assert.equal(store.status.text, "");
  await store.edits.relabel("F");
  assert.equal(letters(store.review.beats), "NFSN");
  assert.deepEqual(asked, ["yes", "no", "no"]);
  store.end();
});

test("edits that were on their way when they could be kept no more wait in the browser", async () => {
  const { store, api, storage } = await opened();
  const post = api.post.bind(api);
  const sentence = "Edits cannot be kept: the database of edits is gone.";
  api.post = async () => {
    throw new Problem(sentence, 503);
  };
  const get = api.get.bind(api);
  api.get = async (path) => ({ ...(await get(path)), edits_problem: sentence });
  store.navigation.choose(200);
  await store.edits.relabel("F");
  await store.edits.splitFamily(0);
  await store.server.pollServer();
  assert.equal(store.review.editsProblem, sentence);
  assert.equal(problemText(store.review.editsProblem, store.edits.outbox.waiting.length), `${sentence} 2 edits of yours wait in this browser.`);
  assert.equal(letters(store.review.beats), "NFSN");
  store.end();
  assert.match(storage.getItem("rhythmoscope.unsent.demo/x"), /"label":"F"/);

  api.post = post;
  api.get = get;
  const again = await opened(api, storage);
  await again.store.edits.outbox.flush();
  assert.deepEqual(api.posted.map(([path]) => path), ["edits", "families/split"]);
  assert.equal(letters(again.store.review.beats), "NFSN");
  assert.equal(problemText(null, 0), "");
  again.store.end();
});

test("a family that is to be split waits as edits do", async () => {
  const { store, api } = await opened();
  api.down = true;
  await store.edits.splitFamily(3);
  assert.match(store.status.text, /1 edit waits here/);
  api.down = false;
  await store.edits.outbox.flush();
  const [[path, body]] = api.posted;
  assert.deepEqual([path, body.family, typeof body.uuid], ["families/split", 3, "string"]);
  store.end();
});

test("how far an import has come is told while it is under way, and not afterwards", async () => {
  const { store, api } = await opened();
  const asked = [];
  api.get = async (path) => (asked.push(path), { done: 500, total: 1203 });
  const stop = store.server.pollImport(1);
  for (let i = 0; i < 1000 && asked.length < 2; i += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  stop();
  assert.match(store.status.text, /500 of 1.?203/);
  assert.equal(asked[0], "import");
  store.showMessage("done");
  const n = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(store.status.text, "done");
  assert.equal(asked.length, n);
  store.end();
});
