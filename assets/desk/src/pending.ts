// Edits that the server has not answered yet, drawn over what it confirmed. Pure functions.

import type { BeatTable } from "./beat_table.ts";
import type { Edit } from "./payloads.ts";

/** A table with one edit drawn over it; what only the server can do is left for its answer. */
export function drawn(table: BeatTable, edit: Edit): BeatTable {
  const places = (ids: number[]) => ids.map((id) => table.indexOfId(id)).filter((at) => at >= 0);
  const where = (test: (index: number) => boolean) => Array.from({ length: table.n }, (_, i) => i).filter(test);
  switch (edit.action) {
    case "relabel":
    case "relabel_similar":
      return table.relabelled(places(edit.beats), edit.label);
    case "relabel_span":
      return table.relabelled(
        where((i) => table.sample[i] >= edit.start_sample && table.sample[i] < edit.stop_sample),
        edit.label,
      );
    case "relabel_family":
      return table.relabelled(where((i) => table.family[i] === edit.family), edit.label);
    case "delete":
      return table.without(places(edit.beats.map(([id]) => id)));
    case "add":
      return table.withBeat(edit.beat, edit.sample, edit.label);
    case "move":
      return table.moved(table.indexOfId(edit.beat), edit.to_sample);
    default:
      return table;
  }
}
