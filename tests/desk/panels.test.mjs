// The small panels: title, tools, summary, chosen beat, selection, help.
import assert from "node:assert/strict";
import { test } from "node:test";

import { BeatTable } from "../../assets/desk/src/beat_table.ts";
import { EditedBy, whenText } from "../../assets/desk/src/edited_by.ts";
import { KEYS } from "../../assets/desk/src/help.ts";
import { factsOfBeat } from "../../assets/desk/src/inspector.ts";
import { meaning } from "../../assets/desk/src/keys.ts";
import { inOrder, stepAmong } from "../../assets/desk/src/selection.ts";
import { figuresOf } from "../../assets/desk/src/summary.ts";
import { Tally, statusText } from "../../assets/desk/src/title.ts";
import { historyTitle, itemAfterKey } from "../../assets/desk/src/toolbar.ts";
import { FS, columnsOf } from "./fake_panel_store.mjs";

const named = (...uuids) => uuids.map((uuid) => ({ uuid }));

test("an edit counts as saved when it has left and the revision grew, not when it was refused", () => {
  const tally = new Tally();
  tally.update([], 4);
  assert.deepEqual(tally.update(named("a", "b"), 4), { waiting: 2, saved: 0 });
  assert.deepEqual(tally.update(named("b"), 5), { waiting: 1, saved: 1 });
  assert.deepEqual(tally.update([], 5), { waiting: 0, saved: 1 });
  assert.deepEqual(tally.update([], 9), { waiting: 0, saved: 1 }, "what others saved is not counted");
});

test("the status line tells problems first, then what waits, then what is saved", () => {
  const told = { text: "The server cannot be reached.", problem: true };
  const quiet = { text: "", problem: false };
  assert.equal(statusText({ status: told, waiting: 2, saved: 3 }), told);
  assert.match(statusText({ status: quiet, waiting: 2, saved: 3 }).text, /saving 2/);
  assert.equal(statusText({ status: quiet, waiting: 0, saved: 2 }).text, "2 changes by you saved");
  assert.equal(statusText({ status: quiet, waiting: 0, saved: 0 }).text, "");
});

test("undo says what it would take back", () => {
  assert.equal(historyTitle("Undo", "U", { entry: 3, text: "12 beats to V" }), "Undo: 12 beats to V (U)");
  assert.equal(historyTitle("Redo", "Shift+U", null), "Nothing to redo (Shift+U)");
});

test("a menu's arrows go round", () => {
  assert.equal(itemAfterKey("ArrowDown", 3, 4), 0);
  assert.equal(itemAfterKey("ArrowUp", 0, 4), 3);
  assert.equal(itemAfterKey("End", 0, 4), 3);
  assert.equal(itemAfterKey("a", 0, 4), null);
});

test("summary: absent figures are dashes in the same places, so that nothing moves when they come", () => {
  const before = figuresOf(null);
  const after = figuresOf({
    burden_v_percent: 2.34, burden_s_percent: 0, mean_rate_bpm: 71.4, min_rate_bpm: 48, min_rate_sample: 7, max_rate_bpm: 131,
    max_rate_sample: 9, longest_rr_s: 2.444, longest_rr_sample: 0, n_by_kind: { PAUSE: 1 }, readable_share: 0.9914,
    af_share: 0, longest_v_run_beats: 11, fastest_v_run_bpm: 164, n_uncertain: 1412,
  });
  assert.deepEqual(before.map(({ name }) => name), after.map(({ name }) => name));
  assert.ok(before.every(({ value, sample }) => value === "–" && sample === undefined));
  const by = Object.fromEntries(after.map((each) => [each.name, each]));
  assert.equal(by.v.value, "2.3");
  assert.equal(by.s.value, "0.0");
  assert.equal(by.uncertain.value, "1,412");
  assert.equal(by.rr.value, "2.44");
  assert.equal(by.rr.sample, 0);
  assert.equal(by.pauses.caption, "pause");
  assert.equal(by.readable.value, "99.1");
});

test("summary: a little is never called nothing, nor nearly all called all", () => {
  const shares = { burden_v_percent: 0.004, burden_s_percent: 99.99, readable_share: 0.99994, af_share: 0.0003 };
  const by = Object.fromEntries(figuresOf(shares).map((each) => [each.name, each.value]));
  assert.deepEqual([by.v, by.s, by.readable, by.af], ["< 0.1", "> 99.9", "> 99.9", "< 0.1"]);
  const none = Object.fromEntries(figuresOf({ burden_v_percent: 0, readable_share: 1 }).map((each) => [each.name, each.value]));
  assert.deepEqual([none.v, none.readable], ["0.0", "100.0"]);
});

