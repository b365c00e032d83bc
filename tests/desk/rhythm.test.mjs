// Run with: node --test tests/desk/rhythm.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { deleteRhythm, nameRhythm, trimRhythm } from "../../assets/desk/src/rhythm_edits.ts";
import { endAfter } from "../../assets/desk/src/rhythm_ends.ts";
import { stretchText } from "../../assets/desk/src/rhythm_lane.ts";
import { placeAfter } from "../../assets/desk/src/rhythm_menu.ts";
import { DANGEROUS, isRhythm, RHYTHM_GROUPS, rhythmOf, rhythmOfWfdb } from "../../assets/desk/src/rhythm_names.ts";
import {
  artefactsOf, differences, limitsOf, named, ourRhythm, overruled, referenceRhythm, within, withoutArtefacts,
} from "../../assets/desk/src/rhythm_spans.ts";
import { Reference } from "../../assets/desk/src/sheet_overlays.ts";
import { Prefs } from "../../assets/desk/src/prefs.ts";
import { planSheet } from "../../assets/desk/src/sheet_plan.ts";
import { meaning } from "../../assets/desk/src/keys.ts";
import { KEYS } from "../../assets/desk/src/help.ts";
import { beatsAt } from "./sheet_beats.mjs";

const FS = 100;
const span = (name, start, stop, rhythm, by = "Ann") => ({ span: name, start_sample: start, stop_sample: stop, rhythm, by });
const episode = (kind, startS, stopS, more = {}) => ({ kind, startS, stopS, source: "beats", dismissed: false, reason: "why", ...more });
const brief = (stretches) => stretches.map(({ startS, stopS, code, span: name }) => [startS, stopS, code, name]);
const referenceOf = (...changes) =>
  Object.assign(new Reference({}, () => {}), {
    sample: Int32Array.from(changes, ([timeS]) => timeS * FS), symbols: ["+", "N"], symbol: new Uint8Array(changes.length),
    notes: ["", ...changes.map(([, note]) => note)], note: Uint16Array.from(changes, (_, i) => i + 1),
  });

test("edits that are on their way are drawn over what the server confirmed", () => {
  const confirmed = [span(7, 100, 200, "AFIB"), span(8, 300, 400, "N")];
  const edits = (...list) => named(confirmed, [{ path: "undo" }, { path: "edits", edits: list }], "Ben");
  assert.deepEqual(edits({ action: "relabel", beats: [1], label: "V" }), confirmed);
  const trimmed = edits({ action: "trim_rhythm", span: 7, start_sample: 120, stop_sample: 350 });
  assert.deepEqual(trimmed, [confirmed[1], span(7, 120, 350, "AFIB", "Ben")], "what is trimmed lies on top");
  assert.deepEqual(edits({ action: "delete_rhythm", span: 8 }), [confirmed[0]]);
  assert.deepEqual(edits({ action: "trim_rhythm", span: 9, start_sample: 1, stop_sample: 2 }), confirmed);
  const set = { action: "set_rhythm", span: 9, start_sample: 1, stop_sample: 2, rhythm: "VT" };
  assert.deepEqual(edits(set, { action: "set_rhythm", ...set, rhythm: "VF" }).at(-1), span(9, 1, 2, "VF", "Ben"));
});

test("one rhythm at a time: what people named goes before what was found, the graver before the lesser", () => {
  const episodes = [episode("VT", 20, 25), episode("AFIB", 10, 60), episode("SBR", 50, 80)]; // the most urgent first
  assert.deepEqual(brief(ourRhythm(episodes, [], FS)), [
    [10, 20, "AFIB", null], [20, 25, "VT", null], [25, 60, "AFIB", null], [60, 80, "SBR", null],
  ]);
  const rhythms = [span(7, 2200, 3000, "AFL"), span(8, 2800, 4000, "N")];
  assert.deepEqual(brief(ourRhythm(episodes, rhythms, FS)), [
    [10, 20, "AFIB", null], [20, 22, "VT", null], [22, 28, "AFL", 7], [28, 40, "N", 8], [40, 60, "AFIB", null], [60, 80, "SBR", null],
  ]);
});

