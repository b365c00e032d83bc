import assert from "node:assert/strict";
import { test } from "node:test";

import { countText, kindsOf, markAfter, ofKinds } from "../../assets/desk/events.js";
import { jobView } from "../../assets/desk/job_box.js";
import { Store } from "../../assets/desk/store.js";
import { FakeApi } from "./fake_panel_store.mjs";

const events = ["VT", "PAUSE", "VT", "COUPLET"].map((kind, i) => ({ key: `${kind}:${i}`, kind, sign: "V", title: kind }));

test("kinds are counted in the order of the list", () => {
  assert.deepEqual(kindsOf(events).map(({ kind, n }) => [kind, n]), [["VT", 2], ["PAUSE", 1], ["COUPLET", 1]]);
});

test("a kind of which only the most premature are listed says how many there are", () => {
  const single = { kind: "SINGLE_V", sign: "V", title: "Single" };
  const [kind] = kindsOf([single, single], { SINGLE_V: 1512, VT: 3 });
  assert.equal(countText(kind), "2 of 1,512");
  assert.equal(countText(kindsOf([single, single], { SINGLE_V: 2 })[0]), "2");
  assert.equal(countText(kindsOf([single])[0]), "1");
});

test("no chosen kind means all; several are shown together in the list's order", () => {
  assert.equal(ofKinds(events, new Set()).length, 4);
  assert.deepEqual(ofKinds(events, new Set(["COUPLET", "VT"])).map(({ key }) => key), ["VT:0", "VT:2", "COUPLET:3"]);
});

test("pressing a mark again takes it off", () => {
  assert.equal(markAfter(null, "seen"), "seen");
  assert.equal(markAfter("dismissed", "report"), "report");
  assert.equal(markAfter("report", "report"), null);
});

test("what stands before classified beats: work, an offer, or what went wrong", () => {
  const job = { what: "classes", stage: "x", share: 0, problem: null };
  assert.equal(jobView("beats", null), "running");
  assert.equal(jobView("found", null), "offer");
  assert.equal(jobView("found", job), "running");
  assert.equal(jobView("found", { ...job, problem: "No memory." }), "problem");
  assert.equal(jobView("beats", { ...job, problem: "Unreadable." }), "problem");
  assert.equal(jobView("classified", null), "none");
});

test("stepping through events keeps to the kinds that are shown and passes dismissed ones over", async () => {
  const store = new Store({ api: new FakeApi({ n: 3000 }), rec: "x" });
  await store.refresh();
  store.eventKinds.add("VT");
  const walked = [];
  for (let i = 0; i < 5; i += 1) {
    store.stepEvent(1);
    walked.push(store.currentEvent);
  }
  const open = store.episodes.filter(({ kind, mark }) => kind === "VT" && mark !== "dismissed").map(({ key }) => key);
  assert.deepEqual([...new Set(walked)], open);
  clearTimeout(store.addressTimer);
});
