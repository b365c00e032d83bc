// Run with: node --test tests/desk/spikes.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { paintSpikes, Spikes } from "../../assets/desk/src/sheet_spikes.ts";
import { pacingText } from "../../assets/desk/src/summary.ts";

const FS = 100;

function storeWith(pacing) {
  const asked = [];
  const answer = {
    meta: { chambers: ["?", "A", "V"] },
    arrays: { sample: Int32Array.of(100, 116, 300, 900), chamber: Uint8Array.of(1, 2, 2, 2), failed: Uint8Array.of(0, 0, 1, 0) },
  };
  const api = { packed: async (path) => (asked.push(path), answer) };
  return { store: { api, review: { pacing, revision: 1, stage: "classified" }, showMessage() {} }, asked };
}

test("spikes are asked for once, again after an edit, and not where there are none", async () => {
  const { store, asked } = storeWith({ n_spikes: 4, n_without_capture: 1 });
  const spikes = new Spikes(store, () => {});
  await Promise.all([spikes.follow(), spikes.follow()]);
  assert.deepEqual(asked, ["pacing"]);
  assert.equal(spikes.there, true);
  store.review.revision = 2;
  await spikes.follow();
  assert.equal(asked.length, 2);
  store.review.pacing = { n_spikes: 0 };
  await spikes.follow();
  assert.equal(spikes.there, false);
  assert.equal(asked.length, 2);
});

test("spikes in view are ticks with the chamber's letter, crossed where they do not capture", async () => {
  const { store } = storeWith({ n_spikes: 4, n_without_capture: 1 });
  const spikes = new Spikes(store, () => {});
  await spikes.follow();
  const [texts, ticks] = [[], []];
  const context = { beginPath() {}, moveTo: (x) => ticks.push(x), lineTo() {}, stroke() {}, fillText: (text) => texts.push(text) };
  const scene = { context, spikes, plan: { rowHeight: 200 }, facts: { fs: FS }, colours: { trace: "T", classes: { V: "R" } }, font: "sans" };
  paintSpikes({ ...scene, row: { lengthS: 5 }, startS: 0, xOf: (timeS) => 100 * timeS });
  assert.deepEqual(texts, ["A", "V", "V✕"]);
  assert.deepEqual(ticks, [100.5, 116.5, 300.5]);
  const facts = { fs: FS };
  assert.match(spikes.legend({ view: { startS: 0, spanS: 5 }, facts }), /without capture/);
  assert.doesNotMatch(spikes.legend({ view: { startS: 8, spanS: 2 }, facts }), /without capture/);
  assert.equal(spikes.legend({ view: { startS: 20, spanS: 2 }, facts }), "");
});

test("the summary says what is known of pacing, and where nothing can be", () => {
  assert.equal(pacingText(null), "");
  assert.equal(pacingText({ assessable: true, n_spikes: 0 }), "");
  assert.equal(pacingText({ assessable: false, note: "Cannot be assessed." }), "Cannot be assessed.");
  const pacing = { assessable: true, n_spikes: 60, mode: "ventricular pacing", n_without_capture: 3 };
  assert.equal(pacingText(pacing), "Pacing: ventricular pacing; 60 spikes, 3 without capture.");
});