test("the lane leaves out what is no rhythm, what was dismissed, and a person's events, which are spans", () => {
  const episodes = [
    episode("PAUSE", 1, 4), episode("COUPLET", 5, 6), episode("UNREADABLE", 7, 20), episode("AFIB", 30, 40, { dismissed: true }),
    episode("AFL", 50, 60, { source: "person" }), episode("AVB3", 0, 100, { source: "device" }), episode("POSSIBLE_VT", 70, 72),
  ];
  assert.deepEqual(brief(ourRhythm(episodes, [], FS)), [[70, 72, "POSSIBLE_VT", null]]);
});

test("stretches never overlap and cover all that any of them covers, whatever there is", () => {
  let state = 5;
  const next = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 50; round += 1) {
    const episodes = Array.from({ length: 8 }, () => next(90)).map((at) => episode(["AFIB", "VT", "B"][next(3)], at, at + 1 + next(20)));
    const rhythms = Array.from({ length: 4 }, (_, i) => [i + 1, FS * next(90)]).map(([id, at]) => span(id, at, at + FS * (1 + next(20)), "N"));
    const ours = ourRhythm(episodes, rhythms, FS);
    for (let i = 1; i < ours.length; i += 1) assert.ok(ours[i].startS >= ours[i - 1].stopS);
    for (let timeS = 0.5; timeS < 120; timeS += 1) {
      const covers = ({ startS, stopS }) => startS <= timeS && timeS < stopS;
      const mine = rhythms.filter((each) => each.start_sample / FS <= timeS && timeS < each.stop_sample / FS);
      const [there, ...more] = ours.filter(covers);
      assert.equal(more.length, 0);
      assert.equal(there?.span ?? null, mine.at(-1)?.span ?? null);
      assert.equal(Boolean(there), Boolean(mine.length) || episodes.some(covers));
      assert.deepEqual(within(ours, timeS, timeS + 1e-3).slice(0, 1), there ? [there] : []);
    }
  }
});

test("changes of rhythm of the reference hold until the next one; notes and beats are none", () => {
  const reference = referenceOf([0, "(N"], [10, "(AFIB"], [15, "aux text"], [30, "(PREX"]);
  assert.deepEqual(referenceRhythm(reference, FS, 60), [
    { startS: 0, stopS: 10, code: "N", text: "N" }, { startS: 10, stopS: 30, code: "AFIB", text: "AFIB" }, { startS: 30, stopS: 60, code: null, text: "PREX" },
  ]);
  assert.equal(rhythmOfWfdb("(VFL "), "VF");
});

test("differences: where nothing is named we say sinus; rates and rhythms unknown here are none", () => {
  const reference = referenceRhythm(referenceOf([0, "(N"], [10, "(AFIB"], [30, "(PREX"], [40, "(SBR"]), FS, 60);
  const of = (episodes, rhythms = []) => differences(ourRhythm(episodes, rhythms, FS), reference).map(({ startS, stopS }) => [startS, stopS]);
  assert.deepEqual(of([]), [[10, 30]]);
  assert.deepEqual(of([episode("AFIB", 10, 30), episode("TACHY", 2, 8)]), []);
  assert.deepEqual(of([episode("AFIB", 8, 30)]), [[8, 10]]);
  assert.deepEqual(of([episode("AFIB", 10, 30), episode("VT", 32, 38)]), []);
  assert.deepEqual(of([episode("AFIB", 10, 30)], [span(7, 2000, 2500, "AFL"), span(8, 4500, 5000, "ARTEFACT")]), [[20, 25], [45, 50]]);
  assert.deepEqual(of([episode("AFIB", 10.1, 30)]), [], "a tenth of a second is no difference");
});

