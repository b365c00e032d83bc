import assert from "node:assert/strict";
import { test } from "node:test";

import { conflictText, keepText, versionText } from "../../assets/desk/src/conflicts.ts";
import { montageText } from "../../assets/desk/src/event_filters.ts";
import { filterCounts, isUnseen, marked, marksOf, passes, signsOf } from "../../assets/desk/src/marks.ts";
import { confirmText, pageShape, progressText, stripAfterKey } from "../../assets/desk/src/montage.ts";
import { StripSignal } from "../../assets/desk/src/montage_signal.ts";
import { STRIP_S, stripChunks, stripTimes } from "../../assets/desk/src/montage_strip.ts";
import { cleanName } from "../../assets/desk/src/name_prompt.ts";
import { SafeKeys } from "../../assets/desk/src/safe_keys.ts";
import { singlesOf, withSingles } from "../../assets/desk/src/singles.ts";
import { nextEvent } from "../../assets/desk/src/steps.ts";
import { stuck } from "../../assets/desk/src/sticky.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { FakeApi } from "./fake_panel_store.mjs";
import { table } from "./tables.mjs";

const event = (key, changes = {}) => ({ key, kind: key.split(":")[0], ...marksOf(0), note: "", ...changes });

test("an event has any of three marks, and each is filtered by itself", () => {
  assert.deepEqual(marksOf(5), { seen: true, dismissed: false, report: true });
  const events = [event("VT:1"), event("VT:2", { seen: true, report: true }), event("VT:3", { dismissed: true }), event("VT:4", { report: true, dismissed: true })];
  assert.deepEqual(filterCounts(events), { all: 4, unseen: 1, starred: 2, dismissed: 2 });
  assert.deepEqual(events.filter(passes("starred")).map(({ key }) => key), ["VT:2", "VT:4"]);
  assert.deepEqual(events.map(isUnseen), [true, false, false, false]);
  assert.equal(signsOf(event("VT:1", { seen: true, report: true, note: "x" })), "✓★✎");
  assert.equal(signsOf(event("VT:1")), "");
});

test("an event leaves a filtered list without the walk losing its place", () => {
  const events = ["VT:1", "VT:2", "VT:3", "VT:4"].map((key) => event(key, { seen: key === "VT:2" }));
  assert.equal(nextEvent(events, "VT:2", 1, isUnseen), "VT:3", "the one just seen is no longer listed");
  assert.equal(nextEvent(events, "VT:2", -1, isUnseen), "VT:1");
  assert.equal(nextEvent(events, "VT:4", 1, isUnseen), null);
  assert.equal(nextEvent(events, null, 1, isUnseen), "VT:1", "the most urgent one first");
});

test("marks are set and taken off one by one, and a whole kind by one edit that one undo takes back", async () => {
  const api = new FakeApi({ n: 3000 });
  const store = new Store({ api, rec: "x" });
  await store.review.refresh();
  const of = (key) => store.review.episodes.find((each) => each.key === key);
  const { key } = store.review.episodes.find(isUnseen);
  await store.edits.markEvent(key, "seen", true);
  await store.edits.markEvent(key, "report", true);
  assert.deepEqual([of(key).seen, of(key).dismissed, of(key).report], [true, false, true]);
  await store.edits.markEvent(key, "seen", false);
  assert.deepEqual([of(key).seen, of(key).report], [false, true]);
  await store.edits.noteEvent(key, "after exercise");
  assert.equal(of(key).note, "after exercise");

  const couplets = () => store.review.episodes.filter(({ kind }) => kind === "COUPLET");
  assert.ok(couplets().length > 100);
  const done = store.edits.markEvents(couplets().map((each) => each.key), "seen", true);
  assert.ok(couplets().every(({ seen }) => seen), "shown before the server answers");
  await done;
  assert.ok(couplets().every(({ seen }) => seen));
  await store.edits.undo();
  assert.ok(couplets().every(({ seen }) => !seen));
  store.end();
});

