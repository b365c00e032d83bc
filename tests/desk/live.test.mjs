// A live stream on the desk: follows the newest end until a person looks elsewhere, and says what is not as expected.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chunk, ChunkCache, isShort } from "../../assets/desk/src/chunks.ts";
import { LiveStream } from "../../assets/desk/src/live.ts";
import { analysisText, noticeText, stateText } from "../../assets/desk/src/live_bar.ts";

const state = (changes = {}) => ({
  number: 4,
  state: "live",
  silent_s: 0.4,
  received_s: 65,
  analysed_s: 64,
  settled: false,
  ended: null,
  problem: null,
  n_notices: 0,
  notices: [],
  n_withdrawn: 0,
  withdrawn: null,
  ...changes,
});

function deskWith(durationS) {
  const listeners = { view: [], event: [] };
  const store = {
    gone: false,
    told: [],
    review: { facts: { durationS }, applyLive: ({ meta }) => (store.review.facts = { durationS: meta.durationS }) },
    navigation: {
      view: { startS: 0, spanS: 10 },
      setView(startS, spanS = store.navigation.view.spanS) {
        store.navigation.view = { startS, spanS };
        for (const listener of listeners.view) listener();
      },
    },
    subscribe(topic, listener) {
      listeners[topic].push(listener);
      return () => {};
    },
    notify(topic) {
      store.told.push(topic);
      for (const listener of listeners[topic] ?? []) listener();
    },
    api: { packed: async () => ({ meta: { live: state({ number: 5 }), durationS: store.comes } }) },
  };
  store.live = new LiveStream(store);
  return store;
}

test("the strip begins at the newest end and follows it", async () => {
  const desk = deskWith(60);
  desk.live.told(state());
  assert.equal(desk.navigation.view.startS, 50);
  desk.comes = 63;
  await desk.live.poll();
  assert.equal(desk.navigation.view.startS, 53);
  assert.equal(desk.live.state.number, 5);
});

test("who moves away is left there, and comes back by the button", async () => {
  const desk = deskWith(60);
  desk.live.told(state());
  desk.navigation.setView(20);
  assert.equal(desk.live.following, false);
  desk.comes = 70;
  await desk.live.poll();
  assert.equal(desk.navigation.view.startS, 20);
  desk.live.backToEnd();
  assert.equal(desk.navigation.view.startS, 60);
  assert.equal(desk.live.following, true);
});

test("who goes to an event stays there, also near the newest end", async () => {
  const desk = deskWith(60);
  desk.live.told(state());
  desk.navigation.setView(49.5);
  desk.notify("event");
  desk.comes = 64;
  await desk.live.poll();
  assert.equal(desk.navigation.view.startS, 49.5);
});

test("another scale keeps the newest end in view", () => {
  const desk = deskWith(60);
  desk.live.told(state());
  desk.navigation.setView(50, 10);
  desk.navigation.setView(50, 20);
  assert.deepEqual(desk.navigation.view, { startS: 40, spanS: 20 });
  assert.equal(desk.live.following, true);
});

test("a recording that is no stream is left where it is", () => {
  const desk = deskWith(60);
  desk.live.told(null);
  assert.equal(desk.live.on, false);
  assert.equal(desk.navigation.view.startS, 0);
});

test("a stream that stops, ends or lags is told", () => {
  assert.match(stateText(state()), /00:01:05 received/);
  assert.match(stateText(state({ state: "stopped", silent_s: 12.7 })), /No signal for 12 s/);
  assert.match(stateText(state({ state: "ended", ended: "The sender ended the stream." })), /ended the stream\. The rest is being analysed/);
  assert.equal(stateText(state({ state: "ended", ended: "Over.", settled: true })), "Over.");
  assert.equal(analysisText(state()), "");
  assert.match(analysisText(state({ analysed_s: 40 })), /25 s behind/);
  assert.equal(analysisText(state({ problem: "It failed." })), "It failed.");
});

test("irregularities and withdrawn events are told with their time", () => {
  assert.equal(noticeText(state()), "");
  const gap = { kind: "gap", time_s: 61, sentence: "2.00 s are missing." };
  assert.equal(noticeText(state({ n_notices: 1, notices: [gap] })), "At 00:01:01: 2.00 s are missing.");
  assert.match(noticeText(state({ n_notices: 3, notices: [gap] })), /3 irregularities in all/);
  const withdrawn = { title: "Ventricular tachycardia", start_s: 30, stop_s: 33 };
  assert.match(noticeText(state({ n_withdrawn: 1, withdrawn })), /1 dangerous event told and withdrawn.*at 00:00:30/);
});

test("the last chunk of a recording that grows is asked for again, and shown until it is there", async () => {
  const asked = [];
  const answer = (seconds) => ({
    meta: { first: 0, count: 1, rate_hz: 10, filter: "none", starts: [0] },
    arrays: { lsb: new Float32Array([1]), c0: new Int16Array(10 * seconds) },
  });
  let seconds = 4;
  const cache = new ChunkCache({
    fetchSpan: async (request) => {
      asked.push(request);
      return answer(seconds);
    },
    onChange: () => {},
  });
  const wants = async (durationS) => {
    cache.configure({ fs: 10, durationS, filters: null, points: 10 });
    cache.want(0, durationS);
    await new Promise((resolve) => setTimeout(resolve));
  };
  await wants(4);
  assert.equal(asked.length, 1);
  await wants(4);
  assert.equal(asked.length, 1);
  seconds = 6;
  await wants(6);
  assert.equal(asked.length, 2);
  assert.equal(cache.get(0).n, 60);
  await wants(6);
  assert.equal(asked.length, 2);
  assert.equal(isShort(new Chunk(0, new Int16Array(40), new Float32Array(1), 10), 6), true);
});
