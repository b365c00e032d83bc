// What the file says of itself, in words; whom it names, once.
import assert from "node:assert/strict";
import { test } from "node:test";

import { annotationsText, leadText, leadsOf, notesText, startText } from "../../assets/desk/src/file_text.ts";
import { TITLES } from "../../assets/desk/src/identity.ts";

test("notes are counted, none are nothing", () => {
  assert.deepEqual([[], ["a"], ["a", "b"]].map(notesText), ["", "1 note", "2 notes"]);
});

test("the start is what the file has: date and time, the time alone, or nothing", () => {
  assert.equal(startText("2011-12-01T07:27:34"), "2011-12-01 07:27:34");
  assert.equal(startText("2011-12-01T07:27:34.250000"), "2011-12-01 07:27:34");
  assert.equal(startText("07:27:34"), "07:27:34");
  assert.equal(startText(null), "not in the file");
  assert.equal(startText("<b>"), "not in the file");
});

test("of a lead is said what its file calls it, where that is another name, and that its heights are not known", () => {
  const plain = { name: "II", original: "II", calibrated: true };
  const renamed = { name: "V1", original: "MDC_ECG_LEAD_V1", calibrated: true };
  const bare = { name: "lead 1", original: "lead 1", calibrated: false };
  assert.equal(leadText(plain), "");
  assert.match(leadText(renamed), /MDC_ECG_LEAD_V1/);
  assert.equal(leadText(bare), "uncalibrated");
  assert.deepEqual(leadsOf([plain, renamed, bare]), { told: [renamed, bare], others: ["II"] });
});

test("annotations are counted by what they are", () => {
  assert.equal(annotationsText({ n: 12, n_beats: 10, n_rhythms: 1 }), "10 beats, 1 rhythm change, 1 other mark");
  assert.equal(annotationsText({ n: 3, n_beats: 0, n_rhythms: 0 }), "3 marks");
  assert.equal(annotationsText({ n: 0, n_beats: 0, n_rhythms: 0 }), "empty");
  assert.equal(annotationsText({ problem: "It is damaged." }), "It is damaged.");
});

test("a device alone is no person, and texts need not name one", () => {
  assert.equal(TITLES.device, "This file names its device");
  assert.equal(TITLES.person, "This file names a person");
  assert.doesNotMatch(TITLES.texts, /person/);
});
