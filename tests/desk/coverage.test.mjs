import assert from "node:assert/strict";
import { test } from "node:test";

import { coveragePlace, coverageWords } from "../../assets/desk/src/coverage.ts";
import { isDevice } from "../../assets/desk/src/device.ts";
import { eventTip, performanceOf } from "../../assets/desk/src/event_details.ts";
import { episodesOf } from "../../assets/desk/src/facts.ts";
import { eventFigures, kindName, shortTitle } from "../../assets/desk/src/wording.ts";
import { mostUrgent } from "../../assets/desk/src/urgent.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { FakeApi } from "./fake_panel_store.mjs";

const event = (kind, more = {}) => ({ key: `${kind}:0`, kind, title: kind, reason: "x", startS: 0, stopS: 10, nBeats: 12, rateBpm: 72, ...more });
const normal = event("DEVICE_NORMAL", { title: "Normal statement of the device", reason: "Normal ECG" });
const urgent = event("DEVICE_URGENT", { title: "Urgent statement of the device", reason: ">>> Acute MI <<<" });
const own = event("PAUSE", { title: "Pause" });
const coverage = {
  checked: "VT, pauses", unchecked_names: "AF, ST segment, AV conduction", unchecked: "ST segment, AV conduction; AF (needs 10 s)", remarks: ["readable 62 % of the time"],
};

test("an empty list says what was looked for and what was not", () => {
  const words = coverageWords("classified", coverage, []);
  assert.equal(words.found, "No events found.");
  assert.equal(words.checked, "Checked: VT, pauses.");
  assert.equal(words.unchecked, "Not assessed: ST segment, AV conduction; AF (needs 10 s).");
  assert.match(words.remarks, /62 %/);
  assert.equal(coveragePlace([]), "alone");
});

test("a device's normal ECG does not fill the list: what the program did not find and not look for stands before it", () => {
  assert.equal(coveragePlace([normal]), "first");
  assert.equal(coverageWords("classified", coverage, [normal]).found, "No events found by this program.");
});

test("an urgent statement stands first; beside own events the text is at the foot and claims no absence", () => {
  assert.equal(coveragePlace([urgent, normal]), "foot");
  assert.equal(coverageWords("classified", coverage, [urgent]).found, "No events found by this program.");
  assert.equal(coveragePlace([own, normal]), "foot");
  const words = coverageWords("classified", coverage, [own]);
  assert.equal(words.found, "");
  assert.equal(words.unchecked, "Not assessed: AF, ST segment, AV conduction.");
  assert.match(words.full, /needs 10 s/);
});

test("without the beats nothing is said to be absent; without its answer nothing is said to be checked", () => {
  assert.doesNotMatch(Object.values(coverageWords("beats", null, [])).join(""), /No events/);
  const words = coverageWords("classified", null, []);
  assert.equal(words.checked, "");
  assert.match(words.unchecked, /not known/);
  assert.match(coverageWords("found", { ...coverage, checked: "" }, []).checked, /nothing/);
});

test("statements are told apart from what was found, and have neither beats nor rate of their own", () => {
  assert.deepEqual([urgent, normal, own].map(isDevice), [true, true, false]);
  assert.equal(eventFigures(urgent), "");
  assert.notEqual(shortTitle(urgent), shortTitle(normal));
  assert.match(kindName(urgent), /device/);
});

test("known performance stands with every event, absent figures are said", () => {
  const known = { SVTA: { short: "Se 3 %, +P 60 % on DS2", sentence: "Runs of S of 6 or more: sensitivity 3 % on DS2." } };
  assert.equal(performanceOf(known, event("SVTA")).short, "Se 3 %, +P 60 % on DS2");
  assert.match(eventTip(event("SVTA"), known), /sensitivity 3 %/);
  assert.equal(performanceOf(known, own).short, "not measured");
  assert.equal(performanceOf(undefined, own).short, "not measured");
  assert.match(performanceOf(known, urgent).short, /not checked/);
  assert.match(performanceOf(known, event("SVTA", { source: "person" })).short, /person/);
});

test("above the strip stands the most urgent event that nobody has dismissed, and no reassurance", () => {
  assert.equal(mostUrgent([urgent, own]), urgent);
  assert.equal(mostUrgent([{ ...urgent, dismissed: true }, own, normal]), own);
  assert.equal(mostUrgent([normal]), null);
  assert.equal(mostUrgent([]), null);
});

test("a server that tells no source speaks of its own events", () => {
  const columns = { key: ["VT:1"], kind: ["VT"], title: ["VT"], start_sample: [1], stop_sample: [9], n_beats: [3], rate_bpm: [1], reason: [""], sign: ["V"], marks: [0] };
  assert.equal(episodesOf(columns, 1)[0].source, "beats");
  assert.equal(episodesOf({ ...columns, source: ["device"] }, 1)[0].source, "device");
});

test("going to a statement leaves the strip where it is: it holds for the whole recording", async () => {
  const store = new Store({ api: new FakeApi({ n: 3000 }), rec: "x" });
  await store.review.refresh();
  store.review.episodes = [{ ...urgent, key: "DEVICE_1a:0" }, { ...own, key: "PAUSE:7", startS: 900 }];
  store.navigation.goToEvent("PAUSE:7");
  const { startS } = store.navigation.view;
  store.navigation.goToEvent("DEVICE_1a:0");
  assert.equal(store.navigation.currentEvent, "DEVICE_1a:0");
  assert.equal(store.navigation.view.startS, startS);
  assert.ok(startS > 800);
  store.end();
});