test("without a name the first edit asks for one, and cancelling changes nothing", async () => {
  let asked = 0;
  let answer = false;
  const host = { askName: async () => { asked += 1; if (answer) store.setPref("person", "Dr. Ames"); return answer; } };
  const store = new Store({ api: new FakeApi({ n: 300 }), rec: "x", host });
  await store.review.refresh();
  const id = store.review.beats.id[3];
  store.navigation.choose(id, { reveal: false });
  const before = [store.review.beats.n, store.review.beats.letter(3), store.review.revision];
  await store.edits.relabel("Q");
  await store.edits.deleteChosen();
  await store.edits.add(5);
  await store.edits.markEvent(store.review.episodes[0].key, "report", true);
  assert.deepEqual([store.review.beats.n, store.review.beats.letter(3), store.review.revision], before);
  assert.deepEqual([store.edits.outbox.waiting.length, store.navigation.chosen, store.review.episodes[0].report, asked], [0, id, false, 4]);
  answer = true;
  await store.edits.relabel("Q");
  assert.equal(store.review.beats.letter(3), "Q");
  await store.edits.relabel("S");
  assert.equal(asked, 5, "once it is known nobody is asked again");
  store.end();
});

test("an edit says what its person had before them, however late it is sent", async () => {
  const api = new FakeApi({ n: 300 });
  const store = new Store({ api, rec: "x" });
  await store.review.refresh();
  const posted = [];
  const post = api.post.bind(api);
  api.post = (path, body) => (posted.push(body), post(path, body));
  store.edits.outbox.waiting.push({ uuid: "old", path: "edits", edits: [{ action: "relabel", beats: [store.review.beats.id[0]], label: "V" }], based_on: 0 });
  api.revision = store.review.revision = 7;
  await store.edits.edit([{ action: "relabel", beats: [store.review.beats.id[1]], label: "V" }]);
  assert.deepEqual(posted.map(({ based_on: basedOn }) => basedOn), [0, 7]);
});

test("a name is one line without blanks around it", () => {
  assert.equal(cleanName("  Dr.\n  Ames "), "Dr. Ames");
  assert.equal(cleanName(" \t"), "");
  assert.equal(cleanName("x".repeat(90)).length, 60);
});

// Single beats

const answer = (version, columns) => ({
  meta: { version, kinds: [["SINGLE_V", "Single ventricular beat", "V"], ["SINGLE_S", "Single supraventricular beat", "S"]].map(([kind, title, sign]) => ({ kind, title, sign })) },
  arrays: columns,
});
const COLUMNS = { SINGLE_V: [200, 500], early_SINGLE_V: [32, -32768], marks_SINGLE_V: [1, 0], SINGLE_S: [], early_SINGLE_S: [], marks_SINGLE_S: [] };

test("every single beat is an event with its reason, at the place that its urgency gives it", () => {
  const beats = table([100, 200, 350, 500], "NVNV", { fs: 100 });
  const singles = singlesOf(answer(9, COLUMNS), null, () => beats);
  const listed = [event("VT:1"), event("UNREADABLE:7")];
  const all = withSingles(listed, singles, { SINGLE_V: 1, SINGLE_S: 1 });
  assert.deepEqual(all.map(({ key }) => key), ["VT:1", "SINGLE_V:200", "SINGLE_V:500", "UNREADABLE:7"]);
  assert.equal(all[1].reason, "RR 1,000 ms, 32 % early");
  assert.deepEqual([all[1].rateBpm, all[1].startS, all[1].seen, all[1].title], [60, 2, true, "Single ventricular beat"]);
  assert.equal(all[2].reason, "interval before it not known");
  assert.deepEqual([all[2].rateBpm, all[2].seen], [null, false]);
  const [edited] = marked([all[2]], [{ edits: [{ action: "mark_events", events: ["SINGLE_V:500"], mark: "report", on: true }] }]);
  assert.deepEqual([edited.report, edited.reason, all[2].report], [true, "interval before it not known", false]);
});

