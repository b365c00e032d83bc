// Proposals for similar beats: when the desk asks, what the bar says, and what accepting and refusing do.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KEYS } from "../../assets/desk/src/help.ts";
import { meaning } from "../../assets/desk/src/keys.ts";
import { drawn } from "../../assets/desk/src/pending.ts";
import { proposalText } from "../../assets/desk/src/proposal_bar.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { classesOf, relabels } from "../../assets/desk/src/store_proposals.ts";
import { deltaMeta, reviewPayload, table } from "./tables.mjs";

const RECORDING = {
  rec: "demo/x", name: "x", fs_hz: 100, n_samples: 60000, duration_s: 600, clock_s: null, start_time: null,
  synthetic: true, person: null, notes: [], lead_notes: [], annotators: [],
  leads: [{ name: "II", calibrated: true, scale: 1, range_mv: [-1, 1], offset_mv: 0 }],
};
const REASON = "similar to beats relabelled by Ann";

/** A server that proposes S for beats 200 and 350 once a beat was relabelled S. */
class FakeApi {
  constructor() {
    this.beats = table([100, 200, 350, 5000], "NNVN", { fs: 100 });
    this.revision = 0;
    this.asked = 0;
    this.posted = [];
    this.proposed = [200, 350];
    this.released = Promise.resolve();
  }
  derived() {
    return reviewPayload({ revision: this.revision, summary: {}, quality: { seconds: 600, unreadable: [[]] } });
  }
  async get(path) {
    if (path === "diary") return null;
    return { recording: RECORDING, stage: "classified", job: null, model: null, person: "", edits_problem: null, live: null, ...this.derived() };
  }
  async packed(path) {
    if (path === "beats") return { meta: { revision: this.revision }, arrays: { ...this.beats } };
    if (path !== "proposals") return null;
    this.asked += 1;
    const { revision, proposed } = this;
    await this.released;
    if (this.broken) throw new Error("The server cannot be reached.");
    if (!proposed.length) return null;
    return { meta: { revision, proposals: [{ label: "S", reason: REASON, n: proposed.length }] }, arrays: { b0: Int32Array.from(proposed) } };
  }
  async post(path, body) {
    this.posted.push([path, body]);
    this.revision += 1;
    for (const edit of body.edits ?? []) this.beats = drawn(this.beats, edit);
    return { meta: deltaMeta(this.derived()), arrays: { ...this.beats, removed: new Int32Array(0) } };
  }
}

async function begun() {
  const api = new FakeApi();
  const store = new Store({ api, rec: "demo/x" });
  await store.begin();
  return { api, store };
}

/** Let what has been answered be taken in. */
const settled = () => new Promise((done) => setTimeout(done));

async function relabelled({ store }, id = 100) {
  store.navigation.choose(id);
  await store.edits.relabel("S");
  await settled();
}

test("nothing is asked before beats were relabelled, and no other edit asks", async () => {
  const { api, store } = await begun();
  await store.edits.add(700, "V");
  await settled();
  assert.equal(api.asked, 0);
  assert.equal(store.proposals.current, null);
  assert.ok(relabels([{ action: "add" }, { action: "relabel_family" }]));
  assert.ok(!relabels([{ action: "mark_events" }, { action: "delete" }]));
  store.end();
});

test("after a relabelling the similar beats are proposed, and accepting them is one edit with the reason", async () => {
  const desk = await begun();
  await relabelled(desk);
  const { api, store } = desk;
  assert.deepEqual([...store.proposals.current.beats], [200, 350]);
  assert.deepEqual(classesOf(store.review.beats, store.proposals.current.beats), [["N", 1], ["V", 1]]);
  api.proposed = [];
  await store.proposals.accept();
  await settled();
  const [, { edits }] = api.posted.at(-1);
  assert.equal(edits.length, 1);
  const { uuid, ...edit } = edits[0];
  assert.ok(uuid);
  assert.deepEqual(edit, { action: "relabel_similar", beats: [200, 350], label: "S", reason: REASON });
  assert.deepEqual(classesOf(store.review.beats, [200, 350]), [["S", 2]]);
  assert.equal(store.proposals.current, null, "nothing further is proposed");
  store.end();
});

test("a refused proposal stays away until beats are relabelled again", async () => {
  const desk = await begun();
  await relabelled(desk);
  const { api, store } = desk;
  store.proposals.refuse();
  assert.equal(store.proposals.current, null);
  const asked = api.asked;
  await store.edits.add(700, "V");
  await settled();
  assert.equal(api.asked, asked);
  assert.equal(store.proposals.current, null);
  await relabelled(desk, 5000);
  assert.ok(store.proposals.current);
  store.end();
});

test("an edit does not wait for the proposal, and an answer that is out of date is not shown", async () => {
  const desk = await begun();
  const { api, store } = desk;
  let release;
  api.released = new Promise((done) => (release = done));
  await relabelled(desk);
  assert.equal(store.edits.outbox.waiting.length, 0, "the edit has been answered");
  assert.equal(store.proposals.current, null, "the proposal has not");
  await relabelled(desk, 5000);
  api.proposed = [350];
  release();
  await settled();
  await settled();
  assert.equal(api.asked, 2, "the second edit's proposal is asked for once the first one's is there");
  assert.deepEqual([...store.proposals.current.beats], [350]);
  store.end();
});

test("where the question fails nothing is proposed, and the next relabelling asks again", async () => {
  const desk = await begun();
  desk.api.broken = true;
  await relabelled(desk);
  assert.equal(desk.store.proposals.current, null);
  assert.equal(desk.store.status.problem, false, "it is no problem of the person's");
  desk.api.broken = false;
  await relabelled(desk, 5000);
  assert.ok(desk.store.proposals.current);
  desk.store.end();
});

test("the bar says how many beats, what they are now, and its key is in the help", () => {
  assert.equal(proposalText("S", 1214, [["N", 1210], ["V", 4]]), "Apply S to 1,214 similar beats? Now 1,210 N, 4 V.");
  assert.equal(proposalText("N", 1, [["S", 1]]), "Apply N to 1 similar beat? Now S.");
  assert.deepEqual(meaning({ key: "y" }), ["proposal"]);
  assert.deepEqual(meaning({ key: "y", ctrlKey: true }), ["redo"]);
  assert.ok(KEYS.some(([, lines]) => lines.some(([keys, what]) => keys.includes("Y") && what.includes("proposal"))));
});