test("an end within a second is no difference, but a rhythm that one of the two lacks is, however short", () => {
  const reference = referenceRhythm(referenceOf([0, "(N"], [10, "(VT"], [10.8, "(N"], [20, "(AFIB"]), FS, 60);
  const of = (...episodes) => differences(ourRhythm(episodes, [], FS), reference).map(({ startS, stopS }) => [startS, stopS]);
  const fibrillation = episode("AFIB", 20, 60);
  assert.deepEqual(of(episode("VT", 10.3, 10.7), fibrillation), []);
  assert.deepEqual(of(episode("VT", 9.5, 11.5), fibrillation), []);
  assert.deepEqual(of(fibrillation), [[10, 10.8]]);
  assert.deepEqual(of(episode("VT", 10, 10.8), episode("VT", 5, 5.6), fibrillation), [[5, 5.6]]);
  assert.deepEqual(of(episode("VT", 10, 10.8), episode("AFIB", 21.5, 60)), [[20, 21.5]]);
});

test("beats in an artefact count nowhere", () => {
  const intervals = { timeS: Float64Array.of(1, 2, 3, 4), label: Uint8Array.of(2, 2, 2, 0) };
  const artefacts = artefactsOf([span(7, 150, 350, "ARTEFACT"), span(8, 0, 120, "N")], FS);
  assert.deepEqual(artefacts, [[1.5, 3.5]]);
  assert.deepEqual([...withoutArtefacts(intervals, artefacts).label], [2, 5, 5, 0]);
  assert.deepEqual([...intervals.label], [2, 2, 2, 0], "the intervals given are not changed");
  assert.equal(withoutArtefacts(intervals, []), intervals);
});

test("ends that are drawn near a beat go to it, the last one just behind it", () => {
  const beats = beatsAt([100, 200, 300], FS);
  assert.deepEqual(limitsOf(1.06, 2.95, beats, 0.1, 1000), [100, 301]);
  assert.deepEqual(limitsOf(2.95, 1.06, beats, 0.1, 1000), [100, 301], "drawn from right to left");
  assert.deepEqual(limitsOf(1.3, 2.5, beats, 0.1, 1000), [130, 250]);
  assert.deepEqual(limitsOf(9.99, 40, beats, 0.1, 1000), [999, 1000]);
  assert.deepEqual(limitsOf(1.01, 1.01, beats, 0.1, 1000), [100, 101], "never empty");
});

test("an end moves from beat to beat, by seconds or by samples", () => {
  const beats = beatsAt([100, 200, 300], FS);
  const to = (key, timeS, more = {}) => endAfter({ key, shiftKey: false, altKey: false, ...more }, timeS, beats);
  assert.equal(to("ArrowRight", 1), 2);
  assert.equal(to("ArrowLeft", 2), 1);
  assert.equal(to("ArrowLeft", 3.01), 2, "just behind its last beat, to the one before");
  assert.equal(to("ArrowRight", 3.01), 4.01, "no further beat");
  assert.equal(to("ArrowRight", 1, { altKey: true }), 1.01);
  assert.equal(to("ArrowLeft", 2.5, { shiftKey: true }), 1.5);
  assert.equal(to("x", 2), null);
});

test("a menu is walked through by arrows and by letters", () => {
  const names = ["asystole", "ventricular tachycardia", "atrial fibrillation", "sinus rhythm"];
  assert.equal(placeAfter("ArrowDown", 3, names), 0);
  assert.equal(placeAfter("ArrowUp", 0, names), 3);
  assert.equal(placeAfter("ArrowDown", -1, names), 0, "from nowhere to the first");
  assert.equal(placeAfter("ArrowUp", -1, names), 3);
  assert.equal(placeAfter("a", 0, names), 2);
  assert.equal(placeAfter("A", 2, names), 0);
  assert.equal(placeAfter("z", 0, names), null);
  assert.equal(placeAfter("F5", 0, names), null);
});

