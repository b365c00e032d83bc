// What travels between server and browser: the payloads of every route below /api/desk (pages/api/routes.py) in both
// directions. tests/desk/test_payload_contract.py checks what the server writes against these types, and reads with the
// server's own parser what the browser writes.
//
// Lengths of time are in seconds (`_s`), samples are counted at the recording's own rate, signal is in mV. What is not
// known is null.

export type Label = "N" | "S" | "V" | "F" | "Q";
export type Mark = "seen" | "dismissed" | "report";
/** Begin and end in seconds. */
export type SpanS = [number, number];

// Answers in JSON

export type Stage = "beats" | "found" | "classified";

export interface JobPayload {
  what: "classes" | "beats";
  stage: string;
  /** Done of all, 0 to 1. */
  share: number;
  problem: string | null;
  /** How long the whole may take; null where that is not long. */
  long_s: number | null;
}

export interface LeadPayload {
  name: string;
  calibrated: boolean;
  /** How many times its size it is drawn. */
  scale: number;
  /** Usual extremes around its level. */
  range_mv: [number, number];
  offset_mv: number;
}

export interface RecordingPayload {
  rec: string;
  name: string;
  fs_hz: number;
  n_samples: number;
  duration_s: number;
  /** Time of day at which it starts, in seconds since midnight. */
  clock_s: number | null;
  /** ISO 8601. */
  start_time: string | null;
  synthetic: boolean;
  /** Sex and age. */
  person: string | null;
  notes: string[];
  lead_notes: string[];
  leads: LeadPayload[];
  annotators: string[];
}

export interface ModelPayload {
  name: string;
  device: string | null;
  sha256: string;
}

export interface SummaryPayload {
  duration_s: number;
  readable_share: number | null;
  n_beats: number;
  n_by_class: Record<Label, number> | null;
  burden_v_percent: number | null;
  burden_s_percent: number | null;
  mean_rate_bpm: number | null;
  min_rate_bpm: number | null;
  min_rate_sample: number | null;
  max_rate_bpm: number | null;
  max_rate_sample: number | null;
  longest_rr_s: number | null;
  longest_rr_sample: number | null;
  n_by_kind: Record<string, number | null>;
  longest_v_run_beats: number | null;
  fastest_v_run_bpm: number | null;
  af_share: number | null;
  /** Null where no flutter was found, too. */
  afl_share: number | null;
  n_uncertain: number;
}

/** Who found an event: the beats, the signal, pacing spikes, a person, or the device that made the file. */
export type EventOrigin = "beats" | "signal" | "pacing" | "person" | "device";

/** Events in order of urgency, a list for each column. */
export interface EpisodesPayload {
  key: string[];
  kind: string[];
  title: string[];
  start_sample: number[];
  stop_sample: number[];
  n_beats: number[];
  rate_bpm: (number | null)[];
  reason: string[];
  source: EventOrigin[];
  sign: string[];
  /** Bits: 1 seen, 2 dismissed, 4 for the report. */
  marks: number[];
}

/** Where the single beats of a kind belong among the events, and at which version they are. */
export interface SinglesPlaces {
  version: number;
  at: Record<string, number>;
}

export interface ConflictVersion {
  entry: number;
  person: string;
  label: Label | null;
  sample: number;
  deleted: boolean;
}

export interface ConflictGroup {
  n_beats: number;
  /** Pairs of id and sample. */
  beats: [number, number][];
  versions: ConflictVersion[];
}

export interface ConflictsPayload {
  n_beats: number;
  groups: ConflictGroup[];
}

/** What is told of pacing; counts only where spikes were found. */
export interface PacingSummary {
  assessable: boolean;
  note?: string;
  n_spikes: number | null;
  mode?: string | null;
  n_atrial_spikes?: number;
  n_ventricular_spikes?: number;
  n_ventricular_paced_beats?: number;
  n_atrial_paced_beats?: number;
  n_without_capture?: number;
  n_not_inhibited?: number;
}

/** Which kinds of events were looked for and which were not. */
export interface CoveragePayload {
  assessed: string[];
  /** Why, by kind. */
  not_assessed: Record<string, string>;
  checked: string;
  unchecked: string;
  unchecked_names: string;
  remarks: string[];
}

export interface PerformancePayload {
  short: string;
  sentence: string;
}

/** A span whose rhythm a person has named. */
export interface RhythmPayload {
  span: number;
  start_sample: number;
  stop_sample: number;
  rhythm: string;
  by: string;
}

export interface FamilyPayload {
  index: number;
  n_beats: number;
  label: Label | null;
  certainty: number | null;
  unreadable: boolean;
  /** Mean interval before and after, 1 being the local median. */
  before: number | null;
  after: number | null;
  /** Mean and spread of the shape, a list for each lead. */
  mean_mv: (number | null)[][];
  spread_mv: (number | null)[][];
  typical_id: number | null;
}

/** What undo or redo would do. */
export interface HistoryEntry {
  entry: number;
  text: string;
  /** First and last sample that it changes. */
  samples: [number, number] | null;
}

