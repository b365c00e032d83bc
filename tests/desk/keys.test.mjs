// Run with: node --test tests/desk/keys.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";

import { needsArrowKeys } from "../../assets/desk/src/keys.ts";

test("arrow keys are left to whatever needs them", () => {
  const node = (tagName, role = null, more = {}) => ({ tagName, getAttribute: (name) => (name === "role" ? role : null), ...more });
  assert.ok(needsArrowKeys([node("INPUT", null, { type: "text" }), node("DIV")]));
  assert.ok(needsArrowKeys([node("DIV", "slider")]));
  assert.ok(needsArrowKeys([node("DIV", null, { isContentEditable: true })]));
  assert.ok(!needsArrowKeys([node("BUTTON"), node("DIV"), {}]));
  assert.ok(!needsArrowKeys([node("INPUT", null, { type: "checkbox" })]));
});
