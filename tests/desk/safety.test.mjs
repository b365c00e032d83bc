// Run with: node --test tests/desk/safety.test.mjs
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../assets/desk/", import.meta.url);
const filesIn = (folder, suffix) => readdirSync(new URL(folder, FOLDER)).filter((name) => name.endsWith(suffix)).map((name) => folder + name);
const sources = [...filesIn("src/", ".ts"), ...filesIn("./", ".css"), ...filesIn("dist/", ".js")];

test("no script parses markup or text as code: texts from files are only ever text", () => {
  assert.ok(sources.length > 50);
  for (const name of sources) {
    const source = readFileSync(new URL(name, FOLDER), "utf8");
    assert.doesNotMatch(source, /(inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser/, name);
    assert.doesNotMatch(source, /\beval\(|new Function|setHTML|srcdoc/, name);
  }
});

test("no script or style knows an address, and only one place talks to the server", () => {
  const talking = [];
  for (const name of sources) {
    const source = readFileSync(new URL(name, FOLDER), "utf8");
    assert.doesNotMatch(source, /https?:|XMLHttpRequest|WebSocket|EventSource|sendBeacon|@import|url\(|import\(/, name);
    if (/\bawait fetch\(|window\.fetch|globalThis\.fetch/.test(source)) talking.push(name);
  }
  assert.deepEqual(talking, ["src/api.ts", "dist/desk.js"]);
});
