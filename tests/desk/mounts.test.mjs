import assert from "node:assert/strict";
import { test } from "node:test";

import { stand, standing } from "../../assets/desk/src/mounts.ts";

class Desk {
  constructor(data) {
    Object.assign(this, { data, gone: false });
  }

  destroy() {
    this.gone = true;
  }
}

const DATA = { rec: "local/a", version: "1" };

test("a desk stays where it stands as long as it shows the same", () => {
  const place = {};
  assert.equal(standing(place, DATA, Desk), null);
  const desk = stand(place, new Desk(DATA));
  assert.equal(standing(place, { ...DATA, token: "another" }, Desk), desk);
  assert.equal(desk.gone, false);
});

test("a desk of another recording, or of another version of it, is taken down", () => {
  for (const other of [{ ...DATA, rec: "local/b" }, { ...DATA, version: "2" }]) {
    const place = {};
    const desk = stand(place, new Desk(DATA));
    assert.equal(standing(place, other, Desk), null);
    assert.equal(desk.gone, true);
  }
});

test("the desk of an older copy of the program is taken down by the new one", async () => {
  const place = {};
  const desk = stand(place, new Desk(DATA));
  const copy = await import("../../assets/desk/src/mounts.ts?copy");
  class NewDesk extends Object {}
  assert.equal(copy.standing(place, DATA, NewDesk), null);
  assert.equal(desk.gone, true);
  const next = copy.stand(place, new NewDesk());
  next.data = DATA;
  assert.equal(copy.standing(place, DATA, NewDesk), next);
});
