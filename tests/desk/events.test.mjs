import assert from "node:assert/strict";
import { test } from "node:test";

import { countText, filteredText, kindsOf } from "../../assets/desk/src/events.ts";
import { canCancel, jobView } from "../../assets/desk/src/job_box.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { pollsNow } from "../../assets/desk/src/store_server.ts";
import { FakeApi } from "./fake_panel_store.mjs";

const events = ["VT", "PAUSE", "VT", "COUPLET"].map((kind, i) => ({ key: `${kind}:${i}`, kind, sign: "V", title: kind }));

test("kinds are counted in the order of the list", () => {
  assert.deepEqual(kindsOf(events).map(({ kind, n }) => [kind, n]), [["VT", 2], ["PAUSE", 1], ["COUPLET", 1]]);
});

test("a kind of which not all have come yet says how many there are", () => {
  const single = { kind: "SINGLE_V", sign: "V", title: "Single" };
  const [kind] = kindsOf([single, single], { SINGLE_V: 1512, VT: 3 });
  assert.equal(countText(kind), "2 of 1,512");
  assert.equal(countText(kindsOf([single, single], { SINGLE_V: 2 })[0]), "2");
  assert.equal(countText(kindsOf([single])[0]), "1");
});

test("no chosen kind means all; several are shown together in the list's order", async () => {
  const store = new Store({ api: new FakeApi({ n: 3000 }), rec: "x" });
  await store.review.refresh();
  const listed = () => store.review.episodes.filter((each) => store.navigation.listsEvent(each));
  assert.equal(listed().length, store.review.episodes.length);
  for (const kind of ["COUPLET", "VT"]) store.navigation.eventKinds.add(kind);
  assert.deepEqual([...new Set(listed().map(({ kind }) => kind))], ["VT", "COUPLET"]);
  store.navigation.eventFilter = "dismissed";
  assert.deepEqual(listed().map(({ kind }) => kind), ["VT"]);
});

test("a list that a filter leaves empty says so, and never that nothing was found", () => {
  assert.equal(filteredText("all", 12), "");
  assert.equal(filteredText("starred", 12), "None of the 12 events is marked for the report.");
  assert.equal(filteredText("unseen", 0), "", "there is nothing to filter");
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

test("long work can be cancelled, and a hidden page goes on asking after it", () => {
  const beats = { what: "beats", stage: "x", share: 0, problem: null, long_s: null };
  assert.equal(canCancel(null), false);
  assert.equal(canCancel(beats), false);
  assert.equal(canCancel({ ...beats, long_s: 300 }), true);
  assert.equal(canCancel({ ...beats, what: "classes" }), true);
  assert.equal(pollsNow(false, null), true);
  assert.equal(pollsNow(true, null), false);
  assert.equal(pollsNow(true, beats), true);
  assert.equal(pollsNow(true, { ...beats, problem: "It was cancelled." }), false);
});

test("stepping through events keeps to the kinds that are shown and passes dismissed ones over", async () => {
  const store = new Store({ api: new FakeApi({ n: 3000 }), rec: "x" });
  await store.review.refresh();
  store.navigation.eventKinds.add("VT");
  const walked = [];
  for (let i = 0; i < 5; i += 1) {
    store.navigation.stepEvent(1);
    walked.push(store.navigation.currentEvent);
  }
  const open = store.review.episodes.filter(({ kind, dismissed }) => kind === "VT" && !dismissed).map(({ key }) => key);
  assert.deepEqual([...new Set(walked)], open);
  store.end();
});