export interface HistoryPayload {
  undo: HistoryEntry | null;
  redo: HistoryEntry | null;
}

export interface RefusedEntry {
  entry: number;
  sentence: string;
}

/** All that changes with an edit, except the beats themselves. */
export interface ReviewPayload {
  revision: number;
  summary: SummaryPayload | null;
  episodes: EpisodesPayload | null;
  singles: SinglesPlaces | null;
  /** Texts by key of the event. */
  notes: Record<string, string>;
  conflicts: ConflictsPayload;
  pacing: PacingSummary | null;
  coverage: CoveragePayload | null;
  performance: Record<string, PerformancePayload>;
  rhythms: RhythmPayload[];
  families: FamilyPayload[];
  family_offsets_s: number[];
  quality: { seconds: number; /** Of each lead. */ unreadable: SpanS[][] | null };
  history: HistoryPayload;
  refused: RefusedEntry[];
}

export interface StatePayload extends ReviewPayload {
  stage: Stage;
  job: JobPayload | null;
  recording: RecordingPayload;
  model: ModelPayload | null;
  person: string;
  /** Why no edit can be stored. */
  edits_problem: string | null;
}

/** Who edited a beat last. */
export interface EditPayload {
  person: string;
  /** ISO 8601. */
  at: string;
  action: string;
}

export interface FileAnnotations {
  name: string;
  problem?: string;
  n?: number;
  n_beats?: number;
  n_rhythms?: number;
}

export interface FilePayload {
  format: string;
  start_time: string | null;
  leads: { name: string; original: string; calibrated: boolean }[];
  left_out: string[];
  notes: string[];
  measurements: [string, string][];
  statements: string[];
  annotations: FileAnnotations[];
  /** What a person said of a table of numbers. */
  given: [string, string][];
}

export interface IdentityPayload {
  about: "person" | "device" | "texts";
  /** Labels and texts. */
  lines: [string, string][];
}

export interface ImportProgress {
  done: number;
  total: number;
}

export interface ExportProgress {
  key: string;
  share: number;
  ready: boolean;
  name: string | null;
  bytes: number | null;
  problem: string | null;
  said: string[];
}

/** Why a request was refused. */
export interface ProblemPayload {
  problem: string;
  /** Sending it again never helps. */
  final?: boolean;
}

// Packed answers: a head in JSON, and arrays behind it (wire.ts)

export type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float32Array | Float64Array;

export interface Packed<Meta, Arrays> {
  meta: Meta;
  arrays: Arrays;
  shapes: Record<keyof Arrays, number[]>;
}

/** Columns of the beat table, in order of time; 255 stands for nothing in a column of bytes. */
export interface BeatColumns {
  /** The sample at which detection found the beat; negative for one that a person added. */
  id: Int32Array;
  sample: Int32Array;
  /** Index of the class. */
  label: Uint8Array;
  /** Five to a beat, in steps of 1/255. */
  p: Uint8Array;
  /** Bits: 1 relabelled, 2 added, 4 moved. */
  edited: Uint8Array;
  quality: Uint8Array;
  family: Int16Array;
  distance: Uint8Array;
}

export type BeatsPayload = Packed<{ revision: number; fs_hz: number; distance_scale: number }, BeatColumns>;

export interface DeltaMeta {
  derived: ReviewPayload;
  /** The columns are those of all beats, not only of those that are new or changed. */
  full: boolean;
  distance_scale: number;
  said: string | null;
  edits_problem: string | null;
}

export type DeltaArrays = BeatColumns & { /** Ids of beats that are gone. */ removed: Int32Array };
export type DeltaPayload = Packed<DeltaMeta, DeltaArrays>;

/** Chunks of signal: `c<k>` has the counts of chunk k, one lead after the other, -32768 where absent. */
export type SpanPayload = Packed<
  {
    first: number;
    count: number;
    rate_hz: number;
    filter: string;
    /** First sample of each chunk. */
    starts: number[];
  },
  { /** mV of a count, of each lead. */ lsb: Float32Array } & Record<`c${number}`, Int16Array>
>;

export type DisclosurePayload = Packed<
  { start_s: number; row_s: number; width: number; scale_mv: number; lead: number },
  { /** Least and largest value of each column of each row; -128 where absent. */ minmax: Int8Array }
>;

export type ReferencePayload = Packed<
  { name: string; symbols: string[]; notes: string[] },
  { sample: Int32Array; symbol: Uint8Array; note: Uint16Array; beat: Uint8Array; /** 255 for no beat. */ aami: Uint8Array }
>;

export type SpikesPayload = Packed<
  { chambers: string[] },
  { sample: Int32Array; /** Place in `chambers`. */ chamber: Uint8Array; failed: Uint8Array }
>;

/** Maps of some beats: `s<k>` has that of the k-th one, one lead after the other, 255 where it is strongest. */
export type SaliencyPayload = Packed<
  { beats: { id: number; start_sample: number; n: number; target: Label }[]; method: string },
  Record<`s${number}`, Uint8Array>
