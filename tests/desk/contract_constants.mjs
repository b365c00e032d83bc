// Print, as JSON, the constants that browser and server share; test_desk_modules.py compares them.

import { PACKED } from "../../assets/desk/src/api.ts";
import { ADDED, LETTERS, MOVED, RELABELLED, UNCERTAIN_BELOW } from "../../assets/desk/src/beat_table.ts";
import { ABSENT, CHUNK_S, MOST_IN_A_REQUEST, MOST_POINTS } from "../../assets/desk/src/chunks.ts";
import { ABSENT as NO_EXTREME, MOST_COLUMNS, ROW_S } from "../../assets/desk/src/disclosure_rows.ts";
import { LONGEST_NOTE } from "../../assets/desk/src/event_note.ts";
import { FORMATS, MARKS as EXPORT_MARKS } from "../../assets/desk/src/export_dialog.ts";
import { MARKS, marksOf } from "../../assets/desk/src/marks.ts";
import { LONGEST_NAME } from "../../assets/desk/src/name_prompt.ts";
import { MOST_OVERRULED } from "../../assets/desk/src/rhythm_edits.ts";
import { QTC_NAMES } from "../../assets/desk/src/qtc.ts";
import { OF_WFDB, RHYTHM_GROUPS } from "../../assets/desk/src/rhythm_names.ts";
import { FILTERS } from "../../assets/desk/src/sheet_plan.ts";
import { SALIENCY_AT_ONCE } from "../../assets/desk/src/sheet_overlays.ts";
import { UNKNOWN } from "../../assets/desk/src/singles.ts";

const markOf = (bit) => MARKS.map(([mark]) => mark).filter((mark) => marksOf(bit)[mark]);

console.log(JSON.stringify({
  classes: LETTERS,
  uncertainBelow: UNCERTAIN_BELOW,
  edited: { relabelled: RELABELLED, added: ADDED, moved: MOVED },
  marks: Object.fromEntries([1, 2, 4].map((bit) => [markOf(bit).join(), bit])),
  packed: PACKED,
  chunkS: CHUNK_S,
  absent: ABSENT,
  mostChunks: MOST_IN_A_REQUEST,
  mostPoints: MOST_POINTS,
  rowS: ROW_S,
  noExtreme: NO_EXTREME,
  mostColumns: MOST_COLUMNS,
  unknown: UNKNOWN,
  longestNote: LONGEST_NOTE,
  longestName: LONGEST_NAME,
  mostOverruled: MOST_OVERRULED,
  mostMaps: SALIENCY_AT_ONCE,
  filters: Object.keys(FILTERS),
  qtcFormulas: QTC_NAMES,
  exportFormats: FORMATS.map(([name]) => name),
  exportMarks: EXPORT_MARKS.map(([name]) => name),
  rhythms: RHYTHM_GROUPS.flatMap(([, rhythms]) => rhythms),
  rhythmsOfWfdb: OF_WFDB,
}));
