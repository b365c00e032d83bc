// Run with: node --test tests/desk/worklist.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { meaning } from "../../assets/desk/src/keys.ts";
import { changeWorklist, offered, statusText } from "../../assets/desk/src/worklist.ts";

const told = (values = {}) => ({
  status: "new", assigned_to: null, mine: false, due: null, overdue: false, n_free: 0, next: null, said: null, problem: null, ...values,
});

test("the line says how far the recording is and by whom it is read", () => {
  assert.equal(statusText(null), "");
  assert.equal(statusText(told({ status: null })), "not in the worklist");
  assert.equal(statusText(told({ status: "reading", assigned_to: "Ann" })), "being read by Ann");
  assert.equal(statusText(told({ status: "reading", assigned_to: "Ann", mine: true, due: "in 2 h 00 min" })), "being read by you · due in 2 h 00 min");
  assert.equal(statusText(told({ due: "1 d 0 h ago", overdue: true })), "new · overdue 1 d 0 h ago");
  assert.equal(statusText(told({ status: "signed", assigned_to: "Ann", due: "1 d 0 h ago" })), "signed by Ann");
  assert.equal(statusText(told({ problem: "The disk is full." })), "worklist not available");
});

test("what is offered follows from who has the recording", () => {
  assert.deepEqual(offered(told({ status: null })), ["add", "Add to worklist"]);
  assert.deepEqual(offered(told()), ["claim", "Claim"]);
  assert.deepEqual(offered(told({ status: "reading", assigned_to: "Ann", mine: true })), ["read", "Mark as read"]);
  assert.deepEqual(offered(told({ status: "read", assigned_to: "Ann", mine: true })), ["claim", "Read again"]);
  for (const values of [{ status: "reading", assigned_to: "Ann" }, { status: "signed" }, { problem: "gone" }]) assert.equal(offered(told(values)), null);
});

test("a key goes on, with Shift marking the recording as read", () => {
  assert.deepEqual(meaning({ key: "l" }), ["next", false]);
  assert.deepEqual(meaning({ key: "L", shiftKey: true }), ["next", true]);
  assert.equal(meaning({ key: "l" }, { field: true }), null);
});

test("edits that wait are sent before, and who gives no name changes nothing", async () => {
  const done = [];
  const store = {
    prefs: { person: "Ann" },
    host: {},
    edits: { outbox: { flush: async () => done.push("flush") } },
    api: { post: async (route, body) => (done.push([route, body.do]), told()) },
  };
  await changeWorklist(store, "read_next");
  assert.deepEqual(done, ["flush", ["worklist", "read_next"]]);
  store.prefs.person = "";
  store.host.askName = async () => false;
  assert.equal(await changeWorklist(store, "claim"), null);
  assert.equal(done.length, 2);
  store.edits.outbox.flush = async () => Promise.reject(new Error("away"));
  store.host.askName = async () => true;
  await assert.rejects(changeWorklist(store, "next"), /away/);
  assert.equal(done.length, 2);
});
