// Print, as a JSON list of [route, body], what the desk posts for everything that a person can change.
//
// `node contract_requests.mjs FOLDER` opens the store on the answers of a server in FOLDER: state.json, beats.bin.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ExportRun } from "../../assets/desk/src/export_run.ts";
import { deleteRhythm, nameRhythm, trimRhythm } from "../../assets/desk/src/rhythm_edits.ts";
import { Store } from "../../assets/desk/src/store.ts";
import { changeWorklist } from "../../assets/desk/src/worklist.ts";
import { unpack } from "../../assets/desk/src/wire.ts";
import { deltaMeta } from "./tables.mjs";

const [folder] = process.argv.slice(2);
const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8"));
const content = readFileSync(join(folder, "beats.bin"));
const beats = unpack(content.buffer.slice(content.byteOffset, content.byteOffset + content.length));
const posted = [];
const api = {
  get: async () => state,
  packed: async (route) => (route === "beats" ? beats : null),
  post: async (route, body) => {
    posted.push([route, body]);
    if (route === "job") return state;
    if (route.startsWith("diary")) return { version: 1, entries: [], sleep: null, problems: [] };
    if (route.startsWith("export")) return { key: "k", share: 1, ready: true, name: "x", bytes: 1, problem: null, said: [] };
    return { meta: deltaMeta({ ...state, refused: [] }), arrays: { ...beats.arrays, removed: new Int32Array(0) } };
  },
  file: async () => ({ blob: new Blob([]), name: "x" }),
};

const store = new Store({ api, rec: state.recording.rec });
await store.review.refresh();
const { edits, navigation, review } = store;
const { id, sample } = review.beats;
const { key } = review.episodes[0];

await changeWorklist(store, "add");
navigation.choose(id[2]);
await edits.relabel("F");
navigation.select([id[4], id[5]]);
await edits.relabel("S");
await edits.edit([{ action: "relabel_span", start_sample: sample[6], stop_sample: sample[8], label: "V" }]);
await edits.edit([{ action: "relabel_family", family: review.families[0].index, label: "N" }]);
await edits.edit([{ action: "relabel_similar", beats: [id[6], id[7]], label: "N", reason: "similar to beats relabelled by Ann" }]);
await edits.add((sample[10] + sample[11]) / 2, "V");
await edits.move(id[12], sample[12] + 3);
await edits.setBoundary(id[13], "qrs_off", 0, [sample[13] + 14, sample[13] + 16]);
await edits.setBoundary(id[13], "p_on", null, [null, null]);
navigation.clearSelection();
navigation.choose(id[14]);
await edits.deleteChosen();
await edits.undo();
await edits.redo();
await edits.markEvent(key, "seen", true);
await edits.noteEvent(key, "after exercise");
const span = nameRhythm(store, [sample[20], sample[30]], "AFIB");
await edits.outbox.flush();
review.rhythms = [{ span, start_sample: sample[20], stop_sample: sample[30], rhythm: "AFIB", by: "" }];
trimRhythm(store, span, [sample[20], sample[28]]);
await edits.outbox.flush();
deleteRhythm(store, span);
await edits.outbox.flush();
await edits.splitFamily(review.families[0].index);
await edits.mergeFamilies(review.families[1].index, review.families[0].index);
await edits.judgeDifference("atr", "beat:1234:N>V", "file");
await edits.settleConflict(1, [2]);
await store.diary.add("diary", [sample[3], sample[3]], "climbing stairs");
await store.diary.withdraw(posted[posted.length - 1][1].uuid);
await store.server.controlJob("classify");
await new ExportRun(api, () => {}).file({ format: "csv", marks: "reviewed", start_s: 0, stop_s: 5 });
store.end();
console.log(JSON.stringify(posted));
