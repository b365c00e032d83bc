import assert from "node:assert/strict";
import { test } from "node:test";

import { rowAfterKey, rowsInSight, scrollFor } from "../../assets/desk/src/virtual.ts";

test("the rows in sight cover the window and stay few, however long the list", () => {
  for (const scroll of [0, 17, 5000, 102_000 * 26 - 300]) {
    const [first, stop] = rowsInSight(scroll, 300, 26, 102_000, 6);
    assert.ok(first * 26 <= scroll || first === 0);
    assert.ok(stop * 26 >= Math.min(scroll + 300, 102_000 * 26));
    assert.ok(stop - first <= Math.ceil(300 / 26) + 13);
  }
});

test("an empty list, one shorter than its window and one that shrank have no rows outside", () => {
  assert.deepEqual(rowsInSight(0, 300, 26, 0), [0, 0]);
  assert.deepEqual(rowsInSight(0, 300, 26, 4), [0, 4]);
  const [first, stop] = rowsInSight(9000, 300, 26, 10);
  assert.ok(first <= stop && stop === 10);
});

test("a row in sight leaves the list where it is", () => {
  assert.equal(scrollFor(10, 400, 300, 50, 100), 400);
});

test("a row out of sight comes in with as little scrolling as is needed, never beyond the ends", () => {
  const above = scrollFor(5, 1000, 300, 50, 100);
  assert.ok(above <= 250 && above >= 200);
  const below = scrollFor(50, 0, 300, 50, 100);
  assert.ok(below + 300 >= 51 * 50 && below < 50 * 50);
  assert.equal(scrollFor(0, 1000, 300, 50, 100), 0);
  assert.equal(scrollFor(99, 0, 300, 50, 100), 100 * 50 - 300);
  assert.equal(scrollFor(0, 0, 300, 50, 2), 0);
});

test("keys move the active row and stop at the ends", () => {
  assert.equal(rowAfterKey("ArrowDown", 3, 10, 5), 4);
  assert.equal(rowAfterKey("ArrowUp", 0, 10, 5), 0);
  assert.equal(rowAfterKey("PageDown", 7, 10, 5), 9);
  assert.equal(rowAfterKey("End", 2, 10, 5), 9);
  assert.equal(rowAfterKey("Home", 9, 10, 5), 0);
  assert.equal(rowAfterKey("ArrowDown", -1, 10, 5), 0);
  assert.equal(rowAfterKey("ArrowUp", -1, 10, 5), 9);
});

test("other keys and empty lists move nothing", () => {
  assert.equal(rowAfterKey("v", 3, 10, 5), null);
  assert.equal(rowAfterKey("ArrowDown", -1, 0, 5), null);
});