test("the chosen beat: class, intervals on both sides, what the model had said", () => {
  const columns = columnsOf(50);
  columns.sample.set([1000, 1360, 1630]);
  columns.id.set([1000, 1360, 1630]);
  columns.p.set([255, 0, 0, 0, 0], 5);
  columns.label[1] = 2;
  columns.edited[1] = 1;
  const facts = factsOfBeat(new BeatTable(columns, FS), 1, 3600);
  assert.equal(facts.letter, "V");
  assert.equal(facts.time, "01:00:03.78");
  assert.equal(facts.before, "1,000 ms · 60 bpm");
  assert.equal(facts.after, "750 ms · 80 bpm");
  assert.equal(facts.edited, "relabelled; the model said N, 1.00");
  assert.equal(facts.by, "–");
  const by = (id) => (id === columns.id[1] ? "Dr. Dora, 2026-11-20 18:40" : "");
  assert.equal(factsOfBeat(new BeatTable(columns, FS), 1, 3600, by).by, "Dr. Dora, 2026-11-20 18:40");
  const unasked = () => assert.fail("nobody asks for a beat that nobody edited");
  assert.equal(factsOfBeat(new BeatTable(columns, FS), 2, 3600, unasked).by, "–");
  assert.equal(facts.uncertain, false);
});

test("who edited a beat is asked once for each beat and revision, when all edits have arrived, and told then", async () => {
  const asked = [];
  const told = [];
  const answers = { 7: { person: "Dr. Dora <b>", at: "2026-11-20T08:05:00.000+00:00", action: "relabel" }, 9: null };
  const store = {
    review: { revision: 3 },
    edits: { outbox: { waiting: [] } },
    api: { get: async (path, params) => asked.push([path, params.beat]) && answers[params.beat] },
  };
  const who = new EditedBy(store, () => told.push(who.of(7)));
  assert.equal(who.of(7), "");
  assert.equal(who.of(7), "");
  await new Promise(setImmediate);
  assert.deepEqual(asked, [["edit", 7]]);
  assert.deepEqual(told, [`Dr. Dora <b>, ${whenText(answers[7].at)}`]);
  assert.match(whenText(answers[7].at), /^2026-11-(19|20) [0-9]{2}:[0-9]{2}$/);
  assert.equal(whenText("nonsense"), "");

  store.review.revision = 4;
  store.edits.outbox.waiting.push({});
  assert.equal(who.of(7), "", "what waits is not in the log");
  assert.equal(asked.length, 1);
  store.edits.outbox.waiting.pop();
  who.of(7);
  who.of(9);
  await new Promise(setImmediate);
  assert.deepEqual(asked.slice(1), [["edit", 7], ["edit", 9]]);
  assert.equal(told.length, 1, "an answer about a beat that is not chosen any more is not told");
  assert.equal(who.of(9), "");
});

test("the first, the last and an added beat lack what they lack", () => {
  const columns = columnsOf(3);
  columns.p.fill(255, 10, 15);
  columns.family[2] = -1;
  columns.edited[2] = 2;
  const beats = new BeatTable(columns, FS);
  assert.equal(factsOfBeat(beats, 0).before, "–");
  const added = factsOfBeat(beats, 2);
  assert.deepEqual([added.after, added.probabilities, added.family], ["–", null, null]);
  assert.equal(added.edited, "added");
  assert.equal(factsOfBeat(beats, 3), null);
  assert.equal(factsOfBeat(beats, -1), null);
});

test("chosen beats are walked in order of time; those that are gone do not count", () => {
  const beats = new BeatTable(columnsOf(40), FS);
  const places = inOrder(beats, new Set([beats.id[30], beats.id[4], beats.id[11], 999_999_999]));
  assert.deepEqual([...places], [4, 11, 30]);
  assert.equal(stepAmong(places, 4, 1), 1);
  assert.equal(stepAmong(places, 5, 1), 1);
  assert.equal(stepAmong(places, 5, -1), 0);
  assert.equal(stepAmong(places, 4, -1), -1);
  assert.equal(stepAmong(places, 30, 1), -1);
  assert.equal(stepAmong(places, 39, -1), 2);
});

test("every key in the help means something on the desk", () => {
  const words = { "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown", Esc: "Escape" };
  for (const [group, keys] of KEYS) {
    for (const [pressed, what] of keys) {
      for (const written of pressed) {
        const parts = written.split(" ");
        const key = words[parts.at(-1)] ?? parts.at(-1);
        const event = { key, shiftKey: parts.includes("Shift"), ctrlKey: parts.includes("Ctrl"), metaKey: false, altKey: false };
        assert.ok(meaning(event, { onSheet: true }), `${group}: ${written} (${what})`);
      }
    }
  }
});