>;

/**
 * Single ectopic beats. For each kind `marks_<kind>`; where the browser does not have this version yet, `<kind>` with the
 * samples and `early_<kind>` with the prematurity in percent, -32768 where it is not known.
 */
export type SinglesPayload = Packed<
  { version: number; kinds: { kind: string; title: string; sign: string; n: number }[] },
  Partial<Record<`SINGLE_${string}`, Int32Array> & Record<`early_${string}`, Int16Array>> & Record<`marks_${string}`, Uint8Array>
>;

// What the browser posts

export interface Relabel {
  action: "relabel";
  beats: number[];
  label: Label;
}
export interface RelabelSpan {
  action: "relabel_span";
  start_sample: number;
  stop_sample: number;
  label: Label;
}
export interface RelabelFamily {
  action: "relabel_family";
  family: number;
  label: Label;
}
export interface AddBeat {
  action: "add";
  /** Negative. */
  beat: number;
  sample: number;
  label: Label;
}
export interface MoveBeat {
  action: "move";
  beat: number;
  from_sample: number;
  to_sample: number;
}
export interface DeleteBeats {
  action: "delete";
  /** Pairs of id and sample. */
  beats: [number, number][];
}
export interface MergeFamilies {
  action: "merge_families";
  family: number;
  into: number;
}
export interface SetRhythm {
  action: "set_rhythm";
  span: number;
  start_sample: number;
  stop_sample: number;
  rhythm: string;
  /** Keys of the dangerous events that the name overrules. */
  overrules: string[];
}
export interface TrimRhythm {
  action: "trim_rhythm";
  span: number;
  start_sample: number;
  stop_sample: number;
}
export interface DeleteRhythm {
  action: "delete_rhythm";
  span: number;
}
export interface MarkEvents {
  action: "mark_events";
  events: string[];
  mark: Mark;
  on: boolean;
}
/** Of an older version of the desk; browsers may still keep one that was not sent. */
export interface MarkEvent {
  action: "mark_event";
  event: string;
  mark: Mark | null;
}
export interface NoteEvent {
  action: "note_event";
  event: string;
  text: string;
}
export interface SettleConflict {
  action: "settle_conflict";
  /** Entries of the log. */
  kept: number;
  given_up: number[];
}

export type Edit =
  | Relabel
  | RelabelSpan
  | RelabelFamily
  | AddBeat
  | MoveBeat
  | DeleteBeats
  | MergeFamilies
  | SetRhythm
  | TrimRhythm
  | DeleteRhythm
  | MarkEvents
  | MarkEvent
  | NoteEvent
  | SettleConflict;

/** An edit with the name that makes sending it twice harmless. */
export type NamedEdit = Edit & { uuid: string };

export interface EditsRequest {
  uuid: string;
  since: number;
  edits: NamedEdit[];
  /** Revision that the person had before them. */
  based_on: number;
}
export interface HistoryRequest {
  uuid: string;
  since: number;
}
export interface SplitRequest {
  uuid: string;
  since: number;
  family: number;
}
export interface JobRequest {
  do: "detect" | "classify" | "cancel" | "retry";
}
export interface PlaceRequest {
  start_s: number;
  beat: number | null;
}
export interface ImportRequest {
  log: string;
  since: number;
}
export interface ExportRequest {
  format: string;
  marks: "reviewed" | "file" | "none";
  /** Null for the begin and the end of the recording. */
  start_s: number | null;
  stop_s: number | null;
}

// Routes

/** GET, answered in JSON; null where there is nothing (204). */
export interface JsonRoutes {
  state: StatePayload;
  edit: EditPayload | null;
  file: FilePayload;
  import: ImportProgress | null;
  "export/signal": ExportProgress;
}

/** GET, answered with packed arrays; null where there is nothing (204). */
export interface PackedRoutes {
  beats: BeatsPayload;
  span: SpanPayload;
  disclosure: DisclosurePayload;
  reference: ReferencePayload | null;
  pacing: SpikesPayload | null;
  saliency: SaliencyPayload;
  singles: SinglesPayload;
  changes: DeltaPayload | null;
}

/** GET, answered with a file to save. */
export type FileRoute = "export/log.json" | "export/beats.csv" | "export/beats.zip" | "export/signal/file";

/** POST: what is sent, and what is answered. */
export interface PostRoutes {
  edits: { body: EditsRequest; answer: DeltaPayload };
  undo: { body: HistoryRequest; answer: DeltaPayload };
  redo: { body: HistoryRequest; answer: DeltaPayload };
  "families/split": { body: SplitRequest; answer: DeltaPayload };
  job: { body: JobRequest; answer: StatePayload };
  identity: { body: Record<string, never>; answer: IdentityPayload | null };
  saliency: { body: Record<string, never>; answer: null };
  place: { body: PlaceRequest; answer: null };
  import: { body: ImportRequest; answer: DeltaPayload };
  "export/signal": { body: ExportRequest; answer: ExportProgress };
  "export/signal/stop": { body: { key: string }; answer: null };
}