test("an answer without columns keeps those that were there and takes the new marks", () => {
  const beats = table([100, 200, 350, 500], "NVNV", { fs: 100 });
  const first = singlesOf(answer(9, COLUMNS), null, () => beats);
  const { groups } = singlesOf(answer(9, { marks_SINGLE_V: [0, 2], marks_SINGLE_S: [] }), first, () => beats);
  assert.deepEqual(groups[0].events.map(({ key, dismissed }) => [key, dismissed]), [["SINGLE_V:200", false], ["SINGLE_V:500", true]]);
});

// Keys that change nothing out of sight

function keyboard(chosen, selection = []) {
  const beats = table([100, 200, 350, 5000, 5200], "NVSNN", { fs: 100 });
  const said = [];
  const moved = [];
  const store = {
    review: { beats, facts: { fs: 100 }, history: {} },
    navigation: { chosen, selection: new Set(selection), view: { startS: 0, spanS: 10 } },
    edits: { outbox: { waiting: [] } }, subscribe: () => () => {}, showMessage: (text) => said.push(text),
  };
  const sight = {
    holds: (timeS) => timeS >= store.navigation.view.startS && timeS <= store.navigation.view.startS + 10,
    bring: (timeS) => { moved.push(timeS); store.navigation.view = { startS: timeS - 3, spanS: 10 }; },
  };
  return { keys: new SafeKeys(store, sight), store, said, moved };
}

test("a beat out of view is brought there first, and the next press may change it", () => {
  const { keys, said, moved } = keyboard(5000);
  assert.equal(keys.ready("V"), false);
  assert.deepEqual(moved, [50]);
  assert.match(said[0], /press V again/);
  assert.equal(keys.ready("V"), true);
  assert.equal(keyboard(200).keys.ready("V"), true, "what is on screen is changed at once");
  assert.equal(keyboard(null).keys.ready("V"), true, "without a beat the store says what to do");
});

test("of many beats the first is shown and how many are out of view; the same key again means all", () => {
  const { keys, said } = keyboard(null, [200, 5000, 5200]);
  assert.equal(keys.ready("V"), false);
  assert.match(said[0], /2 of the 3 chosen beats are out of view/);
  assert.equal(keys.ready("S"), false, "another key is another question");
  assert.equal(keys.ready("S"), true);
  assert.equal(keyboard(null, [100, 200]).keys.ready("V"), true);
});

test("undo shows the place that it is about to change", () => {
  const { keys, store, moved } = keyboard(null);
  keys.bringHistory("undo");
  store.review.history = { undo: { samples: [100, 5000] } };
  keys.bringHistory("undo");
  assert.deepEqual(moved, [], "some of it is on screen");
  store.review.history = { undo: { samples: [5000, 5000] } };
  keys.bringHistory("undo");
  assert.deepEqual(moved, [50]);
});

test("the strip sticks once scrolled past, whole where it is low and clipped where it is high", () => {
  const window = { fromPx: 40, windowPx: 840 };
  assert.equal(stuck({ ...window, topPx: 60, heightPx: 300 }).on, false);
  assert.deepEqual(stuck({ ...window, topPx: 20, heightPx: 300 }), { on: true, roomPx: 300 });
  const high = stuck({ ...window, topPx: 20, heightPx: 900 });
  assert.equal(high.on, false, "it is still seen in its own place");
  assert.ok(high.roomPx < 400);
  assert.equal(stuck({ ...window, topPx: -700, heightPx: 900 }).on, true);
});

// Conflicts

const group = (...versions) => ({ n_beats: 1, beats: [[100, 100]], versions: versions.map((each, k) => ({ entry: k + 1, label: "N", sample: 100, deleted: false, ...each })) });
const clock = (sample) => `0:0${sample / 100}`;

test("a conflict is told with both names and both values", () => {
  const two = group({ person: "Ann", label: "V" }, { person: "Ben", label: "S" });
  assert.equal(conflictText(two, "Ben", clock), "Beat at 0:01 · Ann: V · Ben (you): S");
  assert.deepEqual(two.versions.map((each) => keepText(each, two, "Ben", clock)), ["Keep theirs (V)", "Keep mine (S)"]);
  assert.deepEqual(two.versions.map((each) => keepText(each, two, "Cleo", clock)), ["Keep Ann's (V)", "Keep Ben's (S)"]);
  const moved = group({ person: "Ann", deleted: true }, { person: "Ben", sample: 200 });
  assert.deepEqual(moved.versions.map((each) => versionText(each, moved.versions, clock)), ["deleted", "N"]);
  const places = group({ person: "Ann" }, { person: "Ben", sample: 200 });
  assert.deepEqual(places.versions.map((each) => versionText(each, places.versions, clock)), ["at 0:01", "at 0:02"]);
});