test("a person is told which dangerous findings another name would overrule", () => {
  const episodes = [episode("VT", 10, 12), episode("VT", 14, 15), episode("ASYSTOLE", 18, 24), episode("AFIB", 0, 60), episode("VF", 30, 40, { source: "person" })];
  assert.deepEqual(overruled(episodes, 11, 20, DANGEROUS), ["ventricular tachycardia (2)", "asystole"]);
  assert.deepEqual(overruled(episodes, 25, 50, DANGEROUS), []);
});

test("naming, trimming and deleting are edits; a trim that changes nothing is none", () => {
  const sent = [];
  const found = [episode("VT", 0.15, 0.3, { key: "VT:15" }), episode("VF", 5, 9, { key: "VF:500" }), episode("AFIB", 0, 9, { key: "AFIB:0" })];
  const store = { review: { beats: { fs: FS }, episodes: found, rhythms: [span(7, 100, 200, "AFIB")] }, edits: { edit: (edits) => sent.push(...edits) } };
  const id = nameRhythm(store, [10, 20], "VT");
  assert.ok(Number.isInteger(id) && id > 0 && id < 2 ** 31);
  assert.deepEqual(sent.pop(), { action: "set_rhythm", span: id, start_sample: 10, stop_sample: 20, rhythm: "VT", overrules: [] });
  assert.equal(nameRhythm(store, [10, 20], "N", 7), 7);
  assert.deepEqual(sent.pop().overrules, ["VT:15"], "what was dangerous there is named in the log");
  sent.length = 0;
  trimRhythm(store, 7, [100, 200]);
  trimRhythm(store, 9, [100, 150]);
  assert.deepEqual(sent, []);
  trimRhythm(store, 7, [100, 150]);
  deleteRhythm(store, 7);
  assert.deepEqual(sent, [
    { action: "trim_rhythm", span: 7, start_sample: 100, stop_sample: 150 }, { action: "delete_rhythm", span: 7 },
  ]);
});

test("the rows of rhythm lie above the letters and move all below by their height", () => {
  const facts = { fs: FS, durationS: 60, leads: [{ name: "II", calibrated: true, rangeMv: [-1, 1] }] };
  const prefs = { ...new Prefs().values, layout: "stacked" };
  const [none, one, two] = [0, 1, 2].map((rhythmRows) => planSheet({ facts, prefs, width: 900, dpr: 1, hasReference: true, rhythmRows }));
  const lower = one.lettersTop - none.lettersTop;
  assert.ok(lower >= 15);
  for (const name of ["referenceTop", "lanesTop", "lanesBottom", "rowHeight", "height"]) {
    assert.equal(one[name] - none[name], lower, name);
    assert.equal(two[name] - one[name], lower, name);
  }
});

test("what a stretch says: name, times, length, and whose it is", () => {
  const found = { fromS: 60, toS: 75, code: "AFIB", span: null, text: "RR irregular" };
  assert.equal(stretchText(found, null), "atrial fibrillation, 00:01:00 to 00:01:15, 15 s, found by the program, RR irregular");
  assert.equal(stretchText({ ...found, span: 7, text: "named by Ann" }, null), "atrial fibrillation, 00:01:00 to 00:01:15, 15 s, named by Ann");
});

test("every rhythm has its names, the dangerous ones come first, and the key is listed", () => {
  const all = RHYTHM_GROUPS.flatMap(([, rhythms]) => rhythms);
  assert.equal(new Set(all.map(([code]) => code)).size, all.length);
  assert.equal(RHYTHM_GROUPS[0][0], "Dangerous");
  for (const [code, name, short] of all) assert.deepEqual([rhythmOf(code).name, rhythmOf(code).short], [name, short]);
  assert.equal(rhythmOf("WHAT").short, "WHAT");
  assert.ok(!isRhythm("N") && !isRhythm("PAUSE") && isRhythm("VT"));
  assert.deepEqual(meaning({ key: "h" }), ["rhythm"]);
  assert.ok(KEYS.some(([, keys]) => keys.some(([pressed]) => pressed.includes("H"))));
});