// Montage

test("a montage is offered for one kind, with all of its events", () => {
  const kinds = [{ kind: "COUPLET", n: 388 }, { kind: "VT", n: 1 }];
  assert.match(montageText(kinds, new Set(["COUPLET"])), /all 388/);
  assert.equal(montageText(kinds, new Set()), "");
  assert.equal(montageText(kinds, new Set(["COUPLET", "VT"])), "");
  assert.equal(montageText([{ kind: "DEVICE", n: 3 }], new Set(["DEVICE"])), "", "a statement has no strip of its own");
});

test("pages hold what fits, and arrows go from strip to strip to the ends", () => {
  const { columns, rows, perPage } = pageShape(1380, 730);
  assert.equal(perPage, columns * rows);
  assert.ok(columns >= 5 && rows >= 4);
  assert.deepEqual(pageShape(100, 50), { columns: 1, rows: 1, perPage: 1 });
  assert.equal(stripAfterKey("ArrowDown", 1, 40, 6), 7);
  assert.equal(stripAfterKey("ArrowLeft", 0, 40, 6), 0);
  assert.equal(stripAfterKey("End", 0, 40, 6), 39);
  assert.equal(stripAfterKey("x", 0, 40, 6), null);
  assert.equal(progressText(12, 388), "12 of 388 looked through");
  assert.equal(confirmText(388, 388), "Confirm all 388");
  assert.equal(confirmText(386, 388), "Confirm 386, 2 dismissed");
});

test("a strip shows the whole of a short event and the begin of a long one, within the recording", () => {
  const [fromS, toS] = stripTimes({ startS: 100, stopS: 101 }, 3600);
  assert.ok(fromS < 100 && toS > 101 && toS - fromS === STRIP_S);
  assert.deepEqual(stripTimes({ startS: 100, stopS: 400 }, 3600), [99, 99 + STRIP_S]);
  assert.equal(stripTimes({ startS: 0.2, stopS: 0.3 }, 3600)[0], 0);
  assert.equal(stripTimes({ startS: 3599, stopS: 3600 }, 3600)[1], 3600);
  assert.deepEqual(stripChunks({ startS: 109, stopS: 110 }, { durationS: 3600 }, 360), [10, 11]);
});

test("signal of many strips comes by few requests at a time, and what is turned away from is not kept waiting", async () => {
  const asked = [];
  const waiting = [];
  const fetchSpan = (params) => (asked.push(params.first), new Promise((done) => waiting.push(() => done(packed(params)))));
  const packed = ({ first, count }) => ({
    meta: { first, count, rate_hz: 10, starts: Array.from({ length: count }, (_, k) => 100 * (first + k)) },
    arrays: { lsb: Float32Array.of(1), ...Object.fromEntries(Array.from({ length: count }, (_, k) => [`c${first + k}`, new Int16Array(100)])) },
  });
  let changes = 0;
  const signal = new StripSignal(fetchSpan, () => (changes += 1));
  signal.configure({ fs: 10, filter: "none" });
  signal.want([1, 5, 9, 13, 17, 21]);
  assert.deepEqual(asked, [1, 5, 9, 13]);
  waiting.shift()();
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(asked, [1, 5, 9, 13, 17]);
  assert.ok(signal.get(1));
  signal.want([1, 40]);
  assert.deepEqual(asked.at(-1), 40);
  for (const done of waiting.splice(0)) done();
  await new Promise((done) => setTimeout(done));
  assert.ok(signal.get(40));
  assert.equal(signal.get(5), undefined, "nobody wants it any more");
  assert.equal(changes, 2);
  signal.stop();
});
